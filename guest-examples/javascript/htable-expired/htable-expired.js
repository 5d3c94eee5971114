// Gives a table's entries more time: as many seconds as they say.
import { log } from 'evroute:log/log@0.1.0';

// Nothing is kept for longer than an hour at a time.
const SECONDS_MAX = 3600;

// How long an entry with this value stays; what is not a positive number is over.
function secondsOf(value) {
  return value.tag === 'int' ? Math.min(Math.max(value.val, 0), SECONDS_MAX) : 0;
}

export const expired = {
  handle(event) {
    const entry = `${event.table()}: ${event.key()}`;
    const seconds = secondsOf(event.value());
    if (seconds === 0) {
      log('info', `${entry} is over`);
      return { tag: 'remove' };
    }
    log('info', `${entry} stays for ${seconds} s`);
    return { tag: 'extend', val: seconds };
  },
};
