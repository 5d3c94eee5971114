//! From a message to its tenant.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::pinned_peers::PinnedPeers;
use crate::{PeerIdentity, PinConflict, Pins, SourceNetwork, TenantIndex, TrustedSender};

/// The longest host name (RFC 1035 section 2.3.4), in bytes.
const HOST_BYTES_MAX: usize = 255;

/// What is known about a message before its tenant is. Hosts are as the message spells them,
/// without port; IPv6 references with or without their brackets.
#[derive(Clone, Copy, Debug, Default)]
pub struct MatchKeys<'a> {
    /// Which of our sockets it came to.
    pub listener: Option<SocketAddr>,
    /// Where it came from.
    pub source: Option<IpAddr>,
    /// Who its connection is to, where a certificate has shown that.
    pub peer: Option<&'a PeerIdentity>,
    /// The tenant that our own Route names: that of the dialog.
    pub recorded: Option<TenantIndex>,
    /// The Request-URI's host; none in a response.
    pub request_host: Option<&'a str>,
    /// The host of From.
    pub from_host: Option<&'a str>,
    /// The host of To.
    pub to_host: Option<&'a str>,
}

/// A domain, listener or source that cannot be pinned to a tenant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Another tenant, or the same, has it already.
    #[error("it is taken already")]
    Taken(TenantIndex),
    /// Not a host name or address.
    #[error("it is not a host name or an IP address")]
    NotAHost,
}

/// Finds the tenant of a message in constant time: at most one look-up per clue, of sources one per
/// length of their networks, and none of them allocates.
#[derive(Clone, Debug, Default)]
pub struct TenantResolver {
    listeners: HashMap<SocketAddr, TenantIndex>,
    sources: HashMap<SourceNetwork, TenantIndex>,
    /// The lengths of those networks, the longest first: a few, or 161 at most.
    source_lengths: Vec<u8>,
    peers: PinnedPeers,
    /// By name in lower case without a final dot. IPv4 addresses are names here, too.
    names: HashMap<Box<str>, TenantIndex>,
    /// IPv6 hosts by value, since one address has many spellings.
    v6_hosts: HashMap<Ipv6Addr, TenantIndex>,
}

impl TenantResolver {
    /// A resolver that finds nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes all of these the tenant's.
    ///
    /// # Errors
    /// [`PinConflict`] with the first that is refused; those before it are pinned.
    pub fn pin(&mut self, pins: &Pins, tenant: TenantIndex) -> Result<(), PinConflict> {
        let conflict = |what, value: String| move |why| PinConflict { what, value, why };
        for domain in &pins.domains {
            let pinned = self.pin_domain(domain, tenant);
            pinned.map_err(conflict("domain", domain.clone()))?;
        }
        for listener in &pins.listeners {
            let pinned = self.pin_listener(*listener, tenant);
            pinned.map_err(conflict("listener", listener.to_string()))?;
        }
        for source in &pins.sources {
            let pinned = self.pin_sender(source, tenant);
            pinned.map_err(conflict("source", source.to_string()))?;
        }
        Ok(())
    }

    /// Takes away all that is this tenant's.
    pub fn unpin(&mut self, tenant: TenantIndex) {
        self.listeners.retain(|_, owner| *owner != tenant);
        self.sources.retain(|_, owner| *owner != tenant);
        self.peers.unpin(tenant);
        self.note_source_lengths();
        self.names.retain(|_, owner| *owner != tenant);
        self.v6_hosts.retain(|_, owner| *owner != tenant);
    }

    /// Makes a domain (or an address used as one) the tenant's.
    ///
    /// # Errors
    /// [`PinError`] when it has a tenant already or is not a host.
    pub fn pin_domain(&mut self, host: &str, tenant: TenantIndex) -> Result<(), PinError> {
        let mut space = [0; HOST_BYTES_MAX];
        match Host::read(host, &mut space).ok_or(PinError::NotAHost)? {
            Host::V6(address) => pin(&mut self.v6_hosts, address, tenant),
            Host::Name(name) => pin(&mut self.names, name.into(), tenant),
        }
    }

    /// Makes everything that comes to this socket of ours the tenant's.
    ///
    /// # Errors
    /// [`PinError::Taken`].
    pub fn pin_listener(
        &mut self,
        address: SocketAddr,
        tenant: TenantIndex,
    ) -> Result<(), PinError> {
        pin(&mut self.listeners, address, tenant)
    }

    /// Makes everything that comes from there, or from this peer, the tenant's.
    ///
    /// # Errors
    /// [`PinError::Taken`].
    pub fn pin_sender(
        &mut self,
        sender: &TrustedSender,
        tenant: TenantIndex,
    ) -> Result<(), PinError> {
        match sender {
            TrustedSender::Network(network) => self.pin_source(*network, tenant),
            TrustedSender::Peer {
                peer,
                is_server_believed,
            } => self.peers.pin(peer, *is_server_believed, tenant),
        }
    }

