//! A trunk, and what is known of it now.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::TrunkConfig;
use crate::registration_error::RegistrationError;

/// A trunk. Whoever registers writes, the operator reads.
#[derive(Debug)]
pub(crate) struct Trunk {
    pub(crate) config: TrunkConfig,
    status: Mutex<TrunkStatus>,
    /// An operator has said something.
    asked: Notify,
}

/// What is known of a trunk.
#[derive(Clone, Debug)]
pub(crate) struct TrunkStatus {
    /// Whether it is to be registered with (Kamailio's `uac.reg_enable`).
    pub(crate) is_enabled: bool,
    /// Until when it is, by its last answer.
    pub(crate) registered_until: Option<Instant>,
    /// What the last attempt failed of; none where it did not.
    pub(crate) failed_of: Option<RegistrationError>,
    /// Attempts in a row that failed.
    pub(crate) failures: u32,
    /// When the next one is.
    pub(crate) next_attempt: Option<Instant>,
    /// Attempts since the start that came to their end, by it.
    pub(crate) succeeded: u64,
    pub(crate) refused: u64,
    pub(crate) unanswered: u64,
}

impl TrunkStatus {
    /// Whether it is registered now.
    pub(crate) fn is_registered(&self, now: Instant) -> bool {
        self.registered_until.is_some_and(|until| until > now)
    }
}

impl Trunk {
    /// One that was not registered with yet.
    pub(crate) fn new(config: TrunkConfig) -> Self {
        let status = TrunkStatus {
            is_enabled: config.registers,
            registered_until: None,
            failed_of: None,
            failures: 0,
            next_attempt: None,
            succeeded: 0,
            refused: 0,
            unanswered: 0,
        };
        Self {
            config,
            status: Mutex::new(status),
            asked: Notify::new(),
        }
    }

    fn status_mut(&self) -> MutexGuard<'_, TrunkStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of it.
    pub(crate) fn status(&self) -> TrunkStatus {
        self.status_mut().clone()
    }

    /// It is registered, from `now` for so long. Whether it was not before.
    pub(crate) fn registered(&self, now: Instant, expires: Duration) -> bool {
        let mut status = self.status_mut();
        let was = status.is_registered(now);
        status.registered_until = Some(now + expires);
        status.failed_of = None;
        status.failures = 0;
        status.succeeded += 1;
        !was
    }

    /// It is not registered any more, as was asked for.
    pub(crate) fn unregistered(&self) {
        let mut status = self.status_mut();
        status.registered_until = None;
        status.next_attempt = None;
    }

    /// An attempt failed: the how manyth in a row.
    pub(crate) fn failed(&self, error: &RegistrationError) -> u32 {
        let mut status = self.status_mut();
        match error.was_answered {
            true => status.refused += 1,
            false => status.unanswered += 1,
        }
        status.failures = status.failures.saturating_add(1);
        status.failed_of = Some(error.clone());
        status.failures
    }

    /// When the next attempt is.
    pub(crate) fn waits_until(&self, next: Instant) {
        self.status_mut().next_attempt = Some(next);
    }

    /// An operator wants it registered or not.
    pub(crate) fn enable(&self, is_enabled: bool) {
        self.status_mut().is_enabled = is_enabled;
        self.asked.notify_one();
    }

    /// An operator wants it registered again, now.
    pub(crate) fn refresh(&self) {
        self.asked.notify_one();
    }

    /// Until an operator says something.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }
}
