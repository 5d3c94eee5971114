// Gives a table's entries more time: as many seconds as they say.
import type { Expired } from 'evroute:htable/expired@0.1.0';
import { info, valueOf } from '../../javascript/sdk/evroute.js';

// Nothing is kept for longer than an hour at a time.
const SECONDS_MAX = 3600;

export const expired: Expired = {
  handle(event) {
    const entry = `${event.table()}: ${event.key()}`;
    const value = valueOf(event.value());
    // What is not a positive number is over.
    const seconds = typeof value === 'number' ? Math.min(Math.max(value, 0), SECONDS_MAX) : 0;
    if (seconds === 0) {
      info(`${entry} is over`);
      return { tag: 'remove' };
    }
    info(`${entry} stays for ${seconds} s`);
    return { tag: 'extend', val: seconds };
  },
};
