"""Turns away callers that are on a list."""

from evroute import log
from evroute.table import Table
from wit_world import exports
from wit_world.exports.request import Verdict, Verdict_Pass, Verdict_Reject
from wit_world.imports.evroute_core_types import Rejection, RequestEvent


class Request(exports.Request):
    def handle(self, event: RequestEvent) -> Verdict:
        caller = event.message().from_user()
        if caller is None or caller not in Table("blocked"):
            return Verdict_Pass()
        log.notice(f"{caller} is blocked")
        return Verdict_Reject(Rejection(403, "Blocked"))
