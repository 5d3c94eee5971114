//! Logs every request that the server sends by itself, and does not send those of one user.

const std = @import("std");
const arena = @import("arena");
const c = @import("bindings");

const Text = c.bindings_string_t;

export fn exports_evroute_tm_local_request_handle(
    event: c.exports_evroute_tm_local_request_own_local_request_event_t,
    verdict: *c.exports_evroute_tm_local_request_verdict_t,
    _: *Text,
) bool {
    // Handles end with the run; giving them back earlier would cost a call each.
    const message = c.evroute_sip_types_borrow_message(
        c.evroute_tm_types_method_local_request_event_message(c.evroute_tm_types_borrow_local_request_event(event)),
    );
    var method: Text = undefined;
    var from: Text = undefined;
    var to: Text = .{};
    c.evroute_sip_types_method_message_method(message, &method);
    c.evroute_sip_types_method_message_from_uri(message, &from);
    _ = c.evroute_sip_types_method_message_request_uri(message, &to);

    const line = std.mem.concat(arena.allocator, u8, &.{
        arena.slice(method), " from ", arena.slice(from), " to ", arena.slice(to),
    }) catch @trap();
    var text = arena.text(Text, line);
    c.evroute_log_log_log(c.EVROUTE_LOG_LOG_LEVEL_INFO, &text);

    var user: Text = undefined;
    const has_user = c.evroute_sip_types_method_message_from_user(message, &user);
    verdict.* = if (has_user and std.mem.eql(u8, arena.slice(user), "blocked"))
        c.EXPORTS_EVROUTE_TM_LOCAL_REQUEST_VERDICT_DROP
    else
        c.EXPORTS_EVROUTE_TM_LOCAL_REQUEST_VERDICT_SEND;
    return true;
}
