//! Says hello when the server starts.

const std = @import("std");
const arena = @import("arena");
const c = @import("bindings");

export fn exports_evroute_htable_mod_init_handle(
    event: c.exports_evroute_htable_mod_init_own_mod_init_event_t,
    verdict: *c.exports_evroute_htable_mod_init_verdict_t,
    _: *c.hello_string_t,
) bool {
    var tenant: c.hello_string_t = undefined;
    c.evroute_htable_types_method_mod_init_event_tenant(c.evroute_htable_types_borrow_mod_init_event(event), &tenant);

    const line = std.mem.concat(arena.allocator, u8, &.{ "hello, ", arena.slice(tenant) }) catch @trap();
    var text = arena.text(c.hello_string_t, line);
    c.evroute_log_log_log(c.EVROUTE_LOG_LOG_LEVEL_INFO, &text);
    verdict.* = c.EXPORTS_EVROUTE_HTABLE_MOD_INIT_VERDICT_PROCEED;
    return true;
}
