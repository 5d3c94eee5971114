//! `name-addr` and `addr-spec` with parameters: From, To, Contact, Route, Record-Route and
//! every other address header (RFC 3261 20.10, 20.20, 20.34, 20.39).

use std::borrow::Cow;

use super::{HeaderError, Params};
use crate::grammar::{has_non_uri_byte, quoted_len, trim, trim_start, unquote};
use crate::span::Span;
use crate::uri::{Uri, UriError, has_scheme};

/// One address value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    raw: &'a [u8],
    display: Option<&'a [u8]>,
    uri: &'a [u8],
    is_bracketed: bool,
    params: Params<'a>,
}

/// Where the parts of a [`NameAddr`] are in the value that it was read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outline {
    raw: Span,
    display: Option<Span>,
    uri: Span,
    is_bracketed: bool,
    params: Span,
}

impl<'a> NameAddr<'a> {
    /// Where its parts are; `value` is what it was read from.
    pub(crate) fn outline(&self, value: &[u8]) -> Outline {
        Outline {
            raw: Span::within(value, self.raw),
            display: self.display.map(|display| Span::within(value, display)),
            uri: Span::within(value, self.uri),
            is_bracketed: self.is_bracketed,
            params: Span::within(value, self.params.raw()),
        }
    }

    /// The address again, out of the same bytes.
    pub(crate) fn outlined(value: &'a [u8], outline: &Outline) -> Self {
        Self {
            raw: outline.raw.of(value),
            display: outline.display.map(|display| display.of(value)),
            uri: outline.uri.of(value),
            is_bracketed: outline.is_bracketed,
            params: Params::read_before(outline.params.of(value)),
        }
    }

    /// Reads one value. Lenient where the field is: a display name may contain any
    /// character without quotes (RFC 4475 3.1.2.15), white space may surround the URI
    /// inside the brackets (3.1.2.14).
    pub fn parse(raw: &'a [u8]) -> Result<Self, HeaderError> {
        let raw = trim(raw);
        if raw.is_empty() {
            return Err(HeaderError::Empty);
        }
        if raw.first() == Some(&b'"') {
            let len = quoted_len(raw).ok_or(HeaderError::UnbalancedQuote)?;
            let (display, rest) = raw.split_at_checked(len).unwrap_or_default();
            let rest = trim_start(rest);
            if rest.first() != Some(&b'<') {
                return Err(HeaderError::BadUri);
            }
            return Self::bracketed(raw, Some(display), rest);
        }
        match memchr::memchr2(b'<', b'"', raw) {
            Some(at) if raw.get(at) == Some(&b'<') => {
                let (display, rest) = raw.split_at_checked(at).unwrap_or_default();
                let display = trim(display);
                Self::bracketed(raw, (!display.is_empty()).then_some(display), rest)
            }
            Some(_) | None => Self::bare(raw),
        }
    }

    /// `rest` starts with `<`.
    fn bracketed(
        raw: &'a [u8],
        display: Option<&'a [u8]>,
        rest: &'a [u8],
    ) -> Result<Self, HeaderError> {
        let end = memchr::memchr(b'>', rest).ok_or(HeaderError::UnclosedAngle)?;
        let uri = trim(rest.get(1..end).unwrap_or_default());
        check_uri(uri)?;
        let params = Params::parse(rest.get(end + 1..).unwrap_or_default())?;
        Ok(Self {
            raw,
            display,
            uri,
            is_bracketed: true,
            params,
        })
    }

    /// Without brackets the first `;` starts the header's parameters, never the URI's.
    fn bare(raw: &'a [u8]) -> Result<Self, HeaderError> {
        let uri_len = memchr::memchr(b';', raw).unwrap_or(raw.len());
        let (uri, params) = raw.split_at_checked(uri_len).unwrap_or_default();
        let uri = trim(uri);
        check_uri(uri)?;
        if memchr::memchr2(b'?', b',', uri).is_some() {
            return Err(HeaderError::NeedsAngle);
        }
        let params = Params::parse(params)?;
        Ok(Self {
            raw,
            display: None,
            uri,
            is_bracketed: false,
            params,
        })
    }

