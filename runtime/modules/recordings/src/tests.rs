use evroute_event::{EventName, LimitKind, Outcome, Subject};
use evroute_recording::{
    RecordedCall, RecordedEnd, RecordedEvent, RecordedValue, Recording, RecordingHeader,
};
use evroute_sip::{Framing, Message};
use evroute_tap::WitValue;
use ring::hmac;

use crate::RecordingsConfig;
use crate::redaction::{NotRedacted, Redaction};
use crate::selection::{Beginning, Kept, Selection};

const CREDENTIALS: &str = "Digest username=\"alice\", response=\"0123456789abcdef\"";

fn register(body: &str) -> String {
    format!(
        "REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-1\r\n\
         From: <sip:alice@example.org>;tag=1\r\nTo: <sip:alice@example.org>\r\nCall-ID: one@a\r\n\
         CSeq: 1 REGISTER\r\nAuthorization: {CREDENTIALS}\r\nX-Account:\r\n 4711 secret\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn recording(message: &str, said: &[&str]) -> Recording {
    let call = |text: &&str| RecordedCall {
        interface: "evroute:htable/htable@0.1.0".to_owned(),
        function: "[method]table.set".to_owned(),
        arguments: vec![RecordedValue::from(&WitValue::Record(vec![(
            "key".into(),
            WitValue::Option(Some(Box::new(WitValue::Text((*text).to_owned())))),
        )]))],
        answer: Some(RecordedValue::from(&WitValue::Bytes(
            text.as_bytes().into(),
        ))),
        ended: None,
        fuel_left: None,
    };
    Recording {
        header: Some(RecordingHeader::default()),
        event: Some(RecordedEvent {
            message: Some(message.as_bytes().to_vec()),
            ..RecordedEvent::default()
        }),
        calls: said.iter().map(call).collect(),
        end: Some(RecordedEnd {
            outcome: format!("GuestError: {}", said.concat()),
            message: Some(message.as_bytes().to_vec()),
            ..RecordedEnd::default()
        }),
    }
}

fn redaction(names: &[&str], bodies: bool) -> Redaction {
    let always = RecordingsConfig::ALWAYS_REDACTED.iter().chain(names);
    let names = always.map(|&name| name.to_owned()).collect();
    Redaction::new(
        Some(hmac::Key::new(hmac::HMAC_SHA256, b"key")),
        names,
        bodies,
    )
}

fn all_bytes(recording: &Recording) -> String {
    String::from_utf8_lossy(&evroute_recording::write(recording).unwrap()).into_owned()
}

#[test]
fn credentials_are_in_no_byte_of_what_is_written() {
    let message = register("");
    let said = ["it was 0123456789abcdef", CREDENTIALS, "alice"];
    let mut recorded = recording(&message, &said);
    redaction(&[], false).apply(&mut recorded, None).unwrap();
    let written = all_bytes(&recorded);
    assert!(!written.contains("0123456789abcdef"), "{written}");
    assert!(!written.contains("Digest"), "{written}");
    assert!(written.contains("4711 secret"), "what nobody named stays");
    assert!(
        written.contains("alice"),
        "what is short is no secret by itself"
    );
}

#[test]
fn credentials_of_http_are_in_no_byte_of_what_is_written() {
    let head = "GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0OnBhc3M=\r\n\
                Cookie: session=0123456789\r\nX-Account: 4711 secret\r\n\r\n";
    let request = evroute_http::HttpRequest::parse(head.as_bytes()).unwrap();
    let said = ["Basic c2VjcmV0OnBhc3M=", "is 0123456789", "4711 secret"];
    let mut recorded = recording(&register(""), &said);
    redaction(&[], false)
        .apply(&mut recorded, Some(&request))
        .unwrap();
    let written = all_bytes(&recorded);
    for secret in ["c2VjcmV0OnBhc3M", "0123456789"] {
        assert!(!written.contains(secret), "{written}");
    }
    assert!(written.contains("4711 secret"), "what nobody named stays");
}

#[test]
fn nothing_moves_and_equal_values_stay_equal() {
    let message = register("v=0");
    let mut recorded = recording(&message, &[]);
    redaction(&["x-account"], true)
        .apply(&mut recorded, None)
        .unwrap();
    let (event, end) = (recorded.event.unwrap(), recorded.end.unwrap());
    assert_eq!(event.message, end.message);
    let changed = event.message.unwrap();
    assert_eq!(changed.len(), message.len());
    let parse = |bytes: &[u8]| Message::parse(bytes.to_vec().into(), Framing::Datagram).unwrap();
    let (before, after) = (parse(message.as_bytes()), parse(&changed));
    for (was, is) in before.fields().zip(after.fields()) {
        assert_eq!(was.name, is.name);
        let is_replaced = ["Authorization", "X-Account"].contains(&was.name_raw);
        assert_eq!(was.value != is.value, is_replaced, "{}", was.name_raw);
        let blanks = |value: &[u8]| {
            value
                .iter()
                .map(u8::is_ascii_whitespace)
                .collect::<Vec<_>>()
        };
        assert_eq!(blanks(was.value).len(), blanks(is.value).len());
    }
    assert_ne!(after.body(), b"v=0");
}

#[test]
fn another_key_makes_other_letters() {
    let letters = |key: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let names = vec!["Authorization".to_owned()];
        let mut recorded = recording(&register(""), &[]);
        let redaction = Redaction::new(Some(key), names, false);
        redaction.apply(&mut recorded, None).unwrap();
        recorded.event.unwrap().message
    };
    assert_eq!(letters(b"one"), letters(b"one"));
    assert_ne!(letters(b"one"), letters(b"two"));
}

