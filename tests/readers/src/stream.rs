//! Where messages end on a stream: the same however its bytes are divided.

use evroute_transport::{Frame, FrameError, Framer, FramingLimits};

use crate::{Reader, message};

pub(crate) const READER: Reader = Reader {
    name: "stream",
    examples,
    words: &[
        "\r\n\r\n",
        "\r\n",
        "Content-Length: 5\r\n",
        "l: 0\r\n",
        "Content-Length: 70000\r\n",
        "\r",
        "\n",
    ],
    read,
    runs: 5_000,
};

fn examples() -> Vec<Vec<u8>> {
    let messages = message::examples();
    let pairs = messages.chunks(2).map(<[Vec<u8>]>::concat);
    pairs.chain([b"\r\n\r\n\r\n\r\n".to_vec()]).collect()
}

type Cut = (Vec<Frame>, Option<FrameError>);

fn cut(stream: &[u8], pieces: usize) -> Cut {
    let mut framer = Framer::new(FramingLimits::default());
    let mut frames = Vec::new();
    for piece in stream.chunks(pieces.max(1)) {
        framer.buffer_mut().extend_from_slice(piece);
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

fn read(stream: &[u8]) -> bool {
    let whole = cut(stream, stream.len());
    for pieces in [1, 7, 100] {
        assert_eq!(cut(stream, pieces), whole, "in pieces of {pieces} bytes");
    }
    whole.1.is_none() && !whole.0.is_empty()
}
