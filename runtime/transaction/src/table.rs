//! All live transactions of one shard.

use std::collections::hash_map::Entry as MapEntry;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::action::{Action, Actions, Class, Delivery};
use crate::config::Config;
use crate::key::{ClientKey, Key, KeyMap, ServerKey, ServerKind};
use crate::machine::Machine;
use crate::output::{
    CancelMatch, ClientError, ClientMatch, Found, Full, Output, Outputs, RespondError, ServerMatch,
};
use crate::request::ClientRequest;
use crate::slab::{Id, Slab};
use crate::timer::Timers;
use crate::wheel::{Tick, Wheel};

#[derive(Debug)]
struct Entry<U> {
    key: Key,
    user: U,
    machine: Machine,
    timers: Timers,
}

/// Live transactions, single threaded, without a clock. The crate's documentation says what
/// its driver owes it.
///
/// `U` is what the driver wants to find again with every output: clone it cheaply.
#[derive(Debug)]
pub struct TransactionTable<U> {
    config: Config,
    epoch: Instant,
    keys: KeyMap<Id>,
    entries: Slab<Entry<U>>,
    wheel: Wheel,
}

impl<U: Clone> TransactionTable<U> {
    /// An empty table. `epoch` is any moment not after the first `now`; times before it count
    /// as it. `shard` comes back in every [`Id`].
    #[must_use]
    pub fn new(config: Config, epoch: Instant, shard: u16) -> Self {
        Self {
            config,
            epoch,
            keys: KeyMap::default(),
            entries: Slab::new(shard),
            wheel: Wheel::new(),
        }
    }

    /// A request came in. `user` is called for a new transaction only, with its id.
    ///
    /// # Errors
    /// [`Full`]: the request was new and there is no room.
    pub fn server(
        &mut self,
        now: Instant,
        key: &ServerKey,
        delivery: Delivery,
        user: impl FnOnce(Id) -> U,
    ) -> Result<ServerMatch<U>, Full> {
        if let Some(id) = self.keys.get(&key.own).copied() {
            return Ok(self.server_again(now, id, key.kind));
        }
        let (machine, actions) = match key.kind {
            ServerKind::Ack => return Ok(ServerMatch::AckPassed(None)),
            ServerKind::Invite => Machine::server_invite(delivery, &self.config),
            ServerKind::Cancel(_) | ServerKind::Other => {
                Machine::server_other(delivery, &self.config)
            }
        };
        let id = self.insert(key.own, machine, user)?;
        // A new server transaction only arms timers.
        let _outputs = self.apply(now, id, actions);
        Ok(match key.kind {
            ServerKind::Cancel(_) => ServerMatch::Cancel {
                id,
                target: self.target(key.invite()),
            },
            ServerKind::Invite | ServerKind::Ack | ServerKind::Other => ServerMatch::New(id),
        })
    }

    /// The user answers a request.
    ///
    /// # Errors
    /// [`RespondError`]: the response may not be sent and was not.
    pub fn respond(
        &mut self,
        now: Instant,
        id: Id,
        status: u16,
        bytes: Bytes,
    ) -> Result<Outputs<U>, RespondError> {
        let class = Class::of(status).ok_or(RespondError::Status(status))?;
        let entry = self.entries.get_mut(id).ok_or(RespondError::Gone)?;
        let actions = entry.machine.respond(class, bytes, &self.config)?;
        Ok(self.apply(now, id, actions).outputs)
    }

    /// Sends a request as a new client transaction. `user` is called with its id.
    ///
    /// # Errors
    /// [`ClientError`]: no room, or the key is taken; nothing was sent.
    pub fn client(
        &mut self,
        now: Instant,
        key: &ClientKey,
        request: ClientRequest,
        user: impl FnOnce(Id) -> U,
    ) -> Result<(Id, Outputs<U>), ClientError> {
        if self.keys.contains_key(&key.own) {
            return Err(ClientError::KeyInUse);
        }
        let (machine, actions) = if key.is_invite() {
            Machine::client_invite(request, &self.config)
        } else {
            Machine::client_other(request, &self.config)
        };
        let id = self.insert(key.own, machine, user)?;
        Ok((id, self.apply(now, id, actions).outputs))
    }

