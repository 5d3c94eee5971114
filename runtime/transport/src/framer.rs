//! Where messages end on a stream (RFC 3261 7.5, 18.3) and keep-alives (RFC 5626 3.5.1).
//!
//! Only what decides the borders is read: line ends and Content-Length. A message with a bad
//! header field but a good length is a frame like any other, so that one bad message does
//! not take down a connection that many callers share.

use bytes::{Bytes, BytesMut};

use crate::config::FramingLimits;

/// The longest body that is skipped: behind a longer one nobody waits for the next message.
const SKIPPED_BYTES_MAX: usize = 1 << 20;

/// What was found at the front of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// One message: start line to end of body. Line ends before it are gone.
    Message(Bytes),
    /// Start line and header fields of a message that is longer than
    /// [`FramingLimits::message_bytes_max`]. Its body is skipped, and the stream goes on behind it.
    Oversized(Bytes),
    /// CRLF CRLF between messages: answer with CRLF (RFC 5626 4.4.1).
    Ping,
}

/// Why a stream cannot be cut into messages any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Start line and header fields are longer than
    /// [`FramingLimits::header_bytes_max`].
    #[error("the header fields are too long")]
    HeaderTooLong,
    /// The message is longer than [`FramingLimits::message_bytes_max`], and its body longer than
    /// what is read to find the next one.
    #[error("the body is too long")]
    BodyTooLong,
    /// No Content-Length, which a stream needs (RFC 3261 18.3, 20.14).
    #[error("Content-Length is missing")]
    MissingContentLength,
    /// Content-Length is not a number.
    #[error("bad Content-Length")]
    BadContentLength,
    /// Two Content-Length fields differ: two hops would see different borders.
    #[error("two Content-Length fields differ")]
    ConflictingContentLength,
    /// It is no message of SIP, but a request of HTTP.
    #[error("a request of HTTP")]
    Http,
    /// CR without LF among the header fields: a line end to some, not to others.
    #[error("CR without LF")]
    BareCr,
}

/// Cuts one stream into frames. Put received bytes into [`buffer_mut`](Self::buffer_mut),
/// then take frames with [`next_frame`](Self::next_frame) until there are none. How the
/// bytes are divided between reads changes nothing. Reading only when `next_frame` has
/// returned `None` bounds the buffer by the limits plus one read.
#[derive(Debug)]
pub struct Framer {
    limits: FramingLimits,
    buffer: BytesMut,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// No byte of a message yet.
    Between(Gap),
    /// The header fields have not ended yet; the line at `line_start` is not complete.
    Header { line_start: usize },
    /// The message is complete at `len` bytes.
    Body { len: usize },
    /// The message is longer than may be; its header fields end at `header_len`.
    Oversized { header_len: usize, body_len: usize },
    /// So many bytes of a body are not for us.
    Skip { left: usize },
    /// The borders are lost.
    Broken(FrameError),
}

/// Line ends since the last message or ping.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    crlfs: u8,
    is_after_cr: bool,
}

impl Framer {
    /// A framer at the start of a stream.
    #[must_use]
    pub fn new(limits: FramingLimits) -> Self {
        Self {
            limits,
            buffer: BytesMut::new(),
            state: State::Between(Gap::default()),
        }
    }

