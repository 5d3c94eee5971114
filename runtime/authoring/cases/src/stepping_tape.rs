//! A tape that notes every call.

use evroute_recording::{CallLog, CallRecorder, Derived, Tape};
use evroute_tap::{HostCall, HostFunction, Tap, WitValue};

/// A tape that notes every call, those that are carried out again too.
pub(crate) struct SteppingTape {
    tape: Tape,
    recorder: CallRecorder,
}

impl SteppingTape {
    /// Notes what a tape answers, and what it leaves to be carried out again.
    pub(crate) fn new(tape: Tape) -> (Self, CallLog) {
        let (recorder, steps) = CallRecorder::new(Derived::NOTHING);
        (Self { tape, recorder }, steps)
    }
}

impl Tap for SteppingTape {
    fn wants(&mut self, function: &'static HostFunction) -> bool {
        let (is_taped, is_noted) = (self.tape.wants(function), self.recorder.wants(function));
        is_taped || is_noted
    }

    fn answer(&mut self, call: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>> {
        if !self.tape.wants(call.function) {
            return None;
        }
        let answer = self.tape.answer(call)?;
        self.recorder.seen(call, answer.as_ref());
        Some(answer)
    }

    fn seen(&mut self, call: &HostCall<'_>, answer: Result<&WitValue, &wasmtime::Error>) {
        self.recorder.seen(call, answer);
    }

    fn fuel_left(&mut self, fuel: u64) {
        self.recorder.fuel_left(fuel);
    }
}
