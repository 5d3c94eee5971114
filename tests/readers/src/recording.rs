//! Recordings: what is read is written as it was.

use evroute_recording::{
    RecordedCall, RecordedEnd, RecordedEvent, RecordedValue, Recording, RecordingHeader,
    read as read_file, write,
};

use prost::Message as _;

use crate::Reader;

pub(crate) const READER: Reader = Reader {
    name: "recording",
    examples,
    words: &["EVREC\0", "\0\u{1}", "core:request"],
    read,
    runs: 10_000,
};

/// The file begins with so many bytes of frame, the last eight of which are a digest.
const HEAD: usize = 20;

fn examples() -> Vec<Vec<u8>> {
    let recording = Recording {
        header: Some(RecordingHeader {
            component_digest: "sha256:00".to_owned(),
            handler: "guard".to_owned(),
            limits: [("run_fuel_max".to_owned(), 5)].into(),
            seed: Some(vec![7; 32]),
            ..RecordingHeader::default()
        }),
        event: Some(RecordedEvent {
            name: "core:request".to_owned(),
            message: Some(b"INVITE sip:a SIP/2.0\r\n\r\n".to_vec()),
            ..RecordedEvent::default()
        }),
        calls: vec![RecordedCall {
            interface: "evroute:log/log@0.1.0".to_owned(),
            arguments: vec![RecordedValue::default()],
            answer: Some(RecordedValue::default()),
            ..RecordedCall::default()
        }],
        end: Some(RecordedEnd::default()),
    };
    write(&recording).into_iter().collect()
}

fn read(bytes: &[u8]) -> bool {
    let mut is_one = whole(bytes);
    // Behind a frame that is right, whatever the body says.
    let body = bytes.get(HEAD..).unwrap_or(bytes);
    if let Ok(recording) = Recording::decode(body) {
        is_one = true;
        for call in &recording.calls {
            let _ = (
                call.to_string(),
                call.answer.as_ref().and_then(RecordedValue::value),
            );
        }
        if let Ok(file) = write(&recording) {
            assert!(whole(&file), "what is written is read");
        }
    }
    is_one
}

fn whole(bytes: &[u8]) -> bool {
    let Ok(recording) = read_file(bytes) else {
        return false;
    };
    // By bytes: numbers that are none are not equal to themselves.
    let once = write(&recording);
    let again = once.clone().and_then(|file| write(&read_file(&file)?));
    assert_eq!(again, once, "it is written as it was");
    true
}
