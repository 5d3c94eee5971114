use std::collections::BTreeMap;
use std::path::Path;

use evroute_tap::{HostCall, HostFunction, Tap, WitValue};
use proptest::prelude::*;

use super::*;

const GET: HostFunction = HostFunction {
    interface: "evroute:htable/htable@0.1.0",
    name: "[method]table.get",
};

fn text(text: &str) -> WitValue {
    WitValue::Text(text.to_owned())
}

fn values() -> Vec<WitValue> {
    vec![
        WitValue::Bool(true),
        WitValue::Unsigned(u64::MAX),
        WitValue::Signed(-1),
        WitValue::Real(0.5),
        text("é"),
        WitValue::Bytes(vec![0, 255]),
        WitValue::List(vec![text("a"), text("b")]),
        WitValue::UNIT,
        WitValue::Record(vec![("code".into(), WitValue::Unsigned(403))]),
        WitValue::Case("null".into(), None),
        WitValue::Case("int".into(), Some(Box::new(WitValue::Signed(7)))),
        WitValue::Option(None),
        WitValue::Option(Some(Box::new(WitValue::Option(None)))),
        WitValue::Result(Ok(Box::new(WitValue::UNIT))),
        WitValue::Result(Err(Box::new(WitValue::Case("deadline".into(), None)))),
        WitValue::Handle(3),
    ]
}

fn example() -> Recording {
    let call = |name: &str, value: &WitValue| RecordedCall {
        interface: GET.interface.to_owned(),
        function: GET.name.to_owned(),
        arguments: vec![(&WitValue::Handle(0)).into(), (&text(name)).into()],
        answer: Some(value.into()),
        ended: None,
        fuel_left: Some(9_000_000),
    };
    Recording {
        header: Some(RecordingHeader {
            evroute: "0.1.0".to_owned(),
            component_digest: "00".repeat(32),
            handler: "guard".to_owned(),
            revision: 3,
            tenant: "demo".to_owned(),
            grants: vec!["htable:blocked".to_owned()],
            limits: BTreeMap::from([("run_fuel_max".to_owned(), 10_000_000)]),
            seed: Some(vec![7; 32]),
            domains: Vec::new(),
            kept: None,
        }),
        event: Some(RecordedEvent {
            name: "core:request".to_owned(),
            interface: "evroute:core/request@0.1.0".to_owned(),
            time_us: 1_700_000_000_000_000,
            message: Some(b"OPTIONS sip:a@example.org SIP/2.0\r\n\r\n".to_vec()),
            source: Some("udp:192.0.2.1:5060".to_owned()),
            received: None,
            user_name: None,
            tls: None,
            realm: None,
            next_hop: None,
        }),
        calls: values().iter().map(|value| call("alice", value)).collect(),
        end: Some(RecordedEnd {
            outcome: "Returned".to_owned(),
            verdict: Some("reject 403".to_owned()),
            message: None,
            fuel: 1234,
            memory_bytes: 65_536,
            next_hop: None,
            reply: None,
        }),
    }
}

#[test]
fn a_file_of_this_version_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/version-1.evrec");
    let recording = read(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(recording, example());
    for (call, value) in recording.calls.iter().zip(values()) {
        assert_eq!(call.answer.as_ref().unwrap().value(), Some(value));
    }
    assert_eq!(
        recording.calls[10].to_string(),
        "evroute:htable/htable@0.1.0 [method]table.get(#0, \"alice\") = int(7)"
    );
}

#[test]
fn a_file_that_is_cut_anywhere_is_reported_so() {
    let file = write(&example()).unwrap();
    for end in 0..file.len() {
        let error = read(&file[..end]).unwrap_err();
        assert!(
            matches!(error, RecordingError::Cut { .. }),
            "{end}: {error}"
        );
    }
    let longer = [&*file, b"x"].concat();
    assert!(matches!(read(&longer), Err(RecordingError::Cut { .. })));
}

#[test]
fn what_is_no_recording_of_this_version_is_refused() {
    let mut file = write(&example()).unwrap();
    file[7] = 2;
    assert_eq!(read(&file), Err(RecordingError::OtherVersion(2)));
    assert_eq!(read(b"INVITE sip:"), Err(RecordingError::NoRecording));
    let mut huge = write(&Recording::default()).unwrap();
    huge[8] = 0xff;
    assert!(matches!(read(&huge), Err(RecordingError::TooLarge(_))));
    let mut large = example();
    large.event.as_mut().unwrap().message = Some(vec![b'a'; RECORDING_BYTES_MAX]);
    assert!(matches!(write(&large), Err(RecordingError::TooLarge(_))));
}

