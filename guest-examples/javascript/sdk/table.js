// A table shared by the handlers of a tenant, with the words of Map.
import { Table as Raw } from 'evroute:htable/htable@0.1.0';

import { explained } from './refusal.js';
import { toValue, valueOf } from './value.js';

export class Table {
  /** @param {string} name the name that it has in the tenant's configuration */
  constructor(name) {
    this.what = `table ${name}`;
    this.raw = explained(this.what, () => Raw.open(name));
  }

  /**
   * The entry's value, null where there is none.
   * @param {string} key
   */
  get(key) {
    return explained(this.what, () => valueOf(this.raw.get(key)));
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
    explained(this.what, () => this.raw.set(key, toValue(value), ttlSeconds));
  }

  /**
   * Removes an entry and says whether there was one.
   * @param {string} key
   */
  delete(key) {
    return explained(this.what, () => this.raw.remove(key));
  }

  /**
   * Adds to a number and returns what this run now sees.
   * @param {string} key
   * @param {number} delta
   */
  add(key, delta) {
    return explained(this.what, () => this.raw.add(key, delta));
  }
}
