// A table shared by the handlers of a tenant, with the words of Map.
import { Table as Raw } from 'evroute:htable/htable@0.1.0';

import { refused } from './refusal.js';
import { toValue, valueOf } from './value.js';

export class Table {
  /** @param {string} name the name that it has in the tenant's configuration */
  constructor(name) {
    this.name = name;
    try {
      this.raw = Raw.open(name);
    } catch (error) {
      throw this.refused(error);
    }
  }

  /** @param {unknown} error */
  refused(error) {
    return refused(`table ${this.name}`, error);
  }

  /**
   * The entry's value, null where there is none.
   * @param {string} key
   */
  get(key) {
    try {
      return valueOf(this.raw.get(key));
    } catch (error) {
      throw this.refused(error);
    }
  }

  /** @param {string} key */
  has(key) {
    return this.get(key) !== null;
  }

  /**
   * @param {string} key
   * @param {import('./value.js').Native} value null removes
   * @param {number | null} [ttlSeconds] none for the table's own, 0 for good
   */
  set(key, value, ttlSeconds = null) {
    try {
      this.raw.set(key, toValue(value), ttlSeconds);
    } catch (error) {
      throw this.refused(error);
    }
  }

  /**
   * Removes an entry and says whether there was one.
   * @param {string} key
   */
  delete(key) {
    try {
      return this.raw.remove(key);
    } catch (error) {
      throw this.refused(error);
    }
  }

  /**
   * Adds to a number and returns what this run now sees.
   * @param {string} key
   * @param {number} delta
   */
  add(key, delta) {
    try {
      return this.raw.add(key, delta);
    } catch (error) {
      throw this.refused(error);
    }
  }
}
