//! What a handshake of TLS came to.

use std::borrow::Cow;
use std::sync::Arc;

use crate::{PeerIdentity, TenantIndex};

/// What a handshake of TLS came to, for as long as its connection is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsHandshake {
    /// The version, as OpenSSL calls it: `TLSv1.3`.
    pub version: Cow<'static, str>,
    /// The cipher suite, as OpenSSL calls it: `ECDHE-ECDSA-AES256-GCM-SHA384`.
    pub cipher: Cow<'static, str>,
    /// The name that the side asked for that connected (SNI, RFC 6066 3).
    pub server_name: Option<Box<str>>,
    /// Who the other side is; none where it showed no certificate.
    pub peer: Option<PeerIdentity>,
}

impl TlsHandshake {
    /// As a tenant may see it: who the other side is only where that counts for it.
    #[must_use]
    pub fn seen_by(self: &Arc<Self>, tenant: TenantIndex, is_server_believed: bool) -> Arc<Self> {
        let counts = |peer: &PeerIdentity| peer.counts_for(tenant, is_server_believed);
        match self.peer.as_ref().is_none_or(counts) {
            true => Arc::clone(self),
            false => Arc::new(Self {
                peer: None,
                ..Self::clone(self)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CertificatePin, VerifiedBy};

    #[test]
    fn who_the_other_side_is_nobody_sees_but_whose_settings_verified_it() {
        let [a, b] = [0, 1].map(TenantIndex::new);
        let handshake = |verified_by| {
            Arc::new(TlsHandshake {
                version: "TLSv1.3".into(),
                cipher: "".into(),
                server_name: Some("a.example".into()),
                peer: Some(PeerIdentity {
                    names: vec!["carrier.example".into()],
                    pin: CertificatePin::new([0; 32]),
                    verified_by,
                }),
            })
        };
        let sees = |verified_by, tenant, believed| {
            let seen = handshake(verified_by).seen_by(tenant, believed);
            assert_eq!(seen.server_name.as_deref(), Some("a.example"));
            seen.peer.is_some()
        };
        assert!(sees(VerifiedBy::Tenant(a), a, false) && !sees(VerifiedBy::Tenant(a), b, true));
        assert!(sees(VerifiedBy::Server, a, true) && !sees(VerifiedBy::Server, a, false));
    }
}