    /// A response came in. `ack` prints the ACK to a non-2xx of an INVITE (17.1.1.3)
    /// and is called at most once, for the first of them. Where it prints nothing, since the
    /// response has no To to copy, nothing is sent.
    pub fn response(
        &mut self,
        now: Instant,
        key: &ClientKey,
        status: u16,
        ack: impl FnOnce(&U) -> Bytes,
    ) -> ClientMatch<U> {
        let (Some(class), Some(id)) = (Class::of(status), self.keys.get(&key.own).copied()) else {
            return ClientMatch::Stray;
        };
        let Some(entry) = self.entries.get_mut(id) else {
            return ClientMatch::Stray;
        };
        let user = entry.user.clone();
        let mut ack = Some(ack);
        let mut print = || ack.take().map(|ack| ack(&user)).unwrap_or_default();
        let actions = entry.machine.response(class, &mut print, &self.config);
        let applied = self.apply(now, id, actions);
        if applied.is_passed {
            ClientMatch::Pass {
                found: Found { id, user },
                outputs: applied.outputs,
            }
        } else {
            ClientMatch::Absorbed(applied.outputs)
        }
    }

    /// The user wants this client INVITE cancelled. [`Output::CancelDue`] comes now if it is
    /// ringing, later if nothing was heard yet, never if it is answered or gone.
    pub fn cancel(&mut self, now: Instant, id: Id) -> Outputs<U> {
        self.step(now, id, Machine::cancel)
    }

    /// Sending an output of this transaction failed.
    pub fn transport_error(&mut self, now: Instant, id: Id) -> Outputs<U> {
        self.step(now, id, Machine::transport_error)
    }

    /// Forgets a transaction without a trace: no output, and repetitions of its request are
    /// new requests. For what must not be answered and was not.
    pub fn forget(&mut self, id: Id) -> Option<U> {
        let entry = self.entries.remove(id)?;
        self.keys.remove(&entry.key);
        self.wheel.cancel(id.index());
        Some(entry.user)
    }

    /// Fires timers due at `now`, at most `limit` of them; call again while
    /// [`Self::next_deadline`] is not after `now`. Appends to `outputs`.
    pub fn fire_due(&mut self, now: Instant, limit: usize, outputs: &mut Vec<Output<U>>) {
        let tick = self.tick(now);
        for _ in 0..limit {
            let Some(index) = self.wheel.pop_due(tick) else {
                return;
            };
            let Some(id) = self.entries.id_at(index) else {
                continue;
            };
            let Some(entry) = self.entries.get_mut(id) else {
                continue;
            };
            let actions = match entry.timers.take_due(tick) {
                Some(timer) => entry.machine.timer(timer, &self.config),
                None => Actions::new(),
            };
            outputs.extend(self.apply(now, id, actions).outputs);
        }
    }

