use super::*;
use crate::message::Message;

fn parse_as(text: &str, framing: Framing) -> Result<Message, Kind> {
    Message::parse(Bytes::from(text.to_owned()), framing).map_err(|error| error.kind)
}

fn parse_text(text: &str) -> Result<Message, Kind> {
    parse_as(text, Framing::Datagram)
}

#[test]
fn fields_are_indexed_and_folds_read_as_a_space() {
    let message = parse_text(
        "\r\n\r\nINVITE sip:a@b SIP/2.0\r\nTO :\r\n sip:x@y ;  tag = 1\r\nx-A:\r\nm:<sip:c>\t\r\n\r\nbody",
    )
    .unwrap();
    assert_eq!(message.header("To").unwrap(), &b"sip:x@y ;  tag = 1"[..]);
    assert_eq!(message.to().unwrap().tag(), Some("1"));
    assert_eq!(message.header("X-a").unwrap(), &b""[..]);
    assert_eq!(message.header("contact").unwrap(), &b"<sip:c>"[..]);
    assert_eq!(message.header("Subject"), None);
    assert_eq!((message.header_count(), message.body()), (3, &b"body"[..]));
}

#[test]
fn status_lines_may_lack_reason_and_space() {
    for (line, code, reason) in [
        ("SIP/2.0 100 ", 100, ""),
        ("SIP/2.0 180", 180, ""),
        ("sip/2.0 699 a  b ", 699, "a  b "),
    ] {
        let message = parse_text(&format!("{line}\r\n\r\n")).unwrap();
        assert_eq!(message.status(), Some(code));
        assert_eq!(message.reason(), Some(reason.as_bytes()));
        assert!(!message.is_request() && message.request_uri().is_none());
    }
}

#[test]
fn broken_start_lines_are_refused_with_their_reason() {
    for (line, kind) in [
        ("INVITE", Kind::BadStartLine),
        ("INVITE sip:a@b", Kind::BadStartLine),
        ("INVITE sip:a@b SIP/2", Kind::BadStartLine),
        ("INVITE sip:a@b SIP/2.0 ", Kind::BadStartLine),
        ("INVITE SIP/2.0", Kind::BadRequestUri),
        ("INVITE  SIP/2.0", Kind::BadRequestUri),
        ("INVITE sip:a b SIP/2.0", Kind::BadRequestUri),
        ("INVITE  sip:a SIP/2.0", Kind::BadRequestUri),
        ("INVITE sip:a\t SIP/2.0", Kind::BadRequestUri),
        ("IN(VITE sip:a SIP/2.0", Kind::BadMethod),
        (" INVITE sip:a SIP/2.0", Kind::BadMethod),
        ("SIP/2.0 4294967301 better", Kind::BadStatusCode),
        ("SIP/2.0 20 OK", Kind::BadStatusCode),
        ("SIP/2.0 099 x", Kind::BadStatusCode),
        ("SIP/2.0 700 x", Kind::BadStatusCode),
        ("SIP/x 200 OK", Kind::BadStartLine),
    ] {
        assert_eq!(
            parse_text(&format!("{line}\r\n\r\n")).unwrap_err(),
            kind,
            "{line}"
        );
    }
}

#[test]
fn broken_header_lines_are_refused_with_their_reason() {
    for (lines, kind) in [
        ("no colon\r\n\r\n", Kind::MissingColon),
        (": x\r\n\r\n", Kind::BadHeaderName),
        ("a b: x\r\n\r\n", Kind::BadHeaderName),
        ("a\r\n : x\r\n\r\n", Kind::BadHeaderName),
        (" fold: first\r\n\r\n", Kind::BadHeaderName),
        ("a: x\ry\r\n\r\n", Kind::BareCr),
        ("a: x\r\n", Kind::MissingBlankLine),
        ("a: x\r", Kind::MissingBlankLine),
        ("a: x", Kind::MissingBlankLine),
        ("", Kind::MissingBlankLine),
    ] {
        let text = format!("INVITE sip:a@b SIP/2.0\r\n{lines}");
        assert_eq!(parse_text(&text).unwrap_err(), kind, "{lines:?}");
    }
    assert_eq!(parse_text("\r\n\r\n").unwrap_err(), Kind::Empty);
    assert_eq!(parse_text("").unwrap_err(), Kind::Empty);
}

