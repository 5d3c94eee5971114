// Logs every request that the server is about to route, and rejects those of one user.
import { log } from 'evroute:log/log@0.1.0';

export const request = {
  handle(event) {
    const message = event.message();
    log('info', `${message.method()} from ${message.fromUri()} to ${message.requestUri() ?? ''}`);
    if (message.fromUser() !== 'blocked') return { tag: 'pass' };
    return { tag: 'reject', val: { code: 403, reason: 'Blocked' } };
  },
};
