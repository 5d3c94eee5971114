// The operator's log, a line each.
import { log } from 'evroute:log/log@0.1.0';

/** @param {string} text */
export const error = (text) => log('error', text);
/** @param {string} text */
export const warning = (text) => log('warning', text);
/** @param {string} text */
export const notice = (text) => log('notice', text);
/** @param {string} text */
export const info = (text) => log('info', text);
/** @param {string} text */
export const debug = (text) => log('debug', text);
