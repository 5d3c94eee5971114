# The local-request handler in KEMI Python, and loops that call it.

import KSR


class Handlers:
    def child_init(self, rank):
        return 0

    def handle_line(self, msg, event):
        KSR.info("request [" + KSR.pv.get("$rm") + "] from [" + KSR.pv.get("$fu")
                 + "] to [" + KSR.pv.get("$ru") + "]\n")
        if KSR.pv.get("$fU") == "blocked":
            KSR.set_drop()
        return 1

    def handle_xlog(self, msg, event):
        KSR.xlog.xinfo("request [$rm] from [$fu] to [$ru]\n")
        if KSR.pv.get("$fU") == "blocked":
            KSR.set_drop()
        return 1

    def handle_silent(self, msg, event):
        if KSR.pv.get("$fU") == "blocked":
            KSR.set_drop()
        return 1

    def handle_nothing(self, msg, event):
        return 1

    def loop(self, handler, msg, turns):
        for _ in range(int(turns)):
            handler(msg, "tm:local-request")
        return 1

    def loop_empty(self, msg, turns):
        return self.loop(self.handle_nothing, msg, turns)

    def loop_line(self, msg, turns):
        return self.loop(self.handle_line, msg, turns)

    def loop_xlog(self, msg, turns):
        return self.loop(self.handle_xlog, msg, turns)

    def loop_silent(self, msg, turns):
        return self.loop(self.handle_silent, msg, turns)

    # For local_request.cfg: the same handler behind the real event.
    def ksr_request_route(self, msg):
        return 1

    def ksr_tm_event(self, msg, event):
        return self.handle_line(msg, event)


def mod_init():
    return Handlers()
