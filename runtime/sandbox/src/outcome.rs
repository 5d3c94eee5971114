//! From Wasmtime's errors to outcomes.

use evroute_abi::Fault;
use evroute_event::{LimitKind, Outcome};
use evroute_module_api::{HostTrap, RunState};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::SandboxConfig;

/// The longest text of an outcome, in bytes: it goes into a log line.
const TEXT_BYTES_MAX: usize = 1024;

/// What the operator reads when all sandboxes of the process are taken.
const NO_SANDBOX: &str = "no sandbox is free: the tenants' runs_concurrent_max together allow more runs than this server has \
                          room for; lower them";

/// What a run that did not return has run into.
pub(crate) fn classify(error: &wasmtime::Error, state: &RunState) -> Outcome {
    if let Some(HostTrap(outcome)) = error.downcast_ref::<HostTrap>() {
        return outcome.clone();
    }
    match error.downcast_ref::<Fault>() {
        Some(Fault::TooManyHandles) => return Outcome::QuotaExceeded(LimitKind::Handles),
        Some(Fault::TooManyBytes) => return Outcome::QuotaExceeded(LimitKind::HostcallBytes),
        Some(Fault::NotEligible) => return Outcome::HostFault(text(error)),
        Some(
            Fault::UnknownHandle(_)
            | Fault::OutsideMemory { .. }
            | Fault::NotAligned(_)
            | Fault::NotUtf8
            | Fault::UnknownCase(_)
            | Fault::MayNotLeave
            | Fault::NoAllocator,
        )
        | None => {}
    }
    if let Some(outcome) = state.memory_outcome() {
        return outcome;
    }
    // Each tenant keeps to its own limit of runs; the sum of them is for the operator to see to.
    if error.is::<PoolConcurrencyLimitError>() {
        return Outcome::HostFault(NO_SANDBOX.to_owned());
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Outcome::OutOfFuel,
        Some(Trap::Interrupt) => Outcome::DeadlineExceeded,
        Some(Trap::StackOverflow) => Outcome::Trap(format!(
            "{}: a run has {} bytes of stack, which no key of the configuration changes",
            text(error),
            SandboxConfig::STACK_BYTES_MAX
        )),
        Some(_) => Outcome::Trap(text(error)),
        None => by_cause(error),
    }
}

/// Two of Wasmtime's limits have no type of their own. The tests with hostile guests notice when
/// its words change. Only the cause is looked at: what stands around it names the guest's
/// functions, which may be called anything.
fn by_cause(error: &wasmtime::Error) -> Outcome {
    let cause = error.root_cause().to_string();
    if cause.contains("fuel allocated for hostcalls has been exhausted") {
        Outcome::QuotaExceeded(LimitKind::HostcallBytes)
    } else if cause.contains("store handle limit exceeded") {
        Outcome::QuotaExceeded(LimitKind::Handles)
    } else {
        Outcome::Trap(text(error))
    }
}

/// An error on one line, cut to a length that a log bears: what happened first, then what was under
/// way. Where that was is shown by [`crate::Stack`].
fn text(error: &wasmtime::Error) -> String {
    let cause = error.root_cause().to_string();
    // Printing a backtrace would spell the guest's names out, which may take for ever.
    let place = (!error.is::<WasmBacktrace>()).then(|| error.to_string());
    let whole = match place.filter(|place| *place != cause) {
        Some(place) => format!("{cause}; {place}"),
        None => cause,
    };
    let mut text = String::with_capacity(whole.len());
    for word in whole.split_ascii_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    cut(&mut text);
    text
}

/// Cuts a text that a guest made.
pub(crate) fn cut(text: &mut String) {
    if text.len() > TEXT_BYTES_MAX {
        let end = (0..=TEXT_BYTES_MAX)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text.truncate(end);
        text.push_str("...");
    }
}
