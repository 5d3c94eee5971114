//! How runs end.

use evroute_event::{Blame, Outcome, ReplyParts};

use super::{Judged, Oracle};
use crate::executor::{Execution, Executor};
use crate::heard::is_sql;
use crate::input::Input;

/// Calls of the server that one event may lead to.
const CALLS_MAX: u64 = 1000;
/// Calls of a database that one event may lead to.
const STATEMENTS_MAX: usize = 50;

/// Beginnings of functions and files that are not the author's.
const FOREIGN: [&str; 14] = [
    "core::",
    "std::",
    "alloc::",
    "__rust",
    "rust_",
    "__rustc",
    "dlmalloc",
    "abort",
    "_abort",
    "panic",
    "wit_bindgen",
    "cabi_",
    "compiler_builtins",
    "evroute_guest::",
];

/// The author's functions of a stack, the innermost first: `decide (src/lib.rs:12)`.
pub(crate) fn own_frames(stack: &str) -> Vec<&str> {
    let is_own = |frame: &&str| {
        let is_library = frame.contains("/library/") || frame.contains("/rustc/");
        let name = frame.trim_start_matches(['<', '&']);
        !is_library && !FOREIGN.iter().any(|begin| name.starts_with(begin))
    };
    let frames: Vec<&str> = stack.split(" < ").collect();
    let own: Vec<&str> = frames.iter().copied().filter(is_own).collect();
    if own.is_empty() { frames } else { own }
}

pub(super) fn judge(execution: &Execution) -> Vec<Judged> {
    let run = &execution.run.run;
    let stack = run.stack.to_string();
    let frames = own_frames(&stack);
    let near: Vec<&str> = frames.iter().copied().take(2).collect();
    // A loop may run out of fuel at any of its lines.
    let function = |frame: &&str| frame.split(" (").next().unwrap_or_default().to_owned();
    let function = frames.first().map(function).unwrap_or_default();
    let mut judged = Vec::new();
    match &run.outcome {
        Outcome::Trap(why) => {
            let kind: String = why
                .chars()
                .filter(|c| !c.is_ascii_digit())
                .take(60)
                .collect();
            let place = format!("{kind} {}", near.join(" < "));
            judged.push(Judged::new(
                Oracle::Trap,
                place,
                format!("Trap: {why}; at {stack}"),
            ));
        }
        Outcome::OutOfFuel => {
            let what = format!("all {} units of fuel are burnt; at {stack}", run.used.fuel);
            judged.push(Judged::new(Oracle::Fuel, function, what));
        }
        Outcome::MemoryExceeded(space) => {
            let what = format!("it wants more than {} allows; at {stack}", space.name());
            judged.push(Judged::new(Oracle::Memory, function, what));
        }
        // That a tenant's tables are full is not its handler's fault.
        Outcome::QuotaExceeded(limit) if run.outcome.blame() == Blame::Guest => {
            let what = format!("{}; at {stack}", run.outcome);
            let place = format!("{} {function}", limit.name());
            judged.push(Judged::new(Oracle::Quota, place, what));
        }
        Outcome::HostFault(why) => {
            judged.push(Judged::new(Oracle::Trap, why, format!("HostFault: {why}")));
        }
        Outcome::Returned
        | Outcome::GuestError(_)
        | Outcome::QuotaExceeded(_)
        | Outcome::DeadlineExceeded
        | Outcome::Cancelled => {}
    }
    let calls = run.used.meter.hostcall_cost;
    let statements = execution.calls.iter();
    let statements = statements.filter(|call| is_sql(call.function)).count();
    if calls > CALLS_MAX && judged.is_empty() {
        let what = format!("one event leads to {calls} calls of the server");
        judged.push(Judged::new(Oracle::Calls, "server", what));
    }
    if statements > STATEMENTS_MAX {
        let what = format!("one event leads to {statements} calls of a database");
        judged.push(Judged::new(Oracle::Calls, "database", what));
    }
    judged
}

/// What others see of a run.
#[derive(PartialEq, Eq)]
struct End {
    verdict: Option<String>,
    outcome: String,
    message: Option<Vec<u8>>,
    next_hop: Option<String>,
    reply: Option<ReplyParts>,
    log: Vec<String>,
    raised: Vec<String>,
    fuel: u64,
}

impl End {
    fn of(execution: &Execution) -> Self {
        let run = &execution.run;
        let subject = run.run.payload.subject();
        Self {
            verdict: run.verdict.clone(),
            outcome: run.run.outcome.to_string(),
            message: subject
                .message
                .as_ref()
                .map(|message| message.print().to_vec()),
            next_hop: subject.next_hop.clone(),
            reply: subject.reply.clone(),
            log: run.log.clone(),
            raised: run.raised.clone(),
            fuel: run.run.used.fuel,
        }
    }

    fn told(&self) -> String {
        self.verdict.clone().unwrap_or_else(|| self.outcome.clone())
    }
}

pub(super) fn judge_twice(executor: &mut Executor, input: &Input) -> Option<Judged> {
    let first = End::of(&executor.original(input).ok()?);
    let second = End::of(&executor.original(input).ok()?);
    (first != second).then(|| {
        let what = format!("it ends as {}, and then as {}", first.told(), second.told());
        Judged::new(Oracle::Unstable, "twice", what)
    })
}

/// Verdicts that depend on the clock or on random numbers.
pub(super) fn judge_steady(executor: &mut Executor, input: &Input) -> Option<Judged> {
    let first = End::of(&executor.original(input).ok()?);
    // Half a day later, and on another day of the week.
    for (seed, later) in [(1, 0), (2, 12 * 3600), (3, 86_400)] {
        let mut other = input.clone();
        other.draft.set_seed(seed);
        let fields = other.draft.fields();
        let at = fields.iter().find(|(name, _)| name == "at");
        if let Some((_, evroute_cases::DraftValue::Number(at))) = at {
            let value = evroute_cases::DraftValue::Number(at.saturating_add(later));
            other.draft.set("at", value);
        }
        let second = End::of(&executor.original(&other).ok()?);
        if first.verdict != second.verdict {
            let (first, second) = (first.told(), second.told());
            let what = format!("it ends as {first}; with another clock or seed as {second}");
            return Some(Judged::new(Oracle::Property, "--steady", what));
        }
    }
    None
}

pub(super) fn judge_against(
    old: &mut Executor,
    executor: &mut Executor,
    input: &Input,
) -> Option<Judged> {
    let first = End::of(&old.original(input).ok()?);
    let second = End::of(&executor.original(input).ok()?);
    let differs = if first.told() != second.told() {
        format!("before: {}, now: {}", first.told(), second.told())
    } else if first.message != second.message {
        "the message afterwards is another one".to_owned()
    } else if first.next_hop != second.next_hop {
        "it is sent somewhere else".to_owned()
    } else if first.reply != second.reply {
        "what is added to the answer is something else".to_owned()
    } else {
        return None;
    };
    let word = |end: &End| {
        end.told()
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let place = format!("{} {}", word(&first), word(&second));
    Some(Judged::new(Oracle::Against, place, differs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_library_are_not_the_authors() {
        let stack = "core::panicking::panic (/rustc/5/library/core/src/panicking.rs:80) < decide \
                     (src/lib.rs:12) < handle (src/lib.rs:40)";
        assert_eq!(
            own_frames(stack),
            ["decide (src/lib.rs:12)", "handle (src/lib.rs:40)"]
        );
        assert_eq!(own_frames("abort"), ["abort"]);
    }
}
