//! Gives a table's entries more time: as many seconds as they say.
#![no_std]

extern crate alloc;

use alloc::{format, string::String};
use core::mem::forget;

use arena as _;
use evroute::log::log::{Level, log};
use evroute::pv::types::Value;
use exports::evroute::htable::expired::{ExpiredEvent, Guest, Verdict};

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "example:htable-expired/htable-expired",
    generate_all,
});

/// Nothing is kept for longer than an hour at a time.
const SECONDS_MAX: u32 = 3600;

struct HtableExpired;

export!(HtableExpired);

impl Guest for HtableExpired {
    fn handle(event: ExpiredEvent) -> Result<Verdict, String> {
        let (table, key, seconds) = (event.table(), event.key(), seconds(event.value()));
        // Handles end with the run; giving them back earlier would cost a call each.
        forget(event);
        if seconds == 0 {
            log(Level::Info, &format!("{table}: {key} is over"));
            return Ok(Verdict::Remove);
        }
        log(
            Level::Info,
            &format!("{table}: {key} stays for {seconds} s"),
        );
        Ok(Verdict::Extend(seconds))
    }
}

/// How long an entry with this value stays; what is not a positive number is over.
fn seconds(value: Value) -> u32 {
    match value {
        Value::Int(number) => number.clamp(0, SECONDS_MAX.into()) as u32,
        Value::Null | Value::Text(_) | Value::Octets(_) => 0,
    }
}
