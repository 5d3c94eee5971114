use super::*;

const INVITE: &str = "INVITE sip:bob@b.example.com;transport=udp SIP/2.0\r\n\
    v: SIP/2.0/UDP p;branch=z9hG4bKp, SIP/2.0/UDP a;branch=z9hG4bKa\r\n\
    f: \"Al\" <sip:alice@a.example.com>;tag=1\r\nt: <sip:bob@b.example.com>\r\ni: c\r\n\
    Subject: a\r\n b\r\nX-Odd: y\r\nCSeq: 1 INVITE\r\nl: 3\r\n\r\n\x00\u{e9}";

fn message(text: &str) -> Message {
    Message::parse(text.to_owned().into(), Framing::Datagram).unwrap()
}

fn to_rsip(text: &str) -> Result<rsip::SipMessage, RsipError> {
    rsip::SipMessage::try_from(&message(text))
}

#[test]
fn a_message_goes_to_rsip_and_back_with_its_binary_body() {
    let rsip_message = to_rsip(INVITE).unwrap();
    let back = Message::try_from(&rsip_message).unwrap();
    assert_eq!(
        back.print(),
        "INVITE sip:bob@b.example.com;transport=UDP SIP/2.0\r\n\
         Via: SIP/2.0/UDP p;branch=z9hG4bKp\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\n\
         From: \"Al\" <sip:alice@a.example.com>;tag=1\r\nTo: <sip:bob@b.example.com>\r\n\
         Call-ID: c\r\nSubject: a b\r\nX-Odd: y\r\nCSeq: 1 INVITE\r\nContent-Length: 3\r\n\r\n\
         \x00\u{e9}"
    );
}

#[test]
fn what_rsip_cannot_hold_is_refused() {
    let with_uri = |uri: &str| INVITE.replace("sip:bob@b.example.com;transport=udp", uri);
    for uri in [
        "sip:bob@[2001:db8::1]",
        "sip:john.doe@b.example.com",
        "tel:911",
        "sip:bob@h;line=a:b/c[d]",
        "sip:user;par=u.v@h",
    ] {
        assert_eq!(
            to_rsip(&with_uri(uri)),
            Err(RsipError::Uri(uri.to_owned())),
            "{uri}"
        );
    }
    let unknown = INVITE.replace("INVITE", "invite");
    assert_eq!(
        to_rsip(&unknown),
        Err(RsipError::Method("invite".to_owned()))
    );
    let latin1 = [
        b"OPTIONS sip:h SIP/2.0\r\nSubject: ".as_slice(),
        b"\xe9\r\n\r\n",
    ]
    .concat();
    let latin1 = Message::parse(latin1.into(), Framing::Datagram).unwrap();
    assert_eq!(
        rsip::SipMessage::try_from(&latin1),
        Err(RsipError::Header("Subject".to_owned()))
    );
    let version = INVITE.replace("SIP/2.0\r", "SIP/3.0\r");
    assert_eq!(
        to_rsip(&version),
        Err(RsipError::Version("SIP/3.0".to_owned()))
    );
}

#[test]
fn a_reason_phrase_is_the_rfc_s_and_not_the_name_of_an_enum() {
    let response = rsip::Response {
        status_code: rsip::StatusCode::BusyHere,
        ..Default::default()
    };
    let response = Message::try_from(&rsip::SipMessage::from(response)).unwrap();
    assert_eq!(
        response.print(),
        "SIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn values_that_inject_lines_are_refused() {
    let mut headers = Headers::default();
    headers.push(Header::Other(
        "X-A".into(),
        "1\r\nVia: SIP/2.0/UDP evil".into(),
    ));
    let request = rsip::Request {
        method: rsip::Method::Options,
        uri: rsip::Uri::try_from("sip:h").unwrap(),
        version: rsip::Version::V2,
        headers: headers.clone(),
        body: Vec::new(),
    };
    let refused = Message::try_from(&rsip::SipMessage::from(request)).unwrap_err();
    assert_eq!(refused, RsipError::Edit(EditError::ForbiddenByte));
    let builder = RequestBuilder::new(rsip::Method::Options, "sip:h")
        .from("<sip:a>")
        .to("<sip:b>")
        .call_id("c");
    let refused = builder.rsip_headers(&headers).unwrap().build().unwrap_err();
    assert_eq!(refused, EditError::ForbiddenByte);
}

#[test]
fn rsip_headers_fill_a_builder() {
    let rsip::SipMessage::Request(request) = to_rsip(INVITE).unwrap() else {
        panic!("a request")
    };
    let built = RequestBuilder::new(request.method, "sip:next@h")
        .rsip_headers(&request.headers)
        .unwrap();
    let built = built.build().unwrap();
    assert_eq!(built.call_id(), Some("c"));
    assert_eq!(built.cseq().unwrap().number, 1);
    assert_eq!(built.vias().count(), 2);
    assert_eq!(built.from().unwrap().tag(), Some("1"));
    assert_eq!(built.header("x-odd").unwrap(), &b"y"[..]);
}
