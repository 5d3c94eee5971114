// Pseudo-variables by Kamailio's spelling.
import * as raw from 'evroute:pv/pv@0.1.0';

import { refused } from './refusal.js';
import { wellFormed } from './text.js';
import { toValue, valueOf } from './value.js';

/** @param {string} name */
export function get(name) {
  try {
    return valueOf(raw.get(wellFormed(name)));
  } catch (error) {
    throw refused(name, error);
  }
}

/**
 * One that is a number; one that is something else is refused, too.
 * @param {string} name
 * @returns {number}
 */
export function int(name) {
  const value = get(name);
  if (typeof value !== 'number') throw `${name}: not a number`;
  return value;
}

/**
 * @param {string} name
 * @param {import('./value.js').Native} value
 */
export function set(name, value) {
  try {
    raw.set(wellFormed(name), toValue(value));
  } catch (error) {
    throw refused(name, error);
  }
}
