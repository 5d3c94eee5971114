// Header fields of the event's message by place and by pattern.
import { name as nameAt, removeMatching, value } from 'evroute:textops/headers@0.1.0';

import { refused } from './refusal.js';
import { textOf, wellFormed } from './text.js';

/**
 * All fields in order, as in `for (const [name, text] of fields())`. Each is asked of the server
 * when it is its turn.
 */
export function* fields() {
  for (let place = 0; ; place++) {
    const name = nameAt(place);
    const found = value(place);
    if (name === null || found === null) return;
    /** @type {[string, string]} */
    const field = [name, textOf(found)];
    yield field;
  }
}

/**
 * Removes the fields whose name is like this, 'X-*', and says how many there were. Those of the
 * server stay.
 * @param {string} pattern
 */
export function removeHeaders(pattern) {
  try {
    return removeMatching(wellFormed(pattern));
  } catch (error) {
    throw refused(`headers ${pattern}`, error);
  }
}
