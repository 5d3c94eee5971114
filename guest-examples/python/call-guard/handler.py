"""Turns away callers that are on a list."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.request import Verdict, Verdict_Pass, Verdict_Reject
from wit_world.imports.evroute_core_types import Rejection, RequestEvent
from wit_world.imports.htable import Table
from wit_world.imports.log import Level, log


def is_blocked(user: str) -> bool:
    try:
        return Table.open("blocked").get(user) is not None
    except Err as refused:
        raise Err(f"table blocked: {refused.value}") from refused


class Request(exports.Request):
    def handle(self, event: RequestEvent) -> Verdict:
        caller = event.message().from_user()
        if caller is None or not is_blocked(caller):
            return Verdict_Pass()
        log(Level.NOTICE, f"{caller} is blocked")
        return Verdict_Reject(Rejection(403, "Blocked"))
