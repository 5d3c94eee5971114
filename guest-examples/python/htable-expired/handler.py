"""Gives a table's entries more time: as many seconds as they say."""

from wit_world import exports
from wit_world.exports.expired import Verdict, Verdict_Extend, Verdict_Remove
from wit_world.imports.evroute_htable_types import ExpiredEvent
from wit_world.imports.evroute_pv_types import Value, Value_Int
from wit_world.imports.log import Level, log

# Nothing is kept for longer than an hour at a time.
SECONDS_MAX = 3600


def seconds_of(value: Value) -> int:
    """How long an entry with this value stays; what is not a positive number is over."""
    match value:
        case Value_Int(number):
            return min(max(number, 0), SECONDS_MAX)
        case _:
            return 0


class Expired(exports.Expired):
    def handle(self, event: ExpiredEvent) -> Verdict:
        entry = f"{event.table()}: {event.key()}"
        seconds = seconds_of(event.value())
        if seconds == 0:
            log(Level.INFO, f"{entry} is over")
            return Verdict_Remove()
        log(Level.INFO, f"{entry} stays for {seconds} s")
        return Verdict_Extend(seconds)
