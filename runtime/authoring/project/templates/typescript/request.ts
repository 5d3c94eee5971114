// Logs every request that the server is about to route, and rejects those of one user.
import type { Request } from '{{export}}';
import { info } from './evroute/evroute.js';

export const request: Request = {
  handle(event) {
    const message = event.message();
    info(`${message.method()} from ${message.fromUri()} to ${message.requestUri() ?? ''}`);
    if (message.fromUser() !== 'blocked') return { tag: 'pass' };
    return { tag: 'reject', val: { code: 403, reason: 'Blocked' } };
  },
};
