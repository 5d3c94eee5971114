//! Where a tenant may send to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Networks that nobody means who means "everything", by their first address and length: what is
/// sent there reaches this host itself, its neighbours on the wire, or many at once.
const SPECIAL_V4: [([u8; 4], u8); 5] = [
    // "This network" (RFC 1122 3.2.1.3), which many systems take for this host.
    ([0, 0, 0, 0], 8),
    // Loopback.
    ([127, 0, 0, 0], 8),
    // Link-local (RFC 3927), where clouds keep their secrets.
    ([169, 254, 0, 0], 16),
    // Multicast (RFC 5771).
    ([224, 0, 0, 0], 4),
    // Reserved (RFC 1112 4), broadcast among it.
    ([240, 0, 0, 0], 4),
];
/// The same of IPv6 (RFC 4291): unspecified, loopback and the deprecated IPv4-compatible addresses;
/// link-local; multicast.
const SPECIAL_V6: [([u16; 2], u8); 3] = [([0, 0], 96), ([0xfe80, 0], 10), ([0xff00, 0], 8)];

/// IPv4 addresses behind a translator: the well-known prefix of RFC 6052.
const TRANSLATED: ([u16; 2], u8) = ([0x64, 0xff9b], 96);

/// One entry of `tenant.networks`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Network {
    /// All ports of all its addresses, except this server's own sockets: `10.0.0.0/8`, `192.0.2.7`.
    Addresses(IpNet),
    /// This port of this address, even if it is one of this server's own: `127.0.0.1:5060`.
    Socket(SocketAddr),
}

/// Text that is no network.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NetworkError {
    /// Not written as one.
    #[error("it is not a network, an IP address or IP:PORT")]
    NotANetwork,
    /// It has bits beyond its length: more or less may be meant.
    #[error("the network of this length begins with another address: {0}")]
    BitsBeyond(IpNet),
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        if let Ok(socket) = text.parse::<SocketAddr>() {
            let ip = plain(socket.ip());
            return Ok(Self::Socket(SocketAddr::new(ip, socket.port())));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Addresses(plain(ip).into()));
        }
        let network: IpNet = text.parse().map_err(|_| NetworkError::NotANetwork)?;
        if network == network.trunc() {
            Ok(Self::Addresses(network))
        } else {
            Err(NetworkError::BitsBeyond(network.trunc()))
        }
    }
}

/// Where a tenant's messages may go, whoever chose it: a handler, a peer, a phone that registered.
///
/// An address is let through when an entry has it. But loopback, link-local, unspecified, multicast
/// and reserved addresses need one that lies within their own network: `0.0.0.0/0` does not let
/// through 127.0.0.1, `127.0.0.0/8` and `127.0.0.1` do. Names are judged by the addresses that they
/// turn out to have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Networks(Vec<Network>);

/// An address that a tenant may not send to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} is in none of the networks that this tenant may send to")]
pub struct OutsideNetworks(pub IpAddr);

impl Networks {
    /// These and no others.
    #[must_use]
    pub fn new(entries: Vec<Network>) -> Self {
        Self(entries)
    }

    /// What holds where nothing is configured: everything that is not special. Loopback, too, when
    /// all that is listened on is loopback: then everybody who is spoken with is on this host.
    #[must_use]
    pub fn usual(listeners: impl IntoIterator<Item = IpAddr>) -> Self {
        let mut listeners = listeners.into_iter().map(plain).peekable();
        let is_local = listeners.peek().is_some() && listeners.all(|ip| ip.is_loopback());
        let mut networks = vec![Ipv4Net::default().into(), IpNet::V6(Ipv6Net::default())];
        if is_local {
            networks.extend(Ipv4Net::new(Ipv4Addr::new(127, 0, 0, 0), 8).map(IpNet::V4));
            networks.push(IpAddr::from(Ipv6Addr::LOCALHOST).into());
        }
        Self(networks.into_iter().map(Network::Addresses).collect())
    }

    /// Whether a message may go there, as far as its address tells.
    ///
    /// # Errors
    /// [`OutsideNetworks`].
    pub fn check(&self, to: SocketAddr) -> Result<(), OutsideNetworks> {
        let ip = plain(to.ip());
        let within = special(ip);
        let has = |entry: &Network| match entry {
            Network::Addresses(network) => {
                network.contains(&ip) && within.is_none_or(|special| special.contains(network))
            }
            Network::Socket(_) => false,
        };
        if self.0.iter().any(has) || self.has_socket(to) {
            Ok(())
        } else {
            Err(OutsideNetworks(to.ip()))
        }
    }

    /// Whether exactly this socket is listed, which lets through one of this server's own.
    #[must_use]
    pub fn has_socket(&self, to: SocketAddr) -> bool {
        let to = SocketAddr::new(plain(to.ip()), to.port());
        self.0.contains(&Network::Socket(to))
    }
}