    /// Where received bytes are appended.
    pub fn buffer_mut(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Whether a message has begun and is not complete.
    #[must_use]
    pub fn has_partial(&self) -> bool {
        match self.state {
            State::Between(_) => false,
            State::Header { .. }
            | State::Body { .. }
            | State::Oversized { .. }
            | State::Skip { .. }
            | State::Broken(_) => true,
        }
    }

    /// Takes all bytes that are left: after an error, the bad message as far as it came.
    pub fn take_rest(&mut self) -> Bytes {
        self.buffer.split().freeze()
    }

    /// The next frame; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`], from then on at every call: the stream is of no more use.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            match self.state {
                State::Between(gap) => match self.skip_line_ends(gap) {
                    Some(frame) => return Ok(Some(frame)),
                    None if self.buffer.is_empty() => return Ok(None),
                    None => self.state = State::Header { line_start: 0 },
                },
                State::Header { line_start } => match self.find_len(line_start) {
                    Ok(Some(state)) => self.state = state,
                    Ok(None) => return Ok(None),
                    Err(error) => self.state = State::Broken(error),
                },
                State::Body { len } if len <= self.buffer.len() => {
                    self.state = State::Between(Gap::default());
                    return Ok(Some(Frame::Message(self.buffer.split_to(len).freeze())));
                }
                State::Body { .. } => return Ok(None),
                State::Oversized {
                    header_len,
                    body_len,
                } => {
                    self.state = State::Skip { left: body_len };
                    let header = self.buffer.split_to(header_len).freeze();
                    return Ok(Some(Frame::Oversized(header)));
                }
                State::Skip { left } => {
                    let here = left.min(self.buffer.len());
                    drop(self.buffer.split_to(here));
                    if here < left {
                        self.state = State::Skip { left: left - here };
                        return Ok(None);
                    }
                    self.state = State::Between(Gap::default());
                }
                State::Broken(error) => return Err(error),
            }
        }
    }

    /// Takes line ends off the front, up to a ping.
    fn skip_line_ends(&mut self, mut gap: Gap) -> Option<Frame> {
        let mut taken = 0;
        let mut found = None;
        for byte in &self.buffer {
            match byte {
                b'\r' => gap.is_after_cr = true,
                b'\n' => {
                    gap.crlfs += u8::from(gap.is_after_cr);
                    gap.is_after_cr = false;
                }
                _ => break,
            }
            taken += 1;
            if gap.crlfs == 2 {
                gap.crlfs = 0;
                found = Some(Frame::Ping);
                break;
            }
        }
        drop(self.buffer.split_to(taken));
        self.state = State::Between(gap);
        found
    }

    /// How long the message is, once its empty line is there.
    fn find_len(&mut self, mut line_start: usize) -> Result<Option<State>, FrameError> {
        let header_len = loop {
            let rest = self.buffer.get(line_start..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.state = State::Header { line_start };
                let is_too_long = self.buffer.len() > self.limits.header_bytes_max;
                return if is_too_long {
                    Err(FrameError::HeaderTooLong)
                } else {
                    Ok(None)
                };
            };
            if line_start == 0 && is_http(rest.get(..end).unwrap_or_default()) {
                return Err(FrameError::Http);
            }
            let is_blank = matches!(rest.get(..end), Some([] | [b'\r']));
            line_start += end + 1;
            if is_blank {
                break line_start;
            }
        };
        if header_len > self.limits.header_bytes_max {
            return Err(FrameError::HeaderTooLong);
        }
        let body_len = content_length(self.buffer.get(..header_len).unwrap_or_default())?;
        let len = header_len.saturating_add(body_len);
        if len <= self.limits.message_bytes_max {
            Ok(Some(State::Body { len }))
        } else if body_len <= SKIPPED_BYTES_MAX {
            Ok(Some(State::Oversized {
                header_len,
                body_len,
            }))
        } else {
            Err(FrameError::BodyTooLong)
        }
    }
}

/// Whether the first line is that of a request of HTTP (RFC 9112 3), which would pass for the first
/// of a message whose length is missing.
fn is_http(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    line.ends_with(b" HTTP/1.1") || line.ends_with(b" HTTP/1.0")
}

/// What Content-Length says. `header` ends with the empty line.
fn content_length(header: &[u8]) -> Result<usize, FrameError> {
    if has_bare_cr(header) {
        return Err(FrameError::BareCr);
    }
    let mut found = None;
    let mut rest = header;
    while let Some((field, tail)) = split_field(rest) {
        if let Some(value) = length_value(field) {
            let length = decimal(value).ok_or(FrameError::BadContentLength)?;
            if found.is_some_and(|before| before != length) {
                return Err(FrameError::ConflictingContentLength);
            }
            found = Some(length);
        }
        rest = tail;
    }
    found.ok_or(FrameError::MissingContentLength)
}

fn has_bare_cr(header: &[u8]) -> bool {
    memchr::memchr_iter(b'\r', header).any(|at| header.get(at + 1) != Some(&b'\n'))
}

/// The first line with the lines folded under it (RFC 3261 7.3.1), and what follows.
fn split_field(header: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut len = 0;
    loop {
        len += memchr::memchr(b'\n', header.get(len..)?)? + 1;
        if !matches!(header.get(len), Some(b' ' | b'\t')) {
            return header.split_at_checked(len);
        }
    }
}

/// The value of a Content-Length field, long or compact form; `None` for any other field.
fn length_value(field: &[u8]) -> Option<&[u8]> {
    // Cheap test first: this runs for every line of every message.
    if !matches!(field.first(), Some(b'c' | b'C' | b'l' | b'L')) {
        return None;
    }
    let colon = memchr::memchr(b':', field)?;
    let (name, value) = field.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    let is_length = name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l");
    is_length.then(|| value.get(1..).unwrap_or_default().trim_ascii())
}

/// Digits only. What is too large for the type is the largest, and past every limit.
fn decimal(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0_usize, |number, digit| {
        number
            .saturating_mul(10)
            .saturating_add(usize::from(digit - b'0'))
    }))
}

#[cfg(test)]
mod tests;
