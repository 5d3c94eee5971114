// Leaves a trace of every start: in a shared table, in a shared counter and in a database.
import type { ModInit } from 'evroute:htable/mod-init@0.1.0';
import { Database, pv, shv, Table } from '../../javascript/sdk/evroute.js';

export const modInit: ModInit = {
  handle() {
    const now = pv.int('$TS'); // seconds since 1970, at the time of the event
    new Table('server').set('started', now);
    shv.add('starts', 1);
    const main = new Database('main');
    main.execute('create table if not exists restarts (started_at integer not null)');
    main.execute('insert into restarts (started_at) values (?)', now);
    return 'proceed';
  },
};
