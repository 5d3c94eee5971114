//! rsip's opinion, where it has one: plain messages (IPv4 or host names, known methods, no
//! folds, one value per field) must read the same in both parsers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helping functions too"
)]

use evroute_sip::{Framing, Message, RequestBuilder};
use proptest::prelude::*;
use rsip::prelude::*;

#[derive(Clone, Debug)]
struct Plain {
    method: &'static str,
    user: String,
    host: String,
    port: Option<u16>,
    display: Option<String>,
    from_tag: String,
    to_tag: Option<String>,
    branch: String,
    call_id: String,
    cseq: u32,
    subject: String,
    body: Vec<u8>,
}

const METHODS: [&str; 6] = [
    "INVITE",
    "BYE",
    "OPTIONS",
    "REGISTER",
    "MESSAGE",
    "SUBSCRIBE",
];

fn host() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}\\.example\\.com", "192\\.0\\.2\\.[1-9]"]
}

fn plain() -> impl Strategy<Value = Plain> {
    let names = (
        "[a-z0-9_]{1,12}",
        host(),
        prop::option::of(1024_u16..),
        prop::option::of("[A-Za-z ]{1,9}"),
    );
    let tags = (
        "[a-z0-9]{1,9}",
        prop::option::of("[a-z0-9]{1,9}"),
        "[a-z0-9]{1,9}",
        "[a-z0-9]{4,9}@[a-z]{3}",
    );
    let rest = (
        1..1_u32 << 31,
        "[a-zA-Z0-9][a-zA-Z0-9 .,;<>\"=]{0,20}[a-z]",
        prop::collection::vec(any::<u8>(), 0..40),
    );
    (prop::sample::select(&METHODS[..]), names, tags, rest).prop_map(
        |(
            method,
            (user, host, port, display),
            (from_tag, to_tag, branch, call_id),
            (cseq, subject, body),
        )| Plain {
            method,
            user,
            host,
            port,
            display,
            from_tag,
            to_tag,
            branch,
            call_id,
            cseq,
            subject,
            body,
        },
    )
}

impl Plain {
    fn uri(&self) -> String {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("sip:{}@{}{port}", self.user, self.host)
    }

    fn headers(&self) -> String {
        let uri = self.uri();
        let display = self
            .display
            .as_ref()
            .map(|name| format!("\"{name}\" "))
            .unwrap_or_default();
        let to_tag = self
            .to_tag
            .as_ref()
            .map(|tag| format!(";tag={tag}"))
            .unwrap_or_default();
        format!(
            "Via: SIP/2.0/UDP {}:5062;branch=z9hG4bK{};rport\r\nMax-Forwards: 69\r\n\
             From: {display}<{uri}>;tag={}\r\nTo: <{uri}>{to_tag}\r\nCall-ID: {}\r\nCSeq: {} {}\r\n\
             Contact: <{uri}>\r\nSubject: {}\r\nX-Unknown: {}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            self.branch,
            self.from_tag,
            self.call_id,
            self.cseq,
            self.method,
            self.subject,
            self.subject,
            self.body.len(),
        )
    }

    fn wire(&self, start_line: &str) -> Vec<u8> {
        let mut wire = format!("{start_line}\r\n{}", self.headers()).into_bytes();
        wire.extend_from_slice(&self.body);
        wire
    }
}

