//! One run in a runner, from the server.

use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use evroute_event::Outcome;
use evroute_sandbox::{CellHandler, CellRun, CellRunStart, Heard};
use evroute_tap::WitValue;
use evroute_tenant::Meter;

use crate::runner::{RunnerEnd, senseless};
use crate::runner_pool::Lent;
use crate::task_socket::TaskSocket;
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
    /// Where a task waits for it.
    socket: Option<TaskSocket>,
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
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        lent.runner.limit(bytes);
        if let Err(end) = lent.runner.say(&ToRunner::run(handler.number, start)) {
            return Err(broken(lent, &end));
        }
        Ok(Self {
            lent: Some(lent),
            socket: None,
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

    /// How long it was at work by now, by the wall: without the time that its questions took.
    fn at_work(&self) -> Duration {
        self.begun.elapsed().saturating_sub(self.waited)
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
                let is_shared = self.socket.take().is_some();
                let lent = self.lent.take();
                // One whose socket cannot be waited for again ends here.
                let lent = lent.filter(|lent| !is_shared || lent.runner.shared().is_ok());
                if let Some(lent) = lent {
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
    fn hear(&mut self) -> Result<Heard, Outcome> {
        loop {
            let Some(lent) = &mut self.lent else {
                return Err(over());
            };
            let heard = match lent.runner.hear() {
                Ok(Some(word)) => self.heard(word),
                // Late is who has said nothing, not whom nobody has listened to.
                Ok(None) if self.at_work() > self.most => Err(RunnerEnd::Late),
                Ok(None) => continue,
                Err(end) => Err(end),
            };
            return heard.map_err(|end| self.broken(&end));
        }
    }

    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Result<Heard, Outcome>> {
        let left = self.most.saturating_sub(self.at_work());
        let Some(lent) = &mut self.lent else {
            return Poll::Ready(Err(over()));
        };
        let said = match &mut self.socket {
            Some(socket) => socket.poll_hear(&mut lent.runner, context),
            None => match TaskSocket::of(&lent.runner, left) {
                Ok(socket) => {
                    let socket = self.socket.insert(socket);
                    socket.poll_hear(&mut lent.runner, context)
                }
                Err(error) => {
                    let what = format!("the socket of a runner cannot be waited for: {error}");
                    return Poll::Ready(Err(Outcome::HostFault(what)));
                }
            },
        };
        let heard = ready!(said).and_then(|word| self.heard(word));
        Poll::Ready(heard.map_err(|end| self.broken(&end)))
    }

    fn answer(&mut self, answer: Option<&WitValue>, used: &Meter) -> Result<(), Outcome> {
        if let Some(asked) = self.asked.take() {
            self.waited += asked.elapsed();
        }
        let left = self.most.saturating_sub(self.at_work());
        let Some(lent) = &mut self.lent else {
            return Err(over());
        };
        let answer = ToRunner::answer(answer, used);
        let said = match &mut self.socket {
            Some(socket) => {
                let said = socket.say(&answer, left);
                said.map_err(|_| lent.runner.died())
            }
            None => lent.runner.say(&answer),
        };
        said.map_err(|end| self.broken(&end))
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
