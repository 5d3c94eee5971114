//! `core:receive-parse-error`.

use bytes::Bytes;
use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::GuestEvent;

/// `event_route[core:receive-parse-error]`: something arrived that is not a SIP message.
#[derive(Debug)]
pub struct ReceiveParseError {
    /// Source, receiver and time; no message.
    pub subject: Subject,
    /// What is wrong, for people.
    pub reason: String,
    /// The bytes as received.
    pub raw: Bytes,
}

event!(ReceiveParseError: "core:receive-parse-error" -> ());

impl GuestEvent for ReceiveParseError {
    type Export = export::CoreReceiveParseError;
}
