use evroute_sip::{Framing, Message};
use proptest::prelude::*;

use super::*;

const LIMITS: FramingLimits = FramingLimits {
    header_bytes_max: 4096,
    message_bytes_max: 8192,
};
const ONE: &[u8] = b"OPTIONS sip:h SIP/2.0\r\nX: \r\n a\r\nl: 3\r\n\r\nabc";

/// All frames of a stream that arrives in these pieces, the error that ended it, and the
/// most bytes ever held.
fn frames_of<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    limits: FramingLimits,
) -> (Vec<Frame>, Option<FrameError>, usize) {
    let mut framer = Framer::new(limits);
    let (mut frames, mut held) = (Vec::new(), 0);
    for piece in pieces {
        framer.buffer_mut().extend_from_slice(piece);
        held = held.max(framer.buffer.len());
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error), held),
            }
        }
    }
    (frames, None, held)
}

fn whole(stream: &[u8]) -> (Vec<Frame>, Option<FrameError>) {
    let (frames, error, _) = frames_of(std::iter::once(stream), LIMITS);
    (frames, error)
}

fn error_of(stream: &[u8]) -> Option<FrameError> {
    whole(stream).1
}

#[test]
fn messages_and_pings_come_out_however_the_bytes_arrive() {
    let stream = [b"\r\n", ONE, ONE, b"\r\n\r\n", ONE, b"\r\n"].concat();
    let message = || Frame::Message(Bytes::from_static(ONE));
    for step in 1..=stream.len() {
        let (frames, error, _) = frames_of(stream.chunks(step), LIMITS);
        assert_eq!(
            frames,
            [message(), message(), Frame::Ping, message()],
            "pieces of {step}"
        );
        assert_eq!(error, None);
    }
}

#[test]
fn a_single_crlf_is_a_pong_and_two_are_a_ping() {
    assert_eq!(whole(b"\r\n"), (vec![], None));
    assert_eq!(whole(b"\r\n\r\n"), (vec![Frame::Ping], None));
    assert_eq!(
        whole(b"\r\n\r\n\r\n\r\n"),
        (vec![Frame::Ping, Frame::Ping], None)
    );
    assert_eq!(whole(b"\n\n\r\r\n"), (vec![], None));
}

#[test]
fn content_length_is_found_in_every_spelling() {
    for field in [
        "Content-Length: 3",
        "content-length:3",
        "CONTENT-LENGTH \t: 3 ",
        "l:3",
        "L : 003",
        "l:\r\n 3",
        "Content-Length:\r\n\t \r\n  3\r\n ",
        "l: 3\r\nContent-Length: 3",
    ] {
        let stream = format!("BYE sip:h SIP/2.0\r\nCall-ID: x\r\n{field}\r\n\r\nabc");
        assert_eq!(
            whole(stream.as_bytes()),
            (vec![Frame::Message(stream.into())], None),
            "{field}"
        );
    }
}

#[test]
fn folded_text_and_similar_names_are_no_content_length() {
    for field in [
        "X: a\r\n l: 3",
        "Content-Lengths: 3",
        "la: 3",
        "l",
        "Contact: l:3",
    ] {
        let stream = format!("BYE sip:h SIP/2.0\r\n{field}\r\n\r\nabc");
        assert_eq!(
            error_of(stream.as_bytes()),
            Some(FrameError::MissingContentLength),
            "{field}"
        );
    }
}

#[test]
fn streams_without_borders_are_refused() {
    for (header, error) in [
        ("l: x", FrameError::BadContentLength),
        ("l: -1", FrameError::BadContentLength),
        ("l: 1, 1", FrameError::BadContentLength),
        ("l:", FrameError::BadContentLength),
        ("l: 1\r\nl: 2", FrameError::ConflictingContentLength),
        ("l: 1048577", FrameError::BodyTooLong),
        (
            "l: 99999999999999999999999999999999",
            FrameError::BodyTooLong,
        ),
        ("l: 1\rl: 2", FrameError::BareCr),
    ] {
        let stream = format!("BYE sip:h SIP/2.0\r\n{header}\r\n\r\nabc");
        assert_eq!(error_of(stream.as_bytes()), Some(error), "{header}");
    }
}

