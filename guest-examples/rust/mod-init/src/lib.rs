//! Leaves a trace of every start: in a shared table, in a shared counter and in a database.
#![no_std]

use evroute_guest::htable::Table;
use evroute_guest::htable::mod_init::{Event, Verdict};
use evroute_guest::sql::Database;
use evroute_guest::{Result, event_route, pv, shv};

event_route!(htable::mod_init => start);

fn start(_: &Event) -> Result<Verdict> {
    let now = pv!("$TS" as i64)?;
    Table::open("server")?.set("started", now)?;
    shv::add("starts", 1)?;

    let main = Database::open("main")?;
    main.execute("create table if not exists restarts (started_at integer not null)", &[])?;
    main.execute("insert into restarts (started_at) values (?)", &[now.into()])?;
    Ok(Verdict::Proceed)
}
