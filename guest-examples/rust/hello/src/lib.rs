//! Says hello when the server starts.
#![no_std]

use evroute_guest::htable::mod_init::{Event, Verdict};
use evroute_guest::{Result, event_route, info};

event_route!(htable::mod_init => hello);

fn hello(event: &Event) -> Result<Verdict> {
    info!("hello, ", event.tenant());
    Ok(Verdict::Proceed)
}
