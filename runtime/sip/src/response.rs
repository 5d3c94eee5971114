//! Responses we make (RFC 3261 8.2.6).

use crate::edit::EditError;
use crate::grammar::token;
use crate::header::{HeaderError, HeaderName};
use crate::message::Message;
use crate::request::{check_reason, parse_own, write_line};
use crate::tag::tagged;

impl Message {
    /// A response to `request`: Via, From, To, Call-ID and CSeq copied, Timestamp too for
    /// a 100. `to_tag` is added when To has none yet; never to a 100 (RFC 3261 8.2.6.2).
    /// Missing fields are omitted, so that a request refused for that can be answered.
    ///
    /// # Errors
    /// [`EditError::NotARequest`], [`EditError::BadStatus`], [`EditError::ForbiddenByte`]
    /// in the reason phrase, [`EditError::BadHeader`] for a tag that is no token.
    pub fn response_to(
        request: &Message,
        code: u16,
        reason: &str,
        to_tag: Option<&str>,
    ) -> Result<Message, EditError> {
        if !request.is_request() {
            return Err(EditError::NotARequest);
        }
        if !(100..=699).contains(&code) {
            return Err(EditError::BadStatus);
        }
        check_reason(reason)?;
        if to_tag.is_some_and(|tag| token(tag.as_bytes()).is_none()) {
            return Err(EditError::BadHeader(HeaderError::NotText));
        }
        let mut text = Vec::with_capacity(RESPONSE_BYTES);
        text.extend_from_slice(format!("SIP/2.0 {code} {reason}\r\n").as_bytes());
        copy_all(request, HeaderName::Via, &mut text);
        copy_first(request, HeaderName::From, &mut text);
        let has_no_tag = request
            .to()
            .is_ok_and(|to| to.params().get("tag").is_none());
        match (request.header_raw(HeaderName::To), to_tag) {
            (Some(to), Some(tag)) if has_no_tag && code > 100 => {
                write_line(&mut text, HeaderName::To, &tagged(to, tag));
            }
            _ => copy_first(request, HeaderName::To, &mut text),
        }
        copy_first(request, HeaderName::CallId, &mut text);
        copy_first(request, HeaderName::CSeq, &mut text);
        if code == 100 {
            copy_first(request, HeaderName::Timestamp, &mut text);
        }
        text.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        parse_own(text)
    }

    /// Gives a To that has no tag this one: 8.2.6.2. A To that cannot be read, or has a tag, stays
    /// as it is.
    ///
    /// # Errors
    /// [`EditError`] when the tag is no token.
    pub fn ensure_to_tag(&mut self, tag: &str) -> Result<(), EditError> {
        let has_no_tag = self.to().is_ok_and(|to| to.params().get("tag").is_none());
        let Some(to) = self.header_raw(HeaderName::To).filter(|_| has_no_tag) else {
            return Ok(());
        };
        if token(tag.as_bytes()).is_none() {
            return Err(EditError::BadHeader(HeaderError::NotText));
        }
        let to = crate::grammar::unfold(to);
        self.set_header(HeaderName::To, tagged(&to, tag))
    }
}

/// What a response to an ordinary request takes.
const RESPONSE_BYTES: usize = 512;

fn copy_all(request: &Message, name: HeaderName<'_>, text: &mut Vec<u8>) {
    let state = request.state();
    let is_wanted = state.is_named(name);
    for field in state.fields.iter().filter(|field| is_wanted(field)) {
        text.extend_from_slice(state.line_of(field));
    }
}

fn copy_first(request: &Message, name: HeaderName<'_>, text: &mut Vec<u8>) {
    let state = request.state();
    if let Some(field) = state.position(name).and_then(|at| state.fields.get(at)) {
        text.extend_from_slice(state.line_of(field));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Framing;

    fn request(to: &str) -> Message {
        let text = format!(
            "OPTIONS sip:h SIP/2.0\r\nv: SIP/2.0/UDP a, SIP/2.0/UDP b\r\nVia: SIP/2.0/UDP c\r\n\
             From: <sip:a@b>\r\n ;tag=f\r\nTo: {to}\r\ni: c\r\nTimestamp: 5\r\nCSeq: 1 OPTIONS\r\n\r\n"
        );
        Message::parse(text.into(), Framing::Datagram).unwrap()
    }

    fn answer(to: &str, code: u16, tag: Option<&str>) -> String {
        let response = Message::response_to(&request(to), code, "R", tag).unwrap();
        String::from_utf8(response.print().to_vec()).unwrap()
    }

    #[test]
    fn the_fields_of_the_request_come_back_as_they_were() {
        assert_eq!(
            answer("sip:x@y", 404, Some("t")),
            "SIP/2.0 404 R\r\nv: SIP/2.0/UDP a, SIP/2.0/UDP b\r\nVia: SIP/2.0/UDP c\r\n\
             From: <sip:a@b>\r\n ;tag=f\r\nTo: sip:x@y;tag=t\r\ni: c\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn a_tag_is_added_once_and_only_where_there_is_none() {
        let tagged = |to: &str| {
            let mut response = Message::response_to(&request(to), 400, "R", None).unwrap();
            response.ensure_to_tag("t").unwrap();
            response.ensure_to_tag("u").unwrap();
            String::from_utf8(response.print().to_vec()).unwrap()
        };
        assert!(tagged("<sip:x@y>").contains("\r\nTo: <sip:x@y>;tag=t\r\n"));
        assert!(tagged("<sip:x@y>;tag=old").contains("\r\nTo: <sip:x@y>;tag=old\r\n"));
        assert!(tagged("<sip:x").contains("\r\nTo: <sip:x\r\n"));
        let mut response = Message::response_to(&request("<sip:x@y>"), 400, "R", None).unwrap();
        assert!(response.ensure_to_tag("a b").is_err());
    }

    #[test]
    fn only_a_to_without_tag_gets_one_and_never_in_a_100() {
        assert!(answer("<sip:x@y>;tag=old", 200, Some("t")).contains("To: <sip:x@y>;tag=old\r\n"));
        let trying = answer("<sip:x@y>", 100, Some("t"));
        assert!(trying.contains("To: <sip:x@y>\r\n") && trying.contains("Timestamp: 5\r\n"));
        assert!(answer("<sip:x@y>;a;", 200, Some("t")).contains("To: <sip:x@y>;a;tag=t\r\n"));
    }

    #[test]
    fn bad_input_is_refused() {
        let request = request("<sip:x@y>");
        let refused =
            |code, reason, tag| Message::response_to(&request, code, reason, tag).unwrap_err();
        assert_eq!(refused(99, "x", None), EditError::BadStatus);
        assert_eq!(refused(700, "x", None), EditError::BadStatus);
        assert_eq!(refused(200, "x\r\nVia: y", None), EditError::ForbiddenByte);
        assert_eq!(
            refused(200, "x", Some("a;b")),
            EditError::BadHeader(HeaderError::NotText)
        );
        let response = Message::response_to(&request, 200, "", None).unwrap();
        assert_eq!(
            Message::response_to(&response, 200, "", None).unwrap_err(),
            EditError::NotARequest
        );
    }
}
