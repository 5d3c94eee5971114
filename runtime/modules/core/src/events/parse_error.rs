//! `core:receive-parse-error`.

use bytes::Bytes;
use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
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

impl Event for ReceiveParseError {
    const NAME: EventName = EventName::new("core:receive-parse-error");
    type Verdict = ();

    fn on_failure(&self, _policy: FailPolicy) {}

    fn is_continue((): &()) -> bool {
        true
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for ReceiveParseError {
    type Handle = handle::ReceiveParseErrorEvent;
    type Wit = ();
    const INTERFACE: &'static str = "evroute:core/receive-parse-error@0.1.0";

    fn decide(&self, (): ()) -> Result<(), String> {
        Ok(())
    }
}