    /// When to call [`Self::fire_due`] next: never later than the earliest timer, sometimes
    /// earlier. `None`: no timer is armed.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let tick = self.wheel.next_wakeup()?;
        // Ticks stay within a few days of `now`, so this cannot overflow on any clock.
        Some(
            self.epoch
                .checked_add(Duration::from_millis(tick))
                .unwrap_or(self.epoch),
        )
    }

    /// What the driver attached to a live transaction.
    #[must_use]
    pub fn user(&self, id: Id) -> Option<&U> {
        self.entries.get(id).map(|entry| &entry.user)
    }

    /// Where a live transaction stands.
    #[must_use]
    pub fn state(&self, id: Id) -> Option<crate::State> {
        self.entries.get(id).map(|entry| entry.machine.state())
    }

    /// Whether this is an INVITE that came in and was answered nothing yet, not even provisionally:
    /// its sender repeats it (17.2.1).
    #[must_use]
    pub fn is_silent(&self, id: Id) -> bool {
        let entry = self.entries.get(id);
        entry.is_some_and(|entry| entry.machine.is_silent())
    }

    /// How many transactions are live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The states of all live transactions, in no order. Walks the table: for diagnostics.
    pub fn states(&self) -> impl Iterator<Item = crate::State> {
        self.entries.iter().map(|entry| entry.machine.state())
    }

    fn server_again(&mut self, now: Instant, id: Id, kind: ServerKind) -> ServerMatch<U> {
        let Some(entry) = self.entries.get_mut(id) else {
            return ServerMatch::Absorbed(Outputs::new());
        };
        let user = entry.user.clone();
        let actions = match kind {
            ServerKind::Ack => entry.machine.ack(&self.config),
            ServerKind::Invite | ServerKind::Cancel(_) | ServerKind::Other => {
                entry.machine.request_again(&self.config)
            }
        };
        let applied = self.apply(now, id, actions);
        if applied.is_passed {
            ServerMatch::AckPassed(Some(Found { id, user }))
        } else {
            ServerMatch::Absorbed(applied.outputs)
        }
    }

    fn target(&self, invite: Key) -> Option<CancelMatch<U>> {
        let id = self.keys.get(&invite).copied()?;
        let entry = self.entries.get(id)?;
        let invite = Found {
            id,
            user: entry.user.clone(),
        };
        Some(CancelMatch {
            invite,
            is_answered: entry.machine.is_answered(),
        })
    }

    fn insert(
        &mut self,
        key: Key,
        machine: Machine,
        user: impl FnOnce(Id) -> U,
    ) -> Result<Id, Full> {
        let transactions_max = self.config.transactions_max;
        let full = Full { transactions_max };
        if self.entries.len() >= transactions_max {
            return Err(full);
        }
        let make = |id| Entry {
            key,
            user: user(id),
            machine,
            timers: Timers::default(),
        };
        let id = self.entries.insert(make).ok_or(full)?;
        match self.keys.entry(key) {
            MapEntry::Occupied(mut place) => {
                // Callers have looked; a second live owner would be a bug, and this the
                // least harm.
                debug_assert!(false, "a key has one live transaction");
                place.insert(id);
            }
            MapEntry::Vacant(place) => {
                place.insert(id);
            }
        }
        Ok(id)
    }

    fn step(
        &mut self,
        now: Instant,
        id: Id,
        input: impl FnOnce(&mut Machine, &Config) -> Actions,
    ) -> Outputs<U> {
        let Some(entry) = self.entries.get_mut(id) else {
            return Outputs::new();
        };
        let actions = input(&mut entry.machine, &self.config);
        self.apply(now, id, actions).outputs
    }

    /// Turns what a machine asks for into timers and outputs.
    fn apply(&mut self, now: Instant, id: Id, actions: Actions) -> Applied<U> {
        let tick = self.tick(now);
        let mut applied = Applied {
            outputs: Outputs::new(),
            is_passed: false,
        };
        let Some(entry) = self.entries.get_mut(id) else {
            return applied;
        };
        for action in actions {
            let user = || entry.user.clone();
            match action {
                Action::Send(bytes) => {
                    applied.outputs.push(Output::Send {
                        id,
                        user: user(),
                        bytes,
                    });
                }
                Action::Set(timer, after) => entry.timers.set(timer, due(tick, after)),
                Action::Clear(timer) => entry.timers.clear(timer),
                Action::ClearAll => entry.timers = Timers::default(),
                Action::Pass => applied.is_passed = true,
                Action::TryingDue => applied.outputs.push(Output::TryingDue { id, user: user() }),
                Action::CancelDue(cause) => {
                    applied.outputs.push(Output::CancelDue {
                        id,
                        user: user(),
                        cause,
                    });
                }
                Action::GivenUp => applied.outputs.push(Output::GivenUp { id, user: user() }),
                Action::SendFailed => applied
                    .outputs
                    .push(Output::SendFailed { id, user: user() }),
                Action::End(end) => {
                    let Some(user) = self.forget(id) else {
                        return applied;
                    };
                    applied.outputs.push(Output::Ended { id, user, end });
                    return applied;
                }
            }
        }
        match entry.timers.earliest() {
            Some(at) => self.wheel.set(id.index(), at),
            None => self.wheel.cancel(id.index()),
        }
        applied
    }

    fn tick(&self, now: Instant) -> Tick {
        let elapsed = now.saturating_duration_since(self.epoch);
        Tick::try_from(elapsed.as_millis()).unwrap_or(Tick::MAX)
    }
}

/// At least one tick ahead, so that a timer of no length cannot fire for ever in one call.
fn due(now: Tick, after: Duration) -> Tick {
    let after = Tick::try_from(after.as_millis()).unwrap_or(Tick::MAX);
    now.saturating_add(after.max(1))
}

struct Applied<U> {
    outputs: Outputs<U>,
    is_passed: bool,
}

#[cfg(test)]
mod tests;