fn assert_same_headers(ours: &Message, theirs: &rsip::SipMessage) {
    let via = theirs.via_header().unwrap().typed().unwrap();
    let top = ours.top_via().unwrap();
    assert_eq!(via.branch().unwrap().value(), top.branch().unwrap());
    assert_eq!(via.transport.to_string(), top.transport());
    assert_eq!(via.uri.host().to_string(), top.host());
    assert_eq!(via.uri.port().map(|port| *port.value()), top.port());
    let (from, to) = (
        theirs.from_header().unwrap().typed().unwrap(),
        theirs.to_header().unwrap().typed().unwrap(),
    );
    let (our_from, our_to) = (ours.from().unwrap(), ours.to().unwrap());
    assert_eq!(from.uri.to_string().as_bytes(), our_from.uri());
    assert_eq!(from.tag().map(|tag| tag.value()), our_from.tag());
    assert_eq!(
        from.display_name
            .as_deref()
            .map(|name| name.trim_matches('"').as_bytes()),
        our_from.display_name().as_deref()
    );
    assert_eq!(to.uri.to_string().as_bytes(), our_to.uri());
    assert_eq!(to.tag().map(|tag| tag.value()), our_to.tag());
    let cseq = theirs.cseq_header().unwrap().typed().unwrap();
    assert_eq!(cseq.seq, ours.cseq().unwrap().number);
    assert_eq!(
        cseq.method.to_string(),
        ours.cseq().unwrap().method.as_str()
    );
    assert_eq!(
        theirs.call_id_header().unwrap().value(),
        ours.call_id().unwrap()
    );
    assert_eq!(
        theirs.max_forwards_header().unwrap().num().unwrap(),
        ours.max_forwards().unwrap().unwrap()
    );
    let contact = theirs.contact_header().unwrap().typed().unwrap();
    let our_contact = ours.contacts().next().unwrap().unwrap().addr().unwrap();
    assert_eq!(contact.uri.to_string().as_bytes(), our_contact.uri());
    assert_eq!(theirs.body(), ours.body());
    let names: Vec<String> = theirs
        .headers()
        .iter()
        .map(|header| header.to_string().split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        ours.fields()
            .map(|field| field.name_raw.to_owned())
            .collect::<Vec<_>>()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plain_requests_read_the_same(plain in plain()) {
        let wire = plain.wire(&format!("{} {} SIP/2.0", plain.method, plain.uri()));
        let theirs = rsip::SipMessage::try_from(wire.as_slice()).unwrap();
        let ours = Message::parse(wire.into(), Framing::Datagram).unwrap();
        evroute_sip::validate(&ours).unwrap();
        let rsip::SipMessage::Request(request) = &theirs else { panic!("rsip read a response") };
        prop_assert_eq!(request.method.to_string(), ours.method().as_str());
        prop_assert_eq!(request.uri.to_string(), ours.request_uri().unwrap());
        assert_same_headers(&ours, &theirs);
        // Our conversion ends at the value that rsip's own parser makes of the bytes.
        prop_assert_eq!(&rsip::SipMessage::try_from(&ours).unwrap(), &theirs);
        prop_assert_eq!(Message::try_from(&theirs).unwrap().print(), ours.print());
    }

    #[test]
    fn plain_responses_read_the_same(plain in plain(), code in 100_u16..700) {
        let wire = plain.wire(&format!("SIP/2.0 {code} Some Reason"));
        let theirs = rsip::SipMessage::try_from(wire.as_slice()).unwrap();
        let ours = Message::parse(wire.into(), Framing::Datagram).unwrap();
        evroute_sip::validate(&ours).unwrap();
        let rsip::SipMessage::Response(response) = &theirs else { panic!("rsip read a request") };
        prop_assert_eq!(Some(response.status_code.code()), ours.status());
        assert_same_headers(&ours, &theirs);
    }

    #[test]
    fn requests_built_here_are_read_there(plain in plain()) {
        let uri = plain.uri();
        let built = RequestBuilder::new(plain.method, &uri)
            .from(&format!("<{uri}>;tag={}", plain.from_tag))
            .to(&format!("<{uri}>"))
            .call_id(&plain.call_id)
            .cseq(plain.cseq)
            .max_forwards(69)
            .header("Via", format!("SIP/2.0/UDP {};branch=z9hG4bK{}", plain.host, plain.branch))
            .header("Contact", format!("<{uri}>"))
            .body("application/octet-stream", plain.body.clone())
            .build()
            .unwrap();
        let theirs = rsip::SipMessage::try_from(&built.print()[..]).unwrap();
        assert_same_headers(&built, &theirs);
    }
}
