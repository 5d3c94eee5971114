// Turns away callers that are on a list.
import { notice, Table } from '../sdk/evroute.js';

/** @type {import('evroute:core/request@0.1.1').Request} */
export const request = {
  handle(event) {
    const caller = event.message().fromUser();
    if (caller == null || !new Table('blocked').has(caller)) return { tag: 'pass' };
    notice(`${caller} is blocked`);
    return { tag: 'reject', val: { code: 403, reason: 'Blocked' } };
  },
};
