//! Where a frame ends.

use std::io::{self, ErrorKind, Read, Write};

/// Kind, then the length of the body.
const HEAD_BYTES: usize = 1 + 4;
/// How much is read at once; room is made as it is needed, since a length is only an announcement.
const PIECE_BYTES: usize = 64 << 10;

/// Why no frame can be read any more.
#[derive(Debug, thiserror::Error)]
pub enum CellFrameError {
    /// The other side is gone.
    #[error("the other side has ended")]
    Ended,
    /// The other side announces more than it may send.
    #[error("a frame of {announced} bytes, where {most} are the most")]
    TooLong {
        /// What it announces, in bytes.
        announced: usize,
        /// What it may send, in bytes.
        most: usize,
    },
    /// The system could not read.
    #[error("the socket cannot be read: {0}")]
    Io(io::Error),
}

/// Puts frames together from what a socket gives, which need not be a frame at a time.
#[derive(Debug)]
pub struct FrameReader {
    /// What was read, and how much of it was given out.
    bytes: Vec<u8>,
    body_bytes_max: usize,
}

impl FrameReader {
    /// A reader of frames whose bodies have at most so many bytes.
    #[must_use]
    pub fn new(body_bytes_max: usize) -> Self {
        Self {
            bytes: Vec::new(),
            body_bytes_max,
        }
    }

    /// From now on bodies may have so many bytes.
    pub fn limit(&mut self, body_bytes_max: usize) {
        self.body_bytes_max = body_bytes_max;
    }

    /// The next frame, its kind and its body. None where the socket gives nothing within the time
    /// that it waits for: what has come so far is kept.
    ///
    /// # Errors
    /// [`CellFrameError`]; nothing more can be read then.
    pub fn next(&mut self, from: &mut impl Read) -> Result<Option<(u8, Vec<u8>)>, CellFrameError> {
        loop {
            let missing = match self.whole()? {
                Ok(frame) => return Ok(Some(frame)),
                Err(missing) => missing,
            };
            if !self.read(from, missing)? {
                return Ok(None);
            }
        }
    }

    /// A frame that is there as a whole, or how many bytes are missing at least.
    fn whole(&mut self) -> Result<Result<(u8, Vec<u8>), usize>, CellFrameError> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<HEAD_BYTES>() else {
            return Ok(Err(HEAD_BYTES - self.bytes.len()));
        };
        let [kind, length @ ..] = *head;
        let announced = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if announced > self.body_bytes_max {
            return Err(CellFrameError::TooLong {
                announced,
                most: self.body_bytes_max,
            });
        }
        let Some(body) = rest.get(..announced) else {
            return Ok(Err(announced - rest.len()));
        };
        let body = body.to_vec();
        self.bytes.drain(..HEAD_BYTES + announced);
        Ok(Ok((kind, body)))
    }

    /// Reads some of what is missing; false where nothing comes for now. Never more than that, so
    /// that what is kept is no longer than one frame.
    fn read(&mut self, from: &mut impl Read, missing: usize) -> Result<bool, CellFrameError> {
        let begin = self.bytes.len();
        self.bytes.resize(begin + missing.min(PIECE_BYTES), 0);
        let read = from.read(self.bytes.get_mut(begin..).unwrap_or_default());
        self.bytes.truncate(begin + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => Err(CellFrameError::Ended),
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => Ok(true),
                ErrorKind::WouldBlock | ErrorKind::TimedOut => Ok(false),
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Err(CellFrameError::Ended),
                _ => Err(CellFrameError::Io(error)),
            },
        }
    }
}

/// Writes a frame.
///
/// # Errors
/// The socket's, and one for a body that is longer than a frame can say.
pub fn write_frame(to: &mut impl Write, kind: u8, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len());
    let length = length.map_err(|_| io::Error::other("a frame of more than 4 GiB"))?;
    let mut frame = Vec::with_capacity(HEAD_BYTES + body.len());
    frame.push(kind);
    frame.extend(length.to_le_bytes());
    frame.extend(body);
    to.write_all(&frame)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives what it has in pieces of so many bytes, and nothing for now between them.
    struct Pieces<'a> {
        bytes: &'a [u8],
        piece: usize,
        is_quiet: bool,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.is_quiet = !self.is_quiet;
            if self.is_quiet && !self.bytes.is_empty() {
                return Err(ErrorKind::WouldBlock.into());
            }
            let length = self.piece.min(into.len()).min(self.bytes.len());
            let (now, later) = self.bytes.split_at(length);
            into[..length].copy_from_slice(now);
            self.bytes = later;
            Ok(length)
        }
    }

    fn written(frames: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, body) in frames {
            write_frame(&mut bytes, *kind, body).unwrap();
        }
        bytes
    }

    #[test]
    fn frames_are_read_as_they_were_written_whatever_the_pieces() {
        let long = vec![7; 200_000];
        let frames: &[(u8, &[u8])] = &[(1, b"one"), (2, b""), (3, &long), (255, b"four")];
        let bytes = written(frames);
        for piece in [1, 2, 3, 5, 64, 1 << 20] {
            let mut from = Pieces {
                bytes: &bytes,
                piece,
                is_quiet: false,
            };
            let mut reader = FrameReader::new(long.len());
            let mut read = Vec::new();
            let end = loop {
                match reader.next(&mut from) {
                    Ok(Some(frame)) => read.push(frame),
                    Ok(None) => {}
                    Err(end) => break end,
                }
            };
            assert!(matches!(end, CellFrameError::Ended), "{end}");
            let read: Vec<_> = read.iter().map(|(kind, body)| (*kind, &body[..])).collect();
            assert_eq!(read, frames, "{piece}");
        }
    }

    #[test]
    fn what_is_announced_is_held_against_the_limit_before_there_is_room_for_it() {
        let mut reader = FrameReader::new(10);
        let announced = [&[1][..], &11_u32.to_le_bytes(), &[0; 100]].concat();
        let error = reader.next(&mut announced.as_slice()).unwrap_err();
        let CellFrameError::TooLong { announced, most } = error else {
            panic!("{error}");
        };
        assert_eq!((announced, most), (11, 10));
        // One that may be long and never comes takes one piece of room.
        let mut reader = FrameReader::new(usize::MAX);
        let announced = [&[1][..], &u32::MAX.to_le_bytes(), &[0; 100]].concat();
        let end = reader.next(&mut announced.as_slice()).unwrap_err();
        assert!(matches!(end, CellFrameError::Ended), "{end}");
        assert!(reader.bytes.capacity() <= 4 * PIECE_BYTES);
    }

    #[test]
    fn a_frame_that_is_cut_off_anywhere_is_none() {
        let bytes = written(&[(1, b"0123456789")]);
        for length in 0..bytes.len() {
            let mut reader = FrameReader::new(10);
            let end = reader.next(&mut &bytes[..length]).unwrap_err();
            assert!(matches!(end, CellFrameError::Ended), "{length}: {end}");
        }
    }
}
