"""Says hello when the server starts."""

from wit_world import exports
from wit_world.exports.mod_init import Verdict
from wit_world.imports.evroute_htable_types import ModInitEvent
from wit_world.imports.log import Level, log


class ModInit(exports.ModInit):
    def handle(self, event: ModInitEvent) -> Verdict:
        log(Level.INFO, f"hello, {event.tenant()}")
        return Verdict.PROCEED
