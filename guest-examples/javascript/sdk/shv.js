// Variables shared by all of a tenant's handlers.
import * as raw from 'evroute:pv/shv@0.1.0';

import { refused } from './refusal.js';
import { wellFormed } from './text.js';
import { toValue, valueOf } from './value.js';

/** @param {string} name */
export function get(name) {
  try {
    return valueOf(raw.get(wellFormed(name)));
  } catch (error) {
    throw refused(`counter ${name}`, error);
  }
}

/**
 * @param {string} name
 * @param {import('./value.js').Native} value
 */
export function set(name, value) {
  try {
    raw.set(wellFormed(name), toValue(value));
  } catch (error) {
    throw refused(`counter ${name}`, error);
  }
}

/**
 * Adds to a number and returns what this run now sees.
 * @param {string} name
 * @param {number} delta
 */
export function add(name, delta) {
  try {
    return raw.add(wellFormed(name), delta);
  } catch (error) {
    throw refused(`counter ${name}`, error);
  }
}