    /// Makes everything that comes from this network the tenant's, but for what comes from a
    /// smaller one in it that is another's.
    ///
    /// # Errors
    /// [`PinError::Taken`].
    pub fn pin_source(
        &mut self,
        source: impl Into<SourceNetwork>,
        tenant: TenantIndex,
    ) -> Result<(), PinError> {
        pin(&mut self.sources, source.into(), tenant)?;
        self.note_source_lengths();
        Ok(())
    }

    fn note_source_lengths(&mut self) {
        let lengths = self.sources.keys().map(SourceNetwork::prefix_bits);
        self.source_lengths = lengths.collect();
        self.source_lengths
            .sort_unstable_by_key(|length| Reverse(*length));
        self.source_lengths.dedup();
    }

    /// Whose the smallest network is that this address is in.
    fn source(&self, address: IpAddr) -> Option<TenantIndex> {
        let mut lengths = self.source_lengths.iter();
        lengths.find_map(|length| {
            let network = SourceNetwork::of(address, *length)?;
            self.sources.get(&network).copied()
        })
    }

    /// The tenant of a message. What the operator pinned (listener, then the peer by its
    /// certificate, then its network) beats what the peer claims; of the claims, the dialog that a
    /// request says it is in comes first: its hosts may be those of phones and of other networks.
    /// Else where the request wants to go, then who sends it, then To.
    #[must_use]
    pub fn resolve(&self, match_keys: &MatchKeys<'_>) -> Option<TenantIndex> {
        let listener = || self.listeners.get(&match_keys.listener?).copied();
        let peer = || self.peers.find(match_keys.peer?);
        let source = || self.source(match_keys.source?);
        listener()
            .or_else(peer)
            .or_else(source)
            .or(match_keys.recorded)
            .or_else(|| self.domain(match_keys.request_host?))
            .or_else(|| self.domain(match_keys.from_host?))
            .or_else(|| self.domain(match_keys.to_host?))
    }

    /// Whose domain this is. Case does not matter (RFC 3261 section 19.1.4), nor does a final dot.
    #[must_use]
    pub fn domain(&self, host: &str) -> Option<TenantIndex> {
        let mut space = [0; HOST_BYTES_MAX];
        match Host::read(host, &mut space)? {
            Host::V6(address) => self.v6_hosts.get(&address).copied(),
            Host::Name(name) => self.names.get(name).copied(),
        }
    }
}

fn pin<K: Eq + std::hash::Hash>(
    map: &mut HashMap<K, TenantIndex>,
    key: K,
    tenant: TenantIndex,
) -> Result<(), PinError> {
    match map.get(&key) {
        Some(owner) => Err(PinError::Taken(*owner)),
        None => {
            map.insert(key, tenant);
            Ok(())
        }
    }
}

/// A host in the one form in which it is looked up.
enum Host<'a> {
    V6(Ipv6Addr),
    Name(&'a str),
}

