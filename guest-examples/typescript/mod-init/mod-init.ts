// Leaves a trace of every start: in a shared table, in a shared counter and in a database.
import { Table } from 'evroute:htable/htable@0.1.0';
import type { ModInit } from 'evroute:htable/mod-init@0.1.0';
import { get } from 'evroute:pv/pv@0.1.0';
import { add } from 'evroute:pv/shv@0.1.0';
import { Connection } from 'evroute:sql/sql@0.1.0';

import { explained } from '../explained';

// $TS: seconds since 1970, at the time of the event.
function now(): number {
  const value = explained('$TS', () => get('$TS'));
  if (value.tag !== 'int') throw `$TS is not a number: ${value.tag}`;
  return value.val;
}

// $sht(server=>started) = $TS;
function remember(seconds: number): void {
  explained('table server', () => Table.open('server').set('started', { tag: 'int', val: seconds }, null));
}

// $shv(starts) = $shv(starts) + 1;
function count(): void {
  explained('counter starts', () => add('starts', 1));
}

// sql_query("main", "insert into restarts ...");
function record(seconds: number): void {
  explained('database main', () => {
    const main = Connection.open('main');
    main.execute('create table if not exists restarts (started_at integer not null)', []);
    main.execute('insert into restarts (started_at) values (?)', [{ tag: 'int', val: seconds }]);
  });
}

export const modInit: ModInit = {
  handle() {
    const seconds = now();
    remember(seconds);
    count();
    record(seconds);
    return 'proceed';
  },
};
