//! A request to send, and how long to wait for its answer.

use std::time::Duration;

use bytes::Bytes;

use crate::action::Delivery;

/// A request to send.
#[derive(Debug, Clone)]
pub struct ClientRequest {
    /// The whole request, with our Via on top.
    pub bytes: Bytes,
    /// What its transport promises.
    pub delivery: Delivery,
    /// Where this one's waits differ from the configuration.
    pub timers: TimerOverrides,
}

/// How long one client transaction waits, where it differs from the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimerOverrides {
    /// Timer B or F: until the first answer (INVITE), until the final one (others).
    pub fr_timer: Option<Duration>,
    /// Timer C: from one 101-199 to the next. INVITE only.
    pub fr_inv_timer: Option<Duration>,
}
