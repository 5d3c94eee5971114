//! Logs every request that the server is about to route, and rejects those of one user.

const ev = @import("evroute");

comptime {
    ev.core.request.handle(decide);
}

fn decide(event: ev.core.RequestEvent) !ev.core.request.Verdict {
    const message = event.message();
    ev.log.info("{s} from {s} to {s}", .{ message.method(), message.fromUri(), message.requestUri() orelse "" });
    if (!ev.is(message.fromUser(), "blocked")) return .pass;
    return .{ .reject = .{ .code = 403, .reason = "Blocked" } };
}
