//! Whether fuel grows faster than the input.

use evroute_event::Outcome;

use super::{Judged, Oracle};
use crate::executor::Executor;
use crate::input::Input;
use crate::mutate::{MESSAGE_BYTES_MAX, replaced};

/// How often an element is repeated.
const TIMES: [usize; 4] = [8, 16, 32, 64];
/// Between growth that doubles with the input and growth that becomes four times as much.
const RATIO: f64 = 3.2;
/// Less fuel than this is not worth a word.
const FUEL_MIN: u64 = 20_000;

/// Repeats a part of the message more and more often. Fuel is the same on every machine, so the
/// result is, too.
pub(super) fn judge(executor: &mut Executor, input: &Input) -> Option<Judged> {
    let message = input.draft.message()?.to_vec();
    for (name, at, unit) in elements(&message) {
        let mut fuel = Vec::with_capacity(TIMES.len());
        for times in TIMES {
            let mut other = input.clone();
            let longer = replaced(&message, at..at, &unit.repeat(times));
            if longer.len() > MESSAGE_BYTES_MAX {
                break;
            }
            other.draft.set_message(longer);
            let Ok(execution) = executor.original(&other) else {
                break;
            };
            let run = &execution.run.run;
            if !matches!(run.outcome, Outcome::Returned | Outcome::GuestError(_)) {
                break;
            }
            fuel.push(run.used.fuel);
        }
        let &[first, second, third, fourth] = &fuel[..] else {
            continue;
        };
        let grown = |from: u64, to: u64| to.saturating_sub(from);
        let growths = [
            grown(first, second),
            grown(second, third),
            grown(third, fourth),
        ];
        let [small, middle, large] = growths;
        let is_faster = |from: u64, to: u64| from > 0 && to as f64 / from as f64 > RATIO;
        if is_faster(small, middle) && is_faster(middle, large) && large > FUEL_MIN {
            let what = format!(
                "fuel for {TIMES:?} times {name}: {first}, {second}, {third}, {fourth}; it grows faster than the message"
            );
            return Some(Judged::new(Oracle::Complexity, name, what));
        }
    }
    None
}

/// Parts of a message that may be repeated, where to put them, and what to call them.
fn elements(message: &[u8]) -> Vec<(String, usize, Vec<u8>)> {
    let mut elements = Vec::new();
    let head = message.windows(4).position(|four| four == b"\r\n\r\n");
    let head = head.unwrap_or(message.len());
    let mut at = message
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(head, |end| end + 1);
    while at < head {
        let rest = message.get(at..head + 2).unwrap_or_default();
        let length = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        let whole = [line, b"\r\n"].concat();
        elements.push((format!("{name} lines"), at, whole));
        let end = at + length;
        elements.push((format!("parameters of {name}"), end, b";p=1".to_vec()));
        elements.push((format!("octets of {name}"), end, b"a".repeat(8)));
        at = end + 2;
    }
    // Those that a server refuses to read cost one look each.
    elements.truncate(60);
    if message.len() > head {
        elements.push((
            "lines of the body".to_owned(),
            message.len(),
            b"a=1\r\n".to_vec(),
        ));
    }
    elements
}
