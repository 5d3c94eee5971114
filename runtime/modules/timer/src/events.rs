//! What this module raises: `timer`, with the timer's name as its event filter.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, Naming, TypedBinding};

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![Arc::new(TypedBinding::<TimerFired>::default())]
}

/// `timer:<name>`: a configured interval is over.
#[derive(Debug)]
pub struct TimerFired {
    /// When; no message.
    pub subject: Subject,
    /// The timer's name.
    pub name: String,
    /// How many ticks were skipped before this one.
    pub missed: u32,
}

event!(TimerFired: "timer" -> (), filter name);

impl GuestEvent for TimerFired {
    type Export = export::TimerTimer;
    const SEGMENT: Option<Naming> = Some(Naming::Section("timer"));
}
