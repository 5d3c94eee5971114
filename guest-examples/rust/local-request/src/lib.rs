//! Logs every request that the server sends by itself, and decides by its From user.
#![no_std]

extern crate alloc;

use alloc::string::String;
use core::mem::{ManuallyDrop, forget};

use arena as _;
use evroute::log::log::{Level, log};
use exports::evroute::tm::local_request::{Guest, LocalRequestEvent, Verdict};

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "example:local-request/local-request",
    generate_all,
});

struct LocalRequest;

export!(LocalRequest);

impl Guest for LocalRequest {
    fn handle(event: LocalRequestEvent) -> Result<Verdict, String> {
        // Handles end with the run; giving them back earlier would cost a call each.
        let message = ManuallyDrop::new(event.message());
        forget(event);
        let (method, from) = (message.method(), message.from_uri());
        let to = message.request_uri().unwrap_or_default();
        log(
            Level::Info,
            &["request [", &method, "] from [", &from, "] to [", &to, "]"].concat(),
        );

        match message.from_user().as_deref() {
            Some("blocked") => Ok(Verdict::Drop),
            Some(_) | None => Ok(Verdict::Send),
        }
    }
}
