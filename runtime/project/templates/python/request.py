"""Logs every request that the server is about to route, and rejects those of one user."""

from wit_world import exports
from wit_world.exports.request import Verdict, Verdict_Pass, Verdict_Reject
from wit_world.imports.evroute_core_types import Rejection, RequestEvent
from wit_world.imports.log import Level, log


class Request(exports.Request):
    def handle(self, event: RequestEvent) -> Verdict:
        message = event.message()
        log(
            Level.INFO,
            f"{message.method()} from {message.from_uri()} to {message.request_uri() or ''}",
        )
        if message.from_user() == "blocked":
            return Verdict_Reject(Rejection(403, "Blocked"))
        return Verdict_Pass()
