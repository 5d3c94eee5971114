//! Turns away callers that are on a list.

const ev = @import("evroute");

comptime {
    ev.core.request.handle(decide);
}

fn decide(event: ev.core.RequestEvent) !ev.core.request.Verdict {
    const caller = event.message().fromUser() orelse return .pass;
    if (!try isBlocked(caller)) return .pass;

    ev.log.notice("{s} is blocked", .{caller});
    return .{ .reject = .{ .code = 403, .reason = "Blocked" } };
}

fn isBlocked(user: []const u8) !bool {
    errdefer ev.about("table blocked");
    const blocked = try ev.htable.Table.open("blocked");
    return try blocked.get(user) != null;
}
