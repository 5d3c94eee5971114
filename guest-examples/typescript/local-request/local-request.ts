// Logs every request that the server sends by itself, and decides by its From user.
import { log } from 'evroute:log/log@0.1.0';
import type { LocalRequest } from 'evroute:tm/local-request@0.1.0';

export const localRequest: LocalRequest = {
  handle(event) {
    const message = event.message();
    log('info', `request [${message.method()}] from [${message.fromUri()}] to [${message.requestUri() ?? ''}]`);
    return message.fromUser() === 'blocked' ? 'drop' : 'send';
  },
};
