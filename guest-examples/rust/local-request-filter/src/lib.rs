//! Accounts the requests that the server sends by itself, marks them, and drops those of users on a list.

use evroute::htable::htable::Table;
use evroute::log::log::{Level, log};
use evroute::pv::pv;
use evroute::pv::types::Value;
use evroute::sip::types::Message;
use evroute::sql::sql::{Connection, Value as SqlValue};
use exports::evroute::tm::local_request::{Guest, LocalRequestEvent, Verdict};

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "example:local-request-filter/local-request-filter",
    generate_all,
});

struct LocalRequestFilter;

export!(LocalRequestFilter);

impl Guest for LocalRequestFilter {
    fn handle(event: LocalRequestEvent) -> Result<Verdict, String> {
        let message = event.message();
        let is_blocked = match message.from_user() {
            Some(user) => is_blocked(&user)?,
            None => false,
        };
        account(&message, if is_blocked { "dropped" } else { "sent" })?;
        if is_blocked {
            log(
                Level::Notice,
                &format!("not sent: {} from {}", message.method(), message.from_uri()),
            );
            return Ok(Verdict::Drop);
        }
        message
            .append_header("X-Accounted", b"yes")
            .map_err(|error| format!("X-Accounted: {error}"))?;
        Ok(Verdict::Send)
    }
}

fn is_blocked(user: &str) -> Result<bool, String> {
    let refused = |error| format!("table blocked: {error}");
    let blocked = Table::open("blocked").map_err(refused)?;
    Ok(blocked.get(user).map_err(refused)?.is_some())
}

/// One row for each request, whatever becomes of it. A row stays written even if this run should fail later.
fn account(message: &Message, outcome: &str) -> Result<(), String> {
    let refused = |error| format!("database main: {error}");
    let text = |text: &str| SqlValue::Text(text.to_owned());
    let main = Connection::open("main").map_err(refused)?;
    main.execute(
        "create table if not exists local_requests \
         (sent_at integer, method text, from_uri text, request_uri text, call_id text, outcome text)",
        &[],
    )
    .map_err(refused)?;
    main.execute(
        "insert into local_requests (sent_at, method, from_uri, request_uri, call_id, outcome) \
         values (?, ?, ?, ?, ?, ?)",
        &[
            now()?,
            text(&message.method()),
            text(&message.from_uri()),
            message.request_uri().map_or(SqlValue::Null, SqlValue::Text),
            text(&message.call_id()),
            text(outcome),
        ],
    )
    .map_err(refused)?;
    Ok(())
}

/// `$TS`: seconds since 1970, at the time of the event.
fn now() -> Result<SqlValue, String> {
    match pv::get("$TS") {
        Ok(Value::Int(seconds)) => Ok(SqlValue::Int(seconds)),
        Ok(other) => Err(format!("$TS is not a number: {other:?}")),
        Err(error) => Err(format!("$TS: {error}")),
    }
}
