"""Logs every request that the server is about to route, and rejects those of one user."""

from evroute import log
from wit_world import exports
from wit_world.exports.request import Verdict, Verdict_Pass, Verdict_Reject
from wit_world.imports.evroute_core_types import Rejection, RequestEvent


class Request(exports.Request):
    def handle(self, event: RequestEvent) -> Verdict:
        message = event.message()
        log.info(f"{message.method()} from {message.from_uri()} to {message.request_uri() or ''}")
        if message.from_user() == "blocked":
            return Verdict_Reject(Rejection(403, "Blocked"))
        return Verdict_Pass()
