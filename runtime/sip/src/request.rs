//! Requests we make: from parts, and the ACK and CANCEL that belong to an INVITE.

use bytes::Bytes;

use crate::edit::{EditError, check_text};
use crate::grammar::token;
use crate::header::{HeaderError, HeaderName, NameAddr, Via};
use crate::message::Message;
use crate::method::Method;
use crate::parse::Framing;
use crate::uri::Uri;

/// RFC 3261 8.1.1.6.
const MAX_FORWARDS_FIRST: u32 = 70;

/// Collects the parts of a request; [`build`](RequestBuilder::build) checks them. Via is
/// not among the parts: it is added where the request is sent.
#[derive(Clone, Debug)]
#[must_use]
pub struct RequestBuilder {
    method: String,
    uri: String,
    from: Option<String>,
    to: Option<String>,
    call_id: Option<String>,
    cseq: u32,
    max_forwards: u32,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<(String, Bytes)>,
}

impl RequestBuilder {
    /// A request with CSeq 1 and Max-Forwards 70.
    pub fn new<'m>(method: impl Into<Method<'m>>, uri: &str) -> Self {
        Self {
            method: method.into().as_str().to_owned(),
            uri: uri.to_owned(),
            from: None,
            to: None,
            call_id: None,
            cseq: 1,
            max_forwards: MAX_FORWARDS_FIRST,
            headers: Vec::new(),
            body: None,
        }
    }

    /// From, tag included: `<sip:alice@example.com>;tag=1`. Mandatory.
    pub fn from(mut self, value: &str) -> Self {
        self.from = Some(value.to_owned());
        self
    }

    /// To. Mandatory.
    pub fn to(mut self, value: &str) -> Self {
        self.to = Some(value.to_owned());
        self
    }

    /// Call-ID. Mandatory.
    pub fn call_id(mut self, value: &str) -> Self {
        self.call_id = Some(value.to_owned());
        self
    }

    /// The CSeq number, below 2^31.
    pub fn cseq(mut self, number: u32) -> Self {
        self.cseq = number;
        self
    }

    /// Max-Forwards, at most 255.
    pub fn max_forwards(mut self, hops: u32) -> Self {
        self.max_forwards = hops;
        self
    }

    /// Adds a header field; order is kept.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// The body and its Content-Type.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = Some((content_type.to_owned(), body.into()));
        self
    }

    /// The request.
    ///
    /// # Errors
    /// When a mandatory part is missing, a part is not what its place allows, or a limit
    /// is passed.
    pub fn build(&self) -> Result<Message, EditError> {
        token(self.method.as_bytes()).ok_or(EditError::BadMethod)?;
        Uri::parse(self.uri.as_bytes())?;
        let from = self.from.as_deref().ok_or(EditError::MissingHeader)?;
        let to = self.to.as_deref().ok_or(EditError::MissingHeader)?;
        let call_id = self.call_id.as_deref().ok_or(EditError::MissingHeader)?;
        NameAddr::parse(from.as_bytes())?;
        NameAddr::parse(to.as_bytes())?;
        if call_id.trim().is_empty() {
            return Err(EditError::BadHeader(HeaderError::Empty));
        }
        if self.cseq >= 1 << 31 || self.max_forwards > 255 {
            return Err(EditError::BadHeader(HeaderError::NumberOutOfRange));
        }
        let line = format!("{} {} SIP/2.0\r\n\r\n", self.method, self.uri);
        let mut message = parse_own(line.into_bytes())?;
        message.append_header(HeaderName::MaxForwards, self.max_forwards.to_string())?;
        message.append_header(HeaderName::From, from)?;
        message.append_header(HeaderName::To, to)?;
        message.append_header(HeaderName::CallId, call_id)?;
        message.append_header(HeaderName::CSeq, format!("{} {}", self.cseq, self.method))?;
        for (name, value) in &self.headers {
            message.append_header(name, value)?;
        }
        match &self.body {
            Some((content_type, body)) => message.set_body(Some(content_type), body.clone())?,
            None => message.set_body(None, Bytes::new())?,
        }
        parse_own(message.print().into())
    }
}

