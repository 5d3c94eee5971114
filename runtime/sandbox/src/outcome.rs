//! From Wasmtime's errors to outcomes.

use evroute_abi::Fault;
use evroute_event::{Outcome, Quota};
use evroute_module_api::{RunState, Stop};
use wasmtime::{PoolConcurrencyLimitError, Trap};

/// The longest text of an outcome, in octets: it goes into a log line.
const TEXT_BYTES_MAX: usize = 1024;

/// What a run that did not return has run into.
pub(crate) fn classify(error: &wasmtime::Error, state: &RunState) -> Outcome {
    if let Some(Stop(outcome)) = error.downcast_ref::<Stop>() {
        return outcome.clone();
    }
    match error.downcast_ref::<Fault>() {
        Some(Fault::TooManyHandles) => return Outcome::QuotaExceeded(Quota::Handles),
        Some(Fault::TooManyOctets) => return Outcome::QuotaExceeded(Quota::HostcallBytes),
        Some(Fault::NotBare) => return Outcome::HostFault(text(error)),
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
    // The tenants' quotas together may allow more runs than the process has room for.
    if error.is::<PoolConcurrencyLimitError>() {
        return Outcome::QuotaExceeded(Quota::RunsConcurrent);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Outcome::OutOfFuel,
        Some(Trap::Interrupt) => Outcome::DeadlineExceeded,
        _ => by_text(&text(error)),
    }
}

/// Two of Wasmtime's limits have no type of their own. The tests with hostile guests notice when its words change.
fn by_text(text: &str) -> Outcome {
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        Outcome::QuotaExceeded(Quota::HostcallBytes)
    } else if text.contains("handle") && text.contains("limit") {
        Outcome::QuotaExceeded(Quota::Handles)
    } else {
        Outcome::Trap(text.to_owned())
    }
}

/// An error on one line, cut to a length that a log bears.
fn text(error: &wasmtime::Error) -> String {
    let mut text = format!("{error:#}").replace(['\n', '\r'], " ");
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
