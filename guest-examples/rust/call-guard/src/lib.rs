//! Turns away callers that are on a list.
#![no_std]

extern crate alloc;

use alloc::{borrow::ToOwned, string::String};
use core::mem::{ManuallyDrop, forget};

use arena as _;
use evroute::core::types::{Rejection, RequestEvent};
use evroute::htable::htable::{Error, Table};
use evroute::log::log::{Level, log};
use exports::evroute::core::request::{Guest, Verdict};

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "example:call-guard/call-guard",
    generate_all,
});

struct CallGuard;

export!(CallGuard);

impl Guest for CallGuard {
    fn handle(event: RequestEvent) -> Result<Verdict, String> {
        // Handles end with the run; giving them back earlier would cost a call each.
        let message = ManuallyDrop::new(event.message());
        forget(event);
        let Some(caller) = message.from_user() else {
            return Ok(Verdict::Pass);
        };
        if !is_blocked(&caller).map_err(sentence)? {
            return Ok(Verdict::Pass);
        }
        log(Level::Notice, &[&*caller, " is blocked"].concat());
        Ok(Verdict::Reject(Rejection {
            code: 403,
            reason: Some("Blocked".to_owned()),
        }))
    }
}

fn is_blocked(user: &str) -> Result<bool, Error> {
    let blocked = ManuallyDrop::new(Table::open("blocked")?);
    Ok(blocked.get(user)?.is_some())
}

/// Put together without `format!`, whose code a run would pay for even where it is not called.
fn sentence(error: Error) -> String {
    let why = match &error {
        Error::NotGranted => "not granted",
        Error::QuotaExceeded => "it is full",
        Error::NotANumber => "not a number",
        Error::Other(text) => text,
    };
    ["table blocked: ", why].concat()
}
