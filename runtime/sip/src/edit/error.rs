//! Why an edit was refused.

use crate::header::HeaderError;
use crate::uri::UriError;

/// Why an edit was refused; the message is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// CR, LF or NUL in a value: it could end the line and add header fields.
    #[error("CR, LF and NUL are not allowed")]
    ForbiddenByte,
    /// The header field name is not a token.
    #[error("not a header field name")]
    BadName,
    /// Content-Length follows the body; it is not set by hand.
    #[error("Content-Length follows the body")]
    ContentLength,
    /// There is no header field of that name to edit.
    #[error("no such header field")]
    NoSuchHeader,
    /// A Request-URI was set on a response, or a status on a request.
    #[error("not a request")]
    NotARequest,
    /// The new URI is none.
    #[error("bad URI: {0}")]
    BadUri(#[from] UriError),
    /// The header field to be changed, or its new value, cannot be read.
    #[error("bad header field: {0}")]
    BadHeader(#[from] HeaderError),
    /// The method is not a token.
    #[error("bad method")]
    BadMethod,
    /// The status code is not from 100 to 699.
    #[error("bad status code")]
    BadStatus,
    /// A header field that the message needs was not given.
    #[error("a mandatory header field is missing")]
    MissingHeader,
    /// More header fields than [`Limits::headers_max`](crate::Limits::headers_max).
    #[error("too many header fields")]
    TooManyHeaders,
    /// A line above [`Limits::line_bytes_max`](crate::Limits::line_bytes_max).
    #[error("the line is too long")]
    LineTooLong,
    /// A message above [`Limits::message_bytes_max`](crate::Limits::message_bytes_max).
    #[error("the message is too long")]
    MessageTooLong,
}
