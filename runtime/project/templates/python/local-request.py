"""Logs every request that the server sends by itself, and does not send those of one user."""

from wit_world import exports
from wit_world.exports.local_request import Verdict
from wit_world.imports.evroute_tm_types import LocalRequestEvent
from wit_world.imports.log import Level, log


class LocalRequest(exports.LocalRequest):
    def handle(self, event: LocalRequestEvent) -> Verdict:
        message = event.message()
        log(
            Level.INFO,
            f"{message.method()} from {message.from_uri()} to {message.request_uri() or ''}",
        )
        return Verdict.DROP if message.from_user() == "blocked" else Verdict.SEND
