//! From a next hop to an address.

use std::time::Duration;

use evroute_proxy::{Host, NextHop};
use evroute_transport::Target;

/// How long a name may take. SIP timers run from the send, so this comes on top of them.
const RESOLVE_DEADLINE: Duration = Duration::from_secs(3);

/// A next hop has no address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no address for {host}")]
pub struct Unresolved {
    /// The name.
    pub host: String,
}

/// The address of a next hop. At once when the host is an address; else the system's resolver is asked (A and AAAA; SRV
/// and NAPTR of RFC 3263 are not looked at yet).
///
/// # Errors
/// [`Unresolved`] when there is none, or the resolver takes longer than 3 s.
pub async fn resolve(hop: &NextHop) -> Result<Target, Unresolved> {
    let name = match (&hop.host, hop.addr()) {
        (_, Some(address)) => return Ok(Target::new(hop.proto, address)),
        (Host::Name(name), None) => name,
        (Host::Ip(ip), None) => {
            return Err(Unresolved {
                host: ip.to_string(),
            });
        }
    };
    let unresolved = || Unresolved { host: name.clone() };
    let lookup = tokio::net::lookup_host((name.as_str(), hop.port_or_default()));
    let found = tokio::time::timeout(RESOLVE_DEADLINE, lookup).await;
    let mut addresses = found.map_err(|_| unresolved())?.map_err(|_| unresolved())?;
    addresses
        .next()
        .map(|address| Target::new(hop.proto, address))
        .ok_or_else(unresolved)
}
