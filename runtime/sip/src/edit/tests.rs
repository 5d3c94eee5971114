use super::*;
use crate::limits::Limits;
use crate::parse::Framing;

const WIRE: &str = "INVITE sip:bob@b SIP/2.0\r\nv:SIP/2.0/UDP a;branch=1 ,  SIP/2.0/UDP b\r\n\
    Via: SIP/2.0/UDP c\r\nRoute: <sip:r1;lr>\r\nMax-Forwards:  70\r\nFROM: Al <sip:a@b>;x=\"y\";tag=1\r\n\
    To: sip:b@b;tag=2\r\nX-Odd : k\r\n  z\r\nx-odd: 2\r\nl: 4\r\n\r\nbody";

fn message() -> Message {
    Message::parse(WIRE.into(), Framing::Datagram).unwrap()
}

/// Applies an edit and compares the print with the wire after a text replacement: all
/// that the edit does not own must be byte for byte the same.
fn assert_edit(edit: impl FnOnce(&mut Message) -> Result<(), EditError>, from: &str, to: &str) {
    let mut message = message();
    // What was read before the edit must not be what is read after it.
    assert!(message.from().is_ok() && message.to().is_ok());
    edit(&mut message).unwrap();
    let expected = WIRE.replacen(from, to, 1);
    assert_eq!(
        String::from_utf8(message.print().to_vec()).unwrap(),
        expected
    );
    let again = Message::parse(message.print(), Framing::Stream).unwrap();
    let fields = |message: &Message| -> Vec<(String, Vec<u8>)> {
        message
            .fields()
            .map(|f| (f.name_raw.to_owned(), f.value.to_vec()))
            .collect()
    };
    assert_eq!(
        fields(&again),
        fields(&message),
        "the edited message reads like its print"
    );
    assert_eq!((message.from(), message.to()), (again.from(), again.to()));
    assert_eq!(again.request_uri(), message.request_uri());
}

#[test]
fn values_are_popped_and_replaced_without_touching_their_neighbours() {
    const VIA: &str = "v:SIP/2.0/UDP a;branch=1 ,  SIP/2.0/UDP b\r\n";
    assert_edit(
        |m| m.remove_first_value("Via"),
        VIA,
        "Via: SIP/2.0/UDP b\r\n",
    );
    assert_edit(
        |m| {
            m.remove_first_value("Via")
                .and_then(|()| m.remove_first_value("Via"))
        },
        VIA,
        "",
    );
    assert_edit(
        |m| m.replace_first_value("v", "SIP/2.0/UDP a;branch=1;received=::1"),
        VIA,
        "Via: SIP/2.0/UDP a;branch=1;received=::1, SIP/2.0/UDP b\r\n",
    );
    assert_edit(
        |m| m.remove_first_value("Route"),
        "Route: <sip:r1;lr>\r\n",
        "",
    );
    assert_edit(
        |m| m.replace_first_value("Max-Forwards", "69"),
        "Max-Forwards:  70",
        "Max-Forwards: 69",
    );
    // A comma in a field that is no list does not split it.
    let mut message = message();
    message.append_header("Date", "Sat, 13 Nov 2010").unwrap();
    message
        .replace_first_value("date", "Sun, 14 Nov 2010")
        .unwrap();
    assert_eq!(
        message.headers("Date").collect::<Vec<_>>(),
        [b"Sun, 14 Nov 2010"]
    );
}

#[test]
fn headers_are_added_where_they_belong() {
    assert_edit(
        |m| m.prepend_header("Via", "SIP/2.0/UDP us"),
        "v:",
        "Via: SIP/2.0/UDP us\r\nv:",
    );
    assert_edit(
        |m| m.prepend_header("Record-Route", "<sip:us;lr>"),
        "v:",
        "Record-Route: <sip:us;lr>\r\nv:",
    );
    assert_edit(
        |m| m.prepend_header("x-ODD", " 0 "),
        "X-Odd :",
        "x-ODD:  0 \r\nX-Odd :",
    );
    assert_edit(
        |m| m.append_header("P-New", ""),
        "l: 4\r\n",
        "l: 4\r\nP-New: \r\n",
    );
    assert_edit(
        |m| m.set_header("x-odd", "1"),
        "X-Odd : k\r\n  z\r\nx-odd: 2\r\n",
        "x-odd: 1\r\n",
    );
    assert_edit(
        |m| m.set_header("P-New", "1"),
        "l: 4\r\n",
        "l: 4\r\nP-New: 1\r\n",
    );
    assert_edit(
        |m| {
            assert_eq!(m.remove_headers("x-odd"), 2);
            assert_eq!(m.remove_headers("x-odd"), 0);
            Ok(())
        },
        "X-Odd : k\r\n  z\r\nx-odd: 2\r\n",
        "",
    );
}

#[test]
fn request_uri_and_addresses_change_alone() {
    assert_edit(
        |m| m.set_request_uri("sip:c@[::1];lr"),
        "sip:bob@b",
        "sip:c@[::1];lr",
    );
    assert_edit(
        |m| m.set_from_uri("sip:new@h"),
        "FROM: Al <sip:a@b>;x=\"y\";tag=1",
        "From: Al <sip:new@h>;x=\"y\";tag=1",
    );
    assert_edit(
        |m| m.set_from_display(Some("A \"q\" \\")),
        "FROM: Al <sip:a@b>;x",
        "From: \"A \\\"q\\\" \\\\\" <sip:a@b>;x",
    );
    assert_edit(
        |m| m.set_from_display(None),
        "FROM: Al <sip:a@b>",
        "From: <sip:a@b>",
    );
    assert_edit(
        |m| m.set_to_uri("tel:+1;ext=2"),
        "To: sip:b@b;tag=2",
        "To: <tel:+1;ext=2>;tag=2",
    );
    assert_edit(
        |m| m.set_to_display(Some("B")),
        "To: sip:b@b;tag=2",
        "To: \"B\" <sip:b@b>;tag=2",
    );
}

