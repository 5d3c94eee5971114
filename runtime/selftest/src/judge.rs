//! Whether what came of a run is what must come of it.

use evroute_event::Outcome;
use evroute_module_core::events::RequestVerdict;
use evroute_tenant::RunLimits;

use crate::Attack;
use crate::scene::Seen;

/// The most that the server itself adds to a log of a run, in lines and in bytes of each.
const OWN_LINES_MAX: u64 = 2;
const OWN_LINE_BYTES_MAX: u64 = 1024;

/// What is wrong with a run; nothing where it has ended as it must, and left nothing.
pub(crate) fn wrong(attack: &Attack, seen: &Seen) -> Option<String> {
    let limits = attack.limits.of_run();
    let outcome = &seen.run.outcome;
    let ends = attack.ends.as_deref().unwrap_or_default();
    if outcome.kind().as_str() != ends {
        return Some(format!("ended as {outcome}"));
    }
    let is_by_itself = matches!(outcome, Outcome::Returned | Outcome::GuestError(_));
    let met = outcome.limit(&limits).map(|limit| limit.key);
    if !is_by_itself && met != attack.limit.as_deref() {
        return Some(format!("met the limit {}", met.unwrap_or("of nobody")));
    }
    if let Some(code) = attack.answers {
        let verdict = seen.run.verdict.as_ref();
        let verdict = verdict.and_then(|verdict| verdict.downcast_ref::<RequestVerdict>());
        let rejected = match verdict {
            Some(RequestVerdict::Reject { code, .. }) => Some(*code),
            Some(RequestVerdict::Pass | RequestVerdict::Drop) | None => None,
        };
        if rejected != Some(code) {
            return Some(match rejected {
                Some(other) => format!("rejected with {other}"),
                None => "did not reject".to_owned(),
            });
        }
    }
    left(seen, &limits)
}

/// What a run has left that it must not leave.
fn left(seen: &Seen, limits: &RunLimits) -> Option<String> {
    if !seen.is_message_untouched {
        return Some("changed the message".to_owned());
    }
    if seen.entries > 0 {
        return Some(format!("left {} entries", seen.entries));
    }
    if seen.raised > 0 {
        return Some(format!("raised {} events", seen.raised));
    }
    let lines = limits.run_log_lines_max.saturating_add(OWN_LINES_MAX);
    let own = OWN_LINES_MAX.saturating_mul(OWN_LINE_BYTES_MAX);
    let bytes = limits.run_log_bytes_max.saturating_add(own);
    if seen.log_lines > lines || seen.log_bytes > bytes {
        let (lines, bytes) = (seen.log_lines, seen.log_bytes);
        return Some(format!("logged {lines} lines of {bytes} bytes"));
    }
    None
}
