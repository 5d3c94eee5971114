//! Logs every request that the server sends by itself, and does not send those of one user.

const ev = @import("evroute");

comptime {
    ev.tm.local_request.handle(decide);
}

fn decide(event: ev.tm.LocalRequestEvent) !ev.tm.local_request.Verdict {
    const message = event.message();
    ev.log.info("{s} from {s} to {s}", .{ message.method(), message.fromUri(), message.requestUri() orelse "" });
    return if (ev.is(message.fromUser(), "blocked")) .drop else .send;
}
