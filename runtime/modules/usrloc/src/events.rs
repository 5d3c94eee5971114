//! What this module raises: `usrloc:contact-expired`.

use std::sync::Arc;

use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
use evroute_module_api::GuestEvent;

use crate::Binding;

/// `event_route[usrloc:contact-expired]`: a registered contact's time is over; it is gone already.
#[derive(Debug)]
pub struct ContactExpired {
    /// When it was noticed; no message.
    pub subject: Subject,
    /// The contact.
    pub binding: Arc<Binding>,
}

impl Event for ContactExpired {
    const NAME: EventName = EventName::new("usrloc:contact-expired");
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

impl GuestEvent for ContactExpired {
    type Handle = handle::ContactExpiredEvent;
    type Wit = ();
    const INTERFACE: &'static str = "evroute:usrloc/contact-expired@0.1.0";

    fn decide(&self, (): ()) -> Result<(), String> {
        Ok(())
    }
}
