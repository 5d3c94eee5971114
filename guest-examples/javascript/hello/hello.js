// Says hello when the server starts.
import { info } from '../sdk/evroute.js';

/** @type {import('evroute:htable/mod-init@0.1.0').ModInit} */
export const modInit = {
  handle(event) {
    info(`hello, ${event.tenant()}`);
    return 'proceed';
  },
};
