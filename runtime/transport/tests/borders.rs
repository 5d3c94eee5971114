//! Where a stream is cut and where the parser ends a message must be the same place: a byte of
//! difference is one message smuggled inside another.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helping functions too"
)]

use std::path::Path;

use bytes::Bytes;
use evroute_sip::{Framing, Message};
use evroute_transport::{Frame, Framer, FramingLimits};

/// Every message of the torture corpus, by name.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/torture");
    let mut messages = Vec::new();
    for folder in ["rfc4475", "rfc5118", "extra"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            messages.push((name, std::fs::read(path).unwrap()));
        }
    }
    assert_eq!(messages.len(), 133, "the torture corpus is missing");
    messages
}

/// The first message of a stream that arrives in pieces of `step` bytes; nothing when it is refused
/// or incomplete.
fn first_frame(stream: &[u8], step: usize) -> Option<Bytes> {
    let mut framer = Framer::new(FramingLimits::default());
    for piece in stream.chunks(step) {
        framer.buffer_mut().extend_from_slice(piece);
        loop {
            match framer.next_frame() {
                Ok(Some(Frame::Message(message))) => return Some(message),
                Ok(Some(Frame::Ping | Frame::Oversized(_))) => {}
                Ok(None) => break,
                Err(_) => return None,
            }
        }
    }
    None
}

#[test]
fn the_parser_takes_a_frame_for_one_whole_message() {
    let mut agreed = 0;
    for (name, stream) in corpus() {
        let frame = first_frame(&stream, 1);
        for step in [2, 7, 64, 65_536] {
            assert_eq!(
                first_frame(&stream, step),
                frame,
                "{name} in pieces of {step}"
            );
        }
        let parsed = Message::parse(Bytes::from(stream), Framing::Stream);
        if let (Some(frame), Ok(parsed)) = (frame, parsed) {
            let framed = Message::parse(frame.clone(), Framing::Stream).unwrap();
            assert_eq!(framed.print(), parsed.print(), "{name}");
            assert_eq!(
                framed.print().len(),
                frame.len(),
                "{name}: bytes are left over"
            );
            agreed += 1;
        }
    }
    assert!(agreed > 60, "only {agreed} messages were compared");
}
