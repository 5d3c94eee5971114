//! A peer by what its certificate says.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::{CertificatePin, PeerIdentity};

/// The longest host name (RFC 1035 section 2.3.4), in bytes.
const NAME_BYTES_MAX: usize = 253;

/// A peer by its certificate: a domain that the certificate is for, or its SHA-256.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum CertifiedPeer {
    /// In lower case, without a final dot. It is not matched by a `*` in a certificate (RFC 5922
    /// 7.2).
    Named(Box<str>),
    /// This certificate, and no other.
    Pinned(CertificatePin),
}

/// What names no peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it is neither a domain nor the SHA-256 of a certificate")]
pub struct NotAPeer;

impl CertifiedPeer {
    /// Whether the certificate of a connection is this peer's.
    #[must_use]
    pub fn is(&self, identity: &PeerIdentity) -> bool {
        match self {
            Self::Named(name) => identity.names.contains(name),
            Self::Pinned(pin) => identity.pin == *pin,
        }
    }
}

impl FromStr for CertifiedPeer {
    type Err = NotAPeer;

    fn from_str(text: &str) -> Result<Self, NotAPeer> {
        if let Ok(pin) = text.parse() {
            return Ok(Self::Pinned(pin));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let is_name = (1..=NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(fits)
            && !name.split('.').any(str::is_empty)
            && name.parse::<IpAddr>().is_err();
        match is_name {
            true => Ok(Self::Named(name.to_ascii_lowercase().into())),
            false => Err(NotAPeer),
        }
    }
}

impl fmt::Display for CertifiedPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => name.fmt(f),
            Self::Pinned(pin) => pin.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VerifiedBy;

    #[test]
    fn a_peer_is_a_domain_or_a_fingerprint_and_nothing_else() {
        let pin = "AB:".repeat(31) + "AB";
        for (text, shown) in [
            ("Carrier.Example.", "carrier.example"),
            ("carrier", "carrier"),
            (&pin, &pin),
            (&"ab".repeat(32), &pin),
        ] {
            let peer: CertifiedPeer = text.parse().unwrap();
            assert_eq!(peer.to_string(), shown);
        }
        let long = "a".repeat(254);
        let wrong = [
            "",
            ".",
            "a..b",
            "*.a.example",
            "192.0.2.7",
            "::1",
            "a b",
            "sip:a",
        ];
        for text in wrong.into_iter().chain([&*long]) {
            assert_eq!(text.parse::<CertifiedPeer>(), Err(NotAPeer), "{text}");
        }
    }

    #[test]
    fn a_peer_is_known_by_a_name_or_by_its_certificate_but_not_by_a_star() {
        let identity = PeerIdentity {
            names: vec!["carrier.example".into(), "*.b.example".into()],
            pin: CertificatePin::new([0xab; 32]),
            verified_by: VerifiedBy::Server,
        };
        let is = |text: &str| text.parse::<CertifiedPeer>().unwrap().is(&identity);
        assert!(is("CARRIER.example") && is(&"ab".repeat(32)));
        assert!(!is("b.example") && !is("a.b.example") && !is("sip.carrier.example"));
        assert!(!is(&"ac".repeat(32)));
    }
}
