//! Whom a tenant trusts, as it is written, and whose word about certificates counts for it.

use evroute_tenant::TrustedSender;

use super::{At, Findings, Section};

/// Who verifies the certificates of a tenant's peers: the tenant, where it says who signs for them,
/// else the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeerVerification {
    is_by_tenant: bool,
    is_by_server: bool,
}

impl PeerVerification {
    /// That of a tenant. `is_by_server`: whether `[tls]` has `client_ca_file`.
    pub fn of(tenant: &Section<'_>, is_by_server: bool, findings: &mut Findings) -> Self {
        let tls: Option<toml::Value> = tenant.read("tls", findings);
        Self {
            is_by_tenant: tls.is_some_and(|tls| tls.get("client_ca_file").is_some()),
            is_by_server,
        }
    }
}

impl PeerVerification {
    /// Whether what `[tls]` has verified counts for the tenant.
    #[must_use]
    pub const fn is_server_believed(self) -> bool {
        !self.is_by_tenant
    }
}

impl Findings {
    /// Whom a tenant trusts: a network, one address, or a peer by its certificate; `fix` says what
    /// to write where it is none.
    pub fn sender(
        &mut self,
        at: &At<String>,
        key: &str,
        verification: PeerVerification,
        fix: &str,
    ) -> Option<TrustedSender> {
        let text = at.get_ref();
        let sender = match TrustedSender::parse(text, verification.is_server_believed()) {
            Ok(sender) => sender,
            Err(error) => {
                self.wrong(at, key, format!("{text:?}: {error}"), fix);
                return None;
            }
        };
        let is_verified = verification.is_by_tenant || verification.is_by_server;
        if matches!(sender, TrustedSender::Peer { .. }) && !is_verified {
            let fix = "add client_ca_file to [tenant.tls], or to [tls]";
            let wrong = format!("{text:?}: no peer is asked for a certificate");
            self.wrong(at, key, wrong, fix);
        }
        Some(sender)
    }
}
