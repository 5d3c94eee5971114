//! Whose messages those are that come over a connection with a certificate.

use std::collections::HashMap;

use crate::{CertificatePin, CertifiedPeer, PeerIdentity, PinError, TenantIndex, VerifiedBy};

/// The peers that tenants have pinned, each with whose settings it has to be verified by.
#[derive(Clone, Debug, Default)]
pub(crate) struct PinnedPeers {
    /// By name within those who verify, so that a look-up makes no key of its own.
    named: HashMap<VerifiedBy, HashMap<Box<str>, TenantIndex>>,
    pinned: HashMap<(VerifiedBy, CertificatePin), TenantIndex>,
}

impl PinnedPeers {
    /// Makes everything from a peer the tenant's, where the tenant's settings have verified it, and
    /// where the server's have, if it believes them.
    pub(crate) fn pin(
        &mut self,
        peer: &CertifiedPeer,
        is_server_believed: bool,
        tenant: TenantIndex,
    ) -> Result<(), PinError> {
        let by_server = is_server_believed.then_some(VerifiedBy::Server);
        let verified = [Some(VerifiedBy::Tenant(tenant)), by_server];
        for by in verified.into_iter().flatten() {
            match self.put(by, peer, tenant) {
                None => {}
                Some(owner) => return Err(PinError::Taken(owner)),
            }
        }
        Ok(())
    }

    /// Whose it is already, if it is.
    fn put(
        &mut self,
        by: VerifiedBy,
        peer: &CertifiedPeer,
        tenant: TenantIndex,
    ) -> Option<TenantIndex> {
        let owner = match peer {
            CertifiedPeer::Named(name) => {
                let named = self.named.entry(by).or_default();
                *named.entry(name.clone()).or_insert(tenant)
            }
            CertifiedPeer::Pinned(pin) => *self.pinned.entry((by, *pin)).or_insert(tenant),
        };
        (owner != tenant).then_some(owner)
    }

    pub(crate) fn unpin(&mut self, tenant: TenantIndex) {
        self.named.retain(|_, named| {
            named.retain(|_, owner| *owner != tenant);
            !named.is_empty()
        });
        self.pinned.retain(|_, owner| *owner != tenant);
    }

    /// Whose a connection with this certificate is; the certificate itself goes before its names.
    pub(crate) fn find(&self, identity: &PeerIdentity) -> Option<TenantIndex> {
        let by = identity.verified_by;
        let pinned = self.pinned.get(&(by, identity.pin));
        let by_name = || {
            let named = self.named.get(&by)?;
            identity.names.iter().find_map(|name| named.get(name))
        };
        pinned.or_else(by_name).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TenantIndex = TenantIndex::new(0);
    const B: TenantIndex = TenantIndex::new(1);

    fn identity(name: &str, verified_by: VerifiedBy) -> PeerIdentity {
        PeerIdentity {
            names: vec!["x.example".into(), name.into()],
            pin: CertificatePin::new([7; 32]),
            verified_by,
        }
    }

    #[test]
    fn a_peer_is_the_tenants_whose_settings_verified_it() {
        let mut peers = PinnedPeers::default();
        let carrier: CertifiedPeer = "carrier.example".parse().unwrap();
        peers.pin(&carrier, false, A).unwrap();
        peers.pin(&carrier, false, B).unwrap();
        let found = |peers: &PinnedPeers, by| peers.find(&identity("carrier.example", by));
        assert_eq!(found(&peers, VerifiedBy::Tenant(A)), Some(A));
        assert_eq!(found(&peers, VerifiedBy::Tenant(B)), Some(B));
        assert_eq!(found(&peers, VerifiedBy::Server), None);
        assert_eq!(
            peers.find(&identity("y.example", VerifiedBy::Tenant(A))),
            None
        );
        peers.unpin(A);
        assert_eq!(found(&peers, VerifiedBy::Tenant(A)), None);
        assert_eq!(found(&peers, VerifiedBy::Tenant(B)), Some(B));
    }

    #[test]
    fn what_the_server_verifies_is_one_tenants() {
        let mut peers = PinnedPeers::default();
        for text in ["carrier.example", &"07".repeat(32)] {
            let peer: CertifiedPeer = text.parse().unwrap();
            peers.pin(&peer, true, A).unwrap();
            assert_eq!(peers.pin(&peer, true, B), Err(PinError::Taken(A)));
        }
        let of_server = |name: &str| identity(name, VerifiedBy::Server);
        assert_eq!(peers.find(&of_server("carrier.example")), Some(A));
        assert_eq!(peers.find(&of_server("y.example")), Some(A), "by its pin");
    }
}
