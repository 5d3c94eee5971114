//! Where a message ends on a stream (RFC 3261 18.3, 7.5; keep-alives of RFC 5626 3.5.1).

use bytes::Bytes;

use crate::limits::Limits;
use crate::parse::{leading_line_ends, parse_head};
use crate::parse_error::{ParseError, ParseErrorKind};
use crate::salvage::Salvage;

/// What the bytes at the front of a stream are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Not enough bytes yet.
    Incomplete,
    /// The first `len` bytes are line ends. Four bytes are a ping, to be answered with
    /// CRLF; two are a pong or padding.
    LineEnds {
        /// Bytes to take off the stream.
        len: usize,
    },
    /// The first `len` bytes are one message for [`Message::parse`](crate::Message::parse).
    Message {
        /// Bytes to take off the stream.
        len: usize,
    },
}

/// Finds message after message in a growing buffer. It remembers how far it has looked, so
/// that a peer who sends byte by byte costs no more than one who does not.
#[derive(Clone, Debug)]
pub struct FrameScanner {
    limits: Limits,
    /// Start of the first line not yet seen complete.
    line_start: usize,
    /// Length of the message, once its header fields are complete.
    message_len: Option<usize>,
}

impl FrameScanner {
    /// A scanner at the start of a stream.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            line_start: 0,
            message_len: None,
        }
    }

    /// Looks at the stream's bytes that have not been taken off yet. After anything but
    /// [`Frame::Incomplete`] take `len` bytes off the front before the next call.
    ///
    /// # Errors
    /// Header fields that do not parse, no Content-Length, or more bytes than the limits
    /// allow. Answer and close: the stream cannot be read any further.
    pub fn scan(&mut self, buffer: &[u8]) -> Result<Frame, ParseError> {
        if self.line_start == 0 {
            match leading_line_ends(buffer) {
                0 => {}
                // A lone CR may be the first half of a CRLF.
                len if len == buffer.len() && buffer.last() == Some(&b'\r') => {
                    return Ok(Frame::Incomplete);
                }
                len => return Ok(Frame::LineEnds { len }),
            }
        }
        if self.message_len.is_none() {
            self.message_len = self
                .find_end(buffer)
                .map_err(|kind| self.error(kind, buffer))?;
        }
        match self.message_len {
            Some(len) if len <= buffer.len() => {
                *self = Self::new(self.limits);
                Ok(Frame::Message { len })
            }
            None if buffer.len() > self.limits.message_bytes_max => {
                Err(self.error(ParseErrorKind::MessageTooLong, buffer))
            }
            Some(_) | None => Ok(Frame::Incomplete),
        }
    }

    /// The message's length, once the empty line is there.
    fn find_end(&mut self, buffer: &[u8]) -> Result<Option<usize>, ParseErrorKind> {
        let head_end = loop {
            let rest = buffer.get(self.line_start..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else {
                return Ok(None);
            };
            let is_blank = matches!(rest.get(..end), Some([] | [b'\r']));
            self.line_start += end + 1;
            if is_blank {
                break self.line_start;
            }
        };
        let head = parse_head(buffer.get(..head_end).unwrap_or_default(), &self.limits)?;
        let body_len = head
            .content_length
            .ok_or(ParseErrorKind::MissingContentLength)?;
        let len = head_end.saturating_add(body_len);
        if len > self.limits.message_bytes_max {
            return Err(ParseErrorKind::MessageTooLong);
        }
        Ok(Some(len))
    }

    fn error(&self, kind: ParseErrorKind, buffer: &[u8]) -> ParseError {
        let end = buffer.len().min(self.limits.message_bytes_max);
        let kept = Bytes::copy_from_slice(buffer.get(..end).unwrap_or_default());
        ParseError {
            kind,
            salvage: Salvage::of(&kept, &self.limits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[u8] = b"OPTIONS sip:h SIP/2.0\r\nX: \r\n a\r\nl: 3\r\n\r\nabc";

    fn all_frames(stream: &[u8], step: usize) -> Vec<Frame> {
        let mut scanner = FrameScanner::new(Limits::DEFAULT);
        let (mut buffer, mut frames) = (Vec::new(), Vec::new());
        for chunk in stream.chunks(step) {
            buffer.extend_from_slice(chunk);
            loop {
                let frame = scanner.scan(&buffer).unwrap();
                match frame {
                    Frame::Incomplete => break,
                    Frame::LineEnds { len } | Frame::Message { len } => drop(buffer.drain(..len)),
                }
                frames.push(frame);
            }
        }
        assert!(buffer.is_empty());
        frames
    }

    #[test]
    fn messages_are_found_however_the_bytes_arrive() {
        let stream = [ONE, ONE, b"\r\n\r\n", ONE].concat();
        let message = Frame::Message { len: ONE.len() };
        for step in 1..stream.len() {
            let frames = all_frames(&stream, step);
            let messages = frames.iter().filter(|frame| **frame == message).count();
            assert_eq!(messages, 3, "chunks of {step}");
        }
        assert_eq!(
            all_frames(&stream, stream.len()),
            [message, message, Frame::LineEnds { len: 4 }, message]
        );
    }

    #[test]
    fn a_stream_that_cannot_be_framed_is_an_error() {
        let scan = |text: &[u8]| {
            FrameScanner::new(Limits::DEFAULT)
                .scan(text)
                .unwrap_err()
                .kind
        };
        assert_eq!(
            scan(b"OPTIONS sip:h SIP/2.0\r\n\r\n"),
            ParseErrorKind::MissingContentLength
        );
        assert_eq!(
            scan(b"OPTIONS sip:h SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n"),
            ParseErrorKind::ConflictingContentLength
        );
        assert_eq!(
            scan(b"OPTIONS sip:h SIP/2.0\r\nl: 65535\r\n\r\n"),
            ParseErrorKind::MessageTooLong
        );
        assert_eq!(
            scan(b"GET / HTTP/1.1\r\n\r\n"),
            ParseErrorKind::BadStartLine
        );
        assert_eq!(scan(&[b'a'; 65_536]), ParseErrorKind::MessageTooLong);
    }
}
