//! Leaves a trace of every start: in a shared table, in a shared counter and in a database.
#![no_std]

extern crate alloc;

use alloc::{format, string::String};

use arena as _;
use evroute::htable::htable::Table;
use evroute::pv::pv;
use evroute::pv::shv;
use evroute::pv::types::Value;
use evroute::sql::sql::{Connection, Value as SqlValue};
use exports::evroute::htable::mod_init::{Guest, ModInitEvent, Verdict};

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "example:mod-init/mod-init",
    generate_all,
});

struct ModInit;

export!(ModInit);

impl Guest for ModInit {
    fn handle(_: ModInitEvent) -> Result<Verdict, String> {
        let now = now()?;
        remember(now)?;
        count()?;
        record(now)?;
        Ok(Verdict::Proceed)
    }
}

/// `$TS`: seconds since 1970, at the time of the event.
fn now() -> Result<i64, String> {
    match pv::get("$TS") {
        Ok(Value::Int(seconds)) => Ok(seconds),
        Ok(other) => Err(format!("$TS is not a number: {other:?}")),
        Err(error) => Err(format!("$TS: {error}")),
    }
}

/// `$sht(server=>started) = $TS;`
fn remember(now: i64) -> Result<(), String> {
    let server = Table::open("server").map_err(|error| format!("table server: {error}"))?;
    server
        .set("started", &Value::Int(now), None)
        .map_err(|error| format!("table server: {error}"))
}

/// `$shv(starts) = $shv(starts) + 1;`
fn count() -> Result<i64, String> {
    shv::add("starts", 1).map_err(|error| format!("counter starts: {error}"))
}

/// `sql_query("main", "insert into restarts ...");`
fn record(now: i64) -> Result<(), String> {
    let refused = |error| format!("database main: {error}");
    let main = Connection::open("main").map_err(refused)?;
    main.execute(
        "create table if not exists restarts (started_at integer not null)",
        &[],
    )
    .map_err(refused)?;
    main.execute(
        "insert into restarts (started_at) values (?)",
        &[SqlValue::Int(now)],
    )
    .map_err(refused)?;
    Ok(())
}
