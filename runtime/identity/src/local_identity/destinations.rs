//! Where tenants' messages may go.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use evroute_proxy::HostAddresses;
use evroute_tenant::{Networks, OutsideNetworks, TenantId, TenantIndex};

use super::LocalIdentity;

/// A tenant's message would go where its messages may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DestinationError {
    /// Not by its networks.
    #[error(transparent)]
    Outside(#[from] OutsideNetworks),
    /// To this server itself.
    #[error("{0} is this server's own, and not listed for this tenant with its port")]
    OwnSocket(SocketAddr),
}

impl LocalIdentity {
    /// The same with another socket of this process, such as the operator's HTTP, that no tenant
    /// may send to unless it is listed for it.
    #[must_use]
    pub fn with_socket(mut self, socket: SocketAddr) -> Self {
        self.sockets.push(socket);
        self
    }

    /// Whether a tenant's message may go there, wherever it learned of the address. Counts
    /// refusals.
    ///
    /// # Errors
    /// [`DestinationError`].
    pub fn check_destination(
        &self,
        tenant: TenantIndex,
        to: SocketAddr,
    ) -> Result<(), DestinationError> {
        self.counted(tenant, |networks| self.check_networks(networks, to))
    }

    /// The same of the address of a contact: it may be one of the listeners, where the request
    /// comes in again, for the user that the contact names.
    ///
    /// # Errors
    /// [`DestinationError`].
    pub fn check_contact(
        &self,
        tenant: TenantIndex,
        to: SocketAddr,
    ) -> Result<(), DestinationError> {
        if !self.is_listener(to) {
            return self.check_destination(tenant, to);
        }
        self.counted(tenant, |networks| Ok(networks.check(to)?))
    }

    /// [`check_destination`](Self::check_destination) without counting.
    #[must_use]
    pub fn may_send_to(&self, tenant: TenantIndex, to: SocketAddr) -> bool {
        self.checked(tenant, |networks| self.check_networks(networks, to))
            .is_ok()
    }

    /// [`check_contact`](Self::check_contact) without counting.
    #[must_use]
    pub fn may_be_contact(&self, tenant: TenantIndex, to: SocketAddr) -> bool {
        if !self.is_listener(to) {
            return self.may_send_to(tenant, to);
        }
        self.checked(tenant, |networks| Ok(networks.check(to)?))
            .is_ok()
    }

    fn check_networks(&self, networks: &Networks, to: SocketAddr) -> Result<(), DestinationError> {
        networks.check(to)?;
        let is_own = self.is_listener(to) || self.is_other_socket(to);
        if is_own && !networks.has_socket(to) {
            return Err(DestinationError::OwnSocket(to));
        }
        Ok(())
    }

    fn counted(
        &self,
        tenant: TenantIndex,
        check: impl FnOnce(&Networks) -> Result<(), DestinationError>,
    ) -> Result<(), DestinationError> {
        let checked = self.checked(tenant, check);
        if checked.is_err() {
            self.tenants.read(tenant, |known| {
                known.refused.fetch_add(1, Ordering::Relaxed);
            });
        }
        checked
    }

    fn checked(
        &self,
        tenant: TenantIndex,
        check: impl FnOnce(&Networks) -> Result<(), DestinationError>,
    ) -> Result<(), DestinationError> {
        let known = self.tenants.get(tenant);
        let networks = known
            .as_ref()
            .and_then(|known| known.identity.networks.as_ref());
        match networks {
            Some(networks) => check(networks),
            None => {
                let listeners = self.listeners.iter().map(|one| one.listen.addr.ip());
                check(&Networks::usual(listeners))
            }
        }
    }

    /// How many messages of each tenant were not sent since they may not go where they would have.
    #[must_use]
    pub fn refused_destinations(&self) -> Vec<(TenantId, u64)> {
        let tenants = self.tenants.all().into_iter();
        tenants
            .map(|(_, known)| {
                let refused = known.refused.load(Ordering::Relaxed);
                (known.identity.id.clone(), refused)
            })
            .collect()
    }

