//! What becomes of a run's effects.

use std::panic::{AssertUnwindSafe, catch_unwind};

use evroute_event::{AnyVerdict, Outcome, Subject};
use evroute_module_api::{GuestAnswer, GuestResult, RunState};

use crate::outcome::{classify, cut};
use crate::run::Used;
use crate::{Run, Stack};

/// What a run cost, and what its event was before it.
pub(crate) struct Settling {
    pub(crate) fuel: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) stack: Stack,
    pub(crate) before: Subject,
}

impl Settling {
    /// Commits or forgets what a run did that has come to this.
    pub(crate) fn finish(self, state: &mut RunState, guested: GuestResult) -> Run {
        let settling = AssertUnwindSafe(|| settle(state, guested));
        let (outcome, verdict) = catch_unwind(settling).unwrap_or_else(|_| {
            state.forget();
            (Outcome::HostFault("a commit panicked".to_owned()), None)
        });
        let used = Used {
            fuel: self.fuel,
            memory_bytes: self.memory_bytes,
            meter: state.meter,
        };
        #[allow(
            clippy::expect_used,
            reason = "only this line takes it, and a run begins with it"
        )]
        let mut payload = state.take_payload().expect("a run keeps its payload");
        if outcome != Outcome::Returned {
            *payload.subject_mut() = self.before;
        }
        Run {
            payload,
            verdict,
            outcome,
            stack: self.stack,
            used,
            seed: state.seed,
            tap: state.tap.take(),
        }
    }
}

/// Commits or forgets what the run did.
fn settle(state: &mut RunState, guested: GuestResult) -> (Outcome, Option<AnyVerdict>) {
    let outcome = match guested {
        Ok(GuestAnswer::Verdict(verdict)) => {
            let committed = state.log_overrun().map_or_else(|| state.commit(), Err);
            let Err(quota) = committed else {
                return (Outcome::Returned, Some(verdict));
            };
            state.forget();
            return (Outcome::QuotaExceeded(quota), Some(verdict));
        }
        Ok(GuestAnswer::Error(mut sentence)) => {
            cut(&mut sentence);
            Outcome::GuestError(sentence)
        }
        Err(error) => match (classify(&error, state), state.log_overrun()) {
            (outcome @ Outcome::HostFault(_), _) | (outcome, None) => outcome,
            // It would have ended there, had it not been allowed to go on to its verdict.
            (_, Some(quota)) => Outcome::QuotaExceeded(quota),
        },
    };
    state.forget();
    (outcome, None)
}
