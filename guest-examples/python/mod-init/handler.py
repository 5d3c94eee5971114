"""Leaves a trace of every start: in a shared table, in a shared counter and in a database."""

from collections.abc import Iterator
from contextlib import contextmanager

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.mod_init import Verdict
from wit_world.imports import pv, shv, sql
from wit_world.imports.evroute_htable_types import ModInitEvent
from wit_world.imports.evroute_pv_types import Value_Int
from wit_world.imports.htable import Table


@contextmanager
def explained(what: str) -> Iterator[None]:
    """What the server refuses, as a sentence for the operator's log."""
    try:
        yield
    except Err as refused:
        raise Err(f"{what}: {refused.value}") from refused


def now() -> int:
    """`$TS`: seconds since 1970, at the time of the event."""
    with explained("$TS"):
        value = pv.get("$TS")
    if not isinstance(value, Value_Int):
        raise Err(f"$TS is not a number: {value}")
    return value.value


def remember(seconds: int) -> None:
    """`$sht(server=>started) = $TS;`"""
    with explained("table server"):
        Table.open("server").set("started", Value_Int(seconds), None)


def count() -> None:
    """`$shv(starts) = $shv(starts) + 1;`"""
    with explained("counter starts"):
        shv.add("starts", 1)


def record(seconds: int) -> None:
    """`sql_query("main", "insert into restarts ...");`"""
    with explained("database main"):
        main = sql.Connection.open("main")
        main.execute("create table if not exists restarts (started_at integer not null)", [])
        main.execute("insert into restarts (started_at) values (?)", [sql.Value_Int(seconds)])


class ModInit(exports.ModInit):
    def handle(self, event: ModInitEvent) -> Verdict:
        seconds = now()
        remember(seconds)
        count()
        record(seconds)
        return Verdict.PROCEED
