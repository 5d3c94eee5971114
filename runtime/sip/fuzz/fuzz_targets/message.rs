//! Any bytes: read, validated, edited, printed and read again without a panic, and with
//! the same meaning. `cargo +nightly fuzz run message <corpus>`, the torture files as corpus.

#![no_main]

use bytes::Bytes;
use evroute_sip::{Framing, HeaderName, Message, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|wire: &[u8]| {
    let mut message = match Message::parse(Bytes::copy_from_slice(wire), Framing::Datagram) {
        Ok(message) => message,
        Err(error) => return drop(error.to_response()),
    };
    let _ = validate(&message);
    let uris = [message.from(), message.to()]
        .into_iter()
        .chain(message.routes())
        .flatten();
    uris.flat_map(|addr| addr.parse_uri())
        .for_each(|uri| assert!(uri.uri_eq(&uri)));
    for contact in message.contacts().flatten() {
        let _ = (contact.q(), contact.expires());
    }
    let _ = message.remove_first_value(HeaderName::Via);
    let _ = message.prepend_header(HeaderName::Via, "SIP/2.0/UDP h;branch=z9hG4bKf");
    let _ = message.set_from_uri("sip:edited@h");
    let again = Message::parse(message.print(), Framing::Datagram).expect("a print parses");
    assert_eq!(again.print(), message.print());
    assert_eq!(again.header_count(), message.header_count());
});
