//! Logs every request that the server sends by itself, and decides by its From user.
#![no_std]

use evroute_guest::tm::local_request::{Event, Verdict};
use evroute_guest::{Result, event_route, info};

event_route!(tm::local_request => decide);

fn decide(event: &Event) -> Result<Verdict> {
    let message = event.message();
    info!(
        "request [", message.method(),
        "] from [", message.from_uri(),
        "] to [", message.request_uri(), "]",
    );
    Ok(match message.from_user().as_deref() {
        Some("blocked") => Verdict::Drop,
        Some(_) | None => Verdict::Send,
    })
}
