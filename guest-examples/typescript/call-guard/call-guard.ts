// Turns away callers that are on a list.
import type { Request } from 'evroute:core/request@0.1.0';
import { Table } from 'evroute:htable/htable@0.1.0';
import { log } from 'evroute:log/log@0.1.0';

import { explained } from '../explained';

function isBlocked(user: string): boolean {
  return explained('table blocked', () => Table.open('blocked').get(user) != null);
}

export const request: Request = {
  handle(event) {
    const caller = event.message().fromUser();
    if (caller == null || !isBlocked(caller)) return { tag: 'pass' };
    log('notice', `${caller} is blocked`);
    return { tag: 'reject', val: { code: 403, reason: 'Blocked' } };
  },
};
