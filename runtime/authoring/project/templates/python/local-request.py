"""Logs every request that the server sends by itself, and does not send those of one user."""

from evroute import log
from wit_world import exports
from wit_world.exports.local_request import Verdict
from wit_world.imports.evroute_tm_types import LocalRequestEvent


class LocalRequest(exports.LocalRequest):
    def handle(self, event: LocalRequestEvent) -> Verdict:
        message = event.message()
        log.info(f"{message.method()} from {message.from_uri()} to {message.request_uri() or ''}")
        return Verdict.DROP if message.from_user() == "blocked" else Verdict.SEND
