// A database that the operator named.
import { Connection } from 'evroute:sql/sql@0.1.0';

import { explained } from './refusal.js';
import { toValue, valueOf } from './value.js';

/** How many rows are fetched at a time. */
const ROWS = 100;

export class Database {
  /** @param {string} label */
  constructor(label) {
    this.what = `database ${label}`;
    this.raw = explained(this.what, () => Connection.open(label));
  }

  /**
   * Runs a statement and says how many rows it changed.
   * @param {string} statement
   * @param {...import('./value.js').Native} parameters for each `?`
   */
  execute(statement, ...parameters) {
    return explained(this.what, () => this.raw.execute(statement, bound(parameters)));
  }

  /**
   * The rows that a statement returns, each an array.
   * @param {string} statement
   * @param {...import('./value.js').Native} parameters for each `?`
   */
  *query(statement, ...parameters) {
    const rows = explained(this.what, () => this.raw.query(statement, bound(parameters)));
    for (;;) {
      const some = explained(this.what, () => rows.next(ROWS));
      if (some.length === 0) return;
      for (const row of some) yield row.map(valueOf);
    }
  }
}

/** @param {import('./value.js').Native[]} parameters */
const bound = (parameters) => parameters.map((value) => toValue(value, true));
