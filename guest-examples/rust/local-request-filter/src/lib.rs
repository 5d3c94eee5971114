//! Accounts the requests that the server sends by itself, marks them, and drops those of users on a list.
#![no_std]

extern crate alloc;

use alloc::{borrow::ToOwned, format, string::String};

use arena as _;
use evroute::htable::htable::Table;
use evroute::log::log::{Level, log};
use evroute::pv::pv;
use evroute::pv::types::Value;
use evroute::sip::types::Message;
use evroute::sql::sql::{Connection, Value as SqlValue};
use exports::evroute::htable::mod_init::{self, ModInitEvent};
use exports::evroute::tm::local_request::{self, LocalRequestEvent, Verdict};

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "example:local-request-filter/local-request-filter",
    generate_all,
});

struct LocalRequestFilter;

export!(LocalRequestFilter);

impl mod_init::Guest for LocalRequestFilter {
    fn handle(_: ModInitEvent) -> Result<mod_init::Verdict, String> {
        execute(
            "create table if not exists local_requests \
             (at integer, method text, from_uri text, request_uri text, call_id text, outcome text)",
            &[],
        )?;
        Ok(mod_init::Verdict::Proceed)
    }
}

impl local_request::Guest for LocalRequestFilter {
    fn handle(event: LocalRequestEvent) -> Result<Verdict, String> {
        let message = event.message();
        let is_blocked = match message.from_user() {
            Some(user) => is_blocked(&user)?,
            None => false,
        };
        if is_blocked {
            log(
                Level::Notice,
                &format!("not sent: {} of {}", message.method(), message.from_uri()),
            );
            account(&message, "dropped")?;
            return Ok(Verdict::Drop);
        }
        message
            .append_header("X-Accounted", b"yes")
            .map_err(|error| format!("X-Accounted: {error}"))?;
        account(&message, "sent")?;
        Ok(Verdict::Send)
    }
}

fn is_blocked(user: &str) -> Result<bool, String> {
    let refused = |error| format!("table blocked: {error}");
    let blocked = Table::open("blocked").map_err(refused)?;
    Ok(blocked.get(user).map_err(refused)?.is_some())
}

/// One row for each request. It is written at once, so this comes last: edits are undone if a run fails, rows are not.
fn account(message: &Message, outcome: &str) -> Result<(), String> {
    let text = |text: &str| SqlValue::Text(text.to_owned());
    execute(
        "insert into local_requests (at, method, from_uri, request_uri, call_id, outcome) \
         values (?, ?, ?, ?, ?, ?)",
        &[
            SqlValue::Int(now()?),
            text(&message.method()),
            text(&message.from_uri()),
            message.request_uri().map_or(SqlValue::Null, SqlValue::Text),
            text(&message.call_id()),
            text(outcome),
        ],
    )
}

fn execute(statement: &str, parameters: &[SqlValue]) -> Result<(), String> {
    let refused = |error| format!("database main: {error}");
    let main = Connection::open("main").map_err(refused)?;
    main.execute(statement, parameters).map_err(refused)?;
    Ok(())
}

/// `$TS`: seconds since 1970, at the time of the event.
fn now() -> Result<i64, String> {
    match pv::get("$TS") {
        Ok(Value::Int(seconds)) => Ok(seconds),
        Ok(other) => Err(format!("$TS is not a number: {other:?}")),
        Err(error) => Err(format!("$TS: {error}")),
    }
}