    /// The value as on the wire, folds included.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The display name as written, quotes and escapes included.
    pub fn display(&self) -> Option<&'a [u8]> {
        self.display
    }

    /// The display name without quotes and escapes. Not always UTF-8.
    pub fn display_name(&self) -> Option<Cow<'a, [u8]>> {
        self.display.map(unquote)
    }

    /// The URI as on the wire.
    pub fn uri(&self) -> &'a [u8] {
        self.uri
    }

    /// The URI taken apart.
    pub fn parse_uri(&self) -> Result<Uri<'a>, UriError> {
        Uri::parse(self.uri)
    }

    /// Whether the URI stands in angle brackets.
    pub fn is_bracketed(&self) -> bool {
        self.is_bracketed
    }

    /// The header's parameters (not the URI's).
    pub fn params(&self) -> Params<'a> {
        self.params
    }

    /// The tag. `None`: no tag yet, or a peer of RFC 2543.
    pub fn tag(&self) -> Option<&'a str> {
        self.params.text("tag")
    }
}

/// A scheme, a colon, at least one more byte, and nothing that cannot be in a URI.
fn check_uri(uri: &[u8]) -> Result<(), HeaderError> {
    let is_clean = !has_non_uri_byte(uri);
    if is_clean && has_scheme(uri) {
        Ok(())
    } else {
        Err(HeaderError::BadUri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_names_hide_brackets_and_tags() {
        let addr =
            NameAddr::parse(b"\"a <sip:x@y>;tag=no \\\" b\" <sip:alice@a.example.com>;tag=ft1")
                .unwrap();
        assert_eq!(addr.uri(), b"sip:alice@a.example.com");
        assert_eq!(addr.tag(), Some("ft1"));
        assert_eq!(&*addr.display_name().unwrap(), b"a <sip:x@y>;tag=no \" b");
    }

    #[test]
    fn an_outline_has_all_of_it() {
        for value in [
            &b"sip:user@example.net"[..],
            b" sip:user@example.net ; user=phone;tag=1 ",
            b"<sip:a@b>",
            b"\"a \\\" <b>\" \t<sip:alice@a.example.com;x=y?z=1> ; tag=ft1;",
            b"Bell, Alexander\r\n <sip:a.g.bell@example.com>;TAG=43",
            b"\xff\xfe <tel:+1>;tag=\xff",
        ] {
            let address = NameAddr::parse(value).unwrap();
            let copy = value.to_vec();
            assert_eq!(
                NameAddr::outlined(&copy, &address.outline(value)),
                address,
                "{value:?}"
            );
        }
    }

    #[test]
    fn without_brackets_parameters_belong_to_the_header() {
        let addr = NameAddr::parse(b"sip:user@example.net;user=phone;tag=1").unwrap();
        assert_eq!(addr.uri(), b"sip:user@example.net");
        assert_eq!(addr.tag(), Some("1"));
        assert!(!addr.is_bracketed());
    }

    #[test]
    fn display_names_need_neither_quotes_nor_a_space() {
        let addr = NameAddr::parse(b"Bell, Alexander<sip:a.g.bell@example.com>;TAG=43").unwrap();
        assert_eq!(addr.display(), Some(&b"Bell, Alexander"[..]));
        assert_eq!(addr.tag(), Some("43"));
        assert_eq!(
            NameAddr::parse(b"<isbn:2983792873>").unwrap().display(),
            None
        );
    }

    #[test]
    fn broken_values_are_refused_with_their_reason() {
        for (raw, error) in [
            ("", HeaderError::Empty),
            (
                "\"Mr. J. User <sip:j.user@example.com>",
                HeaderError::UnbalancedQuote,
            ),
            ("<sip:a@b", HeaderError::UnclosedAngle),
            ("\"x\" sip:a@b", HeaderError::BadUri),
            ("<>", HeaderError::BadUri),
            ("<no-colon>", HeaderError::BadUri),
            ("<sip:a b@c>", HeaderError::BadUri),
            (
                "sip:user@example.com?Route=%3Csip:x%3E",
                HeaderError::NeedsAngle,
            ),
            ("<sip:a@b>x;tag=1", HeaderError::UnexpectedText),
            ("\"Joe\" <sip:joe@example.org>;;;;", HeaderError::EmptyParam),
        ] {
            assert_eq!(NameAddr::parse(raw.as_bytes()), Err(error), "{raw}");
        }
    }
}
