//! From a next hop to an address.

use std::net::SocketAddr;
use std::time::Duration;

use evroute_proxy::{Host, NextHop};
use evroute_tenant::TenantIndex;
use evroute_transport::Target;

use crate::local_identity::{DestinationError, LocalIdentity};

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

/// The address of a next hop. At once when the host is an address; else the system's resolver is asked (A and AAAA; SRV
/// and NAPTR of RFC 3263 are not looked at yet), and of its answers the first is taken of a kind that we have a socket for.
///
/// # Errors
/// [`Unresolved`] when there is none that the tenant may send to, or it takes longer than 3 s, waiting for one of the places for look-ups included: there are
/// 256, and 32 for each tenant.
pub async fn resolve(
    hop: &NextHop,
    identity: &LocalIdentity,
    tenant: TenantIndex,
    chosen_by: ChosenBy,
) -> Result<Target, Unresolved> {
    let check = |address| match chosen_by {
        ChosenBy::Operator => Ok(()),
        ChosenBy::Tenant => identity.check_destination(tenant, address),
        ChosenBy::Contact => identity.check_contact(tenant, address),
    };
    let name = match (&hop.host, hop.addr()) {
        (_, Some(address)) => {
            check(address)?;
            return Ok(Target::new(hop.proto, address));
        }
        (Host::Name(name), None) => name,
        (Host::Ip(ip), None) => {
            return Err(Unresolved::NoAddress {
                host: ip.to_string(),
            });
        }
    };
    let unresolved = || Unresolved::NoAddress { host: name.clone() };
    let look_up = identity.look_ups.ask(tenant, name, hop.port_or_default());
    let found = tokio::time::timeout(RESOLVE_DEADLINE, look_up).await;
    let addresses = found.map_err(|_| unresolved())?.map_err(|_| unresolved())?;
    let is_reached = |address: SocketAddr| identity.has_endpoint(hop.proto, address.ip());
    let address = chosen(addresses.into_iter(), is_reached).ok_or_else(unresolved)?;
    // What a name stands for may change from one look-up to the next: this address is sent to.
    check(address)?;
    Ok(Target::new(hop.proto, address))
}

/// The first that is reached, else the first of all: what is wrong with it is told where it is used.
fn chosen(
    addresses: impl Iterator<Item = SocketAddr>,
    is_reached: impl Fn(SocketAddr) -> bool,
) -> Option<SocketAddr> {
    let mut first = None;
    for address in addresses {
        if is_reached(address) {
            return Some(address);
        }
        first = first.or(Some(address));
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_kind_that_has_a_socket_goes_before_one_that_has_not() {
        let both = ["[::1]:5060", "127.0.0.1:5060"].map(|address| address.parse().unwrap());
        let chosen = |is_reached: fn(SocketAddr) -> bool| {
            let chosen = super::chosen(both.into_iter(), is_reached);
            chosen.unwrap().to_string()
        };
        assert_eq!(chosen(|address| address.is_ipv4()), "127.0.0.1:5060");
        assert_eq!(chosen(|_| true), "[::1]:5060");
        assert_eq!(chosen(|_| false), "[::1]:5060");
        assert_eq!(super::chosen([].into_iter(), |_| true), None);
    }
}
