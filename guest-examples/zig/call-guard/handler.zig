//! Turns away callers that are on a list.

const std = @import("std");
const arena = @import("arena");
const c = @import("bindings");

const Text = c.call_guard_string_t;

export fn exports_evroute_core_request_handle(
    event: c.exports_evroute_core_request_own_request_event_t,
    verdict: *c.exports_evroute_core_request_verdict_t,
    sentence: *Text,
) bool {
    verdict.* = decide(event) catch |err| {
        sentence.* = arena.text(Text, switch (err) {
            error.NotOpened => "table blocked: it cannot be opened",
            error.NotRead => "table blocked: it cannot be read",
            error.OutOfMemory => @trap(),
        });
        return false;
    };
    return true;
}

/// Handles end with the run; giving them back earlier would cost a call each.
fn decide(event: c.exports_evroute_core_request_own_request_event_t) !c.exports_evroute_core_request_verdict_t {
    const pass: c.exports_evroute_core_request_verdict_t = .{ .tag = c.EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_PASS };
    const message = c.evroute_core_types_method_request_event_message(c.evroute_core_types_borrow_request_event(event));
    var caller: Text = undefined;
    if (!c.evroute_sip_types_method_message_from_user(c.evroute_sip_types_borrow_message(message), &caller)) return pass;
    if (!try isBlocked(&caller)) return pass;

    var line = arena.text(Text, try std.mem.concat(arena.allocator, u8, &.{ arena.slice(caller), " is blocked" }));
    c.evroute_log_log_log(c.EVROUTE_LOG_LOG_LEVEL_NOTICE, &line);
    return .{
        .tag = c.EXPORTS_EVROUTE_CORE_REQUEST_VERDICT_REJECT,
        .val = .{ .reject = .{ .code = 403, .reason = .{ .is_some = true, .val = arena.text(Text, "Blocked") } } },
    };
}

fn isBlocked(user: *Text) !bool {
    var name = arena.text(Text, "blocked");
    var table: c.evroute_htable_htable_own_table_t = undefined;
    var refused: c.evroute_htable_htable_error_t = undefined;
    if (!c.evroute_htable_htable_static_table_open(&name, &table, &refused)) return error.NotOpened;
    var entry: c.evroute_htable_htable_option_value_t = undefined;
    const blocked = c.evroute_htable_htable_borrow_table(table);
    if (!c.evroute_htable_htable_method_table_get(blocked, user, &entry, &refused)) return error.NotRead;
    return entry.is_some;
}