impl<'a> Host<'a> {
    /// Normalises into `space`, without allocating: this runs for every message.
    fn read(host: &str, space: &'a mut [u8; HOST_BYTES_MAX]) -> Option<Self> {
        if host.contains(':') {
            let inner = host
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            return inner.unwrap_or(host).parse().ok().map(Self::V6);
        }
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_host = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        if host.is_empty() || !host.bytes().all(is_host) {
            return None;
        }
        let name = space.get_mut(..host.len())?;
        name.copy_from_slice(host.as_bytes());
        name.make_ascii_lowercase();
        std::str::from_utf8(name).ok().map(Self::Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TenantIndex = TenantIndex::new(0);
    const B: TenantIndex = TenantIndex::new(1);
    const C: TenantIndex = TenantIndex::new(2);

    fn two() -> TenantResolver {
        let mut resolver = TenantResolver::new();
        resolver.pin_domain("Example.COM", A).unwrap();
        resolver.pin_domain("127.0.0.1", A).unwrap();
        resolver.pin_domain("[2001:db8::1]", B).unwrap();
        resolver.pin_domain("b.example", B).unwrap();
        resolver
    }

    #[test]
    fn domains_are_found_whatever_their_case_and_final_dot() {
        let resolver = two();
        for host in ["example.com", "EXAMPLE.com", "example.com."] {
            assert_eq!(resolver.domain(host), Some(A), "{host}");
        }
        assert_eq!(resolver.domain("127.0.0.1"), Some(A));
        for host in [
            "sub.example.com",
            "example.co",
            "example.com..",
            "",
            ".",
            "xample.com",
        ] {
            assert_eq!(resolver.domain(host), None, "{host}");
        }
    }

    #[test]
    fn an_ipv6_host_is_found_in_every_spelling() {
        let resolver = two();
        for host in ["[2001:db8::1]", "2001:db8::1", "[2001:DB8:0:0:0:0:0:1]"] {
            assert_eq!(resolver.domain(host), Some(B), "{host}");
        }
        assert_eq!(resolver.domain("[2001:db8::2]"), None);
        assert_eq!(resolver.domain("[2001:db8::1"), None);
    }

    #[test]
    fn hostile_hosts_find_nobody() {
        let resolver = two();
        let long = "a".repeat(100_000);
        for host in [
            long.as_str(),
            "exa\u{e4}mple.com",
            "\0",
            "a b",
            "[",
            "[]",
            ":",
            "[:]",
            "::%eth0",
        ] {
            assert_eq!(resolver.domain(host), None);
        }
    }

    #[test]
    fn a_domain_has_one_tenant() {
        let mut resolver = two();
        assert_eq!(
            resolver.pin_domain("EXAMPLE.com.", B),
            Err(PinError::Taken(A))
        );
        assert_eq!(
            resolver.pin_domain("2001:db8:0::1", A),
            Err(PinError::Taken(B))
        );
        assert_eq!(
            resolver.pin_domain("not a host", A),
            Err(PinError::NotAHost)
        );
        assert_eq!(resolver.pin_domain("", A), Err(PinError::NotAHost));
    }

    #[test]
    fn what_the_operator_pinned_beats_what_the_peer_claims() {
        let mut resolver = two();
        let listener = "192.0.2.1:5062".parse().unwrap();
        let source: IpAddr = "192.0.2.9".parse().unwrap();
        resolver.pin_source(source, C).unwrap();
        let mut match_keys = MatchKeys {
            request_host: Some("example.com"),
            source: Some(source),
            ..MatchKeys::default()
        };
        assert_eq!(resolver.resolve(&match_keys), Some(C));
        match_keys.recorded = Some(A);
        assert_eq!(resolver.resolve(&match_keys), Some(C));
        resolver.pin_listener(listener, B).unwrap();
        match_keys.listener = Some(listener);
        assert_eq!(resolver.resolve(&match_keys), Some(B));
        assert_eq!(resolver.pin_listener(listener, A), Err(PinError::Taken(B)));
        assert_eq!(
            resolver.pin_source("::ffff:192.0.2.9".parse::<IpAddr>().unwrap(), A),
            Err(PinError::Taken(C))
        );
    }

    #[test]
    fn the_claims_are_asked_in_order() {
        let resolver = two();
        let mut match_keys = MatchKeys {
            request_host: Some("example.com"),
            from_host: Some("b.example"),
            to_host: Some("example.com"),
            ..MatchKeys::default()
        };
        match_keys.recorded = Some(C);
        assert_eq!(resolver.resolve(&match_keys), Some(C));
        match_keys.recorded = None;
        assert_eq!(resolver.resolve(&match_keys), Some(A));
        match_keys.request_host = Some("elsewhere.example");
        assert_eq!(resolver.resolve(&match_keys), Some(B));
        match_keys.from_host = Some("elsewhere.example");
        assert_eq!(resolver.resolve(&match_keys), Some(A));
        match_keys.to_host = None;
        assert_eq!(resolver.resolve(&match_keys), None);
    }

    #[test]
    fn of_networks_in_each_other_the_smallest_counts() {
        let mut resolver = two();
        let network = |text: &str| text.parse::<SourceNetwork>().unwrap();
        resolver.pin_source(network("10.0.0.0/8"), A).unwrap();
        resolver.pin_source(network("10.1.0.0/16"), B).unwrap();
        resolver.pin_source(network("10.1.2.3"), C).unwrap();
        resolver.pin_source(network("2001:db8::/32"), B).unwrap();
        let from = |resolver: &TenantResolver, source: &str| {
            resolver.resolve(&MatchKeys {
                source: source.parse().ok(),
                ..MatchKeys::default()
            })
        };
        assert_eq!(from(&resolver, "10.2.0.1"), Some(A));
        assert_eq!(from(&resolver, "10.1.9.9"), Some(B));
        assert_eq!(from(&resolver, "10.1.2.3"), Some(C));
        assert_eq!(from(&resolver, "::ffff:10.1.2.3"), Some(C));
        assert_eq!(from(&resolver, "2001:db8:7::1"), Some(B));
        assert_eq!(from(&resolver, "11.0.0.1"), None);
        let taken = resolver.pin_source(network("10.1.0.0/16"), A);
        assert_eq!(taken, Err(PinError::Taken(B)));
        resolver.unpin(B);
        assert_eq!(from(&resolver, "10.1.9.9"), Some(A));
        assert_eq!(from(&resolver, "2001:db8:7::1"), None);
    }
}
