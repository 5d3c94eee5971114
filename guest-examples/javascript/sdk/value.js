// Values of the WIT and of the language.
import { wellFormed } from './text.js';

/** @typedef {string | number | Uint8Array | null} Native */

/**
 * What the server has given.
 * @param {import('evroute:pv/types@0.1.0').Value | import('evroute:sql/sql@0.1.0').Value | null} value
 * @returns {Native}
 */
export function valueOf(value) {
  return value == null || value.tag === 'null' ? null : value.val;
}

/**
 * For the server, which has whole numbers only, unless `real` says otherwise.
 * @param {Native | undefined} value
 * @param {boolean} [real]
 * @returns {any}
 */
export function toValue(value, real = false) {
  if (value == null) return { tag: 'null' };
  if (typeof value === 'string') return { tag: 'text', val: wellFormed(value) };
  if (typeof value !== 'number') return { tag: 'octets', val: value };
  if (Number.isSafeInteger(value)) return { tag: 'int', val: value };
  if (real) return { tag: 'real', val: value };
  throw `${value} is no whole number`;
}
