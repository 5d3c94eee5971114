//! Why a trunk is not registered with.

use std::time::Duration;

/// Why an attempt to register failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RegistrationError {
    /// The status code of the answer; 408 where none came, 503 where the request was not sent.
    pub(crate) status: u16,
    /// What the peer said, or what we say of it.
    pub(crate) reason: String,
    /// Whether the peer said it.
    pub(crate) was_answered: bool,
    /// How long the peer wants to be left alone (RFC 3261 20.33).
    pub(crate) retry_after: Option<Duration>,
}

impl RegistrationError {
    /// The peer has answered so.
    pub(crate) fn answered(status: u16, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
            was_answered: true,
            retry_after: None,
        }
    }

    /// It was not asked, or has not answered.
    pub(crate) fn unanswered(status: u16, reason: impl Into<String>) -> Self {
        Self {
            was_answered: false,
            ..Self::answered(status, reason)
        }
    }
}
