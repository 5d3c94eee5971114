//! From a next hop to an address.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use evroute_identity::{DestinationError, LocalIdentity};
use evroute_proxy::{Host, NextHop};
use evroute_tenant::TenantIndex;
use evroute_transport::{Target, TlsPeer};

use crate::look_ups::LookUps;

/// How long a name may take. SIP timers run from the send, so this comes on top of them.
const RESOLVE_DEADLINE: Duration = Duration::from_secs(3);

/// A next hop has no address that a message may go to.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unresolved {
    /// It has none at all.
    #[error("no address for {host}")]
    NoAddress {
        /// The name.
        host: String,
    },
    /// The tenant may not send there.
    #[error(transparent)]
    Refused(#[from] DestinationError),
}

/// Who chose a next hop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChosenBy {
    /// The operator, by a static route or a call of RPC: any address will do.
    Operator,
    /// A handler, a peer: the tenant's networks bound it, and it is none of this server's own
    /// sockets.
    Tenant,
    /// A phone that registered: as before, but it may name a user of this server.
    Contact,
}

/// Where a message may be sent, best first: at least one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Targets {
    /// To be tried first.
    pub first: Target,
    /// To be tried when those before have failed.
    pub others: Vec<Target>,
}

/// Finds the addresses of next hops.
#[derive(Debug)]
pub struct Resolver {
    identity: Arc<LocalIdentity>,
    look_ups: LookUps,
}

impl Resolver {
    /// Asks the system: A and AAAA, hosts file. SRV and NAPTR of RFC 3263 are not looked at yet.
    #[must_use]
    pub fn new(identity: Arc<LocalIdentity>) -> Self {
        let look_ups = LookUps::default();
        Self { identity, look_ups }
    }

    /// Asks this instead of the system. It may block.
    #[must_use]
    pub fn by(
        identity: Arc<LocalIdentity>,
        find: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        let look_ups = LookUps::by(find);
        Self { identity, look_ups }
    }

    /// The addresses of a next hop. At once when the host is an address. Of what a name stands for,
    /// those go first of whose kind we have a socket; others stay, since what is wrong with them is
    /// told where they are used. Where the first is refused for the tenant nothing is sent at all;
    /// others that are refused are left out.
    ///
    /// # Errors
    /// [`Unresolved`] when there is none that the tenant may send to, or it takes longer than 3 s,
    /// waiting for one of the places for look-ups included: there are 256, and 32 for each tenant.
    pub async fn resolve(
        &self,
        hop: &NextHop,
        tenant: TenantIndex,
        chosen_by: ChosenBy,
    ) -> Result<Targets, Unresolved> {
        let identity = &self.identity;
        let check = |address| match chosen_by {
            ChosenBy::Operator => Ok(()),
            ChosenBy::Tenant => identity.check_destination(tenant, address),
            ChosenBy::Contact => identity.check_contact(tenant, address),
        };
        let peer = peer_of(hop, tenant);
        let target = |address| Target::new(hop.proto, address).to_peer(peer.clone());
        let name = match (&hop.host, hop.addr()) {
            (_, Some(address)) => {
                check(address)?;
                return Ok(Targets {
                    first: target(address),
                    others: Vec::new(),
                });
            }
            (Host::Name(name), None) => name,
            (Host::Ip(ip), None) => {
                return Err(Unresolved::NoAddress {
                    host: ip.to_string(),
                });
            }
        };
        let unresolved = || Unresolved::NoAddress { host: name.clone() };
        let look_up = self.look_ups.ask(tenant, name, hop.port_or_default());
        let found = tokio::time::timeout(RESOLVE_DEADLINE, look_up).await;
        let addresses = found.map_err(|_| unresolved())?.map_err(|_| unresolved())?;
        let is_reached = |address: SocketAddr| identity.has_endpoint(hop.proto, address.ip());
        let mut addresses = ordered(addresses, is_reached).into_iter();
        let first = addresses.next().ok_or_else(unresolved)?;
        // What a name stands for may change from one look-up to the next: these addresses are sent
        // to.
        check(first)?;
        let may = |address: &SocketAddr| match chosen_by {
            ChosenBy::Operator => true,
            ChosenBy::Tenant => identity.may_send_to(tenant, *address),
            ChosenBy::Contact => identity.may_be_contact(tenant, *address),
        };
        let others = addresses.filter(may);
        Ok(Targets {
            first: target(first),
            others: others.map(target).collect(),
        })
    }
}