    /// Whether SIP is listened for there.
    fn is_listener(&self, to: SocketAddr) -> bool {
        let mut listeners = self.listeners.iter();
        listeners.any(|one| self.is_same(one.listen.addr, to))
    }

    fn is_other_socket(&self, to: SocketAddr) -> bool {
        self.sockets.iter().any(|own| self.is_same(*own, to))
    }

    fn is_same(&self, own: SocketAddr, to: SocketAddr) -> bool {
        let (own_ip, ip) = (own.ip().to_canonical(), to.ip().to_canonical());
        own.port() == to.port()
            && (own_ip == ip || own.ip().is_unspecified() && self.routing.contains(ip))
    }
}

#[cfg(test)]
mod tests {
    use evroute_proxy::SentBy;
    use evroute_transport::{Listen, Proto};

    use super::*;
    use crate::TenantIdentity;

    fn plain(proto: Proto, addr: &str) -> (Listen, Option<SentBy>) {
        let addr = addr.parse().unwrap();
        (Listen { proto, addr }, None)
    }

    #[test]
    fn nobody_sends_to_this_server_itself_or_where_its_tenant_may_not_send() {
        let listeners = [
            plain(Proto::Udp, "0.0.0.0:5060"),
            plain(Proto::Tcp, "192.0.2.1:5062"),
        ];
        let networks = [
            Networks::usual(["192.0.2.1".parse().unwrap()]),
            Networks::new(vec!["127.0.0.0/8".parse().unwrap()]),
            Networks::new(vec!["127.0.0.1:8060".parse().unwrap()]),
        ];
        let tenants = networks.map(|networks| TenantIdentity {
            id: "a".parse().unwrap(),
            domains: Vec::new(),
            networks: Some(networks),
        });
        let own = LocalIdentity::new(listeners, [])
            .with_tenants(tenants)
            .with_socket("127.0.0.1:8060".parse().unwrap());
        let refused = || -> Vec<_> {
            let refused = own.refused_destinations().into_iter();
            refused.map(|(_, count)| count).collect()
        };
        let passes = |tenant, to: &str| {
            let to = to.parse().unwrap();
            own.check_destination(TenantIndex::new(tenant), to).is_ok()
        };
        assert!(passes(0, "203.0.113.1:5060"));
        assert!(!passes(0, "127.0.0.1:19499") && !passes(0, "192.0.2.1:5062"));
        assert!(passes(1, "127.0.0.1:19499") && !passes(1, "203.0.113.1:5060"));
        // Listening on all addresses is listening on this one.
        assert!(!passes(1, "127.0.0.1:5060") && !passes(1, "127.0.0.1:8060"));
        assert!(!passes(1, "[::ffff:127.0.0.1]:8060"));
        assert!(passes(2, "127.0.0.1:8060") && !passes(2, "127.0.0.1:8061"));
        // Of a tenant that nothing is known of: all there is but this host.
        assert!(passes(3, "203.0.113.1:5060") && !passes(3, "127.0.0.1:19499"));
        assert_eq!(refused(), [2, 4, 1]);
        // A contact may name a user of this server, but neither another of its sockets nor a
        // listener at an address that the tenant does not send to.
        let passes = |tenant, to: &str| {
            let to = to.parse().unwrap();
            own.check_contact(TenantIndex::new(tenant), to).is_ok()
        };
        assert!(passes(0, "192.0.2.1:5062") && passes(1, "127.0.0.1:5060"));
        assert!(!passes(0, "127.0.0.1:5060") && !passes(1, "192.0.2.1:5062"));
        assert!(!passes(1, "127.0.0.1:8060") && !passes(0, "127.0.0.1:19499"));
        assert_eq!(refused(), [4, 6, 1]);
    }
}
