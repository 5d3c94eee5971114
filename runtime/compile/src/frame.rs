//! What a compiler writes, and how it is read by somebody who need not believe it.

use std::io::{self, Read, Write};

use evroute_confine::Confined;

/// A frame begins with this.
const MAGIC: &[u8; 8] = b"evrcode\x01";
/// Magic, kind, isolation, length.
const HEAD_BYTES: usize = 8 + 1 + 1 + 8;
/// The longest sentence of a child.
const SENTENCE_BYTES_MAX: usize = 4096;

const CODE: u8 = 0;
const REFUSED: u8 = 1;
const FAULT: u8 = 2;
const LANDLOCK: u8 = 1;
const SECCOMP: u8 = 2;

/// What a compiler answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The fingerprint of its engine, then the code.
    Code(Vec<u8>),
    /// What is wrong with the component.
    Refused(String),
    /// What is wrong with the compiler or the system.
    Fault(String),
}

/// An answer, and what the compiler was shut in with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) answer: Answer,
    pub(crate) confined: Confined,
}

/// Begins a frame; what it announces follows.
pub(crate) fn write(to: &mut impl Write, frame: &Frame) -> io::Result<()> {
    let (kind, body) = match &frame.answer {
        Answer::Code(code) => (CODE, code.as_slice()),
        Answer::Refused(why) => (REFUSED, cut(why)),
        Answer::Fault(why) => (FAULT, cut(why)),
    };
    let landlock = if frame.confined.landlock { LANDLOCK } else { 0 };
    let seccomp = if frame.confined.seccomp { SECCOMP } else { 0 };
    to.write_all(MAGIC)?;
    to.write_all(&[kind, landlock | seccomp])?;
    to.write_all(&(body.len() as u64).to_le_bytes())?;
    to.write_all(body)?;
    to.flush()
}

fn cut(sentence: &str) -> &[u8] {
    let mut end = sentence.len().min(SENTENCE_BYTES_MAX);
    while !sentence.is_char_boundary(end) {
        end -= 1;
    }
    sentence.get(..end).unwrap_or_default().as_bytes()
}

/// Reads a frame with at most so many bytes of code. None for what is no frame, or is not whole.
pub(crate) fn read(from: &mut impl Read, code_bytes_max: usize) -> Option<Frame> {
    let mut head = [0; HEAD_BYTES];
    from.read_exact(&mut head).ok()?;
    let (magic, rest) = head.split_at_checked(MAGIC.len())?;
    let ([kind, isolation], length) = rest.split_first_chunk()?;
    let length = u64::from_le_bytes(length.try_into().ok()?);
    let length = usize::try_from(length).ok()?;
    let most = match *kind {
        CODE => code_bytes_max,
        REFUSED | FAULT => SENTENCE_BYTES_MAX,
        _ => return None,
    };
    if magic != MAGIC || length > most {
        return None;
    }
    let mut body = Vec::new();
    // Room is made as it is needed: a length is only an announcement.
    let most = u64::try_from(length).unwrap_or(u64::MAX);
    from.take(most).read_to_end(&mut body).ok()?;
    if body.len() != length {
        return None;
    }
    let sentence = |body: Vec<u8>| String::from_utf8_lossy(&body).into_owned();
    Some(Frame {
        answer: match *kind {
            CODE => Answer::Code(body),
            REFUSED => Answer::Refused(sentence(body)),
            _ => Answer::Fault(sentence(body)),
        },
        confined: Confined {
            landlock: isolation & LANDLOCK != 0,
            seccomp: isolation & SECCOMP != 0,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFINED: Confined = Confined {
        landlock: true,
        seccomp: false,
    };

    fn written(answer: Answer) -> Vec<u8> {
        let mut bytes = Vec::new();
        let frame = Frame {
            answer,
            confined: CONFINED,
        };
        write(&mut bytes, &frame).unwrap();
        bytes
    }

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        for answer in [
            Answer::Code(vec![1, 2, 3]),
            Answer::Refused("no".to_owned()),
            Answer::Fault(String::new()),
        ] {
            let bytes = written(answer);
            let frame = read(&mut bytes.as_slice(), 3).unwrap();
            assert_eq!(frame.confined, CONFINED);
            assert_eq!(written(frame.answer), bytes);
        }
        let long = written(Answer::Refused("ä".repeat(5000)));
        let Answer::Refused(sentence) = read(&mut long.as_slice(), 0).unwrap().answer else {
            panic!("it is a refusal");
        };
        assert_eq!(sentence.len(), SENTENCE_BYTES_MAX);
    }

    #[test]
    fn what_is_not_whole_or_too_long_is_no_frame() {
        let bytes = written(Answer::Code(vec![7; 100]));
        for length in 0..bytes.len() {
            assert_eq!(read(&mut &bytes[..length], 100), None, "{length}");
        }
        assert_eq!(read(&mut bytes.as_slice(), 99), None);
        let mut announced = bytes.clone();
        announced[10..18].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(read(&mut announced.as_slice(), usize::MAX), None);
        for at in 0..9 {
            let mut other = bytes.clone();
            other[at] ^= 0x40;
            assert_eq!(read(&mut other.as_slice(), 100), None, "{at}");
        }
    }
}
