"""Leaves a trace of every start: in a shared table, in a shared counter and in a database."""

from evroute import pv, shv
from evroute.database import Database
from evroute.table import Table
from wit_world import exports
from wit_world.exports.mod_init import Verdict
from wit_world.imports.evroute_htable_types import ModInitEvent


class ModInit(exports.ModInit):
    def handle(self, event: ModInitEvent) -> Verdict:
        now = pv.integer("$TS")  # seconds since 1970, at the time of the event
        Table("server")["started"] = now
        shv.add("starts", 1)
        main = Database("main")
        main.execute("create table if not exists restarts (started_at integer not null)")
        main.execute("insert into restarts (started_at) values (?)", now)
        return Verdict.PROCEED
