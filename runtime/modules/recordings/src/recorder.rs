//! One run, from its beginning to its end.

use std::sync::Arc;

use evroute_module_api::{RunBegin, RunEnd, RunRecorder, RunRecording};
use evroute_recording::{CallLog, CallRecorder, Derived};
use evroute_tap::Tap;

use crate::recordings::{Recordings, Shared};
use crate::selection::Beginning;
use crate::{GivenSubject, RunDraft};

impl RunRecorder for Recordings {
    fn begin(&self, run: &RunBegin<'_>) -> Option<Box<dyn RunRecording>> {
        let event = run.binding.name().as_str();
        let shared = self.shared();
        let beginning = shared.selection.begin(event, run.subject, shared.now_us());
        if beginning == Beginning::Passed {
            return None;
        }
        let given = GivenSubject::of(run.subject);
        let derived = match given.message {
            Some(_) => shared.derived(&run.handler_context.variables),
            None => Derived::NOTHING,
        };
        let (calls, log) = CallRecorder::new(derived);
        Some(Box::new(OneRun {
            recordings: Arc::clone(shared),
            beginning,
            given,
            calls: Some(calls),
            log,
        }))
    }
}

/// A run that is under way.
struct OneRun {
    recordings: Arc<Shared>,
    beginning: Beginning,
    given: GivenSubject,
    calls: Option<CallRecorder>,
    log: CallLog,
}

impl RunRecording for OneRun {
    fn tap(&mut self) -> Option<Box<dyn Tap>> {
        self.calls.take().map(|calls| Box::new(calls) as _)
    }

    fn end(self: Box<Self>, run: &RunEnd<'_>) {
        let Self {
            recordings,
            beginning,
            given,
            log,
            ..
        } = *self;
        let (binding, context) = (run.binding, run.handler_context);
        let case = run.verdict.and_then(|verdict| binding.case(&**verdict));
        let case = case.and_then(|case| binding.cases().get(case).copied());
        let what = (&context.handler, binding.name(), case);
        let now_us = recordings.now_us();
        let kept = recordings
            .selection
            .end(beginning, run.outcome, what, now_us);
        let Some(kept) = kept else { return };
        if recordings.has_time() {
            let draft = RunDraft::new(Some(kept), given, &log, &recordings.domains, run);
            recordings.put(draft);
        }
    }
}
