//! Which contacts are to be pinged, and what comes of it.

use std::hash::BuildHasher;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::contents::Contents;
use super::flow_counts::LostFlow;
use super::record::Entry;
use super::shard::Shard;
use crate::aor::Aor;
use crate::binding::Binding;
use crate::config::Config;
use crate::reach::Reach;
use crate::timestamp::Timestamp;

/// What is known of a contact that is pinged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PingState {
    /// When it is pinged next.
    pub(super) next_at: Timestamp,
    /// How many pings in a row were not answered.
    misses: u32,
    /// Whether any was answered: phones that never answer are not taken for gone.
    has_answered: bool,
}

/// A contact that is to be pinged now.
#[derive(Debug)]
pub(crate) struct DuePing {
    number: u64,
    /// The contact.
    pub(crate) binding: Arc<Binding>,
}

/// What a ping came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PingOutcome {
    /// Somebody is there, whatever he said.
    Answered,
    /// Nobody answered.
    Missed,
    /// Nobody was asked.
    Unsent,
}

impl PingState {
    /// Of a contact that was registered or refreshed now; none where it is not pinged: it is
    /// reached by its URI, or pings are switched off. What was known of it stays known.
    pub(super) fn new(binding: &Binding, before: Option<Self>, next_at: Timestamp) -> Option<Self> {
        let is_pinged = match binding.reach {
            Reach::Flow => binding.path.is_empty(),
            Reach::Uri => false,
        };
        is_pinged.then(|| Self {
            next_at,
            misses: 0,
            has_answered: before.is_some_and(|before| before.has_answered),
        })
    }

    /// Whether it counts as gone now.
    fn is_gone_after(&mut self, outcome: PingOutcome, config: &Config) -> bool {
        match outcome {
            PingOutcome::Answered => (self.misses, self.has_answered) = (0, true),
            PingOutcome::Missed => self.misses = self.misses.saturating_add(1),
            PingOutcome::Unsent => {}
        }
        let misses_max = config.ping_misses_max;
        self.has_answered && misses_max > 0 && self.misses >= misses_max
    }
}

impl Contents {
    /// When a contact is pinged that was heard of now: after the interval, less a part of the
    /// jitter, so that phones that registered together are not pinged together. None where pings
    /// are switched off.
    fn ping_at(
        &self,
        config: &Config,
        now: Timestamp,
        (aor, number): (&Aor, u64),
    ) -> Option<Timestamp> {
        let Config {
            ping_interval,
            ping_jitter,
            ..
        } = *config;
        if ping_interval == 0 {
            return None;
        }
        let spread = u64::from(ping_jitter.min(ping_interval - 1)) + 1;
        // Numbers are those of a shard: many contacts have the same one.
        let part = self.hasher.hash_one((aor, number, now)) % spread;
        let part = u32::try_from(part).unwrap_or(0);
        Some(now.plus(ping_interval - part))
    }

    /// A contact was registered or refreshed now.
    pub(super) fn heard_of(&self, config: &Config, entry: &mut Entry, now: Timestamp) {
        let next_at = self.ping_at(config, now, (&entry.binding.aor, entry.number));
        entry.ping = next_at.and_then(|at| PingState::new(&entry.binding, entry.ping, at));
        if let Some(ping) = entry.ping {
            self.next_ping
                .fetch_min(ping.next_at.seconds(), Ordering::Relaxed);
        }
    }

    pub(super) fn due_pings(&self, config: &Config, now: Timestamp, max: usize) -> Vec<DuePing> {
        let mut due = Vec::new();
        if now.seconds() < self.next_ping.load(Ordering::Relaxed) {
            return due;
        }
        // Set before looking: what is saved meanwhile lowers it again.
        self.next_ping.store(u64::MAX, Ordering::Relaxed);
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            while due.len() < max
                && let Some((at, number, aor)) = shard.take_ping(now)
            {
                let again = self.ping_at(config, now, (&aor, number)).unwrap_or(at);
                due.extend(shard.put_ping(&aor, number, again));
            }
            if let Some(((next, _), _)) = shard.by_ping.first_key_value() {
                self.next_ping.fetch_min(next.seconds(), Ordering::Relaxed);
            }
        }
        due
    }

    pub(super) fn pinged(
        &self,
        config: &Config,
        ping: &DuePing,
        outcome: PingOutcome,
        now: Timestamp,
    ) -> bool {
        self.flow_counts.pinged(outcome);
        let mut shard = self.write(ping.binding.aor.as_str());
        let entry = shard.entry(&ping.binding.aor, ping.number);
        // Refreshed meanwhile, it is another entry.
        let state = entry.and_then(|entry| entry.ping.as_mut());
        let is_gone = state.is_some_and(|state| state.is_gone_after(outcome, config));
        if is_gone {
            self.flow_counts.lost(LostFlow::PingsMissed, 1);
            shard.end(&ping.binding.aor, ping.number, LostFlow::PingsMissed, now);
            self.ends(now);
        }
        is_gone
    }
}

impl Shard {
    fn entry(&mut self, aor: &Aor, number: u64) -> Option<&mut Entry> {
        let mut entries = self.records.get_mut(aor)?.entries.iter_mut();
        entries.find(|entry| entry.number == number)
    }

    /// Takes the first that is due off the list.
    fn take_ping(&mut self, now: Timestamp) -> Option<(Timestamp, u64, Aor)> {
        let first = self.by_ping.first_entry()?;
        let &(at, number) = first.key();
        (at <= now).then(|| (at, number, first.remove()))
    }

    /// Puts it back for the next time.
    fn put_ping(&mut self, aor: &Aor, number: u64, again: Timestamp) -> Option<DuePing> {
        let entry = self.entry(aor, number)?;
        entry.ping.as_mut()?.next_at = again;
        let binding = Arc::clone(&entry.binding);
        self.by_ping.insert((again, number), aor.clone());
        Some(DuePing { number, binding })
    }

    /// From now on a contact is not found any more.
    pub(super) fn end(&mut self, aor: &Aor, number: u64, why: LostFlow, now: Timestamp) {
        let Some(entry) = self.entry(aor, number) else {
            return;
        };
        entry.lost = Some(why);
        let expires_at = entry.binding.expires_at;
        let over_at = now.min(expires_at);
        Arc::make_mut(&mut entry.binding).expires_at = over_at;
        let pinged_at = entry.ping.take().map(|ping| ping.next_at);
        self.by_expiry.remove(&(expires_at, number));
        self.by_expiry.insert((over_at, number), aor.clone());
        if let Some(at) = pinged_at {
            self.by_ping.remove(&(at, number));
        }
    }
}

#[cfg(test)]
mod tests;
