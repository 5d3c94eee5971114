//! What this module raises: `timer`, with the timer's name as its third segment.

use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
use evroute_module_api::{GuestEvent, Naming};

/// `timer:<name>`: a configured interval is over.
#[derive(Debug)]
pub struct Timer {
    /// When; no message.
    pub subject: Subject,
    /// The timer's name.
    pub name: String,
    /// How many ticks were skipped before this one.
    pub missed: u32,
}

impl Event for Timer {
    const NAME: EventName = EventName::new("timer");
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

impl GuestEvent for Timer {
    type Handle = handle::TimerEvent;
    type Wit = ();
    const INTERFACE: &'static str = "evroute:timer/timer@0.1.0";
    const SEGMENT: Option<Naming> = Some(Naming::Section("timer"));

    fn decide(&self, (): ()) -> Result<(), String> {
        Ok(())
    }
}
