//! What one tenant may have waiting and on the disk.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::{JournalError, JournalLimits};

/// What one tenant has waiting and on the disk, and how much it may.
#[derive(Debug)]
pub(crate) struct TenantShare {
    pub(crate) tenant: String,
    /// Its place among the queues; never used twice.
    pub(crate) number: u64,
    queued: AtomicU64,
    queued_max: AtomicU64,
    kept: AtomicU64,
    kept_max: AtomicU64,
    refused: AtomicU64,
    is_closed: AtomicBool,
}

impl TenantShare {
    pub(crate) fn new(tenant: &str, number: u64, kept: u64) -> Self {
        Self {
            tenant: tenant.to_owned(),
            number,
            queued: AtomicU64::new(0),
            queued_max: AtomicU64::new(u64::MAX),
            kept: AtomicU64::new(kept),
            kept_max: AtomicU64::new(u64::MAX),
            refused: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn limit(&self, limits: JournalLimits) {
        self.queued_max
            .store(limits.queued_bytes_max, Ordering::Relaxed);
        self.kept_max
            .store(limits.kept_bytes_max, Ordering::Relaxed);
    }

    /// Nothing of it is taken any more.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    /// Makes room for a change that takes so many bytes on the disk and gives so many back.
    pub(crate) fn enter(&self, queued: u64, taken: u64, given: u64) -> Result<(), JournalError> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(JournalError::Closed);
        }
        let entered = self.enter_queue(queued).and_then(|()| {
            let kept = self.change_kept(taken, given);
            kept.inspect_err(|_| self.leave_queue(queued))
        });
        entered.inspect_err(|_| {
            self.refused.fetch_add(1, Ordering::Relaxed);
        })
    }

    fn enter_queue(&self, bytes: u64) -> Result<(), JournalError> {
        let most = self.queued_max.load(Ordering::Relaxed);
        // One that is longer than all that may wait goes alone.
        let more = |queued: u64| {
            let sum = queued.saturating_add(bytes);
            (queued == 0 || sum <= most).then_some(sum)
        };
        let entered = self
            .queued
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        entered.map(drop).map_err(|_| JournalError::Queue)
    }

    fn change_kept(&self, taken: u64, given: u64) -> Result<(), JournalError> {
        let most = self.kept_max.load(Ordering::Relaxed);
        // What does not grow is always possible: else nothing could be removed from a full share.
        let change = |kept: u64| {
            let sum = kept.saturating_sub(given).saturating_add(taken);
            (taken <= given || sum <= most).then_some(sum)
        };
        let changed = self
            .kept
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
        changed.map(drop).map_err(|_| JournalError::Share)
    }

    pub(crate) fn leave_queue(&self, bytes: u64) {
        self.queued.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// A change was not written.
    pub(crate) fn take_back(&self, taken: u64, given: u64) {
        let back = |kept: u64| Some(kept.saturating_sub(taken).saturating_add(given));
        // It is always changed.
        let _ = self
            .kept
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, back);
    }

    pub(crate) fn queued(&self) -> u64 {
        self.queued.load(Ordering::Relaxed)
    }

    pub(crate) fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}
