//! One run: what the guest works on and what it has done so far.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use evroute_abi::{CoreGuest, Guest};
use evroute_event::{Cause, EventName, LimitKind, Outcome, Payload, Space, Subject};
use evroute_tap::Tap;
use evroute_tenant::Meter;
use smallvec::SmallVec;
use wasmtime::ResourceLimiter;

use crate::{HandlerContext, HostTrap};

mod charges;

/// What one module remembers during one run, until the run is over.
pub trait RunSlot: Any + Send {
    /// Whether [`RunSlot::commit`] would find room. Asked of all slots before any commits, so that
    /// the effects of a run take place all or not at all.
    ///
    /// # Errors
    /// The quota that is in the way.
    fn check(&self) -> Result<(), LimitKind> {
        Ok(())
    }

    /// Makes the run's effects real. Called only after a verdict. A slot that is dropped instead
    /// leaves no trace.
    fn commit(self: Box<Self>);
}

/// What the randomness of a run is made from.
pub type Seed = [u8; 32];

/// A part of the state of a tenant all of whose runs have the same randomness, so that a test can
/// be repeated.
#[derive(Clone, Copy, Debug)]
pub struct FixedSeed(pub Seed);

/// The data of a run's store.
pub struct RunState {
    /// What is true for all runs of this handler.
    pub handler_context: Arc<HandlerContext>,
    /// The event.
    pub event: EventName,
    /// Why it was raised.
    pub cause: Cause,
    /// What was used so far.
    pub meter: Meter,
    /// What the run's randomness is made from: drawn when the guest first asks for some. A run that
    /// is given the seed, the clock and the answers of another repeats it byte by byte.
    pub seed: Option<Seed>,
    /// What sees or answers this run's host calls.
    pub tap: Option<Box<dyn Tap>>,
    payload: Option<Box<dyn Payload>>,
    slots: SmallVec<[Box<dyn AnySlot>; 2]>,
    memory_bytes: u64,
    memory_refused: Option<Space>,
    log_overrun: Option<LimitKind>,
    guest: Option<Guest>,
}

trait AnySlot: RunSlot {
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<T: RunSlot> AnySlot for T {
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

impl RunState {
    /// The state at the start of a run; without a payload when a component is only probed.
    #[must_use]
    pub fn new(
        handler_context: Arc<HandlerContext>,
        event: EventName,
        cause: Cause,
        payload: Option<Box<dyn Payload>>,
    ) -> Self {
        Self {
            handler_context,
            event,
            cause,
            meter: Meter::default(),
            seed: None,
            tap: None,
            payload,
            slots: SmallVec::new(),
            memory_bytes: 0,
            memory_refused: None,
            log_overrun: None,
            guest: None,
        }
    }

    /// The guest, once it is started.
    pub fn enter(&mut self, guest: Guest) {
        self.guest = Some(guest);
    }

    /// Begins another run of the same handler in an instance that is there already, whose memories
    /// are as large as this. Nothing of the run before stays but the guest, which has no handles.
    pub fn begin_again(
        &mut self,
        event: EventName,
        cause: Cause,
        payload: Box<dyn Payload>,
        memory_bytes: u64,
    ) {
        // Every field by its name, so that none can be forgotten.
        let Self {
            handler_context: _,
            event: old_event,
            cause: old_cause,
            meter,
            seed,
            tap,
            payload: old_payload,
            slots,
            memory_bytes: old_memory_bytes,
            memory_refused,
            log_overrun,
            guest,
        } = self;
        *old_event = event;
        *old_cause = cause;
        *meter = Meter::default();
        *seed = None;
        *tap = None;
        *old_payload = Some(payload);
        slots.clear();
        *old_memory_bytes = memory_bytes;
        *memory_refused = None;
        *log_overrun = None;
        if let Some(guest) = guest {
            guest.forget();
        }
    }

    /// What the event is about: the run's own copy.
    ///
    /// # Errors
    /// A [`HostTrap`] with `HostFault` when the payload is gone, which a host call cannot see.
    pub fn subject(&self) -> wasmtime::Result<&Subject> {
        self.payload
            .as_deref()
            .map(Payload::subject)
            .ok_or_else(no_payload)
    }

    /// What the event is about, to edit.
    ///
    /// # Errors
    /// As [`RunState::subject`].
    pub fn subject_mut(&mut self) -> wasmtime::Result<&mut Subject> {
        self.payload
            .as_deref_mut()
            .map(Payload::subject_mut)
            .ok_or_else(no_payload)
    }

    /// The event itself, where its type is known.
    ///
    /// # Errors
    /// A [`HostTrap`] with `HostFault` when the run is about another event: a guest cannot get a
    /// handle for an event that it was not given.
    pub fn payload<E: 'static>(&self) -> wasmtime::Result<&E> {
        self.payload
            .as_deref()
            .and_then(|payload| payload.as_any().downcast_ref())
            .ok_or_else(no_payload)
    }

    /// Takes the event out, at the end of the run.
    pub fn take_payload(&mut self) -> Option<Box<dyn Payload>> {
        self.payload.take()
    }

    /// One module's memory of this run, made when first asked for.
    ///
    /// # Errors
    /// What `make` returns when it cannot.
    pub fn slot<T: RunSlot>(
        &mut self,
        make: impl FnOnce(&Self) -> wasmtime::Result<T>,
    ) -> wasmtime::Result<&mut T> {
        let known = self
            .slots
            .iter_mut()
            .position(|slot| (**slot).as_any_mut().is::<T>());
        let position = match known {
            Some(position) => position,
            None => {
                let slot = make(self)?;
                self.slots.push(Box::new(slot));
                self.slots.len() - 1
            }
        };
        self.slots
            .get_mut(position)
            .and_then(|slot| (**slot).as_any_mut().downcast_mut())
            .ok_or_else(|| HostTrap::host_fault("a module's run slot is of another type"))
    }

    /// Commits every module's effects, or none.
    ///
    /// # Errors
    /// The quota in the way; nothing was committed.
    pub fn commit(&mut self) -> Result<(), LimitKind> {
        for slot in &self.slots {
            slot.check()?;
        }
        for slot in self.slots.drain(..) {
            slot.commit();
        }
        Ok(())
    }

    /// Forgets every module's effects.
    pub fn forget(&mut self) {
        self.slots.clear();
    }

    /// How large the run's memories have become, all together, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// What the memory limiter decided, if it refused.
    #[must_use]
    pub fn memory_outcome(&self) -> Option<Outcome> {
        self.memory_refused.map(Outcome::MemoryExceeded)
    }
}

impl CoreGuest for RunState {
    fn guest(&mut self) -> Option<&mut Guest> {
        self.guest.as_mut()
    }

