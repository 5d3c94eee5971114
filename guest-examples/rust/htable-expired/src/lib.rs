//! Gives a table's entries more time: as many seconds as they say.
#![no_std]

use evroute_guest::htable::expired::{Event, Verdict};
use evroute_guest::{Result, Value, event_route, info};

/// Nothing is kept for longer than an hour at a time.
const SECONDS_MAX: u32 = 3600;

event_route!(htable::expired => extend);

fn extend(event: &Event) -> Result<Verdict> {
    let (table, key, seconds) = (event.table(), event.key(), seconds(event.value()));
    if seconds == 0 {
        info!(table, ": ", key, " is over");
        return Ok(Verdict::Remove);
    }
    info!(table, ": ", key, " stays for ", seconds, " s");
    Ok(Verdict::Extend(seconds))
}

/// How long an entry with this value stays; what is not a positive number is over.
fn seconds(value: Value) -> u32 {
    match value {
        Value::Int(number) => number.clamp(0, SECONDS_MAX.into()) as u32,
        Value::Null | Value::Text(_) | Value::Octets(_) => 0,
    }
}
