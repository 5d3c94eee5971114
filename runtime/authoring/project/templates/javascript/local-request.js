// Logs every request that the server sends by itself, and does not send those of one user.
import { info } from './evroute/evroute.js';

/** @type {import('{{export}}').LocalRequest} */
export const localRequest = {
  handle(event) {
    const message = event.message();
    info(`${message.method()} from ${message.fromUri()} to ${message.requestUri() ?? ''}`);
    return message.fromUser() === 'blocked' ? 'drop' : 'send';
  },
};
