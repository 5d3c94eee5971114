//! Reading a message for a guest.

use std::fmt::Write;

use evroute_sip::{Message, NameAddr, Uri};

/// Bytes as text: what is not ASCII is %-escaped, so that URIs and names stay what they mean.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text.to_owned(),
        _ => escape_slowly(bytes),
    }
}

fn escape_slowly(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 8);
    for byte in bytes {
        if byte.is_ascii() {
            text.push(char::from(*byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Which of the two parties.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Party {
    From,
    To,
}

/// The name-addr of From or To; none in a message whose header does not parse.
pub(crate) fn party(message: &Message, party: Party) -> Option<NameAddr<'_>> {
    match party {
        Party::From => message.from().ok(),
        Party::To => message.to().ok(),
    }
}

/// The URI of From or To, as on the wire.
pub(crate) fn party_uri(message: &Message, which: Party) -> Option<String> {
    party(message, which).map(|addr| escaped(addr.uri()))
}

/// The user part of a URI, not unescaped, as Kamailio gives it.
pub(crate) fn user_of(uri: &[u8]) -> Option<String> {
    let uri = Uri::parse(uri).ok()?;
    user(&uri).map(str::to_owned)
}

/// The same of one that is taken apart. Of a `tel` URI, and of one with `user=phone`, it is the
/// number without its parameters (`;npdi`), as in Kamailio.
pub(crate) fn user<'a>(uri: &Uri<'a>) -> Option<&'a str> {
    uri.number().or(uri.user())
}

/// The Request-URI; none in a response.
pub(crate) fn request_uri(message: &Message) -> Option<String> {
    message.request_uri().map(|uri| escaped(uri.as_bytes()))
}

/// Header field values of a name, in order.
pub(crate) fn headers(message: &Message, name: &str, limit: usize) -> Vec<Vec<u8>> {
    message.headers(name).take(limit).map(unfolded).collect()
}

/// A header field's value with its folded lines joined by one space (RFC 3261 7.3.1).
pub(crate) fn unfolded(value: &[u8]) -> Vec<u8> {
    if !value.contains(&b'\n') {
        return value.to_vec();
    }
    let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(&b' ')
}
