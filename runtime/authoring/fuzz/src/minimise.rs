//! Smaller inputs that show the same bug.

use crate::executor::Executor;
use crate::input::Input;
use crate::mutate::{decimals, replaced};
use crate::oracle::{Judge, Judged, Oracle};

/// Runs that one finding may take to become smaller, and those of one of which each takes long.
const RUNS_MAX: usize = 20_000;
const LONG_RUNS_MAX: usize = 300;

struct Minimiser<'a> {
    judge: &'a mut Judge,
    executor: &'a mut Executor,
    bug: &'a Judged,
    /// How many are left.
    runs: usize,
}

/// Makes an input smaller as long as it shows the bug.
pub(crate) fn minimise(
    judge: &mut Judge,
    executor: &mut Executor,
    bug: &Judged,
    input: &Input,
) -> Input {
    let mut minimiser = Minimiser {
        judge,
        executor,
        bug,
        runs: match bug.oracle {
            Oracle::Fuel | Oracle::Complexity | Oracle::Sql | Oracle::Calls => LONG_RUNS_MAX,
            Oracle::Trap
            | Oracle::Memory
            | Oracle::Quota
            | Oracle::Unstable
            | Oracle::Header
            | Oracle::Log
            | Oracle::Message
            | Oracle::Misuse
            | Oracle::Property
            | Oracle::Against
            | Oracle::Foreign => RUNS_MAX,
        },
    };
    let mut smallest = input.clone();
    minimiser.answers(&mut smallest);
    minimiser.entries(&mut smallest);
    minimiser.message(&mut smallest);
    smallest
}

impl Minimiser<'_> {
    fn accepts(&mut self, input: &Input) -> bool {
        if self.runs == 0 {
            return false;
        }
        self.runs -= 1;
        self.judge.shows(self.executor, input, self.bug)
    }

    fn answers(&mut self, smallest: &mut Input) {
        for function in smallest.answers.keys().cloned().collect::<Vec<_>>() {
            let mut without = smallest.clone();
            without.answers.remove(&function);
            if self.accepts(&without) {
                *smallest = without;
                continue;
            }
            let length = smallest.answers.get(&function).map_or(0, Vec::len);
            for call in 0..length {
                let mut without = smallest.clone();
                let answers = without.answers.get_mut(&function);
                if let Some(answer) = answers.and_then(|answers| answers.get_mut(call)) {
                    *answer = None;
                }
                if self.accepts(&without) {
                    *smallest = without;
                }
            }
        }
    }

    fn entries(&mut self, smallest: &mut Input) {
        for (name, _) in smallest.draft.fields() {
            let mut without = smallest.clone();
            without.draft.remove(&name);
            if self.accepts(&without) {
                *smallest = without;
            }
        }
    }

    fn message(&mut self, smallest: &mut Input) {
        let Some(message) = smallest.draft.message() else {
            return;
        };
        let mut message = message.to_vec();
        loop {
            let before = message.len();
            for separators in [&b"\n"[..], b";,", b" ", b""] {
                message = self.parts(smallest, message, separators);
            }
            message = self.numbers(smallest, message);
            if message.len() == before {
                break;
            }
        }
        smallest.draft.set_message(message);
    }

    fn tries(&mut self, smallest: &Input, message: &[u8]) -> bool {
        let mut other = smallest.clone();
        // A length that does not fit any more would make everything smaller impossible.
        for message in [message.to_vec(), measured(message)] {
            other.draft.set_message(message);
            if self.accepts(&other) {
                return true;
            }
        }
        false
    }

    /// Takes out parts between separators, many at once first.
    fn parts(&mut self, smallest: &Input, message: Vec<u8>, separators: &[u8]) -> Vec<u8> {
        let mut message = message;
        let mut parts = split(&message, separators).len();
        let mut width = parts.div_ceil(2).max(1);
        loop {
            let mut at = 0;
            while at < parts {
                let now = split(&message, separators);
                let end = (at + width).min(now.len());
                let kept = [now.get(..at), now.get(end..)];
                let shorter = kept
                    .into_iter()
                    .flatten()
                    .flatten()
                    .copied()
                    .collect::<Vec<_>>();
                let shorter = shorter.concat();
                if shorter.len() < message.len() && self.tries(smallest, &shorter) {
                    message = match self.is_plain(smallest, &shorter) {
                        true => shorter,
                        false => measured(&shorter),
                    };
                    parts = split(&message, separators).len();
                } else {
                    at += width;
                }
            }
            if width == 1 || self.runs == 0 {
                return message;
            }
            width = width.div_ceil(2).max(1);
            // Single octets of a long message are not worth their runs.
            if separators.is_empty() && width < 4 && message.len() > 2000 {
                return message;
            }
        }
    }

    fn is_plain(&mut self, smallest: &Input, message: &[u8]) -> bool {
        let mut other = smallest.clone();
        other.draft.set_message(message.to_vec());
        self.accepts(&other)
    }

    /// Numbers that need not be what they are become 1.
    fn numbers(&mut self, smallest: &Input, message: Vec<u8>) -> Vec<u8> {
        let mut message = message;
        for run in decimals(&message).into_iter().rev() {
            if run.len() > 1 {
                let shorter = replaced(&message, run, b"1");
                if self.is_plain(smallest, &shorter) {
                    message = shorter;
                }
            }
        }
        message
    }
}

/// Parts with their separators; single octets without any.
fn split<'a>(text: &'a [u8], separators: &[u8]) -> Vec<&'a [u8]> {
    match separators {
        [] => text.chunks(1).collect(),
        _ => text
            .split_inclusive(|byte| separators.contains(byte))
            .collect(),
    }
}

/// With the length that its body has.
fn measured(message: &[u8]) -> Vec<u8> {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        return message.to_vec();
    };
    let length = message.len() - end - 4;
    let (head, body) = message.split_at(end);
    let lines = head.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| {
        let name = line
            .split(|byte| *byte == b':')
            .next()
            .unwrap_or_default()
            .trim_ascii();
        match name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l") {
            true => [name, format!(": {length}").as_bytes()].concat(),
            false => line.strip_suffix(b"\r").unwrap_or(line).to_vec(),
        }
    });
    let head = lines.collect::<Vec<_>>().join(&b"\r\n"[..]);
    [&head, body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_that_of_the_body() {
        let message = b"A b C\r\nl: 99\r\nX: 1\r\n\r\nabc";
        assert_eq!(measured(message), b"A b C\r\nl: 3\r\nX: 1\r\n\r\nabc");
        assert_eq!(split(b"a;b", b";"), [&b"a;"[..], b"b"]);
    }
}