impl Message {
    /// The ACK to a final response other than 2xx (RFC 3261 17.1.1.3). `invite` is the
    /// request as it was sent, our Via on top; the ACK goes where that went.
    ///
    /// # Errors
    /// When `invite` is no request or lacks a header field the ACK copies.
    pub fn ack_for(invite: &Message, response: &Message) -> Result<Message, EditError> {
        let to = response
            .header(HeaderName::To)
            .ok_or(EditError::MissingHeader)?;
        invite.follow_up(Method::Ack, &to)
    }

    /// The CANCEL of a request (RFC 3261 9.1). `request` is the request as it was sent,
    /// our Via on top; the CANCEL goes where that went.
    ///
    /// # Errors
    /// When `request` is no request or lacks a header field the CANCEL copies.
    pub fn cancel_for(request: &Message) -> Result<Message, EditError> {
        let to = request
            .header(HeaderName::To)
            .ok_or(EditError::MissingHeader)?;
        request.follow_up(Method::Cancel, &to)
    }

    /// Same Request-URI, top Via, From, Call-ID, CSeq number and Routes; nothing else.
    fn follow_up(&self, method: Method<'_>, to: &[u8]) -> Result<Message, EditError> {
        let uri = self.request_uri().ok_or(EditError::NotARequest)?;
        let via: Via<'_> = self.top_via()?;
        let via = crate::grammar::unfold(via.raw());
        let from = self
            .header(HeaderName::From)
            .ok_or(EditError::MissingHeader)?;
        let call_id = self
            .header(HeaderName::CallId)
            .ok_or(EditError::MissingHeader)?;
        let cseq = format!("{} {method}", self.cseq()?.number);
        let max_forwards = MAX_FORWARDS_FIRST.to_string();
        let mut text = format!("{method} {uri} SIP/2.0\r\n").into_bytes();
        write_line(&mut text, HeaderName::Via, &via);
        for route in self.headers(HeaderName::Route) {
            write_line(&mut text, HeaderName::Route, &crate::grammar::unfold(route));
        }
        for (name, value) in [
            (HeaderName::MaxForwards, max_forwards.as_bytes()),
            (HeaderName::From, &*from),
            (HeaderName::To, to),
            (HeaderName::CallId, &*call_id),
            (HeaderName::CSeq, cseq.as_bytes()),
            (HeaderName::ContentLength, b"0"),
        ] {
            write_line(&mut text, name, value);
        }
        text.extend_from_slice(b"\r\n");
        parse_own(text)
    }
}

pub(crate) fn write_line(text: &mut Vec<u8>, name: HeaderName<'_>, value: &[u8]) {
    text.extend_from_slice(name.as_str().as_bytes());
    text.extend_from_slice(b": ");
    text.extend_from_slice(value);
    text.extend_from_slice(b"\r\n");
}

/// Reads back what we wrote ourselves. It fails only where the text is past a limit.
pub(crate) fn parse_own(text: Vec<u8>) -> Result<Message, EditError> {
    use crate::parse_error::ParseErrorKind as Kind;
    Message::parse(text.into(), Framing::Datagram).map_err(|error| match error.kind {
        Kind::HeaderTooLong | Kind::StartLineTooLong => EditError::LineTooLong,
        Kind::TooManyHeaders | Kind::TooManyVias => EditError::TooManyHeaders,
        Kind::BadMethod => EditError::BadMethod,
        Kind::BadStatusCode => EditError::BadStatus,
        Kind::BadStartLine | Kind::BadRequestUri => {
            EditError::BadUri(crate::UriError::BadCharacter)
        }
        Kind::BareCr | Kind::MissingColon | Kind::BadHeaderName | Kind::MissingBlankLine => {
            EditError::ForbiddenByte
        }
        Kind::BadContentLength | Kind::ConflictingContentLength | Kind::MissingContentLength => {
            EditError::ContentLength
        }
        Kind::Empty | Kind::MessageTooLong | Kind::ShortBody => EditError::MessageTooLong,
    })
}

