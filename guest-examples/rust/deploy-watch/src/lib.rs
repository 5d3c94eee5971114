//! Says in the log what becomes of the tenant's handlers.
#![no_std]

use evroute_guest::deploy::{activated, breaker_open, rolled_back};
use evroute_guest::{Result, event_route, info, warning};

event_route!(deploy::activated => new_revision);
event_route!(deploy::rolled_back => old_revision);
event_route!(deploy::breaker_open => failed_revision);

fn new_revision(event: &activated::Event) -> Result<()> {
    info!(
        event.handler(),
        ": r",
        event.revision(),
        " in place of r",
        event.previous().unwrap_or(0),
        " by ",
        event.who(),
        ": ",
        event.why()
    );
    Ok(())
}

fn old_revision(event: &rolled_back::Event) -> Result<()> {
    info!(
        event.handler(),
        ": r",
        event.revision(),
        " again, not r",
        event.taken_back().unwrap_or(0),
        " by ",
        event.who(),
        ": ",
        event.why()
    );
    Ok(())
}

fn failed_revision(event: &breaker_open::Event) -> Result<()> {
    warning!(
        event.handler(),
        ": r",
        event.revision(),
        " is not asked: ",
        event.reason(),
        " in ",
        event.failures(),
        " of ",
        event.runs(),
        " runs, opening ",
        event.openings()
    );
    Ok(())
}
