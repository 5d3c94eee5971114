//! Messages for unit tests.

use evroute_sip::{Framing, HeaderName, Message};
use evroute_transport::Proto;

use crate::Own;

/// A request from 192.0.2.10 with these extra header fields.
pub(crate) fn request(method: &str, uri: &str, headers: &str) -> Message {
    parse(&format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKa\r\n{headers}\
         From: <sip:alice@example.com>;tag=f\r\nTo: <sip:bob@example.com>\r\nCall-ID: c\r\n\
         CSeq: 7 {method}\r\nContent-Length: 0\r\n\r\n"
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
    let values = message.values(HeaderName::from(name));
    values
        .map(|value| std::str::from_utf8(value).unwrap())
        .collect()
}

/// 192.0.2.1, udp 5060 and tcp 5062; the domain example.net.
pub(crate) fn own() -> Own {
    let listeners = [
        (Proto::Udp, "192.0.2.1:5060"),
        (Proto::Tcp, "192.0.2.1:5062"),
    ];
    let listeners = listeners.map(|(proto, addr)| (proto, addr.parse().unwrap()));
    Own::new(listeners.to_vec(), ["example.net".to_owned()])
}
