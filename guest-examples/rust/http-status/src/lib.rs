//! Answers `GET /blocked/NAME`: whether a caller is on the list, and since when.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;

use evroute_guest::bindings::evroute::xhttp::types::{Answer, HeaderField};
use evroute_guest::htable::Table;
use evroute_guest::xhttp::request::{Event, Verdict};
use evroute_guest::{Result, event_route, info};

event_route!(xhttp::request => status);

fn status(event: &Event) -> Result<Verdict> {
    let path = event.path();
    let Some(name) = path.strip_prefix("/blocked/") else {
        return Ok(Verdict::Pass);
    };
    if event.method() != "GET" {
        return Ok(Verdict::Reply(answer(405, "")));
    }
    let is_blocked = Table::open("blocked")?.contains(name)?;
    info!(event.source(), " asks for ", name);
    Ok(Verdict::Reply(match is_blocked {
        true => answer(200, "blocked\n"),
        false => answer(404, "not blocked\n"),
    }))
}

fn answer(status: u16, text: &str) -> Answer {
    let field = |name: &str, value: &str| HeaderField {
        name: name.into(),
        value: value.into(),
    };
    let mut headers = Vec::new();
    if status == 405 {
        headers.push(field("Allow", "GET"));
    } else {
        headers.push(field("Content-Type", "text/plain"));
    }
    Answer {
        status,
        reason: None,
        headers,
        body: text.into(),
    }
}
