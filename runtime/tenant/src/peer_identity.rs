//! Who is at the other end of a connection with TLS, as a certificate shows it.

use crate::{CertificatePin, TenantIndex};

/// Whose settings a certificate was verified by: it shows nothing to anybody else.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VerifiedBy {
    /// The server's `[tls]`.
    Server,
    /// A tenant's `[tenant.tls]`, or what it dials with.
    Tenant(TenantIndex),
}

/// Who is at the other end of a connection, by the certificate that was verified in its handshake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeerIdentity {
    /// The domains that the certificate is for (RFC 5922 7.1), in lower case, so many at most as
    /// [`PeerIdentity::NAMES_MAX`]; of a connection that we dialled the one that was dialled.
    pub names: Vec<Box<str>>,
    /// The certificate itself.
    pub pin: CertificatePin,
    /// Whose settings verified it.
    pub verified_by: VerifiedBy,
}

impl PeerIdentity {
    /// Names of one certificate that are kept: each is looked up for every message.
    pub const NAMES_MAX: usize = 64;

    /// Whether it is anything to a tenant. `is_server_believed`: what the server has verified
    /// counts for it, since it says itself of nobody who signs for its peers.
    #[must_use]
    pub fn counts_for(&self, tenant: TenantIndex, is_server_believed: bool) -> bool {
        match self.verified_by {
            VerifiedBy::Tenant(by) => by == tenant,
            VerifiedBy::Server => is_server_believed,
        }
    }
}
