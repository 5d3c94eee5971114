//! The message of a case.

use bytes::Bytes;
use evroute_sip::{Framing, Message};

use crate::Error;
use crate::case::Request;

/// A whole request around the parts that a case names.
pub(crate) fn message(request: &Request) -> Result<Message, Error> {
    let Request { method, uri, from } = request;
    let text = format!(
        "{method} {uri} SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-conformance-1\r\n\
         Max-Forwards: 70\r\n\
         From: {from}\r\n\
         To: <{uri}>\r\n\
         Call-ID: conformance-1@192.0.2.1\r\n\
         CSeq: 1 {method}\r\n\
         Content-Type: application/octet-stream\r\n\
         Content-Length: 5\r\n\r\n"
    );
    let mut octets = text.into_bytes();
    // A body that no text type could carry must come out as it went in.
    octets.extend_from_slice(b"a\0\r\xff.");
    Ok(Message::parse(Bytes::from(octets), Framing::Datagram)?)
}

/// What is different: the header fields that were added, and a complaint for anything else.
pub(crate) fn added(before: &Message, after: &Message) -> Result<Vec<String>, String> {
    let lines = |message: &Message| -> Vec<String> {
        let line = |name: &str, value: &[u8]| format!("{name}: {}", String::from_utf8_lossy(value));
        message
            .fields()
            .map(|field| line(field.name_raw, field.value))
            .collect()
    };
    if before.body() != after.body() {
        return Err("the body is another".to_owned());
    }
    if (before.method(), before.request_uri()) != (after.method(), after.request_uri()) {
        return Err("the first line is another".to_owned());
    }
    let (before, after) = (lines(before), lines(after));
    match after.strip_prefix(before.as_slice()) {
        Some(added) => Ok(added.to_vec()),
        None => Err(format!("header fields are not those of before: {after:?}")),
    }
}
