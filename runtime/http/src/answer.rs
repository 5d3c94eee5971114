//! An answer, and how it goes out.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;

use crate::{HttpField, http_date};

/// The longest reason phrase, in bytes.
pub const REASON_BYTES_MAX: usize = 255;

/// An answer. What of it cannot be sent is left out when it is printed, see [`HttpField::check`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpReply {
    /// The status code, 200 to 599.
    pub status: u16,
    /// The reason phrase; none means the usual one.
    pub reason: Option<String>,
    /// Header fields in their order, without those that the server writes.
    pub fields: Vec<HttpField>,
    /// The body.
    pub body: Bytes,
}

/// What the connection and the request have to say about an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnswerFraming {
    /// Whether the connection is closed behind it.
    pub closes: bool,
    /// False for the answer to HEAD, which says how long the body would be (RFC 9110 9.3.2).
    pub has_body: bool,
    /// When it is, in seconds since 1970.
    pub seconds: u64,
}

impl HttpReply {
    /// An answer of a code alone.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        Self {
            status,
            reason: None,
            fields: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// How many bytes it takes, but for what the server adds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let fields = self.fields.iter();
        let fields = fields.map(|field| field.name.len() + field.value.len() + 4);
        fields.fold(self.body.len(), usize::saturating_add)
    }

    /// The answer as it goes out. Its end is where it says, whatever a handler has put into it.
    #[must_use]
    pub fn print(&self, framing: &AnswerFraming) -> Vec<u8> {
        let status = self.status;
        let reason = match &self.reason {
            Some(reason) => clean_reason(reason),
            None => Cow::Borrowed(usual_reason(status)),
        };
        let mut head = format!("HTTP/1.1 {status} {reason}\r\n");
        let _ = write!(head, "Date: {}\r\n", http_date(framing.seconds));
        let mut out = head.into_bytes();
        for field in self.fields.iter().filter(|field| field.check().is_ok()) {
            out.extend_from_slice(field.name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(&field.value);
            out.extend_from_slice(b"\r\n");
        }
        // RFC 9110 8.6: none with 204; with 304 it would be that of a 200.
        let is_empty = matches!(status, 204 | 304);
        if !is_empty {
            let length = self.body.len();
            out.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
        }
        if framing.closes {
            out.extend_from_slice(b"Connection: close\r\n");
        }
        out.extend_from_slice(b"\r\n");
        if framing.has_body && !is_empty {
            out.extend_from_slice(&self.body);
        }
        out
    }
}

/// A reason phrase as a status line takes it: control characters become spaces, what is too long is
/// cut between two characters.
#[must_use]
pub fn clean_reason(reason: &str) -> Cow<'_, str> {
    let end = reason.floor_char_boundary(REASON_BYTES_MAX);
    let cut = reason.get(..end).unwrap_or_default();
    match cut.contains(char::is_control) {
        true => Cow::Owned(cut.replace(char::is_control, " ")),
        false => Cow::Borrowed(cut),
    }
}

/// The usual reason phrase (RFC 9110 15), empty where the code is unusual.
#[must_use]
pub const fn usual_reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        422 => "Unprocessable Content",
        426 => "Upgrade Required",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: &str) -> HttpField {
        HttpField {
            name: name.to_owned(),
            value: Bytes::copy_from_slice(value.as_bytes()),
        }
    }

    fn printed(reply: &HttpReply, has_body: bool) -> String {
        let framing = AnswerFraming {
            closes: false,
            has_body,
            seconds: 0,
        };
        String::from_utf8(reply.print(&framing)).unwrap()
    }

    #[test]
    fn an_answer_ends_where_the_server_says() {
        let reply = HttpReply {
            status: 200,
            reason: Some("Fine\r\nSet-Cookie: a=b".to_owned()),
            fields: vec![
                field("Content-Type", "text/plain"),
                field("Content-Length", "1"),
                field("transfer-encoding", "chunked"),
                field("X-A", "1\r\n\r\nHTTP/1.1 200 OK"),
                field("X-B\r\nX-C", "2"),
                field("X-D", "4"),
            ],
            body: Bytes::from_static(b"hello"),
        };
        let head = "HTTP/1.1 200 Fine  Set-Cookie: a=b\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
                    Content-Type: text/plain\r\nX-D: 4\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(printed(&reply, true), format!("{head}hello"));
        assert_eq!(printed(&reply, false), head, "to HEAD");
    }

    #[test]
    fn what_has_no_content_has_none() {
        for status in [204, 304] {
            let mut reply = HttpReply::of(status);
            reply.body = Bytes::from_static(b"hello");
            let text = printed(&reply, true);
            assert!(
                !text.contains("Content-Length") && text.ends_with("\r\n\r\n"),
                "{text}"
            );
        }
    }
}
