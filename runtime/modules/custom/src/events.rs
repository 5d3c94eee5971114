//! What this module raises: `custom:event`, with the operator's name as its third segment.

use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
use evroute_module_api::{GuestEvent, Naming, Value};

use crate::limits::{self, Refused};

/// `custom:event:<name>`.
#[derive(Clone, Debug)]
pub struct CustomEvent {
    subject: Subject,
    name: String,
    parameters: Vec<(String, Value)>,
}

impl CustomEvent {
    /// An event of this name, with these parameters.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn new(
        name: &str,
        parameters: Vec<(String, Value)>,
        time_us: u64,
    ) -> Result<Self, Refused> {
        limits::check(name, &parameters)?;
        Ok(Self {
            subject: Subject::at(time_us),
            name: name.to_owned(),
            parameters,
        })
    }

    /// The name, as raised.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters, in the order given.
    #[must_use]
    pub fn parameters(&self) -> &[(String, Value)] {
        &self.parameters
    }
}

impl Event for CustomEvent {
    const NAME: EventName = EventName::new("custom:event");
    type Verdict = ();

    fn on_failure(&self, _policy: FailPolicy) {}

    fn is_continue((): &()) -> bool {
        true
    }

    fn filter(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for CustomEvent {
    type Handle = handle::CustomEvent;
    type Wit = ();
    const INTERFACE: &'static str = "evroute:custom/event@0.1.0";
    const SEGMENT: Option<Naming> = Some(Naming::Free);

    fn decide(&self, (): ()) -> Result<(), String> {
        Ok(())
    }
}
