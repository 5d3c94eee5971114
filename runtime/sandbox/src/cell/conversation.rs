//! What the server and a run in another process say to each other.

use std::future::poll_fn;

use evroute_event::Outcome;
use evroute_module_api::{Capability, EventBinding, GuestResult, HostTrap, Lane, RunState};
use evroute_tap::WitValue;
use wasmtime::Error;

use super::handle_table::HandleTable;
use super::host_function::host_function;
use crate::{CellQuestion, CellRun, CellRunEnd, Heard, RunnerAtWork};

/// What a resource's end is called, before its name.
const DROP: &str = "[resource-drop]";
/// How many words of a run that was ended are read, until its own end is heard.
const LAST_WORDS_MAX: usize = 1000;

/// One run in another process, from here.
pub(crate) struct Conversation<'a> {
    pub(crate) run: Box<dyn CellRun>,
    pub(crate) handles: HandleTable,
    /// What is behind the component's imports: nothing else can be called.
    pub(crate) capabilities: &'a [Capability],
    /// Whether the worker is lent to others while the runner is at work, and while a call waits.
    pub(crate) lane: Lane,
    /// Told while the runner is at work.
    pub(crate) at_work: &'a RunnerAtWork,
}

/// What a run cost, by its own account.
#[derive(Default)]
pub(crate) struct CellCost {
    pub(crate) fuel: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) stack: String,
}

impl CellCost {
    /// What a run says that it cost: no more than it may.
    fn of(end: &CellRunEnd, state: &mut RunState) -> Self {
        state.seed = end.seed;
        let limits = &state.handler_context.limits;
        Self {
            fuel: end.fuel.min(limits.run_fuel_max),
            memory_bytes: end.memory_bytes.min(limits.run_memory_bytes_max),
            stack: end.stack.clone(),
        }
    }
}

impl Conversation<'_> {
    /// Answers a run until it ends. The error is how it ended without an answer.
    pub(crate) async fn converse(
        &mut self,
        state: &mut RunState,
        binding: &dyn EventBinding,
        cost: &mut CellCost,
    ) -> GuestResult {
        let end = match self.hear_end(state).await {
            Ok(end) => end,
            Err(error) => {
                if let Some(end) = self.last_words(&error).await {
                    *cost = CellCost::of(&end, state);
                }
                return Err(error);
            }
        };
        *cost = CellCost::of(&end, state);
        let charged = state.charge_elsewhere(&end.used);
        match (end.answer, end.outcome) {
            (Some(answer), Outcome::Returned | Outcome::QuotaExceeded(_)) => {
                charged?;
                binding.decide(state, answer)
            }
            (None, Outcome::Returned) | (Some(_), _) => {
                Err(senseless("the run has returned or not"))
            }
            // The server's own faults are not for a runner to say.
            (None, Outcome::HostFault(what)) => {
                let what = format!("the runner failed: {what}");
                Err(Error::new(HostTrap(Outcome::Trap(what))))
            }
            (None, outcome) => Err(Error::new(HostTrap(outcome))),
        }
    }

    /// Waits for what comes next; in the lane where it may, without keeping the worker.
    async fn hear(&mut self) -> Result<Heard, Outcome> {
        match self.lane {
            Lane::Sync => self.run.hear(),
            Lane::Async => {
                self.at_work.set(true);
                let heard = poll_fn(|context| self.run.poll_hear(context)).await;
                self.at_work.set(false);
                heard
            }
        }
    }

    async fn hear_end(&mut self, state: &mut RunState) -> wasmtime::Result<CellRunEnd> {
        loop {
            match self.hear().await.map_err(ended)? {
                Heard::End(end) => return Ok(end),
                Heard::Line(level, text) => {
                    // Charged with the next question, or at the end. What cannot be logged does
                    // not end the run.
                    let _ = state.log(level, &text);
                }
                Heard::Question(question) => {
                    let is_drop = question.function.starts_with(DROP);
                    let answered = self.answer(state, question).await;
                    if is_drop {
                        // Nobody waits for the answer, and none of ours goes wrong.
                        answered.map_err(|_| senseless("it gives back what it has not got"))?;
                        continue;
                    }
                    let used = state.meter;
                    let answer = answered.as_ref().ok();
                    self.run.answer(answer, &used).map_err(ended)?;
                    answered?;
                }
            }
        }
    }

    /// Waits until a run that may not go on has said that it is over, so that its runner can take
    /// another. Only one that is in order does: whoever asked what makes no sense is left, and its
    /// process ends with it.
    async fn last_words(&mut self, error: &Error) -> Option<CellRunEnd> {
        if !error.is::<HostTrap>() {
            return None;
        }
        for _ in 0..LAST_WORDS_MAX {
            match self.hear().await {
                Ok(Heard::End(end)) => return Some(end),
                Ok(Heard::Line(..) | Heard::Question(_)) => {}
                Err(_) => return None,
            }
        }
        None
    }

    async fn answer(
        &mut self,
        state: &mut RunState,
        question: CellQuestion,
    ) -> wasmtime::Result<WitValue> {
        let CellQuestion {
            interface,
            function,
            mut arguments,
            used,
            fuel_left,
        } = question;
        state.charge_elsewhere(&used)?;
        if let Some(tap) = &mut state.tap {
            tap.fuel_left(fuel_left.min(state.handler_context.limits.run_fuel_max));
        }
        let mut capabilities = self.capabilities.iter();
        let capability = capabilities.find(|capability| capability.interface == interface);
        let call = capability.and_then(|capability| capability.call);
        let call = call.ok_or_else(|| senseless("it calls what it does not import"))?;
        let mut gives = None;
        if let Some(kind) = function.strip_prefix(DROP) {
            for argument in &mut arguments {
                self.handles.take(kind, argument)?;
            }
        } else {
            let known = host_function(&interface, &function);
            let known = known.ok_or_else(|| senseless("it calls what there is not"))?;
            gives = known.gives;
            for (argument, kind) in arguments.iter_mut().zip(known.lends) {
                if let Some(kind) = kind {
                    self.handles.lend(kind, argument)?;
                }
            }
        }
        let mut answer = call(state, &function, arguments).await?;
        if let Some(kind) = gives {
            self.handles.hand_over(kind, &mut answer)?;
        }
        Ok(answer)
    }
}

fn ended(outcome: Outcome) -> Error {
    Error::new(HostTrap(outcome))
}

/// A runner of ours says no such thing: it is left, and its process ends.
fn senseless(what: &str) -> Error {
    Error::msg(format!("the runner makes no sense: {what}"))
}
