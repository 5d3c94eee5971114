//! Says hello when the server starts.

const ev = @import("evroute");

comptime {
    ev.htable.mod_init.handle(greet);
}

fn greet(event: ev.htable.ModInitEvent) ev.htable.mod_init.Verdict {
    ev.log.info("hello, {s}", .{event.tenant()});
    return .proceed;
}
