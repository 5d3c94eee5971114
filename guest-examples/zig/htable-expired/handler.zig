//! Gives a table's entries more time: as many seconds as they say.

const std = @import("std");
const arena = @import("arena");
const c = @import("bindings");

const Text = c.htable_expired_string_t;

/// Nothing is kept for longer than an hour at a time.
const seconds_max = 3600;

export fn exports_evroute_htable_expired_handle(
    event: c.exports_evroute_htable_expired_own_expired_event_t,
    verdict: *c.exports_evroute_htable_expired_verdict_t,
    _: *Text,
) bool {
    // Handles end with the run; giving them back earlier would cost a call each.
    const entry = c.evroute_htable_types_borrow_expired_event(event);
    var table: Text = undefined;
    var key: Text = undefined;
    var value: c.evroute_htable_types_value_t = undefined;
    c.evroute_htable_types_method_expired_event_table(entry, &table);
    c.evroute_htable_types_method_expired_event_key(entry, &key);
    c.evroute_htable_types_method_expired_event_value(entry, &value);

    const seconds = secondsOf(value);
    if (seconds == 0) {
        say("{s}: {s} is over", .{ arena.slice(table), arena.slice(key) });
        verdict.* = .{ .tag = c.EXPORTS_EVROUTE_HTABLE_EXPIRED_VERDICT_REMOVE };
    } else {
        say("{s}: {s} stays for {d} s", .{ arena.slice(table), arena.slice(key), seconds });
        verdict.* = .{ .tag = c.EXPORTS_EVROUTE_HTABLE_EXPIRED_VERDICT_EXTEND, .val = .{ .extend = seconds } };
    }
    return true;
}

/// How long an entry with this value stays; what is not a positive number is over.
fn secondsOf(value: c.evroute_htable_types_value_t) u32 {
    if (value.tag != c.EVROUTE_PV_TYPES_VALUE_INT) return 0;
    return @intCast(std.math.clamp(value.val.int_, 0, seconds_max));
}

fn say(comptime format: []const u8, arguments: anytype) void {
    var line = arena.text(Text, std.fmt.allocPrint(arena.allocator, format, arguments) catch @trap());
    c.evroute_log_log_log(c.EVROUTE_LOG_LOG_LEVEL_INFO, &line);
}
