//! Whom an operator trusts by where he is or by his certificate.

use std::fmt;
use std::net::IpAddr;

use crate::{CertifiedPeer, NetworkError, NotAPeer, PeerIdentity, SourceNetwork, TenantIndex};

/// Whom a tenant knows without a password: who sends from a network, or who has shown a certificate
/// over TLS.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum TrustedSender {
    /// Who sends from there.
    Network(SourceNetwork),
    /// Who has shown this certificate.
    Peer {
        /// Which.
        peer: CertifiedPeer,
        /// Whether what the server's `[tls]` has verified counts for the tenant: it does where the
        /// tenant says itself of nobody who signs for its peers.
        is_server_believed: bool,
    },
}

/// What is no [`TrustedSender`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotASender {
    /// It is written as a network and is none.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// It is written as a peer and is none.
    #[error(transparent)]
    Peer(#[from] NotAPeer),
}

impl TrustedSender {
    /// What stands before a peer.
    const TLS: &str = "tls:";

    /// Reads `10.0.0.0/8`, `192.0.2.7`, `tls:carrier.example`, or `tls:` and a SHA-256.
    ///
    /// # Errors
    /// [`NotASender`].
    pub fn parse(text: &str, is_server_believed: bool) -> Result<Self, NotASender> {
        match text.strip_prefix(Self::TLS) {
            Some(peer) => Ok(Self::Peer {
                peer: peer.parse()?,
                is_server_believed,
            }),
            None => Ok(Self::Network(text.parse()?)),
        }
    }

    /// Whether somebody is trusted: by the address that he sends from, or by who his connection is
    /// to. `tenant` is whose word this is; a certificate that another has verified is none.
    #[must_use]
    pub fn is(
        &self,
        address: IpAddr,
        identity: Option<&PeerIdentity>,
        tenant: TenantIndex,
    ) -> bool {
        match self {
            Self::Network(network) => network.contains(address),
            Self::Peer {
                peer,
                is_server_believed,
            } => identity.is_some_and(|identity| {
                identity.counts_for(tenant, *is_server_believed) && peer.is(identity)
            }),
        }
    }
}

impl From<SourceNetwork> for TrustedSender {
    fn from(network: SourceNetwork) -> Self {
        Self::Network(network)
    }
}

impl fmt::Display for TrustedSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Peer { peer, .. } => write!(f, "{}{peer}", Self::TLS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CertificatePin, VerifiedBy};

    const A: TenantIndex = TenantIndex::new(0);
    const B: TenantIndex = TenantIndex::new(1);

    fn carrier(verified_by: VerifiedBy) -> PeerIdentity {
        PeerIdentity {
            names: vec!["carrier.example".into()],
            pin: CertificatePin::new([0; 32]),
            verified_by,
        }
    }

    fn trusts(text: &str, believed: bool, identity: Option<&PeerIdentity>) -> bool {
        let sender = TrustedSender::parse(text, believed).unwrap();
        assert_eq!(sender.to_string(), text);
        sender.is("192.0.2.7".parse().unwrap(), identity, A)
    }

    #[test]
    fn a_certificate_counts_for_whom_it_was_verified_and_for_nobody_else() {
        let name = "tls:carrier.example";
        let [of_a, of_b] = [A, B].map(|tenant| carrier(VerifiedBy::Tenant(tenant)));
        for believed in [false, true] {
            assert!(trusts(name, believed, Some(&of_a)));
            assert!(!trusts(name, believed, Some(&of_b)), "another's authority");
            assert!(!trusts(name, believed, None), "no certificate");
            assert!(!trusts("tls:other.example", believed, Some(&of_a)));
        }
        let of_server = carrier(VerifiedBy::Server);
        assert!(trusts(name, true, Some(&of_server)) && !trusts(name, false, Some(&of_server)));
    }

    #[test]
    fn a_network_is_asked_for_no_certificate() {
        assert!(trusts("192.0.2.0/24", false, None));
        assert!(!trusts(
            "198.51.100.0/24",
            true,
            Some(&carrier(VerifiedBy::Server))
        ));
        for text in ["tls:", "tls:192.0.2.7", "carrier.example", "udp:192.0.2.7"] {
            assert!(TrustedSender::parse(text, true).is_err(), "{text}");
        }
    }
}
