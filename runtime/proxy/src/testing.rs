//! Messages for unit tests.

use evroute_sip::{Framing, Message};

use crate::own_names::OwnNames;

/// A request from 192.0.2.10 with these extra header fields.
pub(crate) fn request(method: &str, uri: &str, headers: &str) -> Message {
    parse(&format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKa\r\n{headers}\
         From: <sip:alice@example.com>;tag=f\r\nTo: <sip:bob@example.com>\r\nCall-ID: c\r\n\
         CSeq: 7 {method}\r\nContent-Length: 0\r\n\r\n"
    ))
}

/// The same inside a dialog.
pub(crate) fn request_in_dialog(method: &str, uri: &str, headers: &str) -> Message {
    let outside = request(method, uri, headers).print();
    let text = String::from_utf8(outside.to_vec()).expect("made of text");
    parse(&text.replacen("<sip:bob@example.com>", "<sip:bob@example.com>;tag=t", 1))
}

/// A response with these Vias (each a whole header field).
pub(crate) fn response(code: u16, method: &str, vias: &str) -> Message {
    parse(&format!(
        "SIP/2.0 {code} X\r\n{vias}From: <sip:alice@example.com>;tag=f\r\n\
         To: <sip:bob@example.com>;tag=t\r\nCall-ID: c\r\nCSeq: 7 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    ))
}

pub(crate) fn parse(text: &str) -> Message {
    Message::parse(text.to_owned().into(), Framing::Datagram).unwrap()
}

pub(crate) fn text(message: &Message) -> String {
    String::from_utf8(message.print().to_vec()).unwrap()
}

/// All values of a header field.
pub(crate) fn values<'m>(message: &'m Message, name: &'m str) -> Vec<&'m str> {
    let name = evroute_sip::HeaderName::from(name);
    let values: Vec<_> = message.values(name).collect();
    values
        .into_iter()
        .map(|value| std::str::from_utf8(value).unwrap())
        .collect()
}

/// 192.0.2.1:5060 and the alias proxy.example.com.
pub(crate) fn own() -> OwnNames {
    let mut own = OwnNames::new();
    own.add_addr("192.0.2.1:5060".parse().unwrap());
    own.add_alias("proxy.example.com", None);
    own
}
