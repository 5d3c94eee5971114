//! Addresses of record.

use std::fmt::{self, Write};
use std::sync::Arc;

use evroute_sip::{Scheme, Uri, canonical_host, unescape};

/// An address of record in its canonical form, `user@domain` (RFC 3261 10.3 step 5): the
/// user's escapes undone, a telephone number (`user=phone`) without visual separators and without
/// the parameters behind it, the domain in lower case without a final dot, an IPv6 address in its
/// one spelling (RFC 5954 4.2), nothing else. Bytes
/// that are no printable text stay escaped (RFC 4475 3.1.1.4 registers `null-%00-null`), and
/// with them the `%` itself, so that different users never look alike. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Aor(Arc<str>);

impl Aor {
    /// The address of record that a URI names: the To of a REGISTER, the Request-URI of
    /// anything else. `None` when it names no user.
    #[must_use]
    pub fn of_uri(uri: &Uri<'_>) -> Option<Self> {
        match uri.scheme() {
            Scheme::Sip | Scheme::Sips => Self::of(&uri.subscriber()?, uri.host()),
            Scheme::Tel | Scheme::Other(_) => None,
        }
    }

    /// From a user as a URI spells it, and a domain.
    #[must_use]
    pub fn new(user: &str, domain: &str) -> Option<Self> {
        Self::of(&unescape(user), domain)
    }

    /// From the bytes of a user.
    fn of(user: &[u8], domain: &str) -> Option<Self> {
        let domain = canonical_host(domain);
        if user.is_empty() || domain.is_empty() {
            return None;
        }
        let mut text = String::with_capacity(user.len() + 1 + domain.len());
        push_user(&mut text, user);
        text.push('@');
        text.push_str(&domain);
        Some(Self(text.into()))
    }

    /// From its canonical form, as [`Aor::as_str`] gave it.
    pub(crate) fn canonical(text: &str) -> Self {
        Self(text.into())
    }

    /// `user@domain`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The bytes of a user, those escaped that are no printable text.
fn push_user(text: &mut String, user: &[u8]) {
    let escape = |text: &mut String, bytes: &[u8]| {
        for byte in bytes {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    };
    for chunk in user.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() || letter == '%' {
                escape(text, letter.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                text.push(letter);
            }
        }
        escape(text, chunk.invalid());
    }
}

impl std::borrow::Borrow<str> for Aor {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aor({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aor(uri: &str) -> Option<String> {
        Aor::of_uri(&Uri::parse(uri.as_bytes()).unwrap()).map(|aor| aor.to_string())
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        for uri in [
            "sip:Alice@example.com",
            "sips:%41lice@EXAMPLE.com.:5061",
            "sip:Alice:secret@Example.Com;transport=tcp;user=phone?x=y",
        ] {
            assert_eq!(aor(uri).as_deref(), Some("Alice@example.com"), "{uri}");
        }
        assert_ne!(aor("sip:alice@example.com"), aor("sip:Alice@example.com"));
    }

    #[test]
    fn spellings_of_an_ipv6_domain_are_one() {
        for uri in [
            "sip:u@[::1]",
            "sip:u@[0:0:0:0:0:0:0:1]",
            "sip:u@[::0001]:5070",
        ] {
            assert_eq!(aor(uri).as_deref(), Some("u@[::1]"), "{uri}");
        }
        assert_eq!(
            aor("sip:u@[2001:DB8::A]").as_deref(),
            Some("u@[2001:db8::a]")
        );
    }

    #[test]
    fn spellings_of_a_telephone_number_are_one_user() {
        for uri in [
            "sip:+12025550100@example.com",
            "sip:+1-202-555-0100@example.com;user=phone",
            "sip:+12025550100;npdi;rn=+12025550000@example.com;user=phone",
        ] {
            assert_eq!(
                aor(uri).as_deref(),
                Some("+12025550100@example.com"),
                "{uri}"
            );
        }
        assert_eq!(aor("sip:t.watson@h").as_deref(), Some("t.watson@h"));
    }

    #[test]
    fn uris_without_a_user_are_none() {
        for uri in ["sip:example.com", "tel:+1"] {
            assert_eq!(aor(uri), None, "{uri}");
        }
    }

    #[test]
    fn users_that_are_no_printable_text_are_told_apart_and_stay_one_line() {
        for (uri, expected) in [
            ("sip:null-%00-null@example.com", "null-%00-null@example.com"),
            ("sip:%00%00@example.com", "%00%00@example.com"),
            ("sip:%ff%0a@example.com", "%FF%0A@example.com"),
            ("sip:%2500@example.com", "%2500@example.com"),
            ("sip:caf%c3%a9@example.com", "café@example.com"),
        ] {
            assert_eq!(aor(uri).as_deref(), Some(expected), "{uri}");
        }
    }
}
