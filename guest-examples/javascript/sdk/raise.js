// Events of the tenant's own.
import { raise as raw } from 'evroute:custom/raise@0.1.0';

import { refused } from './refusal.js';
import { wellFormed } from './text.js';
import { toValue } from './value.js';

/**
 * Raises `custom:event:<name>` when this run has returned a verdict.
 * @param {string} name
 * @param {Record<string, import('./value.js').Native>} [parameters]
 */
export function raise(name, parameters = {}) {
  /** @type {Array<[string, import('evroute:pv/types@0.1.0').Value]>} */
  const list = Object.entries(parameters).map(([key, value]) => [wellFormed(key), toValue(value)]);
  try {
    raw(wellFormed(name), list);
  } catch (error) {
    throw refused(`event ${name}`, error);
  }
}