proptest! {
    #[test]
    fn a_changed_byte_is_noticed(at in 0_usize..10_000, by in 1_u8..) {
        let mut file = write(&example()).unwrap();
        let at = at % file.len();
        file[at] ^= by;
        prop_assert!(read(&file).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        // The same behind a frame that is right.
        use prost::Message as _;
        let _ = Recording::decode(&*bytes).map(|recording| {
            recording.calls.iter().map(ToString::to_string).collect::<Vec<_>>()
        });
    }
}

fn asked(tape: &mut Tape, name: &str) -> Option<wasmtime::Result<WitValue>> {
    let arguments = [WitValue::Handle(0), text(name)];
    tape.answer(&HostCall {
        function: &GET,
        arguments: &arguments,
    })
}

fn recorded(names: &[(&str, Result<i64, &str>)]) -> Vec<RecordedCall> {
    let (mut recorder, log) = CallRecorder::new(Derived::of_message(|_| true));
    assert!(recorder.wants(&GET));
    for (name, answer) in names {
        let arguments = [WitValue::Handle(0), text(name)];
        let call = HostCall {
            function: &GET,
            arguments: &arguments,
        };
        assert!(recorder.answer(&call).is_none());
        recorder.fuel_left(5);
        let answer = answer.map(WitValue::Signed);
        let answer = answer.map_err(|why| wasmtime::Error::msg(why.to_owned()));
        recorder.seen(&call, answer.as_ref());
    }
    log.take()
}

fn tape(calls: Vec<RecordedCall>) -> (Tape, TapeEnd) {
    let trap = |what: &str| wasmtime::Error::msg(what.to_owned());
    Tape::new(calls, Derived::of_message(|_| true), trap)
}

#[test]
fn the_same_calls_are_answered_as_they_were() {
    let calls = recorded(&[("a", Ok(1)), ("a", Ok(2)), ("b", Err("OutOfFuel"))]);
    assert_eq!(calls[0].fuel_left, Some(5));
    let (mut tape, end) = tape(calls);
    assert_eq!(asked(&mut tape, "a").unwrap().unwrap(), WitValue::Signed(1));
    assert_eq!(asked(&mut tape, "a").unwrap().unwrap(), WitValue::Signed(2));
    let error = asked(&mut tape, "b").unwrap().unwrap_err();
    assert_eq!(error.to_string(), "OutOfFuel");
    assert_eq!(end.divergence(), None);
}

#[test]
fn where_a_run_leaves_the_recording_is_reported() {
    let (mut other, end) = tape(recorded(&[("a", Ok(1)), ("b", Ok(2))]));
    asked(&mut other, "a").unwrap().unwrap();
    asked(&mut other, "c").unwrap().unwrap_err();
    asked(&mut other, "d").unwrap().unwrap_err();
    let divergence = end.divergence().unwrap();
    assert_eq!(divergence.number, 2);
    let shown = |call: Option<RecordedCall>| call.unwrap().to_string();
    assert!(shown(divergence.recorded).ends_with("get(#0, \"b\") = 2"));
    assert!(shown(divergence.found).ends_with("get(#0, \"c\")"));

    let (mut early, end) = tape(recorded(&[("a", Ok(1)), ("b", Ok(2))]));
    asked(&mut early, "a").unwrap().unwrap();
    let divergence = end.divergence().unwrap();
    assert_eq!((divergence.number, divergence.found), (2, None));

    let (mut late, end) = tape(Vec::new());
    asked(&mut late, "a").unwrap().unwrap_err();
    assert_eq!(end.divergence().unwrap().recorded, None);
}

#[test]
fn other_lines_of_the_log_are_a_difference_and_no_end() {
    const LOG: HostFunction = HostFunction {
        interface: "evroute:log/log@0.1.0",
        name: "log",
    };
    fn logged(tape: &mut Tape, line: &str) {
        let call = HostCall {
            function: &LOG,
            arguments: &[text(line)],
        };
        assert!(tape.answer(&call).is_none());
    }
    let mut calls = recorded(&[("a", Ok(1)), ("b", Ok(2))]);
    calls.insert(
        1,
        RecordedCall {
            interface: LOG.interface.to_owned(),
            function: LOG.name.to_owned(),
            arguments: vec![(&text("then")).into()],
            ..RecordedCall::default()
        },
    );
    let (mut same, end) = tape(calls.clone());
    asked(&mut same, "a").unwrap().unwrap();
    logged(&mut same, "then");
    assert!(end.unmade().unwrap().to_string().contains("\"b\""));
    asked(&mut same, "b").unwrap().unwrap();
    assert_eq!((end.divergence(), end.unmade()), (None, None));

    let (mut other, end) = tape(calls.clone());
    asked(&mut other, "a").unwrap().unwrap();
    logged(&mut other, "now");
    assert_eq!(
        asked(&mut other, "b").unwrap().unwrap(),
        WitValue::Signed(2)
    );
    let divergence = end.divergence().unwrap();
    assert_eq!(divergence.number, 2);
    assert!(divergence.found.unwrap().to_string().contains("now"));
    assert_eq!((end.unanswered(), end.unmade()), (None, None));

    let (mut silent, end) = tape(calls);
    asked(&mut silent, "a").unwrap().unwrap();
    assert_eq!(
        asked(&mut silent, "b").unwrap().unwrap(),
        WitValue::Signed(2)
    );
    assert_eq!(end.divergence().unwrap().number, 2);
    asked(&mut silent, "c").unwrap().unwrap_err();
    assert!(end.unanswered().unwrap().to_string().contains("\"c\""));
}
