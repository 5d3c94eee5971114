//! What readers are shown, as JSON: one object in a line.

use evroute_dispatch::RunRecord;
use evroute_event::Outcome;
use evroute_module_api::Line;
use serde_json::json;

/// The longest text that is shown of a line, an error or a Call-ID, in bytes.
const TEXT_BYTES_MAX: usize = 4096;

pub(super) fn of_line(line: &Line<'_>) -> String {
    let shown = json!({
        "time_us": line.time_us,
        "tenant": line.tenant,
        "level": line.level.as_str(),
        "handler": line.handler,
        "event": line.event.as_str(),
        "call_id": line.call_id.map(short),
        "text": short(line.text),
    });
    format!("{shown}\n")
}

pub(super) fn of_run(record: &RunRecord<'_>, now_us: u64) -> String {
    let context = record.handler_context;
    let shown = json!({
        "time_us": now_us,
        "tenant": context.tenant.id.as_str(),
        "event": record.event.as_str(),
        "handler": context.handler.as_str(),
        "revision": context.revision.number(),
        "verdict": record.verdict,
        "outcome": record.outcome.kind().as_str(),
        "reason": reason(record.outcome).map(short),
        "fuel": record.used.fuel,
        "took_us": u64::try_from(record.took.as_micros()).unwrap_or(u64::MAX),
        "call_id": record.call_id().map(short),
    });
    format!("{shown}\n")
}

/// Why a run failed, as far as it is its author's to know: a fault of the server is the operator's.
fn reason(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::GuestError(text) | Outcome::Trap(text) => Some(text),
        Outcome::MemoryExceeded(space) => Some(space.name()),
        Outcome::QuotaExceeded(limit) => Some(limit.name()),
        Outcome::Returned
        | Outcome::OutOfFuel
        | Outcome::DeadlineExceeded
        | Outcome::Cancelled
        | Outcome::HostFault(_) => None,
    }
}

fn short(text: &str) -> &str {
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default()
}
