//! A tap that writes down the calls of a run.

use std::sync::{Arc, Mutex, PoisonError};

use evroute_tap::{HostCall, HostFunction, Tap, WitValue};

use crate::{Derived, RECORDING_BYTES_MAX, RecordedCall};

/// The calls that a [`CallRecorder`] has written down.
#[derive(Clone, Debug, Default)]
pub struct CallLog(Arc<Mutex<Vec<RecordedCall>>>);

impl CallLog {
    /// About how many bytes the calls until now take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().map(prost::Message::encoded_len).sum()
    }

    /// The calls until now, which are taken out.
    #[must_use]
    pub fn take(&self) -> Vec<RecordedCall> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A tap that writes down what the server answers. It leaves alone what `derived` says: calls
/// whose answers follow from the recorded event.
#[derive(Debug)]
pub struct CallRecorder {
    log: CallLog,
    derived: Derived,
    fuel_left: Option<u64>,
    bytes: usize,
}

impl CallRecorder {
    /// One for a run, and the log that it writes to.
    #[must_use]
    pub fn new(derived: Derived) -> (Self, CallLog) {
        let log = CallLog::default();
        let recorder = Self {
            log: log.clone(),
            derived,
            fuel_left: None,
            bytes: 0,
        };
        (recorder, log)
    }
}

impl Tap for CallRecorder {
    fn wants(&mut self, function: &'static HostFunction) -> bool {
        // What is too large to be written as a file is not kept either.
        self.bytes <= RECORDING_BYTES_MAX && !self.derived.function(function)
    }

    fn answer(&mut self, _: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>> {
        None
    }

    fn seen(&mut self, call: &HostCall<'_>, answer: Result<&WitValue, &wasmtime::Error>) {
        if self.derived.call(call) {
            return;
        }
        let mut moved = call.arguments.iter().map(WitValue::bytes).sum::<usize>();
        moved += answer.map_or(0, WitValue::bytes) + size_of::<RecordedCall>();
        self.bytes = self.bytes.saturating_add(moved);
        let call = RecordedCall {
            interface: call.function.interface.to_owned(),
            function: call.function.name.to_owned(),
            arguments: call.arguments.iter().map(Into::into).collect(),
            answer: answer.ok().map(Into::into),
            ended: answer.err().map(ToString::to_string),
            fuel_left: self.fuel_left.take(),
        };
        let mut calls = self.log.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(call);
    }

    fn fuel_left(&mut self, fuel: u64) {
        self.fuel_left = Some(fuel);
    }
}
