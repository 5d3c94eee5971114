//! Gives a table's entries more time: as many seconds as they say.

const std = @import("std");
const ev = @import("evroute");

/// Nothing is kept for longer than an hour at a time.
const seconds_max = 3600;

comptime {
    ev.htable.expired.handle(decide);
}

fn decide(entry: ev.htable.ExpiredEvent) ev.htable.expired.Verdict {
    const seconds = secondsOf(entry.value());
    if (seconds == 0) {
        ev.log.info("{s}: {s} is over", .{ entry.table(), entry.key() });
        return .remove;
    }
    ev.log.info("{s}: {s} stays for {d} s", .{ entry.table(), entry.key(), seconds });
    return .{ .extend = seconds };
}

/// How long an entry with this value stays; what is not a positive number is over.
fn secondsOf(value: ?ev.pv.Value) u32 {
    return switch (value orelse return 0) {
        .int => |seconds| @intCast(std.math.clamp(seconds, 0, seconds_max)),
        else => 0,
    };
}
