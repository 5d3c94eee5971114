//! A tap that answers calls as they were answered before.

use std::sync::{Arc, Mutex, PoisonError};

use evroute_tap::{HostCall, HostFunction, Tap, WitValue};

use crate::{Derived, RecordedCall};

/// What is logged is logged again: it counts towards the run's limits, and is looked at.
const LOG: &str = "evroute:log/log@";

/// The first call that is not as it was recorded.
#[derive(Clone, PartialEq, Debug)]
pub struct Divergence {
    /// Which call it is, counted from 1.
    pub number: usize,
    /// What was recorded there; none where the recording has no more calls.
    pub recorded: Option<RecordedCall>,
    /// What is called instead; none where the run has ended before.
    pub found: Option<RecordedCall>,
}

#[derive(Debug, Default)]
struct Position {
    answered: usize,
    divergence: Option<Divergence>,
    unanswered: Option<RecordedCall>,
}

/// What a [`Tape`] has to say when its run is over.
#[derive(Clone, Debug)]
pub struct TapeEnd {
    calls: Arc<[RecordedCall]>,
    position: Arc<Mutex<Position>>,
}

impl TapeEnd {
    /// Where the run has left the recording, if it has: at another call, or by ending before all
    /// recorded calls were made.
    #[must_use]
    pub fn divergence(&self) -> Option<Divergence> {
        let position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        if position.divergence.is_some() {
            return position.divergence.clone();
        }
        self.calls.get(position.answered).map(|next| Divergence {
            number: position.answered + 1,
            recorded: Some(next.clone()),
            found: None,
        })
    }

    /// The call that the recording has no answer for, where there was one: what the run would have
    /// done with the answer, nobody knows.
    #[must_use]
    pub fn unanswered(&self) -> Option<RecordedCall> {
        let position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        position.unanswered.clone()
    }

    /// The first recorded call that the run has not made; lines of the log are none.
    #[must_use]
    pub fn unmade(&self) -> Option<RecordedCall> {
        let position = self.position.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = self.calls.iter().skip(position.answered);
        left.find(|call| !call.interface.starts_with(LOG)).cloned()
    }
}

/// Answers the calls of a run in the order of a recording. A call that was not recorded there ends
/// the run: what the server would have answered, nobody knows. A line of the log asks for nothing:
/// one that was not recorded is a difference, and no end.
#[derive(Debug)]
pub struct Tape {
    end: TapeEnd,
    derived: Derived,
    /// What ends a run as a call ended it then, or because the recording has no answer.
    trap: fn(&str) -> wasmtime::Error,
}

impl Tape {
    /// One for a run. `derived` is what the recorder was told, `trap` makes the error that ends
    /// a run with an outcome as the log writes it.
    #[must_use]
    pub fn new(
        calls: impl Into<Arc<[RecordedCall]>>,
        derived: Derived,
        trap: fn(&str) -> wasmtime::Error,
    ) -> (Self, TapeEnd) {
        let end = TapeEnd {
            calls: calls.into(),
            position: Arc::default(),
        };
        let tape = Self {
            end: end.clone(),
            derived,
            trap,
        };
        (tape, end)
    }
}

impl Tape {
    /// As a call was answered then; none for a line of the log, which is logged.
    fn answered(
        &self,
        recorded: &RecordedCall,
        is_log: bool,
    ) -> Option<wasmtime::Result<WitValue>> {
        let ended = recorded.ended.as_deref();
        if is_log && ended.is_none() {
            return None;
        }
        let answer = recorded.answer.as_ref().and_then(|answer| answer.value());
        Some(
            answer
                .ok_or_else(|| (self.trap)(ended.unwrap_or("the recorded answer cannot be read"))),
        )
    }
}

impl Tap for Tape {
    fn wants(&mut self, function: &'static HostFunction) -> bool {
        !self.derived.function(function)
    }

    fn answer(&mut self, call: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>> {
        if self.derived.call(call) {
            return None;
        }
        let position = &self.end.position;
        let mut position = position.lock().unwrap_or_else(PoisonError::into_inner);
        let recorded = self.end.calls.get(position.answered);
        let found = RecordedCall {
            interface: call.function.interface.to_owned(),
            function: call.function.name.to_owned(),
            arguments: call.arguments.iter().map(Into::into).collect(),
            ..RecordedCall::default()
        };
        let is_same = |recorded: &&RecordedCall| {
            (&recorded.interface, &recorded.function, &recorded.arguments)
                == (&found.interface, &found.function, &found.arguments)
        };
        let is_log = |call: &RecordedCall| call.interface.starts_with(LOG);
        if let Some(recorded) = recorded.filter(is_same) {
            position.answered += 1;
            return self.answered(recorded, is_log(recorded));
        }
        let number = position.answered + 1;
        let recorded = recorded.cloned();
        position.divergence.get_or_insert_with(|| Divergence {
            number,
            recorded,
            found: Some(found.clone()),
        });
        if is_log(&found) {
            return None;
        }
        let left = self.end.calls.iter().enumerate().skip(position.answered);
        let mut left = left.skip_while(|(_, call)| is_log(call));
        if let Some((place, recorded)) = left.next().filter(|(_, call)| is_same(call)) {
            position.answered = place + 1;
            return self.answered(recorded, false);
        }
        position.unanswered.get_or_insert(found);
        let what = format!("the recording has no answer for call {number}");
        Some(Err((self.trap)(&what)))
    }

    fn seen(&mut self, _: &HostCall<'_>, _: Result<&WitValue, &wasmtime::Error>) {}
}
