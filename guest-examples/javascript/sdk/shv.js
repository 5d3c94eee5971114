// Variables shared by all of a tenant's handlers.
import * as raw from 'evroute:pv/shv@0.1.0';

import { explained } from './refusal.js';
import { toValue, valueOf } from './value.js';

/** @param {string} name */
const what = (name) => `counter ${name}`;

/** @param {string} name */
export const get = (name) => explained(what(name), () => valueOf(raw.get(name)));

/**
 * @param {string} name
 * @param {import('./value.js').Native} value
 */
export const set = (name, value) => explained(what(name), () => raw.set(name, toValue(value)));

/**
 * Adds to a number and returns what this run now sees.
 * @param {string} name
 * @param {number} delta
 */
export const add = (name, delta) => explained(what(name), () => raw.add(name, delta));
