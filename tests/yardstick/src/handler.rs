//! The handler, as LibAFL runs it.

use std::sync::Arc;

use evroute_fuzz::{FuzzTarget, MessageRunner};
use libafl::executors::{Executor, ExitKind, HasObservers};
use libafl::inputs::BytesInput;
use libafl::observers::{CanTrack, ExplicitTracking, StdMapObserver};
use libafl_bolts::AsSliceMut;
use libafl_bolts::tuples::{RefIndexable, tuple_list, tuple_list_type};

/// The counters.
pub type Counters = ExplicitTracking<StdMapObserver<'static, u8, false>, true, false>;
/// All that is observed.
pub type Observers = tuple_list_type!(Counters);

/// Runs messages, and counts those that reached the handler.
pub struct Handler {
    pub runner: MessageRunner,
    observers: Observers,
    pub executions: u64,
    pub refused: u64,
    reached: Vec<bool>,
}

/// Counters of so many edges, none of them taken.
#[must_use]
pub fn counters(edges: usize) -> Counters {
    StdMapObserver::owned("edges", vec![0; edges.max(1)]).track_indices()
}

impl Handler {
    pub fn new(target: &Arc<FuzzTarget>, counters: Counters) -> Self {
        let domains = ["example.org".to_owned()];
        Self {
            runner: MessageRunner::new(target, &domains).expect("a handler of an event"),
            observers: tuple_list!(counters),
            executions: 0,
            refused: 0,
            reached: vec![false; target.edges()],
        }
    }

    /// How many edges were taken at least once.
    pub fn reached(&self) -> usize {
        self.reached.iter().filter(|is_reached| **is_reached).count()
    }
}

impl<EM, S, Z> Executor<EM, BytesInput, S, Z> for Handler {
    fn run_target(
        &mut self,
        _: &mut Z,
        _: &mut S,
        _: &mut EM,
        input: &BytesInput,
    ) -> Result<ExitKind, libafl::Error> {
        let mut map = self.observers.0.as_mut().as_slice_mut();
        let reached = &mut self.reached;
        let is_run = self.runner.run(input.as_ref(), |edge, bucket| {
            map[edge] = bucket;
            reached[edge] = true;
        });
        let counter = match is_run {
            true => &mut self.executions,
            false => &mut self.refused,
        };
        *counter += 1;
        Ok(ExitKind::Ok)
    }
}

impl HasObservers for Handler {
    type Observers = Observers;

    fn observers(&self) -> RefIndexable<&Self::Observers, Self::Observers> {
        RefIndexable::from(&self.observers)
    }

    fn observers_mut(&mut self) -> RefIndexable<&mut Self::Observers, Self::Observers> {
        RefIndexable::from(&mut self.observers)
    }
}
