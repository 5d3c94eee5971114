// Says hello when the server starts.
import { log } from 'evroute:log/log@0.1.0';

export const modInit = {
  handle(event) {
    log('info', `hello, ${event.tenant()}`);
    return 'proceed';
  },
};
