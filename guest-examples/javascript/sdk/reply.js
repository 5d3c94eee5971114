// What is added to the answer that a verdict gives. What the server refuses is missing in the answer
// and told in the log; it is not thrown, since a run that fails may let the request through.
import { appendHeader, setBody } from 'evroute:textops/reply@0.1.0';

import { octetsOf, wellFormed } from './text.js';

/**
 * Adds a header field, as in `reply.append('Retry-After', '30')`. False when the server refuses it.
 * @param {string} name
 * @param {string} value
 */
export function append(name, value) {
  try {
    appendHeader(wellFormed(name), octetsOf(value));
    return true;
  } catch {
    return false;
  }
}

/**
 * Gives the answer a body. False when the server refuses it.
 * @param {string} contentType
 * @param {string} text
 */
export function body(contentType, text) {
  try {
    setBody(wellFormed(contentType), octetsOf(text));
    return true;
  } catch {
    return false;
  }
}
