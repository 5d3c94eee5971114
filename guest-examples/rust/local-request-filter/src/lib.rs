//! Accounts the requests that the server sends by itself, marks them, and drops those of users on a list.
#![no_std]

use evroute_guest::htable::{Table, mod_init};
use evroute_guest::sql::{Database, Value};
use evroute_guest::tm::local_request::{Event, Verdict};
use evroute_guest::{Context, Message, Result, event_route, notice, pv};

event_route!(htable::mod_init => start);
event_route!(tm::local_request => filter);

fn start(_: &mod_init::Event) -> Result<mod_init::Verdict> {
    Database::open("main")?.execute(
        "create table if not exists local_requests \
         (at integer, method text, from_uri text, request_uri text, call_id text, outcome text)",
        &[],
    )?;
    Ok(mod_init::Verdict::Proceed)
}

fn filter(event: &Event) -> Result<Verdict> {
    let message = event.message();
    let is_blocked = match message.from_user() {
        Some(user) => Table::open("blocked")?.contains(&user)?,
        None => false,
    };
    if is_blocked {
        notice!("not sent: ", message.method(), " of ", message.from_uri());
        account(&message, "dropped")?;
        return Ok(Verdict::Drop);
    }
    message.append_header("X-Accounted", b"yes").context("X-Accounted")?;
    account(&message, "sent")?;
    Ok(Verdict::Send)
}

/// One row for each request. It is written at once, so this comes last: edits are undone if a run fails, rows are not.
fn account(message: &Message, outcome: &str) -> Result<()> {
    let row: [Value; 6] = [
        pv!("$TS" as i64)?.into(),
        message.method().into(),
        message.from_uri().into(),
        message.request_uri().into(),
        message.call_id().into(),
        outcome.into(),
    ];
    Database::open("main")?.execute(
        "insert into local_requests (at, method, from_uri, request_uri, call_id, outcome) \
         values (?, ?, ?, ?, ?, ?)",
        &row,
    )?;
    Ok(())
}
