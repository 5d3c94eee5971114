//! What runners of cells say, and what is said to them: a runner may have been taken over.

use std::io::Cursor;

use evroute_cell::{FrameReader, FromRunner, ToRunner, write_frame};

use crate::Reader;

pub(crate) const READER: Reader = Reader {
    name: "cell_frames",
    examples,
    words: &[
        "\0\0\0\0",
        "\u{1}\0\0\0",
        "[method]table.get",
        "evroute:htable/htable@0.1.0",
    ],
    read,
    runs: 20_000,
};

/// Far more than an example has, and far less than a length may say.
const BODY_BYTES_MAX: usize = 1 << 16;

fn examples() -> Vec<Vec<u8>> {
    let said = [
        FromRunner::Ready {
            landlock: true,
            seccomp: true,
        }
        .encode(),
        FromRunner::NotReady("no landlock".to_owned()).encode(),
        FromRunner::Loaded.encode(),
        ToRunner::Forget { number: 3 }.encode(),
    ];
    let mut all = Vec::new();
    let mut stream = Vec::new();
    for (kind, body) in said {
        let mut frame = Vec::new();
        // A vector takes whatever is written.
        let _ = write_frame(&mut frame, kind, &body);
        stream.extend_from_slice(&frame);
        all.push(frame);
    }
    all.push(stream);
    all
}

fn read(stream: &[u8]) -> bool {
    let mut reader = FrameReader::new(BODY_BYTES_MAX);
    let mut from = Cursor::new(stream);
    let mut is_one = false;
    while let Ok(Some((kind, body))) = reader.next(&mut from) {
        assert!(body.len() <= BODY_BYTES_MAX, "no longer than may be");
        if let Ok(word) = FromRunner::decode(kind, &body) {
            let (kind, body) = word.encode();
            let again = FromRunner::decode(kind, &body).map(|word| word.encode());
            assert_eq!(again.ok(), Some((kind, body)), "what is read is said again");
            is_one = true;
        }
        if let Ok(word) = ToRunner::decode(kind, &body) {
            let (kind, body) = word.encode();
            let again = ToRunner::decode(kind, &body).map(|word| word.encode());
            assert_eq!(again.ok(), Some((kind, body)), "what is read is said again");
            is_one = true;
        }
    }
    is_one
}