    fn notes_fuel(&mut self) -> bool {
        self.tap.is_some()
    }

    fn note_fuel(&mut self, left: u64) {
        if let Some(tap) = &mut self.tap {
            tap.fuel_left(left);
        }
    }
}

/// Growth beyond the limit ends the run: a guest that gets an error would go on with half of what
/// it meant to do. A component may have several memories; the limit is for all of them together.
impl ResourceLimiter for RunState {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // By its own word it stays smaller: nothing grows, so nothing counts.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let growth = desired.saturating_sub(current) as u64;
        let total = self.memory_bytes.saturating_add(growth);
        let within = total <= self.handler_context.limits.run_memory_bytes_max;
        self.allow(within, Space::MemoryBytes)?;
        self.memory_bytes = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let within = desired as u64 <= self.handler_context.limits.run_table_elements_max;
        self.allow(within, Space::TableElements)
    }
}

impl RunState {
    fn allow(&mut self, within: bool, space: Space) -> wasmtime::Result<bool> {
        if within {
            return Ok(true);
        }
        self.memory_refused = Some(space);
        Err(wasmtime::Error::new(HostTrap(Outcome::MemoryExceeded(
            space,
        ))))
    }
}

fn no_payload() -> wasmtime::Error {
    HostTrap::host_fault("this run is about another event")
}

impl fmt::Debug for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunState")
            .field("event", &self.event)
            .field("facts", &self.handler_context)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TenantState, Variables};
    use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};

    fn run(run_memory_bytes_max: u64) -> RunState {
        let index = TenantIndex::new(0);
        let handler_context = HandlerContext {
            handler: "any".parse().unwrap(),
            revision: Revision::FIRST,
            grants: Grants::none(),
            limits: RunLimits {
                run_memory_bytes_max,
                ..RunLimits::default()
            },
            tenant: Arc::new(TenantState::new("demo".parse().unwrap(), index)),
            variables: Arc::new(Variables::default()),
        };
        let name = EventName::new("tm:local-request");
        RunState::new(Arc::new(handler_context), name, Cause::outside(index), None)
    }

    #[test]
    fn the_memories_of_a_run_share_one_limit() {
        let mut run = run(1000);
        for (current, desired) in [(0, 600), (0, 300), (300, 400)] {
            assert!(run.memory_growing(current, desired, None).unwrap());
        }
        assert_eq!((run.memory_bytes(), run.memory_outcome()), (1000, None));
        assert!(!run.memory_growing(600, 700, Some(600)).unwrap());
        assert_eq!((run.memory_bytes(), run.memory_outcome()), (1000, None));
        run.memory_growing(0, 1, None).unwrap_err();
        let outcome = Outcome::MemoryExceeded(Space::MemoryBytes);
        assert_eq!(run.memory_outcome(), Some(outcome));
        assert_eq!(run.memory_bytes(), 1000);
    }
}
