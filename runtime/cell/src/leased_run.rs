//! One run in a runner, from the server.

use std::time::{Duration, Instant};

use evroute_event::Outcome;
use evroute_sandbox::{CellHandler, CellRun, CellRunStart, Heard};
use evroute_tap::WitValue;
use evroute_tenant::Meter;

use crate::runner::{RunnerEnd, senseless};
use crate::runner_pool::Lent;
use crate::{FromRunner, ToRunner};

/// What a run may take beyond two times its deadline before its process is ended: the runner's own
/// clock ends it at the deadline, unless the runner is not what it was.
const GRACE: Duration = Duration::from_secs(1);
/// What values take on the wire beside their texts and bytes.
const FRAME_FACTOR: u64 = 4;
const FRAME_BYTES: u64 = 64 << 10;

/// One run in a runner.
pub(crate) struct LeasedRun {
    /// None once its end was heard.
    lent: Option<Lent>,
    begun: Instant,
    /// How long it waited for answers.
    waited: Duration,
    asked: Option<Instant>,
    most: Duration,
    lines_left: u64,
}

impl LeasedRun {
    pub(crate) fn begin(
        mut lent: Lent,
        handler: &CellHandler,
        start: &CellRunStart,
    ) -> Result<Self, Outcome> {
        let limits = &handler.limits;
        let bytes = limits
            .run_hostcall_bytes_max
            .max(limits.run_log_bytes_max)
            .saturating_mul(FRAME_FACTOR)
            .saturating_add(FRAME_BYTES);
        let begun = lent.runner.as_mut().map(|runner| {
            runner.limit(usize::try_from(bytes).unwrap_or(usize::MAX));
            runner.say(&ToRunner::run(handler.number, start))
        });
        if let Some(Err(end)) = begun {
            return Err(broken(lent, &end));
        }
        Ok(Self {
            lent: Some(lent),
            begun: Instant::now(),
            waited: Duration::ZERO,
            asked: None,
            most: limits
                .run_deadline()
                .saturating_mul(2)
                .saturating_add(GRACE),
            lines_left: limits.run_log_lines_max,
        })
    }

    fn broken(&mut self, end: &RunnerEnd) -> Outcome {
        match self.lent.take() {
            Some(lent) => broken(lent, end),
            None => over(),
        }
    }

    fn heard(&mut self, word: FromRunner) -> Result<Heard, RunnerEnd> {
        match word {
            FromRunner::Question(question) => {
                self.asked = Some(Instant::now());
                Ok(Heard::Question(question))
            }
            FromRunner::Line(level, text) => {
                // One of ours counts its lines before it sends them.
                let left = self.lines_left.checked_sub(1);
                let many = || RunnerEnd::Senseless("more lines than a run may write".to_owned());
                self.lines_left = left.ok_or_else(many)?;
                Ok(Heard::Line(level, text))
            }
            FromRunner::End(end) => {
                if let Some(lent) = self.lent.take() {
                    lent.give_back();
                }
                Ok(Heard::End(end))
            }
            other @ (FromRunner::Ready { .. }
            | FromRunner::NotReady(_)
            | FromRunner::Loaded
            | FromRunner::Refused(..)) => Err(senseless(&other)),
        }
    }
}

impl CellRun for LeasedRun {
    fn hear(&mut self) -> Result<Option<Heard>, Outcome> {
        if self.at_work() > self.most {
            return Err(self.broken(&RunnerEnd::Late));
        }
        let Some(runner) = self.lent.as_mut().and_then(|lent| lent.runner.as_mut()) else {
            return Err(over());
        };
        let heard = runner.hear();
        let heard = heard.and_then(|word| word.map(|word| self.heard(word)).transpose());
        heard.map_err(|end| self.broken(&end))
    }

    fn answer(&mut self, answer: Option<&WitValue>, used: &Meter) -> Result<(), Outcome> {
        if let Some(asked) = self.asked.take() {
            self.waited += asked.elapsed();
        }
        let Some(runner) = self.lent.as_mut().and_then(|lent| lent.runner.as_mut()) else {
            return Err(over());
        };
        let said = runner.say(&ToRunner::answer(answer, used));
        said.map_err(|end| self.broken(&end))
    }

    fn at_work(&self) -> Duration {
        self.begun.elapsed().saturating_sub(self.waited)
    }
}

fn over() -> Outcome {
    Outcome::HostFault("a run in a cell is over".to_owned())
}

/// The runner is of no more use: what becomes of the run.
fn broken(lent: Lent, end: &RunnerEnd) -> Outcome {
    let outcome = match end {
        RunnerEnd::Died(_) | RunnerEnd::Senseless(_) => Outcome::Trap(end.to_string()),
        RunnerEnd::Late => Outcome::DeadlineExceeded,
    };
    lent.broken(end);
    outcome
}
