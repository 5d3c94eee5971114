//! What an event was about before a run.

use evroute_event::Subject;
use evroute_sip::Message;

/// What an event was about before a run, which may change it.
#[derive(Clone, Debug, Default)]
pub struct GivenSubject {
    /// The message, where it is about one.
    pub message: Option<Message>,
    /// Where an earlier handler wants it sent, `$du`.
    pub next_hop: Option<String>,
}

impl GivenSubject {
    /// Of an event that is about to be handled.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        Self {
            message: subject.message.clone(),
            next_hop: subject.next_hop.clone(),
        }
    }
}
