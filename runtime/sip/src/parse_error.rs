//! Why bytes are not a message, and what to answer the sender.

use std::fmt;

use crate::message::Message;
use crate::partial_message::PartialMessage;

/// What to do about a message that is not processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseErrorResponse {
    /// Send a response.
    Reply {
        /// The status code.
        code: u16,
        /// The reason phrase.
        reason: &'static str,
    },
    /// Say nothing: it was a response, an ACK, or nothing that could be answered.
    Drop,
}

/// Why bytes are not a message. Any of these closes a stream: where the next message
/// starts is no longer known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseErrorKind {
    /// Nothing but line ends: a keep-alive (RFC 5626 3.5.1).
    #[error("no message, only line ends")]
    Empty,
    /// More bytes than [`Limits::message_bytes_max`](crate::Limits::message_bytes_max).
    #[error("the message is too long")]
    MessageTooLong,
    /// The start line is longer than [`Limits::line_bytes_max`](crate::Limits::line_bytes_max).
    #[error("the start line is too long")]
    StartLineTooLong,
    /// A header field is longer than [`Limits::line_bytes_max`](crate::Limits::line_bytes_max).
    #[error("a header field is too long")]
    HeaderTooLong,
    /// More header fields than [`Limits::headers_max`](crate::Limits::headers_max).
    #[error("too many header fields")]
    TooManyHeaders,
    /// More Via fields than [`Limits::vias_max`](crate::Limits::vias_max).
    #[error("too many Via header fields")]
    TooManyVias,
    /// Neither Request-Line nor Status-Line.
    #[error("bad start line")]
    BadStartLine,
    /// The method is not a token.
    #[error("bad method")]
    BadMethod,
    /// The Request-URI is empty or contains white space, controls or bytes that are not UTF-8.
    #[error("bad Request-URI")]
    BadRequestUri,
    /// Not three digits from 100 to 699.
    #[error("bad status code")]
    BadStatusCode,
    /// CR without LF.
    #[error("CR without LF")]
    BareCr,
    /// A header line without a colon.
    #[error("a header line has no colon")]
    MissingColon,
    /// A header field name that is empty or not a token.
    #[error("bad header field name")]
    BadHeaderName,
    /// The empty line after the header fields is missing.
    #[error("the header fields do not end")]
    MissingBlankLine,
    /// Content-Length is not a number.
    #[error("bad Content-Length")]
    BadContentLength,
    /// Two Content-Length fields differ.
    #[error("two Content-Length fields differ")]
    ConflictingContentLength,
    /// A message on a stream without Content-Length (RFC 3261 20.14).
    #[error("Content-Length is missing")]
    MissingContentLength,
    /// The body is shorter than Content-Length says (RFC 3261 18.3).
    #[error("the body is shorter than Content-Length")]
    ShortBody,
}

impl ParseErrorKind {
    /// Status code and reason phrase for a request refused for this.
    pub fn status(self) -> (u16, &'static str) {
        match self {
            Self::MessageTooLong => (513, "Message Too Large"),
            Self::StartLineTooLong => (414, "Request-URI Too Long"),
            Self::HeaderTooLong => (513, "Header Field Too Long"),
            Self::TooManyHeaders => (513, "Too Many Header Fields"),
            Self::TooManyVias => (483, "Too Many Hops"),
            Self::Empty | Self::BadStartLine => (400, "Bad Request-Line"),
            Self::BadMethod => (400, "Bad Method"),
            Self::BadRequestUri => (400, "Bad Request-URI"),
            Self::BadStatusCode => (400, "Bad Status Code"),
            Self::BareCr => (400, "CR Without LF"),
            Self::MissingColon => (400, "Header Line Without Colon"),
            Self::BadHeaderName => (400, "Bad Header Field Name"),
            Self::MissingBlankLine => (400, "Header Fields Do Not End"),
            Self::BadContentLength => (400, "Bad Content-Length"),
            Self::ConflictingContentLength => (400, "Content-Length Repeated"),
            Self::MissingContentLength => (400, "Content-Length Missing"),
            Self::ShortBody => (400, "Body Shorter Than Content-Length"),
        }
    }
}

/// A refused message: why, and what could be read of it all the same.
#[derive(Clone, Debug)]
pub struct ParseError {
    /// Why.
    pub kind: ParseErrorKind,
    /// What an answer needs, when the bytes looked like a request. Boxed: errors are rare.
    pub partial_message: Option<Box<PartialMessage>>,
}

impl ParseError {
    /// What to answer the sender. Responses and ACK are never answered (RFC 3261 17.1.1.3,
    /// 18.1.2), nor are requests without Via, Call-ID and CSeq: no client could match it.
    pub fn answer(&self) -> ParseErrorResponse {
        match &self.partial_message {
            Some(partial_message) if partial_message.is_answerable() => {
                let (code, reason) = self.kind.status();
                ParseErrorResponse::Reply { code, reason }
            }
            Some(_) | None => ParseErrorResponse::Drop,
        }
    }

    /// The response to send, made of the fields that could be read; `None` to drop.
    pub fn to_response(&self) -> Option<Message> {
        match self.answer() {
            ParseErrorResponse::Reply { code, reason } => {
                self.partial_message.as_ref()?.to_response(code, reason)
            }
            ParseErrorResponse::Drop => None,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for ParseError {}
