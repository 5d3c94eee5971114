//! Every message of the torture corpus, against what its `expected.json` says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its helping functions too"
)]

use std::path::{Path, PathBuf};

use bytes::Bytes;
use evroute_sip::{Framing, Message, ParseErrorKind, ParseErrorResponse, validate};
use serde_json::Value;

/// Messages a lenient element may accept (RFC 4475 says so) and we do.
const ACCEPTED_LENIENTLY: [&str; 3] = [
    "rfc4475/badaspec.dat",
    "rfc4475/baddate.dat",
    "rfc4475/baddn.dat",
];

/// A REGISTER whose Contact only the registrar reads, and refuses (RFC 4475 3.1.2.13): a proxy on
/// the way leaves it alone (RFC 3261 16.3 step 1).
const LEFT_TO_THE_REGISTRAR: [&str; 1] = ["rfc4475/regbadct.dat"];

/// Refused responses are dropped, everything else in class `invalid` is a request.
const DROPPED: [&str; 2] = ["rfc4475/bigcode.dat", "rfc4475/scalarlg.dat"];

fn corpus() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/torture");
    assert!(
        folder.is_dir(),
        "the torture corpus is missing: {}",
        folder.display()
    );
    folder
}

struct Case {
    file: String,
    class: String,
    expect: String,
    wire: Bytes,
    fields: Value,
}

fn cases(class: &str) -> Vec<Case> {
    let index = std::fs::read(corpus().join("expected.json")).unwrap();
    let index: Vec<Value> = serde_json::from_slice(&index).unwrap();
    assert_eq!(index.len(), 133, "the corpus has changed: count again");
    let text = |case: &Value, key: &str| case[key].as_str().unwrap().to_owned();
    let cases = index.iter().map(|case| {
        let file = text(case, "file");
        let wire = std::fs::read(corpus().join(&file)).unwrap().into();
        let (class, expect) = (text(case, "cls"), text(case, "expect"));
        Case {
            file,
            class,
            expect,
            wire,
            fields: case["fields"].clone(),
        }
    });
    cases.filter(|case| case.class == class).collect()
}