#[test]
fn what_cannot_be_redacted_is_not_written() {
    let mut recorded = recording("no message", &[]);
    let refused = redaction(&[], false).apply(&mut recorded, None);
    assert_eq!(refused, Err(NotRedacted::Unreadable));
    let keyless = Redaction::new(None, Vec::new(), false);
    let refused = keyless.apply(&mut recording(&register(""), &[]), None);
    assert_eq!(refused, Err(NotRedacted::NoKey));
}

fn config() -> RecordingsConfig {
    RecordingsConfig {
        failed: false,
        rare_per_hour: 0,
        ..RecordingsConfig::default()
    }
}

fn of_call(call_id: &str) -> Subject {
    let message = register("").replace("one@a", call_id);
    let message = Message::parse(message.into_bytes().into(), Framing::Datagram).unwrap();
    Subject {
        message: Some(message),
        ..Subject::at(0)
    }
}

#[test]
fn all_runs_of_a_call_are_in_the_share_or_none() {
    let selection = Selection::new(&RecordingsConfig {
        calls_per_million: 250_000,
        ..config()
    });
    let begin = |call: usize, event| selection.begin(event, &of_call(&format!("{call}@a")), 0);
    let kept = |call: &usize| begin(*call, "core:request") == Beginning::Kept(Kept::Sampled);
    let calls: Vec<_> = (0..400).filter(kept).collect();
    assert!((50..150).contains(&calls.len()), "{}", calls.len());
    for call in 0..400 {
        let reply = begin(call, "core:reply");
        assert_eq!(
            reply == Beginning::Kept(Kept::Sampled),
            calls.contains(&call)
        );
        assert!(reply != Beginning::Open, "nothing else is kept");
    }
}

#[test]
fn failures_are_kept_and_cancelled_runs_are_not() {
    let selection = Selection::new(&RecordingsConfig {
        failed: true,
        ..config()
    });
    let guard = "guard".parse().unwrap();
    let begun = selection.begin("timer:tick", &Subject::at(0), 0);
    assert_eq!(begun, Beginning::Open);
    let outcomes = [
        (Outcome::Returned, None),
        (Outcome::Cancelled, None),
        (Outcome::OutOfFuel, Some(Kept::Failed)),
        (Outcome::GuestError("no".to_owned()), Some(Kept::Failed)),
        (
            Outcome::QuotaExceeded(LimitKind::Handles),
            Some(Kept::Failed),
        ),
    ];
    for (outcome, kept) in outcomes {
        let ended = selection.end(
            begun,
            &outcome,
            (&guard, EventName::new("timer"), Some("done")),
            0,
        );
        assert_eq!(ended, kept, "{outcome}");
    }
}

#[test]
fn events_that_nobody_named_cost_nothing() {
    let selection = Selection::new(&RecordingsConfig {
        failed: true,
        rare_per_hour: 1,
        events: vec!["core:request".to_owned(), "htable:expired".to_owned()],
        ..config()
    });
    let begin = |event| selection.begin(event, &Subject::at(0), 0);
    assert_eq!(begin("core:request"), Beginning::Open);
    assert_eq!(begin("htable:expired"), Beginning::Open);
    assert_eq!(begin("core:reply"), Beginning::Passed);
    assert_eq!(begin("core:req"), Beginning::Passed);
}

#[test]
fn a_watched_call_is_kept_whatever_it_does() {
    let selection = Selection::new(&config());
    assert_eq!(
        selection.begin("core:request", &of_call("one@a"), 5),
        Beginning::Passed
    );
    selection.watched.add("one@a", 10, 5).unwrap();
    let begun = selection.begin("core:request", &of_call("one@a"), 6);
    assert_eq!(begun, Beginning::Kept(Kept::Watched));
    assert_eq!(
        selection.begin("core:request", &of_call("two@a"), 6),
        Beginning::Passed
    );
}
