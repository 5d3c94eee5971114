// The operator's log, a line each.
import { log } from 'evroute:log/log@0.1.0';

import { wellFormed } from './text.js';

/** @param {string} text */
export const error = (text) => log('error', wellFormed(text));
/** @param {string} text */
export const warning = (text) => log('warning', wellFormed(text));
/** @param {string} text */
export const notice = (text) => log('notice', wellFormed(text));
/** @param {string} text */
export const info = (text) => log('info', wellFormed(text));
/** @param {string} text */
export const debug = (text) => log('debug', wellFormed(text));
