//! Leaves a trace of every start: in a shared table, in a shared counter and in a database.

const arena = @import("arena");
const c = @import("bindings");

const Text = c.mod_init_string_t;

export fn exports_evroute_htable_mod_init_handle(
    _: c.exports_evroute_htable_mod_init_own_mod_init_event_t,
    verdict: *c.exports_evroute_htable_mod_init_verdict_t,
    sentence: *Text,
) bool {
    verdict.* = c.EXPORTS_EVROUTE_HTABLE_MOD_INIT_VERDICT_PROCEED;
    start() catch |err| {
        sentence.* = arena.text(Text, switch (err) {
            error.NoTime => "$TS: it is not a number",
            error.NoTable => "table server: it cannot be opened",
            error.NotRemembered => "table server: it cannot be written",
            error.NotCounted => "counter starts: it cannot be added to",
            error.NoDatabase => "database main: it cannot be opened",
            error.NotRecorded => "database main: a statement was refused",
        });
        return false;
    };
    return true;
}

/// Handles end with the run; giving them back earlier would cost a call each.
fn start() !void {
    const seconds = try now();
    try remember(seconds);
    try count();
    try record(seconds);
}

/// $TS: seconds since 1970, at the time of the event.
fn now() !i64 {
    var name = arena.text(Text, "$TS");
    var value: c.evroute_pv_pv_value_t = undefined;
    var refused: c.evroute_pv_pv_error_t = undefined;
    if (!c.evroute_pv_pv_get(&name, &value, &refused)) return error.NoTime;
    if (value.tag != c.EVROUTE_PV_TYPES_VALUE_INT) return error.NoTime;
    return value.val.int_;
}

/// $sht(server=>started) = $TS;
fn remember(seconds: i64) !void {
    var name = arena.text(Text, "server");
    var key = arena.text(Text, "started");
    var value: c.evroute_htable_htable_value_t = .{ .tag = c.EVROUTE_PV_TYPES_VALUE_INT, .val = .{ .int_ = seconds } };
    var table: c.evroute_htable_htable_own_table_t = undefined;
    var refused: c.evroute_htable_htable_error_t = undefined;
    if (!c.evroute_htable_htable_static_table_open(&name, &table, &refused)) return error.NoTable;
    const server = c.evroute_htable_htable_borrow_table(table);
    if (!c.evroute_htable_htable_method_table_set(server, &key, &value, null, &refused)) return error.NotRemembered;
}

/// $shv(starts) = $shv(starts) + 1;
fn count() !void {
    var name = arena.text(Text, "starts");
    var starts: i64 = undefined;
    var refused: c.evroute_pv_shv_error_t = undefined;
    if (!c.evroute_pv_shv_add(&name, 1, &starts, &refused)) return error.NotCounted;
}

/// sql_query("main", "insert into restarts ...");
fn record(seconds: i64) !void {
    var label = arena.text(Text, "main");
    var database: c.evroute_sql_sql_own_connection_t = undefined;
    var refused: c.evroute_sql_sql_error_t = undefined;
    if (!c.evroute_sql_sql_static_connection_open(&label, &database, &refused)) return error.NoDatabase;
    const main = c.evroute_sql_sql_borrow_connection(database);

    var started_at: c.evroute_sql_sql_value_t = .{ .tag = c.EVROUTE_SQL_SQL_VALUE_INT, .val = .{ .int_ = seconds } };
    try execute(main, "create table if not exists restarts (started_at integer not null)", .{ .ptr = null, .len = 0 });
    try execute(main, "insert into restarts (started_at) values (?)", .{ .ptr = &started_at, .len = 1 });
}

fn execute(
    database: c.evroute_sql_sql_borrow_connection_t,
    statement: []const u8,
    parameters: c.evroute_sql_sql_list_value_t,
) !void {
    var text = arena.text(Text, statement);
    var list = parameters;
    var changed: u64 = undefined;
    var refused: c.evroute_sql_sql_error_t = undefined;
    if (!c.evroute_sql_sql_method_connection_execute(database, &text, &list, &changed, &refused)) return error.NotRecorded;
}
