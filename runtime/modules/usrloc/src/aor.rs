//! Addresses of record.

use std::fmt;
use std::sync::Arc;

use evroute_sip::{Scheme, Uri, unescape};

/// An address of record in its canonical form, `user@domain` (RFC 3261 10.3 step 5): the
/// user's escapes undone, the domain in lower case without a final dot, nothing else. Cheap
/// to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Aor(Arc<str>);

impl Aor {
    /// The address of record that a URI names: the To of a REGISTER, the Request-URI of
    /// anything else. `None` when it names no user, or the user is not text.
    #[must_use]
    pub fn of_uri(uri: &Uri<'_>) -> Option<Self> {
        match uri.scheme() {
            Scheme::Sip | Scheme::Sips => Self::new(uri.user()?, uri.host()),
            Scheme::Tel | Scheme::Other(_) => None,
        }
    }

    /// From a user as a URI spells it, and a domain.
    #[must_use]
    pub fn new(user: &str, domain: &str) -> Option<Self> {
        let user = unescape(user);
        let user = std::str::from_utf8(&user).ok()?;
        let domain = domain.strip_suffix('.').unwrap_or(domain);
        if user.is_empty() || domain.is_empty() || user.contains(char::is_control) {
            return None;
        }
        let mut text = String::with_capacity(user.len() + 1 + domain.len());
        text.push_str(user);
        text.push('@');
        text.extend(domain.chars().map(|letter| letter.to_ascii_lowercase()));
        Some(Self(text.into()))
    }

    /// `user@domain`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
    fn uris_without_a_user_are_none() {
        for uri in [
            "sip:example.com",
            "tel:+1",
            "sip:%00@example.com",
            "sip:%ff@example.com",
        ] {
            assert_eq!(aor(uri), None, "{uri}");
        }
    }
}
