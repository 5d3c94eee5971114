// Logs every request that the server sends by itself, and does not send those of one user.
import type { LocalRequest } from '{{export}}';
import { info } from './evroute/evroute.js';

export const localRequest: LocalRequest = {
  handle(event) {
    const message = event.message();
    info(`${message.method()} from ${message.fromUri()} to ${message.requestUri() ?? ''}`);
    return message.fromUser() === 'blocked' ? 'drop' : 'send';
  },
};