/// Whom a connection over TLS has to be to: the host that the way began with, whatever DNS says.
fn peer_of(hop: &NextHop, tenant: TenantIndex) -> Option<Arc<TlsPeer>> {
    let name = match &hop.host {
        Host::Ip(ip) => ip.to_string(),
        Host::Name(name) => name.clone(),
    };
    let peer = || TlsPeer {
        name: name.into(),
        tenant,
    };
    hop.proto.is_secure().then(|| Arc::new(peer()))
}

/// Those that are reached before the others, each as they were found.
fn ordered(
    mut addresses: Vec<SocketAddr>,
    is_reached: impl Fn(SocketAddr) -> bool,
) -> Vec<SocketAddr> {
    addresses.sort_by_key(|address| !is_reached(*address));
    addresses
}

#[cfg(test)]
mod tests {
    use evroute_identity::TenantIdentity;
    use evroute_proxy::SentBy;
    use evroute_tenant::Networks;
    use evroute_transport::{Listen, Proto};

    use super::*;

    #[test]
    fn an_address_of_a_kind_that_has_a_socket_goes_before_one_that_has_not() {
        let both = ["[::1]:5060", "127.0.0.1:5060"].map(|address| address.parse().unwrap());
        let ordered = |is_reached: fn(SocketAddr) -> bool| {
            let ordered = super::ordered(both.to_vec(), is_reached);
            ordered.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let (v6, v4) = ("[::1]:5060", "127.0.0.1:5060");
        assert_eq!(ordered(|address| address.is_ipv4()), [v4, v6]);
        assert_eq!(ordered(|_| true), [v6, v4]);
        assert_eq!(ordered(|_| false), [v6, v4]);
    }

    fn resolver(found: &'static [&'static str]) -> Resolver {
        let listen = |proto, addr: &str| -> (Listen, Option<SentBy>) {
            let addr = addr.parse().unwrap();
            (Listen { proto, addr }, None)
        };
        let networks = Networks::new(vec!["192.0.2.0/24".parse().unwrap()]);
        let identity = LocalIdentity::new([listen(Proto::Udp, "198.51.100.1:5060")], []);
        let tenant = TenantIdentity {
            id: "a".parse().unwrap(),
            domains: Vec::new(),
            networks: Some(networks),
        };
        let identity = Arc::new(identity.with_tenants([tenant]));
        Resolver::by(identity, |_, _| {
            Ok(found.iter().map(|at| at.parse().unwrap()).collect())
        })
    }

    async fn resolved(
        found: &'static [&'static str],
        chosen_by: ChosenBy,
    ) -> Result<Vec<String>, Unresolved> {
        let uri = evroute_sip::Uri::parse(b"sip:h.example").unwrap();
        let hop = NextHop::of_uri(&uri).unwrap();
        let resolver = resolver(found);
        let targets = resolver
            .resolve(&hop, TenantIndex::new(0), chosen_by)
            .await?;
        let all = std::iter::once(targets.first).chain(targets.others);
        Ok(all.map(|target| target.remote.to_string()).collect())
    }

    #[tokio::test]
    async fn the_addresses_of_a_name_are_a_list_without_those_that_are_refused() {
        let found = &[
            "[2001:db8::1]:5060",
            "192.0.2.1:5060",
            "203.0.113.1:5060",
            "192.0.2.2:5060",
        ];
        let all = [
            "192.0.2.1:5060",
            "203.0.113.1:5060",
            "192.0.2.2:5060",
            "[2001:db8::1]:5060",
        ];
        let of_operator = resolved(found, ChosenBy::Operator).await.unwrap();
        assert_eq!(of_operator, all);
        let of_tenant = resolved(found, ChosenBy::Tenant).await.unwrap();
        assert_eq!(of_tenant, ["192.0.2.1:5060", "192.0.2.2:5060"]);
        let refused = resolved(&["203.0.113.1:5060", "192.0.2.1:5060"], ChosenBy::Tenant).await;
        assert!(
            matches!(refused, Err(Unresolved::Refused(_))),
            "{refused:?}"
        );
        let none = resolved(&[], ChosenBy::Operator).await;
        assert!(
            matches!(none, Err(Unresolved::NoAddress { .. })),
            "{none:?}"
        );
    }
}
