// Says hello when the server starts.
import type { ModInit } from 'evroute:htable/mod-init@0.1.0';
import { info } from '../../javascript/sdk/evroute.js';

export const modInit: ModInit = {
  handle(event) {
    info(`hello, ${event.tenant()}`);
    return 'proceed';
  },
};
