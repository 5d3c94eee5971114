//! Leaves a trace of every start: in a shared table, in a shared counter and in a database.

const ev = @import("evroute");

comptime {
    ev.htable.mod_init.handle(start);
}

fn start(_: ev.htable.ModInitEvent) !ev.htable.mod_init.Verdict {
    const seconds = try now();
    try remember(seconds);
    try count();
    try record(seconds);
    return .proceed;
}

/// $TS: seconds since 1970, at the time of the event.
fn now() !i64 {
    errdefer ev.about("$TS");
    return ev.pv.int("$TS");
}

/// $sht(server=>started) = $TS;
fn remember(seconds: i64) !void {
    errdefer ev.about("table server");
    const server = try ev.htable.Table.open("server");
    try server.set("started", .{ .int = seconds }, null);
}

/// $shv(starts) = $shv(starts) + 1;
fn count() !void {
    errdefer ev.about("counter starts");
    _ = try ev.pv.shv.add("starts", 1);
}

/// sql_query("main", "insert into restarts ...");
fn record(seconds: i64) !void {
    errdefer ev.about("database main");
    const main = try ev.sql.Connection.open("main");
    _ = try main.execute("create table if not exists restarts (started_at integer not null)", &.{});
    _ = try main.execute("insert into restarts (started_at) values (?)", &.{.{ .int = seconds }});
}
