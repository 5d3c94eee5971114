//! The message of a case.

use bytes::Bytes;
use evroute_sip::{Framing, Message};

use crate::case::Case;
use crate::mismatch::{DiffLine, Mismatch, compare};
use crate::written::MessageSpec;

/// The message of a case.
pub(crate) fn message(case: &Case) -> Result<Message, String> {
    let bytes = match &case.message {
        Some(MessageSpec::Parts(parts)) => parts.request(),
        Some(MessageSpec::Whole(text)) => whole(text),
        Some(MessageSpec::Recorded(bytes)) => recorded(bytes),
        None => return Err("the event is about a message; write message or message_file".into()),
    };
    Message::parse(Bytes::from(bytes), Framing::Datagram)
        .map_err(|error| format!("message: {error}"))
}

/// A message as it is written in a file: its header lines end with CRLF, and its head with an empty
/// line.
fn whole(text: &str) -> Vec<u8> {
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut bytes = head.replace('\n', "\r\n").into_bytes();
    let is_length = |line: &str| {
        let name = line.split(':').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("l")
    };
    if !head.lines().any(is_length) {
        bytes.extend_from_slice(format!("\r\nContent-Length: {}", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

/// A message as it was on the wire; one that was written by hand, with plain line ends, as
/// [`whole`].
fn recorded(bytes: &[u8]) -> Vec<u8> {
    let is_from_the_wire = bytes.windows(4).any(|four| four == b"\r\n\r\n");
    match std::str::from_utf8(bytes) {
        Ok(text) if !is_from_the_wire => whole(text),
        Ok(_) | Err(_) => bytes.to_vec(),
    }
}

/// What the run made of the message, where that is not as the case says.
pub(crate) fn differences(before: &Message, after: &Message, case: &Case) -> Vec<Mismatch> {
    let (old, new) = (lines(before), lines(after));
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for line in compare(&old, &new) {
        match line {
            DiffLine::Same(_) => {}
            DiffLine::First(text) => removed.push(text.to_owned()),
            DiffLine::Second(text) => added.push(text.to_owned()),
        }
    }
    let text = |bytes: &[u8]| split(&String::from_utf8_lossy(bytes));
    let uri = |message: &Message| message.request_uri().unwrap_or_default().to_owned();
    let expected_uri = case.uri.clone().unwrap_or_else(|| uri(before));
    let found_body = text(after.body());
    let body = match &case.body {
        Some(body) => Mismatch::between("body", split(body), found_body),
        None if before.body() == after.body() => None,
        None => Some(Mismatch {
            what: "body",
            expected: text(before.body()),
            found: found_body,
            help: Vec::new(),
        }),
    };
    let method = |message: &Message| vec![message.method().to_string()];
    [
        Mismatch::between("method", method(before), method(after)),
        Mismatch::between("uri", vec![expected_uri], vec![uri(after)]),
        Mismatch::between("removed", case.removed.clone(), removed),
        Mismatch::between("added", case.added.clone(), added),
        body,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The lines of a body; it may be written with plain line ends.
fn split(text: &str) -> Vec<String> {
    let lines = text.split('\n');
    lines
        .map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned())
        .collect()
}

fn lines(message: &Message) -> Vec<String> {
    let line = |name: &str, value: &[u8]| format!("{name}: {}", String::from_utf8_lossy(value));
    message
        .fields()
        .map(|field| line(field.name_raw, field.value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_be_written_with_plain_line_ends_and_without_its_length() {
        let bytes = whole("OPTIONS sip:a@b SIP/2.0\nCSeq: 1 OPTIONS\n\nab\n");
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(
            text,
            "OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nab\n"
        );
        let kept = whole("OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\n");
        assert_eq!(recorded(&kept), kept);
        let bytes = b"OPTIONS sip:a@b SIP/2.0\r\nl: 2\r\n\r\n\xff\n";
        assert_eq!(recorded(bytes), bytes);
        assert_eq!(kept, b"OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\n");
    }
}
