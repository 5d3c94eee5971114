//! What a request is told that gets nothing else.

use bytes::Bytes;

use crate::{AnswerFraming, HttpField, HttpReply};

/// A request that gets nothing but this answer, and after it the connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpRefusal {
    /// The status code.
    pub status: u16,
    /// A header field that goes with it.
    field: Option<(&'static str, &'static str)>,
    /// What is wrong and what to do, for people; empty where the code says it.
    text: &'static str,
}

impl HttpRefusal {
    /// There is nothing here.
    pub const NOT_FOUND: Self = Self::new(404, "");
    /// A page that may not.
    pub const FORBIDDEN: Self = Self::new(403, "");
    /// No request that can be read.
    pub const BAD_REQUEST: Self = Self::new(400, "This is no request of HTTP/1.1.\n");
    /// RFC 9112 3.2.
    pub const BAD_HOST: Self = Self::new(400, "Send one Host.\n");
    /// RFC 9112 6.3.
    pub const BAD_LENGTH: Self = Self::new(400, "Send one Content-Length, a number.\n");
    /// What did not come within the time that a message may take.
    pub const TOO_SLOW: Self = Self::new(408, "The request took too long to come.\n");
    /// A body whose length nobody knows, as Kamailio wants it of every request.
    pub const LENGTH_REQUIRED: Self = Self::new(411, "Send a Content-Length.\n");
    /// A body that is too long.
    pub const TOO_LARGE: Self = Self::new(413, "The body is too long.\n");
    /// RFC 9110 10.1.1.
    pub const EXPECTATION: Self = Self::new(417, "Expect 100-continue, or nothing.\n");
    /// RFC 6585 5.
    pub const HEAD_TOO_LARGE: Self =
        Self::new(431, "The header fields are too long, or too many.\n");
    /// Too many requests of one sender are under way.
    pub const TOO_MANY: Self = Self::again(429, "Too many of your requests are under way.\n");
    /// Codings of transfer are not read.
    pub const NOT_IMPLEMENTED: Self = Self::new(
        501,
        "Send a Content-Length in the place of a Transfer-Encoding.\n",
    );
    /// Too many requests are under way, or the tenant has not started.
    pub const UNAVAILABLE: Self = Self::again(503, "Try again.\n");
    /// What answers is broken.
    pub const BROKEN: Self = Self::new(500, "");
    /// A version of WebSocket that is not spoken (RFC 6455 4.4).
    pub const OTHER_WEBSOCKET: Self = Self {
        status: 426,
        field: Some(("Sec-WebSocket-Version", "13")),
        text: "",
    };

    const fn new(status: u16, text: &'static str) -> Self {
        Self {
            status,
            field: None,
            text,
        }
    }

    const fn again(status: u16, text: &'static str) -> Self {
        Self {
            status,
            field: Some(("Retry-After", "1")),
            text,
        }
    }

    /// The answer as it goes out.
    #[must_use]
    pub fn print(&self, seconds: u64) -> Vec<u8> {
        let field = |(name, value): (&str, &'static str)| HttpField {
            name: name.to_owned(),
            value: Bytes::from_static(value.as_bytes()),
        };
        let is_said = !self.text.is_empty();
        let kind = is_said.then_some(("Content-Type", "text/plain"));
        let reply = HttpReply {
            status: self.status,
            reason: None,
            fields: self.field.into_iter().chain(kind).map(field).collect(),
            body: Bytes::from_static(self.text.as_bytes()),
        };
        let framing = AnswerFraming {
            closes: true,
            has_body: true,
            seconds,
        };
        reply.print(&framing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do_and_that_nothing_follows() {
        let text = String::from_utf8(HttpRefusal::LENGTH_REQUIRED.print(0)).unwrap();
        assert_eq!(
            text,
            "HTTP/1.1 411 Length Required\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
             Content-Type: text/plain\r\nContent-Length: 23\r\nConnection: close\r\n\r\n\
             Send a Content-Length.\n"
        );
        let text = String::from_utf8(HttpRefusal::OTHER_WEBSOCKET.print(0)).unwrap();
        assert!(text.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{text}");
        assert!(text.ends_with("Content-Length: 0\r\nConnection: close\r\n\r\n"));
    }
}
