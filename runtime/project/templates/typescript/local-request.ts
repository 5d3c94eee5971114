// Logs every request that the server sends by itself, and does not send those of one user.
import { log } from 'evroute:log/log@0.1.0';
import type { LocalRequest } from 'evroute:tm/local-request@0.1.0';

export const localRequest: LocalRequest = {
  handle(event) {
    const message = event.message();
    log('info', `${message.method()} from ${message.fromUri()} to ${message.requestUri() ?? ''}`);
    return message.fromUser() === 'blocked' ? 'drop' : 'send';
  },
};