#[test]
fn content_length_decides_where_the_body_ends() {
    let text = |length: &str, body: &str| format!("M sip:a SIP/2.0\r\n{length}\r\n{body}");
    let body = |length: &str, framing| {
        parse_as(&text(length, "12345"), framing).map(|message| message.body().to_vec())
    };
    assert_eq!(body("l: 3\r\n", Framing::Datagram).unwrap(), b"123");
    assert_eq!(
        body("l: 3\r\nContent-Length: 003\r\n", Framing::Stream).unwrap(),
        b"123"
    );
    assert_eq!(body("", Framing::Datagram).unwrap(), b"12345");
    assert_eq!(
        body("", Framing::Stream).unwrap_err(),
        Kind::MissingContentLength
    );
    assert_eq!(
        body("l: 6\r\n", Framing::Datagram).unwrap_err(),
        Kind::ShortBody
    );
    for length in ["l: 65536\r\n", "l: 99999999999\r\n"] {
        let kind = |framing| body(length, framing).unwrap_err();
        assert_eq!(kind(Framing::Stream), Kind::MessageTooLong, "{length}");
        assert_eq!(kind(Framing::Datagram), Kind::ShortBody, "{length}");
    }
    assert_eq!(
        body("l: -1\r\n", Framing::Datagram).unwrap_err(),
        Kind::BadContentLength
    );
    assert_eq!(
        body("l:\r\n", Framing::Datagram).unwrap_err(),
        Kind::BadContentLength
    );
    assert_eq!(
        body("l: 3, 3\r\n", Framing::Datagram).unwrap_err(),
        Kind::BadContentLength
    );
    assert_eq!(
        body("l: 3\r\nl: 4\r\n", Framing::Datagram).unwrap_err(),
        Kind::ConflictingContentLength
    );
}

#[test]
fn the_head_of_a_message_that_is_too_large_can_be_read() {
    let text = format!(
        "SIP/2.0 200 OK\r\nl: 70000\r\nA: 1\r\n\r\n{}",
        "b".repeat(70_000)
    );
    for wire in [&text[..], &text[..60]] {
        let wire = Bytes::from(wire.to_owned());
        let message = Message::parse_without_body(&wire).unwrap();
        assert_eq!((message.status(), message.body()), (Some(200), &b""[..]));
        assert_eq!(message.header("A").unwrap(), &b"1"[..]);
    }
    let endless = Bytes::from(text.replace("\r\n\r\n", "\r\n"));
    let kind = Message::parse_without_body(&endless).unwrap_err();
    assert_eq!(kind, Kind::MissingBlankLine);
}

#[test]
fn limits_hold_exactly() {
    let limits = Limits {
        message_bytes_max: 200,
        line_bytes_max: 40,
        headers_max: 4,
        vias_max: 2,
    };
    let parse = |text: &str| {
        Message::parse_within(Bytes::from(text.to_owned()), Framing::Datagram, &limits)
            .map(drop)
            .map_err(|error| error.kind)
    };
    let with =
        |fields: &str, body: usize| format!("M sip:a SIP/2.0\r\n{fields}\r\n{}", "b".repeat(body));
    let room = 200 - with("", 0).len();
    assert_eq!(parse(&with("", room)), Ok(()));
    assert_eq!(parse(&with("", room + 1)), Err(Kind::MessageTooLong));
    assert_eq!(
        parse(&with(&format!("a: {}\r\n", "x".repeat(35)), 0)),
        Ok(())
    );
    assert_eq!(
        parse(&with(&format!("a: {}\r\n", "x".repeat(36)), 0)),
        Err(Kind::HeaderTooLong)
    );
    assert_eq!(
        parse(&with(
            &format!("a: {}\r\n {}\r\n", "x".repeat(20), "x".repeat(20)),
            0
        )),
        Err(Kind::HeaderTooLong)
    );
    assert_eq!(parse(&with(&"a: 1\r\n".repeat(4), 0)), Ok(()));
    assert_eq!(
        parse(&with(&"a: 1\r\n".repeat(5), 0)),
        Err(Kind::TooManyHeaders)
    );
    assert_eq!(
        parse(&with(&"v: 1\r\n".repeat(3), 0)),
        Err(Kind::TooManyVias)
    );
    assert_eq!(
        parse(&format!("M sip:{} SIP/2.0\r\n\r\n", "a".repeat(30))),
        Err(Kind::StartLineTooLong)
    );
}

#[test]
fn lines_that_end_in_lf_alone_are_read_and_repaired_on_the_way_out() {
    let message = parse_text("M sip:a SIP/2.0\nA: 1\n b\r\nl: 4\n\nx\ny\nrest").unwrap();
    assert_eq!(message.header("a").unwrap(), &b"1 b"[..]);
    assert_eq!(
        message.print(),
        "M sip:a SIP/2.0\r\nA: 1\r\n b\r\nl: 4\r\n\r\nx\ny\n"
    );
}
