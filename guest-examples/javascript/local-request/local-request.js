// Logs every request that the server sends by itself, and decides by its From user.
import { info } from '../sdk/evroute.js';

/** @type {import('evroute:tm/local-request@0.1.0').LocalRequest} */
export const localRequest = {
  handle(event) {
    const message = event.message();
    info(`request [${message.method()}] from [${message.fromUri()}] to [${message.requestUri() ?? ''}]`);
    return message.fromUser() === 'blocked' ? 'drop' : 'send';
  },
};