#[test]
fn what_is_too_long_is_reported_by_its_header_and_the_stream_goes_on_behind_its_body() {
    let header = b"MESSAGE sip:h SIP/2.0\r\nl: 8192\r\n\r\n";
    let stream = [header, &[b'x'; 8192][..], ONE].concat();
    let oversized = Frame::Oversized(Bytes::from_static(header));
    for step in [1, 7, 4096, stream.len()] {
        let (frames, error, held) = frames_of(stream.chunks(step), LIMITS);
        let expected = [oversized.clone(), Frame::Message(Bytes::from_static(ONE))];
        assert_eq!(
            (frames.as_slice(), error),
            (&expected[..], None),
            "pieces of {step}"
        );
        assert!(
            held <= header.len() + ONE.len() + step,
            "held {held} in pieces of {step}"
        );
    }
}

#[test]
fn long_header_fields_are_refused_before_they_are_complete() {
    assert_eq!(error_of(&[b'a'; 4097]), Some(FrameError::HeaderTooLong));
    assert_eq!(error_of(&[b'a'; 4096]), None);
    let stream = [&[b'a'; 4095][..], b"\r\n\r\n"].concat();
    assert_eq!(error_of(&stream), Some(FrameError::HeaderTooLong));
}

#[test]
fn after_an_error_the_bad_message_can_be_taken() {
    let bad = b"BYE sip:h SIP/2.0\r\n\r\nrest";
    let mut framer = Framer::new(LIMITS);
    framer
        .buffer_mut()
        .extend_from_slice(&[ONE, b"\r\n", bad].concat());
    assert_eq!(
        framer.next_frame(),
        Ok(Some(Frame::Message(Bytes::from_static(ONE))))
    );
    assert_eq!(framer.next_frame(), Err(FrameError::MissingContentLength));
    assert_eq!(framer.next_frame(), Err(FrameError::MissingContentLength));
    assert_eq!(framer.take_rest(), Bytes::from_static(bad));
}

/// Mostly well-formed messages with keep-alives between, and a little rubbish.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let message = (
        any::<bool>(),
        prop::collection::vec(any::<u8>(), 0..60),
        "[ -~]{0,20}",
    )
        .prop_map(|(is_compact, body, value)| {
            let name = if is_compact { "l" } else { "Content-Length" };
            let head = format!(
                "INFO sip:h SIP/2.0\r\nX: {value}\r\n{name}: {}\r\n\r\n",
                body.len()
            );
            [head.as_bytes(), &body].concat()
        });
    let piece = prop_oneof![
        8 => message,
        2 => Just(b"\r\n\r\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Bytes that framing looks at, in any order.
fn rubbish() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        " ",
        "l",
        ":",
        "Content-Length",
        "7",
        "0",
        "99",
        "INVITE sip:h SIP/2.0",
        "a",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat().into_bytes())
}

fn cut(stream: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut rest = stream;
    let mut pieces = Vec::new();
    for len in cuts {
        let (piece, tail) = rest.split_at(*len.min(&rest.len()));
        pieces.push(piece.to_vec());
        rest = tail;
    }
    pieces.push(rest.to_vec());
    pieces
}

proptest! {
    #[test]
    fn cutting_a_stream_differently_changes_no_frame(
        stream in prop_oneof![stream(), rubbish()],
        cuts in prop::collection::vec(0_usize..40, 0..40),
    ) {
        let pieces = cut(&stream, &cuts);
        let (frames, error, _) = frames_of(pieces.iter().map(Vec::as_slice), LIMITS);
        prop_assert_eq!((frames, error), whole(&stream));
    }

    #[test]
    fn memory_is_bounded_by_the_limits_and_one_read(
        stream in prop_oneof![stream(), rubbish(), prop::collection::vec(any::<u8>(), 0..400)],
        step in 1_usize..64,
    ) {
        let limits = FramingLimits { header_bytes_max: 64, message_bytes_max: 96 };
        let (_, _, held) = frames_of(stream.chunks(step), limits);
        prop_assert!(held <= 96 + step);
    }

    /// The framer and the message parser must never see different borders.
    #[test]
    fn what_the_parser_accepts_as_one_message_is_one_frame(
        stream in prop_oneof![stream(), rubbish()],
    ) {
        let (frames, _) = whole(&stream);
        if let Ok(message) = Message::parse(stream.into(), Framing::Stream) {
            let Some(Frame::Message(first)) = frames.iter().find(|frame| **frame != Frame::Ping) else {
                return Err(TestCaseError::fail("no frame where the parser sees a message"));
            };
            let again = Message::parse(first.clone(), Framing::Stream);
            prop_assert!(again.is_ok_and(|again| again.print() == message.print()));
        }
    }
}
