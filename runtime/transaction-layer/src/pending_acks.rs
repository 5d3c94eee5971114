//! Calls that were answered, whose ACK has not come by yet.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evroute_sip::Message;

/// Successes to INVITE on their way to their callers. The ACK to one is a request of its own that
/// no transaction expects (RFC 3261 13.2.2.4), so a server that stops has to remember what it waits
/// for.
#[derive(Debug)]
pub(crate) struct PendingAcks {
    secret: RandomState,
    waiting: Mutex<Waiting>,
    /// How long callers and callees repeat: 64*T1 (13.3.1.4).
    patience: Duration,
    entries_max: usize,
}

#[derive(Debug, Default)]
struct Waiting {
    /// By dialog and CSeq number: until when.
    until: HashMap<u64, Instant>,
    /// All that was entered, oldest first, for forgetting those whose time is over.
    entered: VecDeque<(Instant, u64)>,
}

impl PendingAcks {
    /// Remembers at most `entries_max` successes, each for `patience`. A stop does not wait for
    /// what is over that.
    pub(crate) fn new(patience: Duration, entries_max: usize) -> Self {
        Self {
            secret: RandomState::new(),
            waiting: Mutex::default(),
            patience,
            entries_max,
        }
    }

    /// A success to an INVITE is about to leave.
    pub(crate) fn answered(&self, now: Instant, success: &Message) {
        let key = self.key(success);
        let waiting = &mut *self.lock();
        waiting.forget(now);
        let is_room = waiting.entered.len() < self.entries_max;
        // A repetition waits no longer than the first.
        if is_room && !waiting.until.contains_key(&key) {
            let until = now + self.patience;
            waiting.until.insert(key, until);
            waiting.entered.push_back((until, key));
        }
    }

    /// Nobody waits any more for the ACK to a success: it has come by, or the success did not
    /// leave. `message` is either.
    pub(crate) fn acked(&self, message: &Message) {
        let key = self.key(message);
        self.lock().until.remove(&key);
    }

    /// How many successes still wait.
    pub(crate) fn len(&self, now: Instant) -> usize {
        let waiting = &mut *self.lock();
        waiting.forget(now);
        waiting.until.len()
    }

    /// What a success and its ACK have in common: the dialog and the CSeq number.
    fn key(&self, message: &Message) -> u64 {
        let (from, to) = (message.from(), message.to());
        let tags = [
            from.as_ref().ok().and_then(|from| from.tag()),
            to.as_ref().ok().and_then(|to| to.tag()),
        ];
        let mut key = self.secret.build_hasher();
        for part in [message.call_id()].into_iter().chain(tags) {
            let part = part.unwrap_or_default().as_bytes();
            key.write_usize(part.len());
            key.write(part);
        }
        key.write_u32(message.cseq().map_or(0, |cseq| cseq.number));
        key.finish()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing between lock and unlock panics half-way through a change.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn forget(&mut self, now: Instant) {
        while let Some((until, key)) = self.entered.front().copied() {
            if until > now {
                return;
            }
            self.entered.pop_front();
            if self.until.get(&key) == Some(&until) {
                self.until.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use evroute_sip::Framing;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(32);

    fn read(start: &str, to_tag: &str, cseq: &str) -> Message {
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag={to_tag}\r\n\
             Call-ID: c\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n"
        );
        Message::parse(text.into(), Framing::Datagram).unwrap()
    }

    fn success(to_tag: &str) -> Message {
        read("SIP/2.0 200 OK", to_tag, "7 INVITE")
    }

    fn ack(to_tag: &str, number: u32) -> Message {
        read("ACK sip:b@c SIP/2.0", to_tag, &format!("{number} ACK"))
    }

    #[test]
    fn each_dialog_of_a_forked_call_waits_for_its_own_ack() {
        let (waiting, now) = (PendingAcks::new(PATIENCE, 9), Instant::now());
        for tag in ["x", "y", "x"] {
            waiting.answered(now, &success(tag));
        }
        assert_eq!(waiting.len(now), 2, "a repetition is no second one");
        waiting.acked(&ack("x", 8));
        waiting.acked(&ack("z", 7));
        assert_eq!(waiting.len(now), 2, "the ACK of something else");
        waiting.acked(&ack("x", 7));
        assert_eq!(waiting.len(now), 1);
        waiting.acked(&ack("y", 7));
        assert_eq!(waiting.len(now), 0);
    }

    #[test]
    fn nobody_waits_longer_than_both_ends_repeat() {
        let (waiting, now) = (PendingAcks::new(PATIENCE, 9), Instant::now());
        waiting.answered(now, &success("x"));
        waiting.answered(now + PATIENCE / 2, &success("x"));
        assert_eq!(waiting.len(now + PATIENCE - Duration::from_millis(1)), 1);
        assert_eq!(waiting.len(now + PATIENCE), 0);
    }

    #[test]
    fn what_is_remembered_is_bounded_whatever_comes_and_goes() {
        let (waiting, now) = (PendingAcks::new(PATIENCE, 9), Instant::now());
        for number in 0..100 {
            let tag = format!("t{number}");
            waiting.answered(now, &success(&tag));
            waiting.acked(&ack(&tag, 7));
            waiting.answered(now, &success("same"));
            waiting.acked(&ack("same", 7));
        }
        let kept = waiting.lock();
        assert!(kept.entered.len() <= 9 && kept.until.len() <= 9);
    }
}
