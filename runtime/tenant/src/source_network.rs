//! Where messages come from.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::{Network, NetworkError};

/// A network that messages come from, or one address: `10.0.0.0/8`, `192.0.2.7`. An IPv4 address is
/// itself also where a socket of both kinds shows it as an IPv6 one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SourceNetwork(IpNet);

impl SourceNetwork {
    /// Whether a message from this address is from here.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether every address of its kind is from here.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.0.prefix_len() == 0
    }

    /// The network of this length that an address is in; none of a length that there is not.
    #[must_use]
    pub(crate) fn of(address: IpAddr, prefix_bits: u8) -> Option<Self> {
        let network = IpNet::new(address.to_canonical(), prefix_bits).ok()?;
        Some(Self(network.trunc()))
    }

    /// How many bits of an address say that it is in here.
    #[must_use]
    pub(crate) fn prefix_bits(&self) -> u8 {
        self.0.prefix_len()
    }
}

impl From<IpAddr> for SourceNetwork {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical().into())
    }
}

impl FromStr for SourceNetwork {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        match text.parse()? {
            Network::Addresses(network) => Ok(Self(network)),
            Network::Socket(_) => Err(NetworkError::NotANetwork),
        }
    }
}

/// An address as one.
impl fmt::Display for SourceNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.prefix_len() == self.0.max_prefix_len() {
            true => self.0.addr().fmt(f),
            false => self.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_addresses_are_read_and_shown_alike() {
        for text in ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "2001:db8::1"] {
            let network: SourceNetwork = text.parse().unwrap();
            assert_eq!(network.to_string(), text);
        }
        for text in ["", "x", "10.1.2.3/8", "10.0.0.1:5060", "10.0.0.0/33"] {
            assert!(text.parse::<SourceNetwork>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mapped_address_is_in_the_network_of_its_ipv4_address() {
        let network: SourceNetwork = "10.0.0.0/8".parse().unwrap();
        assert!(network.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!network.contains("11.1.2.3".parse().unwrap()));
        assert_eq!(
            SourceNetwork::from("::ffff:192.0.2.7".parse::<IpAddr>().unwrap()).to_string(),
            "192.0.2.7"
        );
    }
}
