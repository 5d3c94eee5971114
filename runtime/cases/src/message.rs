//! The message of a case.

use bytes::Bytes;
use evroute_sip::{Framing, Message};

use crate::case::Case;
use crate::difference::{Difference, Line, compare};
use crate::written::Written;

/// The message of a case.
pub(crate) fn message(case: &Case) -> Result<Message, String> {
    let octets = match &case.message {
        Some(Written::Parts(parts)) => parts.request(),
        Some(Written::Whole(text)) => whole(text),
        Some(Written::Recorded(octets)) => recorded(octets),
        None => return Err("the event is about a message; write message or message_file".into()),
    };
    Message::parse(Bytes::from(octets), Framing::Datagram)
        .map_err(|error| format!("message: {error}"))
}

/// A message as it is written in a file: its header lines end with CRLF, and its head with an empty line.
fn whole(text: &str) -> Vec<u8> {
    let text = text.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut octets = head.replace('\n', "\r\n").into_bytes();
    let is_length = |line: &str| {
        let name = line.split(':').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("l")
    };
    if !head.lines().any(is_length) {
        octets.extend_from_slice(format!("\r\nContent-Length: {}", body.len()).as_bytes());
    }
    octets.extend_from_slice(b"\r\n\r\n");
    octets.extend_from_slice(body.as_bytes());
    octets
}

/// A message as it was on the wire; one that was written by hand, with plain line ends, as [`whole`].
fn recorded(octets: &[u8]) -> Vec<u8> {
    let is_from_the_wire = octets.windows(4).any(|four| four == b"\r\n\r\n");
    match std::str::from_utf8(octets) {
        Ok(text) if !is_from_the_wire => whole(text),
        Ok(_) | Err(_) => octets.to_vec(),
    }
}

/// What the run made of the message, where that is not as the case says.
pub(crate) fn differences(before: &Message, after: &Message, case: &Case) -> Vec<Difference> {
    let (old, new) = (lines(before), lines(after));
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for line in compare(&old, &new) {
        match line {
            Line::Same(_) => {}
            Line::First(text) => removed.push(text.to_owned()),
            Line::Second(text) => added.push(text.to_owned()),
        }
    }
    let text = |octets: &[u8]| split(&String::from_utf8_lossy(octets));
    let uri = |message: &Message| message.request_uri().unwrap_or_default().to_owned();
    let expected_uri = case.uri.clone().unwrap_or_else(|| uri(before));
    let found_body = text(after.body());
    let body = match &case.body {
        Some(body) => Difference::between("body", split(body), found_body),
        None if before.body() == after.body() => None,
        None => Some(Difference {
            what: "body",
            expected: text(before.body()),
            found: found_body,
            help: Vec::new(),
        }),
    };
    let method = |message: &Message| vec![message.method().to_string()];
    [
        Difference::between("method", method(before), method(after)),
        Difference::between("uri", vec![expected_uri], vec![uri(after)]),
        Difference::between("removed", case.removed.clone(), removed),
        Difference::between("added", case.added.clone(), added),
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
        let octets = whole("OPTIONS sip:a@b SIP/2.0\nCSeq: 1 OPTIONS\n\nab\n");
        let text = String::from_utf8(octets).unwrap();
        assert_eq!(
            text,
            "OPTIONS sip:a@b SIP/2.0\r\nCSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nab\n"
        );
        let kept = whole("OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\n");
        assert_eq!(recorded(&kept), kept);
        let octets = b"OPTIONS sip:a@b SIP/2.0\r\nl: 2\r\n\r\n\xff\n";
        assert_eq!(recorded(octets), octets);
        assert_eq!(kept, b"OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\n");
    }
}
