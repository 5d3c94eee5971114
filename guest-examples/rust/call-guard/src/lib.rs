//! Turns away callers that are on a list.
#![no_std]

use evroute_guest::core::request::{Event, Verdict};
use evroute_guest::htable::Table;
use evroute_guest::{Result, event_route, notice};

event_route!(core::request => guard);

fn guard(event: &Event) -> Result<Verdict> {
    let Some(caller) = event.message().from_user() else {
        return Ok(Verdict::Pass);
    };
    if !Table::open("blocked")?.contains(&caller)? {
        return Ok(Verdict::Pass);
    }
    notice!(caller, " is blocked");
    Ok(Verdict::reject(403, "Blocked"))
}
