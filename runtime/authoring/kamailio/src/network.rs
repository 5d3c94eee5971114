//! Addresses and networks as conditions spell them: `10.0.0.0/8`, `10.1.0.0/255.255.0.0`, `[::1]`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address and which of its bits count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Network {
    /// The bits that count, and which they are.
    V4 { bits: u32, mask: u32 },
    /// The same for IPv6.
    V6 { bits: u128, mask: u128 },
}

/// Reads one; the reason why it is none otherwise.
pub(crate) fn read(text: &str) -> Result<Network, String> {
    let text = text.trim();
    let (address, mask) = match text.split_once('/') {
        Some((address, mask)) => (address, Some(mask)),
        None => (text, None),
    };
    match (address_of(address), mask) {
        (Some(IpAddr::V4(address)), mask) => {
            let mask = mask.map_or(Ok(u32::MAX), |mask| mask_of_4(mask).ok_or(mask));
            let mask = mask.map_err(|mask| format!("{mask} is no mask of an IPv4 network"))?;
            let bits = address.to_bits() & mask;
            Ok(Network::V4 { bits, mask })
        }
        (Some(IpAddr::V6(address)), mask) => {
            let mask = mask.map_or(Ok(u128::MAX), |mask| mask_of_6(mask).ok_or(mask));
            let mask = mask.map_err(|mask| format!("{mask} is no mask of an IPv6 network"))?;
            let bits = address.to_bits() & mask;
            Ok(Network::V6 { bits, mask })
        }
        (None, _) => Err(format!("{address} is no IP address")),
    }
}

/// An address, with the brackets that IPv6 may have around it.
pub(crate) fn address_of(text: &str) -> Option<IpAddr> {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => text.parse().ok(),
    }
}

fn mask_of_4(text: &str) -> Option<u32> {
    if let Ok(mask) = text.parse::<Ipv4Addr>() {
        return Some(mask.to_bits());
    }
    let length = text.parse::<u32>().ok().filter(|length| *length <= 32)?;
    Some(u32::MAX.checked_shl(32 - length).unwrap_or(0))
}

fn mask_of_6(text: &str) -> Option<u128> {
    if let Some(IpAddr::V6(mask)) = address_of(text) {
        return Some(mask.to_bits());
    }
    let length = text.parse::<u32>().ok().filter(|length| *length <= 128)?;
    Some(u128::MAX.checked_shl(128 - length).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_with_either_kind_of_mask() {
        let ten = Network::V4 {
            bits: 0x0a00_0000,
            mask: 0xff00_0000,
        };
        assert_eq!(read("10.0.0.0/8"), Ok(ten));
        assert_eq!(read("10.1.2.3/255.0.0.0"), Ok(ten));
        let all = Network::V4 { bits: 0, mask: 0 };
        assert_eq!(read("1.2.3.4/0"), Ok(all));
        let one = Network::V6 {
            bits: 1,
            mask: u128::MAX,
        };
        assert_eq!(read("[::1]"), Ok(one));
        assert_eq!(read("::1/128"), Ok(one));
        let documentation = Network::V6 {
            bits: 0x2001_0db8_u128 << 96,
            mask: 0xffff_ffff_u128 << 96,
        };
        assert_eq!(read("2001:db8::5/32"), Ok(documentation));
    }

    #[test]
    fn what_is_none_is_reported() {
        for text in [
            "localhost",
            "10.0.0",
            "10.0.0.0/33",
            "10.0.0.0/x",
            "::1/129",
            "[10.0.0.1]",
            "",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
