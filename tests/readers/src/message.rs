//! SIP messages: read, validated, edited, printed and read again with the same meaning.

use bytes::Bytes;
use evroute_sip::{Framing, HeaderName, Message, validate};

use crate::{Reader, files};

pub(crate) const READER: Reader = Reader {
    name: "message",
    examples,
    words: &[
        "Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\n",
        "Content-Length: ",
        "Route: <sip:a;lr>\r\n",
        "CSeq: 1 INVITE\r\n",
        "SIP/2.0",
        "\r\n\r\n",
        "\r\n ",
        "%00",
        ";tag=",
        "v: ",
    ],
    read,
    runs: 20_000,
};

/// The messages of RFC 4475 and 5118, and more.
pub(crate) fn examples() -> Vec<Vec<u8>> {
    let folders = ["torture/rfc4475", "torture/rfc5118", "torture/extra"];
    folders.into_iter().flat_map(files).collect()
}

fn read(wire: &[u8]) -> bool {
    let mut message = match Message::parse(Bytes::copy_from_slice(wire), Framing::Datagram) {
        Ok(message) => message,
        Err(error) => {
            drop(error.to_response());
            return false;
        }
    };
    let is_valid = validate(&message).is_ok();
    let addresses = [message.from(), message.to()];
    for address in addresses.into_iter().chain(message.routes()).flatten() {
        if let Ok(uri) = address.parse_uri() {
            assert!(uri.uri_eq(&uri), "a URI equals itself");
        }
    }
    for contact in message.contacts().flatten() {
        let _ = (contact.q(), contact.expires());
    }
    let before = (message.is_request(), message.status());
    let _ = message.remove_first_value(HeaderName::Via);
    let _ = message.prepend_header(HeaderName::Via, "SIP/2.0/UDP h;branch=z9hG4bKf");
    let _ = message.set_from_uri("sip:edited@h");
    let again = Message::parse(message.print(), Framing::Datagram);
    assert!(again.is_ok(), "what is printed can be read: {again:?}");
    if let Ok(again) = again {
        assert_eq!(again.print(), message.print(), "printing changes nothing");
        assert_eq!(again.header_count(), message.header_count());
        assert_eq!((again.is_request(), again.status()), before);
    }
    is_valid
}
