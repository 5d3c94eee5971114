//! How a run ends, and by what that is told from how another one ends.

use std::collections::BTreeSet;

use evroute_cases::Replayed;
use evroute_recording::RecordedEnd;

/// The longest text of an ending, in bytes: traps say much.
const TEXT_BYTES_MAX: usize = 80;
/// So many header fields are named at most.
const FIELDS_MAX: usize = 5;

/// The verdict and its code without the words behind; else the outcome.
#[must_use]
pub fn ending(end: &RecordedEnd) -> String {
    let text = match &end.verdict {
        None => end.outcome.clone(),
        Some(verdict) => {
            let mut words = verdict.split_whitespace();
            let verdict = words.next().unwrap_or_default().to_owned();
            let is_code = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
            match words.next().filter(is_code) {
                Some(code) => format!("{verdict} {code}"),
                None => verdict,
            }
        }
    };
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default().to_owned()
}

/// By what two runs of the same event, whose message this was, are told apart; nothing when they
/// end alike. Fuel and lines of the log are not looked at.
#[must_use]
pub fn differences(given: &[u8], old: &Replayed, new: &Replayed) -> Vec<String> {
    let (one, other) = (&old.found, &new.found);
    let mut differences = Vec::new();
    let mut note = |is_different: bool, what: &str| {
        if is_different {
            differences.push(what.to_owned());
        }
    };
    note(one.outcome != other.outcome, "outcome");
    note(one.verdict != other.verdict, "verdict");
    note(one.next_hop != other.next_hop, "next hop");
    note(one.reply != other.reply, "answer");
    note(
        old.unmade.is_none() != new.unmade.is_none(),
        "calls of the server",
    );
    let message = |end: &'_ RecordedEnd| end.message.clone().unwrap_or_else(|| given.to_vec());
    if one.message != other.message {
        let fields = fields(&message(one), &message(other));
        differences.extend(fields.into_iter().take(FIELDS_MAX));
    }
    differences
}

/// Which parts of two messages are different: names of header fields, the first line, the body.
fn fields(one: &[u8], other: &[u8]) -> BTreeSet<String> {
    let (one, other) = (Parts::of(one), Parts::of(other));
    let mut fields = BTreeSet::new();
    if one.first != other.first {
        fields.insert("first line".to_owned());
    }
    if one.body != other.body {
        fields.insert("body".to_owned());
    }
    let lacks = |lines: &[&[u8]], line: &&&[u8]| !lines.contains(*line);
    let of_one = one
        .headers
        .iter()
        .filter(|line| lacks(&other.headers, line));
    let of_other = other
        .headers
        .iter()
        .filter(|line| lacks(&one.headers, line));
    for line in of_one.chain(of_other) {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        let name = String::from_utf8_lossy(name.get(..40).unwrap_or(name));
        fields.insert(name.trim().escape_debug().to_string());
    }
    if fields.is_empty() && one.headers != other.headers {
        fields.insert("order of the header fields".to_owned());
    }
    fields
}

/// A message, in its largest parts.
struct Parts<'a> {
    first: &'a [u8],
    headers: Vec<&'a [u8]>,
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(message: &'a [u8]) -> Self {
        let end = message.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = message.split_at(end.map_or(message.len(), |end| end + 4));
        let mut lines = head.split(|byte| *byte == b'\n');
        Self {
            first: lines.next().unwrap_or_default(),
            headers: lines.filter(|line| line.len() > 1).collect(),
            body,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_its_verdict_with_a_code_or_its_outcome() {
        let end = |verdict: Option<&str>, outcome: &str| RecordedEnd {
            verdict: verdict.map(str::to_owned),
            outcome: outcome.to_owned(),
            ..RecordedEnd::default()
        };
        assert_eq!(
            ending(&end(Some("reject 403 Blocked"), "Returned")),
            "reject 403"
        );
        assert_eq!(ending(&end(Some("send"), "Returned")), "send");
        assert_eq!(
            ending(&end(Some("redirect sip:a@b"), "Returned")),
            "redirect"
        );
        assert_eq!(ending(&end(None, "Trap: unreachable")), "Trap: unreachable");
        assert_eq!(ending(&end(None, &"é".repeat(99))).len(), TEXT_BYTES_MAX);
    }

    #[test]
    fn parts_of_messages_that_are_different_are_named() {
        let message = "INVITE sip:a SIP/2.0\r\nX-A: 1\r\nX-B: 2\r\n\r\nbody";
        let named = |other: &str| {
            let fields = fields(message.as_bytes(), other.as_bytes());
            fields.into_iter().collect::<Vec<_>>().join("+")
        };
        for (other, fields) in [
            (message, ""),
            (
                "INVITE sip:b SIP/2.0\r\nX-A: 1\r\nX-B: 2\r\n\r\nbody",
                "first line",
            ),
            (
                "INVITE sip:a SIP/2.0\r\nX-A: 1\r\nX-B: 2\r\n\r\nodd",
                "body",
            ),
            (
                "INVITE sip:a SIP/2.0\r\nX-A: 1\r\nX-C: 2\r\n\r\nbody",
                "X-B+X-C",
            ),
            ("INVITE sip:a SIP/2.0\r\nX-A: 1\r\n\r\nbody", "X-B"),
            (
                "INVITE sip:a SIP/2.0\r\nX-B: 2\r\nX-A: 1\r\n\r\nbody",
                "order of the header fields",
            ),
        ] {
            assert_eq!(named(other), fields, "{other}");
        }
    }
}
