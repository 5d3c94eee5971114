// A database that the operator named.
import { Connection } from 'evroute:sql/sql@0.1.0';

import { refused } from './refusal.js';
import { toValue, valueOf } from './value.js';

/** How many rows are fetched at a time. */
const ROWS = 100;

export class Database {
  /** @param {string} label */
  constructor(label) {
    this.label = label;
    try {
      this.raw = Connection.open(label);
    } catch (error) {
      throw this.refused(error);
    }
  }

  /** @param {unknown} error */
  refused(error) {
    return refused(`database ${this.label}`, error);
  }

  /**
   * Runs a statement and says how many rows it changed.
   * @param {string} statement
   * @param {...import('./value.js').Native} parameters for each `?`
   */
  execute(statement, ...parameters) {
    try {
      return this.raw.execute(statement, bound(parameters));
    } catch (error) {
      throw this.refused(error);
    }
  }

  /**
   * The rows that a statement returns, each an array.
   * @param {string} statement
   * @param {...import('./value.js').Native} parameters for each `?`
   */
  *query(statement, ...parameters) {
    try {
      const rows = this.raw.query(statement, bound(parameters));
      for (let some = rows.next(ROWS); some.length > 0; some = rows.next(ROWS)) {
        for (const row of some) yield row.map(valueOf);
      }
    } catch (error) {
      throw this.refused(error);
    }
  }
}

/** @param {any[]} parameters which become values in place */
function bound(parameters) {
  for (let i = 0; i < parameters.length; i++) parameters[i] = toValue(parameters[i], true);
  return parameters;
}
