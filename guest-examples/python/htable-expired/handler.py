"""Gives a table's entries more time: as many seconds as they say."""

from evroute import log, value
from wit_world import exports
from wit_world.exports.expired import Verdict, Verdict_Extend, Verdict_Remove
from wit_world.imports.evroute_htable_types import ExpiredEvent

# Nothing is kept for longer than an hour at a time.
SECONDS_MAX = 3600


def seconds_of(stored: value.Native) -> int:
    """How long an entry with this value stays; what is not a positive number is over."""
    return min(max(stored, 0), SECONDS_MAX) if isinstance(stored, int) else 0


class Expired(exports.Expired):
    def handle(self, event: ExpiredEvent) -> Verdict:
        entry = f"{event.table()}: {event.key()}"
        seconds = seconds_of(value.of(event.value()))
        if seconds == 0:
            log.info(f"{entry} is over")
            return Verdict_Remove()
        log.info(f"{entry} stays for {seconds} s")
        return Verdict_Extend(seconds)
