// Turns away callers that are on a list.
import type { Request } from 'evroute:core/request@0.1.1';
import { notice, Table } from '../../javascript/sdk/evroute.js';

export const request: Request = {
  handle(event) {
    const caller = event.message().fromUser();
    if (caller == null || !new Table('blocked').has(caller)) return { tag: 'pass' };
    notice(`${caller} is blocked`);
    return { tag: 'reject', val: { code: 403, reason: 'Blocked' } };
  },
};
