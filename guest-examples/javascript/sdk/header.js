// Header fields and bodies as texts. The message's own functions have them as octets, which nobody
// promises to be UTF-8.
import { refused } from './refusal.js';
import { octetsOf, textOf } from './text.js';

/** @typedef {import('evroute:sip/types@0.1.0').Message} Message */

/**
 * The first field of this name, null where there is none.
 * @param {Message} message
 * @param {string} name
 */
export function header(message, name) {
  const found = message.header(name);
  return found === null ? null : textOf(found);
}

/**
 * All fields of this name in order, at most `limit` of them.
 * @param {Message} message
 * @param {string} name
 * @param {number} [limit]
 */
export function headers(message, name, limit = 100) {
  return message.headers(name, limit).map(textOf);
}

/**
 * Adds a field after the last one.
 * @param {Message} message
 * @param {string} name
 * @param {string} value
 */
export function appendHeader(message, name, value) {
  try {
    message.appendHeader(name, octetsOf(value));
  } catch (error) {
    throw refused(`header ${name}`, error);
  }
}

/**
 * Leaves exactly one field of this name, with this value.
 * @param {Message} message
 * @param {string} name
 * @param {string} value
 */
export function setHeader(message, name, value) {
  try {
    message.setHeader(name, octetsOf(value));
  } catch (error) {
    throw refused(`header ${name}`, error);
  }
}

/**
 * The body, empty when there is none.
 * @param {Message} message
 */
export function body(message) {
  return textOf(message.body());
}

/**
 * Replaces the body; a content type that is null keeps the header as it is.
 * @param {Message} message
 * @param {string | null} contentType
 * @param {string} text
 */
export function setBody(message, contentType, text) {
  try {
    message.setBody(contentType, octetsOf(text));
  } catch (error) {
    throw refused('the body', error);
  }
}