/// What became of the bytes: a message fit for processing, or the answer to its sender.
fn outcome(wire: &Bytes) -> Result<Message, ParseErrorResponse> {
    let message =
        Message::parse(wire.clone(), Framing::Datagram).map_err(|error| error.answer())?;
    match validate(&message) {
        Ok(()) => Ok(message),
        Err(refusal) => Err(refusal.answer()),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The fields of `expected.json`, as this crate reads them.
fn fields_of(message: &Message) -> Value {
    let start = match message.status() {
        Some(code) => format!("SIP {code} {}", text(message.reason().unwrap())),
        None => message.method().to_string(),
    };
    let via = message.top_via().unwrap();
    let sentby = match via.port() {
        Some(port) => format!("{}:{port}", via.host()),
        None => via.host().to_owned(),
    };
    let (from, to) = (message.from().unwrap(), message.to().unwrap());
    serde_json::json!({
        "start": start.trim_end(),
        "ruri": message.request_uri().unwrap_or_default(),
        "transport": via.transport().to_uppercase(),
        "sentby": sentby,
        "branch": via.branch().unwrap_or_default(),
        "from_uri": text(from.uri()),
        "from_tag": from.tag().unwrap_or_default(),
        "to_uri": text(to.uri()),
        "to_tag": to.tag().unwrap_or_default(),
        "call_id": message.call_id().unwrap(),
        "cseq": message.cseq().unwrap().to_string(),
        "maxf": message.max_forwards().unwrap().map(|hops| hops.to_string()).unwrap_or_default(),
        "nvia": message.vias().map(Result::unwrap).count(),
        "ncontact": message.contacts().map(Result::unwrap).count(),
        "nroute": message.routes().map(Result::unwrap).count(),
        "body_len": message.body().len(),
    })
}

/// Parse then print is the identity on the message; bytes around it are dropped.
fn assert_identity(file: &str, wire: &Bytes, message: &Message) {
    let start = wire
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .unwrap();
    let printed = message.print();
    assert!(
        wire[start..].starts_with(&printed),
        "{file}: print differs from what came"
    );
    let mut edited = message.clone();
    edited.append_header("X-Probe", "1").unwrap();
    edited.remove_headers("X-Probe");
    assert_eq!(
        edited.print(),
        printed,
        "{file}: an edit undone leaves a trace"
    );
}

fn assert_read_in_full(class: &str, count: usize) {
    let cases = cases(class);
    assert_eq!(cases.len(), count);
    for case in cases {
        let message = outcome(&case.wire).unwrap_or_else(|answer| {
            panic!("{}: refused ({}): {answer:?}", case.file, case.expect)
        });
        assert_eq!(fields_of(&message), case.fields, "{}", case.file);
        assert_identity(&case.file, &case.wire, &message);
    }
}

#[test]
fn valid_messages_are_read_in_full_and_printed_as_they_came() {
    assert_read_in_full("valid", 86);
}

#[test]
fn messages_for_the_layer_above_are_read_in_full_and_printed_as_they_came() {
    assert_read_in_full("app", 13);
}

#[test]
fn invalid_messages_are_answered_by_their_class() {
    let cases = cases("invalid");
    assert_eq!(cases.len(), 31);
    for case in cases {
        let file = case.file.as_str();
        match outcome(&case.wire) {
            Ok(message) if LEFT_TO_THE_REGISTRAR.contains(&file) => {
                assert_eq!(message.method().as_str(), "REGISTER");
                assert!(message.contacts().any(|contact| contact.is_err()), "{file}");
            }
            Ok(message) => {
                assert!(
                    ACCEPTED_LENIENTLY.contains(&file),
                    "{file}: accepted ({})",
                    case.expect
                );
                assert_identity(file, &case.wire, &message);
            }
            Err(ParseErrorResponse::Drop) => assert!(DROPPED.contains(&file), "{file}: dropped"),
            Err(ParseErrorResponse::Reply { code, .. }) => {
                assert!(!DROPPED.contains(&file), "{file}: a response was answered");
                let expected = if file == "rfc4475/badvers.dat" {
                    505
                } else {
                    400
                };
                assert_eq!(code, expected, "{file}: {}", case.expect);
            }
        }
    }
}

#[test]
fn messages_that_may_go_either_way_go_the_way_we_chose() {
    for case in cases("either") {
        let parsed = Message::parse(case.wire.clone(), Framing::Datagram);
        match case.file.as_str() {
            "extra/keepalive_crlf.dat" => {
                let error = parsed.unwrap_err();
                assert_eq!(
                    (error.kind, error.answer()),
                    (ParseErrorKind::Empty, ParseErrorResponse::Drop)
                );
            }
            "extra/cseq_over31.dat" | "extra/maxfwd_300.dat" => {
                let refusal = validate(&parsed.unwrap()).unwrap_err();
                assert_eq!(refusal.code, 400, "{}", case.file);
            }
            other => panic!("{other}: decide what happens"),
        }
    }
}

#[test]
fn refused_requests_get_an_answer_their_sender_can_match() {
    for case in cases("invalid") {
        let answer = match Message::parse(case.wire.clone(), Framing::Datagram) {
            Err(error) => error.to_response(),
            Ok(message) if message.is_request() => {
                Some(Message::response_to(&message, 400, "Bad Request", Some("t")).unwrap())
            }
            Ok(_) => None,
        };
        let Some(answer) = answer else {
            assert!(DROPPED.contains(&case.file.as_str()), "{}", case.file);
            continue;
        };
        assert!(
            answer.headers("Via").next().is_some(),
            "{}: no Via",
            case.file
        );
        assert!(answer.header("CSeq").is_some(), "{}: no CSeq", case.file);
        let again = Message::parse(answer.print(), Framing::Stream).unwrap();
        assert_eq!(again.status(), answer.status());
    }
}
