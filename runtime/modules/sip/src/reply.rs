//! What may be added to the answer of a verdict.

use bytes::Bytes;
use evroute_bindings::evroute::textops::reply::Error;
use evroute_event::ReplyParts;
use evroute_sip::{Framing, HeaderName, Message};
use evroute_tenant::RunLimits;

use crate::edit;

/// Adds a header field.
pub(crate) fn append(
    parts: &mut ReplyParts,
    name: &str,
    value: &[u8],
    limits: &RunLimits,
) -> Result<(), Error> {
    let known = HeaderName::from(name);
    // The type of a body comes and goes with it.
    if edit::is_servers(&known) || known == HeaderName::ContentType {
        return Err(Error::NotAllowedHere);
    }
    if !known.is_token() {
        return Err(Error::Invalid("not a header field name".to_owned()));
    }
    one_line(value)?;
    if known == HeaderName::Contact && !is_contact_list(value) {
        return Err(Error::Invalid("not a list of addresses".to_owned()));
    }
    let count = parts.headers.len() + 1;
    let bytes = parts.bytes() + name.len() + value.len();
    if is_above(count, limits.run_reply_headers_max) || is_above(bytes, limits.run_reply_bytes_max)
    {
        return Err(Error::TooLarge);
    }
    parts.headers.push((name.to_owned(), value.to_vec()));
    Ok(())
}

/// Replaces the body; an empty one is none.
pub(crate) fn set_body(
    parts: &mut ReplyParts,
    content_type: &str,
    body: &[u8],
    limits: &RunLimits,
) -> Result<(), Error> {
    if body.is_empty() {
        parts.body = None;
        return Ok(());
    }
    one_line(content_type.as_bytes())?;
    let is_type = content_type.split_once('/').is_some_and(|(of, rest)| {
        let sub = rest.split(';').next().unwrap_or_default();
        [of, sub.trim_end()]
            .iter()
            .all(|part| HeaderName::Other(part).is_token())
    });
    if !is_type {
        return Err(Error::Invalid("not a content type".to_owned()));
    }
    let before = parts.body.as_ref();
    let before = before.map_or(0, |(before, bytes)| before.len() + bytes.len());
    let bytes = parts.bytes().saturating_sub(before) + content_type.len() + body.len();
    if is_above(bytes, limits.run_reply_bytes_max) {
        return Err(Error::TooLarge);
    }
    parts.body = Some((content_type.to_owned(), body.to_vec()));
    Ok(())
}

/// CR, LF and NUL end a line for someone, or a string for someone else.
fn one_line(value: &[u8]) -> Result<(), Error> {
    match value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        true => Err(Error::Invalid("CR, LF and NUL are not allowed".to_owned())),
        false => Ok(()),
    }
}

fn is_above(number: usize, most: u64) -> bool {
    u64::try_from(number).is_ok_and(|number| number > most)
}

/// Whether whoever is redirected finds addresses in a Contact, and nothing else (RFC 3261 8.1.3.4).
fn is_contact_list(value: &[u8]) -> bool {
    let answer = [b"SIP/2.0 300 \r\nContact: ", value, b"\r\n\r\n"].concat();
    let Ok(answer) = Message::parse(Bytes::from(answer), Framing::Datagram) else {
        return false;
    };
    let mut contacts = answer.contacts().peekable();
    contacts.peek().is_some()
        && contacts.all(|contact| {
            let addr = contact.ok().and_then(|contact| contact.addr());
            addr.is_some_and(|addr| addr.parse_uri().is_ok())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(headers: u64, bytes: u64) -> RunLimits {
        RunLimits {
            run_reply_headers_max: headers,
            run_reply_bytes_max: bytes,
            ..RunLimits::default()
        }
    }

    fn appended(name: &str, value: &str) -> Result<(), Error> {
        append(
            &mut ReplyParts::default(),
            name,
            value.as_bytes(),
            &RunLimits::default(),
        )
    }

    #[test]
    fn fields_of_the_server_cannot_be_added() {
        for name in [
            "Via",
            "v",
            "From",
            "f",
            "To",
            "t",
            "Call-ID",
            "i",
            "CSeq",
            "Max-Forwards",
            "Route",
            "record-route",
            "Content-Length",
            "l",
            "Content-Type",
            "c",
        ] {
            assert!(
                matches!(appended(name, "1"), Err(Error::NotAllowedHere)),
                "{name}"
            );
        }
    }

    #[test]
    fn what_would_break_the_answer_is_invalid() {
        for (name, value) in [
            ("X", "a\r\nVia: b"),
            ("X", "a\nb"),
            ("X", "a\0"),
            ("X:", "a"),
            ("", "a"),
            ("X\r\nVia", "a"),
            ("Contact", ""),
            ("Contact", "*"),
            ("m", "<sip:a@b"),
            ("Contact", "<sip:a@b>, nobody"),
        ] {
            assert!(
                matches!(appended(name, value), Err(Error::Invalid(_))),
                "{name} {value}"
            );
        }
        for (name, value) in [
            ("Contact", "<sip:a@b>;q=0.5, \"B\" <sip:c@d;transport=tcp>"),
            ("m", "tel:+491234"),
            ("Retry-After", "30"),
            ("WWW-Authenticate", "Digest realm=\"a\", nonce=\"b\""),
        ] {
            assert!(appended(name, value).is_ok(), "{name} {value}");
        }
    }

    #[test]
    fn an_answer_has_so_many_fields_and_bytes_and_no_more() {
        let mut parts = ReplyParts::default();
        let two = limits(2, 100);
        append(&mut parts, "A", b"1", &two).unwrap();
        append(&mut parts, "B", b"2", &two).unwrap();
        assert!(matches!(
            append(&mut parts, "G", b"3", &two),
            Err(Error::TooLarge)
        ));
        let ten = limits(9, 10);
        append(&mut parts, "G", b"12345", &ten).unwrap();
        assert!(matches!(
            append(&mut parts, "H", b"", &ten),
            Err(Error::TooLarge)
        ));
        assert!(matches!(
            set_body(&mut parts, "a/b", b"1", &ten),
            Err(Error::TooLarge)
        ));
        assert_eq!(parts.headers.len(), 3);
        assert_eq!(parts.body, None);
    }

    #[test]
    fn a_body_takes_the_place_of_the_one_before() {
        let mut parts = ReplyParts::default();
        let ten = limits(9, 10);
        set_body(&mut parts, "a/b", b"1234567", &ten).unwrap();
        set_body(&mut parts, "c/d", b"7654321", &ten).unwrap();
        for kind in ["", "text", "text/", "/plain", "a/b\r\nX: c", "te xt/a"] {
            let refused = set_body(&mut parts, kind, b"1", &ten);
            assert!(matches!(refused, Err(Error::Invalid(_))), "{kind:?}");
        }
        let kept = ("c/d".to_owned(), b"7654321".to_vec());
        assert_eq!(parts.body, Some(kept));
        set_body(&mut parts, "", b"", &ten).unwrap();
        assert_eq!(parts.body, None);
        set_body(&mut parts, "text/plain; charset=a", b"1", &limits(9, 99)).unwrap();
    }
}
