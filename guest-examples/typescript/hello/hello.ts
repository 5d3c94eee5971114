// Says hello when the server starts.
import type { ModInit } from 'evroute:htable/mod-init@0.1.0';
import { log } from 'evroute:log/log@0.1.0';

export const modInit: ModInit = {
  handle(event) {
    log('info', `hello, ${event.tenant()}`);
    return 'proceed';
  },
};
