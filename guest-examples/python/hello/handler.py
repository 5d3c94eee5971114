"""Says hello when the server starts."""

from evroute import log
from wit_world import exports
from wit_world.exports.mod_init import Verdict
from wit_world.imports.evroute_htable_types import ModInitEvent


class ModInit(exports.ModInit):
    def handle(self, event: ModInitEvent) -> Verdict:
        log.info(f"hello, {event.tenant()}")
        return Verdict.PROCEED