/// Reason phrases are checked like header values.
pub(crate) fn check_reason(reason: &str) -> Result<(), EditError> {
    check_text(reason.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: &Message) -> String {
        String::from_utf8(message.print().to_vec()).unwrap()
    }

    fn invite() -> RequestBuilder {
        RequestBuilder::new(Method::Invite, "sip:bob@b.example.com")
            .from("<sip:alice@a.example.com>;tag=1")
            .to("<sip:bob@b.example.com>")
            .call_id("c1@h")
            .cseq(7)
            .header("Route", "<sip:p1;lr>, <sip:p2;lr>")
            .body("application/sdp", "v=0\r\n")
    }

    #[test]
    fn a_request_is_built_from_its_parts() {
        assert_eq!(
            text(&invite().build().unwrap()),
            "INVITE sip:bob@b.example.com SIP/2.0\r\nMax-Forwards: 70\r\n\
             From: <sip:alice@a.example.com>;tag=1\r\nTo: <sip:bob@b.example.com>\r\n\
             Call-ID: c1@h\r\nCSeq: 7 INVITE\r\nRoute: <sip:p1;lr>, <sip:p2;lr>\r\n\
             Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
        );
    }

    #[test]
    fn parts_that_break_the_message_are_refused() {
        assert_eq!(
            invite().header("X", "a\r\nVia: x").build().unwrap_err(),
            EditError::ForbiddenByte
        );
        assert_eq!(
            invite().header("X Y", "a").build().unwrap_err(),
            EditError::BadName
        );
        assert_eq!(
            invite().header("l", "9").build().unwrap_err(),
            EditError::ContentLength
        );
        assert_eq!(
            invite().call_id("a\nb").build().unwrap_err(),
            EditError::ForbiddenByte
        );
        assert_eq!(
            invite().cseq(1 << 31).build().unwrap_err(),
            EditError::BadHeader(HeaderError::NumberOutOfRange)
        );
        assert!(invite().from("\"x <sip:a@b>").build().is_err());
        assert!(RequestBuilder::new("A B", "sip:h").build().is_err());
        assert_eq!(
            RequestBuilder::new(Method::Bye, "sip:h")
                .build()
                .unwrap_err(),
            EditError::MissingHeader
        );
    }

    #[test]
    fn ack_and_cancel_copy_what_the_rfc_says() {
        let mut invite = invite().build().unwrap();
        invite
            .prepend_header("Via", "SIP/2.0/UDP down;branch=z9hG4bKd")
            .unwrap();
        invite
            .prepend_header("Via", "SIP/2.0/UDP us;branch=z9hG4bKu")
            .unwrap();
        let response = Message::response_to(&invite, 486, "Busy Here", Some("t2")).unwrap();
        assert_eq!(
            text(&Message::ack_for(&invite, &response).unwrap()),
            "ACK sip:bob@b.example.com SIP/2.0\r\nVia: SIP/2.0/UDP us;branch=z9hG4bKu\r\n\
             Route: <sip:p1;lr>, <sip:p2;lr>\r\nMax-Forwards: 70\r\n\
             From: <sip:alice@a.example.com>;tag=1\r\nTo: <sip:bob@b.example.com>;tag=t2\r\n\
             Call-ID: c1@h\r\nCSeq: 7 ACK\r\nContent-Length: 0\r\n\r\n"
        );
        let cancel = text(&Message::cancel_for(&invite).unwrap());
        assert!(cancel.starts_with("CANCEL sip:bob@b.example.com SIP/2.0\r\nVia: SIP/2.0/UDP us;"));
        assert!(
            cancel.contains("To: <sip:bob@b.example.com>\r\n") && cancel.contains("CSeq: 7 CANCEL")
        );
    }
}