#[test]
fn a_new_body_brings_its_length_and_type() {
    assert_edit(
        |m| m.set_body(Some("text/plain"), Bytes::from_static(b"\0new")),
        "l: 4\r\n\r\nbody",
        "Content-Length: 4\r\nContent-Type: text/plain\r\n\r\n\0new",
    );
    let mut message = message();
    message
        .set_body(Some("a/b"), Bytes::from_static(b"x"))
        .unwrap();
    message.set_body(None, Bytes::from_static(b"xy")).unwrap();
    assert_eq!(
        (message.content_type(), message.body()),
        (Some("a/b"), &b"xy"[..])
    );
    message.set_body(None, Bytes::new()).unwrap();
    assert_eq!(
        (message.content_type(), message.content_length()),
        (None, Ok(Some(0)))
    );
    assert_eq!(message.body_bytes(), "");
}

#[test]
fn clones_part_ways_at_the_first_edit() {
    let original = message();
    let mut branch = original.clone();
    branch.set_request_uri("sip:branch@h").unwrap();
    let mut second = branch.clone();
    second.set_header("X-Odd", "second").unwrap();
    assert_eq!(original.print(), WIRE);
    assert_eq!(branch.header("x-odd").unwrap(), &b"k z"[..]);
    assert_eq!(second.request_uri(), Some("sip:branch@h"));
}

#[test]
fn what_would_break_the_message_is_refused_and_changes_nothing() {
    let mut message = message();
    for value in ["a\rb", "a\nb", "a\0b", "a\r\nVia: x"] {
        assert_eq!(
            message.append_header("X", value),
            Err(EditError::ForbiddenByte)
        );
        assert_eq!(
            message.prepend_header("X", value),
            Err(EditError::ForbiddenByte)
        );
        assert_eq!(
            message.set_header("X", value),
            Err(EditError::ForbiddenByte)
        );
        assert_eq!(
            message.replace_first_value("Via", value),
            Err(EditError::ForbiddenByte)
        );
        assert_eq!(
            message.set_from_display(Some(value)),
            Err(EditError::ForbiddenByte)
        );
        assert_eq!(
            message.set_body(Some(value), Bytes::new()),
            Err(EditError::ForbiddenByte)
        );
        assert!(message.set_request_uri(value).is_err() && message.set_to_uri(value).is_err());
    }
    for name in ["", "a b", "a:", "a\r\n", "\u{e9}"] {
        assert_eq!(
            message.append_header(name, "x"),
            Err(EditError::BadName),
            "{name:?}"
        );
    }
    assert_eq!(message.set_header("l", "9"), Err(EditError::ContentLength));
    assert_eq!(
        message.append_header("content-length", "9"),
        Err(EditError::ContentLength)
    );
    assert_eq!(message.remove_headers("Content-Length"), 0);
    assert_eq!(
        message.remove_first_value("Subject"),
        Err(EditError::NoSuchHeader)
    );
    assert_eq!(
        message.replace_first_value("Subject", "x"),
        Err(EditError::NoSuchHeader)
    );
    assert_eq!(message.print(), WIRE);
    let mut response = Message::response_to(&message, 200, "OK", None).unwrap();
    assert_eq!(
        response.set_request_uri("sip:a"),
        Err(EditError::NotARequest)
    );
}

#[test]
fn edits_keep_to_the_limits() {
    let limits = Limits {
        message_bytes_max: 600,
        line_bytes_max: 60,
        headers_max: 11,
        vias_max: 9,
    };
    let mut message = Message::parse_within(WIRE.into(), Framing::Datagram, &limits).unwrap();
    assert_eq!(
        message.append_header("Q", "y".repeat(56)),
        Err(EditError::LineTooLong)
    );
    assert_eq!(
        message.set_body(Some(&"y".repeat(60)), Bytes::new()),
        Err(EditError::LineTooLong)
    );
    assert_eq!(
        message.set_body(None, Bytes::from(vec![0; 500])),
        Err(EditError::MessageTooLong)
    );
    message.append_header("Q", "y".repeat(55)).unwrap();
    message.append_header("Y", "y").unwrap();
    assert_eq!(
        message.append_header("Z", "y"),
        Err(EditError::TooManyHeaders)
    );
    assert_eq!(
        message.set_body(Some("a/b"), Bytes::new()),
        Err(EditError::TooManyHeaders)
    );
    let uri = format!("sip:{}", "u".repeat(56));
    assert_eq!(message.set_request_uri(&uri), Ok(()));
    // The overlay is compacted, so an edit can be repeated for ever within the limit.
    for round in 0..1000 {
        message.set_header("Q", format!("{round:050}")).unwrap();
        message.set_request_uri(&format!("sip:{round}@h")).unwrap();
        assert!(message.state().overlay.capacity() <= 1024);
    }
    assert_eq!(
        message.header("Q").unwrap(),
        format!("{:050}", 999).as_bytes()
    );
    assert_eq!(message.request_uri(), Some("sip:999@h"));
    assert_eq!(message.header("y").unwrap(), &b"y"[..]);
}

#[test]
fn a_datagram_without_length_gets_one_for_the_stream() {
    let text = "M sip:a SIP/2.0\r\nA: 1\r\n\r\nbody";
    let mut message = Message::parse(text.into(), Framing::Datagram).unwrap();
    message.ensure_content_length().unwrap();
    message.ensure_content_length().unwrap();
    assert_eq!(
        message.print(),
        "M sip:a SIP/2.0\r\nA: 1\r\nContent-Length: 4\r\n\r\nbody"
    );
}