/// The network of special addresses that an address is of.
fn special(ip: IpAddr) -> Option<IpNet> {
    let v4 = SPECIAL_V4
        .iter()
        .filter_map(|(first, length)| Ipv4Net::new((*first).into(), *length).ok())
        .map(IpNet::V4);
    let v6 = SPECIAL_V6.iter().filter_map(v6_net).map(IpNet::V6);
    v4.chain(v6).find(|network| network.contains(&ip))
}

fn v6_net((first, length): &([u16; 2], u8)) -> Option<Ipv6Net> {
    let [one, two] = *first;
    Ipv6Net::new(Ipv6Addr::new(one, two, 0, 0, 0, 0, 0, 0), *length).ok()
}

/// An address as it is reached: IPv4 addresses have IPv6 spellings.
fn plain(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) if v6_net(&TRANSLATED).is_some_and(|net| net.contains(&v6)) => {
            let [.., a, b, c, d] = v6.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        ip => ip,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(network) => network.fmt(f),
            Self::Socket(socket) => socket.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(entries: &[&str]) -> Networks {
        Networks::new(entries.iter().map(|entry| entry.parse().unwrap()).collect())
    }

    fn passes(networks: &Networks, ip: &str) -> bool {
        let ip: IpAddr = ip.parse().unwrap();
        networks.check(SocketAddr::new(ip, 5060)).is_ok()
    }

    #[test]
    fn by_default_everything_passes_that_is_not_this_host_its_wire_or_many_at_once() {
        let usual = Networks::usual(["192.0.2.1".parse().unwrap()]);
        for ip in ["203.0.113.9", "10.0.0.1", "192.168.1.7", "2001:db8::1"] {
            assert!(passes(&usual, ip), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "127.1.2.3",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "224.0.1.75",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "fe80::1",
            "febf::1",
            "ff02::1",
        ] {
            assert!(!passes(&usual, ip), "{ip}");
        }
    }

    #[test]
    fn a_server_on_loopback_alone_may_speak_with_loopback() {
        let at = |ips: &[&str]| Networks::usual(ips.iter().map(|ip| ip.parse().unwrap()));
        for ip in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(passes(&at(&["127.0.0.1", "::1"]), ip), "{ip}");
            assert!(!passes(&at(&["127.0.0.1", "192.0.2.1"]), ip), "{ip}");
            assert!(!passes(&at(&["0.0.0.0"]), ip), "{ip}");
            assert!(!passes(&at(&[]), ip), "{ip}");
        }
        assert!(!passes(&at(&["127.0.0.1"]), "169.254.169.254"));
    }

    #[test]
    fn a_list_is_all_there_is_and_what_is_special_has_to_be_meant() {
        let trunk = networks(&["203.0.113.0/24", "2001:db8::/32"]);
        assert!(passes(&trunk, "203.0.113.9") && passes(&trunk, "2001:db8::7"));
        assert!(!passes(&trunk, "203.0.114.9") && !passes(&trunk, "10.0.0.1"));
        for entry in ["0.0.0.0/0", "0.0.0.0/1", "126.0.0.0/7"] {
            assert!(!passes(&networks(&[entry]), "127.0.0.1"), "{entry}");
        }
        for entry in [
            "127.0.0.0/8",
            "127.0.0.1",
            "127.0.0.0/30",
            "::ffff:127.0.0.1",
        ] {
            assert!(passes(&networks(&[entry]), "127.0.0.1"), "{entry}");
        }
        assert!(passes(&networks(&["fe80::/10"]), "fe80::1"));
        assert!(!passes(&networks(&[]), "203.0.113.9"), "none at all");
    }

    #[test]
    fn a_socket_is_one_port() {
        let own = networks(&["127.0.0.1:5060", "[::1]:5060"]);
        let passes = |at: &str| own.check(at.parse().unwrap()).is_ok();
        assert!(passes("127.0.0.1:5060") && passes("[::1]:5060"));
        assert!(passes("[::ffff:127.0.0.1]:5060"));
        assert!(!passes("127.0.0.1:5061") && !passes("127.0.0.2:5060"));
    }

    #[test]
    fn what_is_not_a_network_is_reported_with_what_may_be_meant() {
        for text in ["", "demo.example", "10.0.0.0/33", "10.0.0/8", "127.0.0.1:"] {
            let error = text.parse::<Network>().unwrap_err();
            assert_eq!(error, NetworkError::NotANetwork, "{text}");
        }
        let error = "10.1.2.3/8".parse::<Network>().unwrap_err();
        assert!(error.to_string().ends_with(": 10.0.0.0/8"), "{error}");
        for text in ["10.0.0.0/8", "127.0.0.1/32", "127.0.0.1:5060", "fe80::/10"] {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), text);
        }
    }
}
