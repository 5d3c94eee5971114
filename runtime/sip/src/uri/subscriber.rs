//! Whom a URI names: users, and telephone numbers in their many spellings.

use std::borrow::Cow;

use super::{Scheme, Uri, unescape};

impl<'a> Uri<'a> {
    /// The telephone number as written: that of a `tel` URI, or the user of a URI with
    /// `user=phone` up to its first `;`, behind which the number's own parameters stand
    /// (RFC 3261 19.1.6, RFC 4694: `+1202;npdi;rn=...`). `None` for any other URI.
    #[must_use]
    pub fn number(&self) -> Option<&'a str> {
        match self.scheme {
            Scheme::Tel => Some(self.opaque),
            Scheme::Sip | Scheme::Sips => {
                let is_phone = self.params.text("user");
                is_phone.filter(|kind| kind.eq_ignore_ascii_case("phone"))?;
                let user = self.user?;
                Some(user.split_once(';').map_or(user, |(number, _)| number))
            }
            Scheme::Other(_) => None,
        }
    }

    /// Whom the URI names, in the form that compares: the user with its escapes undone; of a
    /// telephone number the digits without visual separators (RFC 3966 3, 5.1.1). `None` when it
    /// names nobody.
    #[must_use]
    pub fn subscriber(&self) -> Option<Cow<'a, [u8]>> {
        let named = match self.number() {
            Some(number) => without_separators(unescape(number)),
            None => unescape(self.user?),
        };
        (!named.is_empty()).then_some(named)
    }
}

/// `visual-separator` of RFC 3966 3.
pub(super) fn is_visual_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'(' | b')')
}

fn without_separators(number: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if !number.iter().copied().any(is_visual_separator) {
        return number;
    }
    let digits = number.iter().copied();
    Cow::Owned(digits.filter(|byte| !is_visual_separator(*byte)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_name_one_subscriber() {
        for uri in [
            "tel:+12025550100",
            "tel:+1-202-555-0100",
            "tel:+1(202)555.0100;phone-context=example.com",
            "sip:+12025550100@h",
            "sip:+1-202-555-0100@h;user=phone",
            "sips:+12025550100;npdi;rn=+12025550000@h;transport=tcp;user=PHONE",
            "sip:%2B1202555%30100@h;user=phone",
        ] {
            let uri = Uri::parse(uri.as_bytes()).unwrap();
            assert_eq!(
                uri.subscriber().as_deref(),
                Some(&b"+12025550100"[..]),
                "{uri:?}"
            );
        }
    }

    #[test]
    fn a_user_that_is_no_number_is_named_as_it_is() {
        for (uri, named) in [
            ("sip:t.watson@h", Some("t.watson")),
            ("sip:a;b=c@h;user=ip", Some("a;b=c")),
            ("sip:+1-2@h", Some("+1-2")),
            ("sip:%61lice:pw@h", Some("alice")),
            ("sip:h;user=phone", None),
            ("tel:-", None),
            ("urn:service:sos", None),
        ] {
            let uri = Uri::parse(uri.as_bytes()).unwrap();
            assert_eq!(
                uri.subscriber().as_deref(),
                named.map(str::as_bytes),
                "{uri:?}"
            );
        }
    }
}
