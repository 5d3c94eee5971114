//! Flow tokens: a way to a phone as text that only this server can write (RFC 5626 5.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evroute_transport::{ConnectionId, Flow, Proto};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Bytes of the MAC: 80 bits, as RFC 5626 5.2 has it. Tokens travel in every datagram of a call.
const MAC_BYTES: usize = 10;
/// The first byte: this, where the addresses are of IPv6, and the protocol.
const KIND: u8 = 0xe0;
const KIND_MASK: u8 = 0xf0;
const IS_V6: u8 = 0x08;
const PROTO_MASK: u8 = 0x07;
/// No token is longer: two addresses of IPv6 with their ports, a connection, first byte and MAC.
const TOKEN_BYTES_MAX: usize = 1 + 2 * 18 + 8 + MAC_BYTES;

/// Why text leads to no flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum NoFlow {
    /// It does not look like a token.
    #[error("no flow token")]
    NotAToken,
    /// It looks like one, but this server has not written it for this tenant.
    #[error("a flow token that is not this server's, or another tenant's")]
    Forged,
}

/// Writes and reads them. A token leads to where its phone spoke from, and nobody else can make one
/// that leads elsewhere, nor use another tenant's.
pub(crate) struct FlowTokens {
    key: [u8; 32],
}

impl FlowTokens {
    /// The key is random, and nobody else's. What was written with it before is read again.
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The token of a flow of this tenant's.
    pub(crate) fn write(&self, tenant: &str, flow: &Flow) -> String {
        let mut token = Vec::with_capacity(TOKEN_BYTES_MAX);
        let proto = u8::try_from(flow.proto.index()).unwrap_or(PROTO_MASK);
        let is_v6 = flow.remote.is_ipv6();
        token.push(KIND | proto | if is_v6 { IS_V6 } else { 0 });
        for address in [flow.remote, flow.local] {
            match address.ip() {
                IpAddr::V4(ip) => token.extend(ip.octets()),
                IpAddr::V6(ip) => token.extend(ip.octets()),
            }
            token.extend(address.port().to_be_bytes());
        }
        if let Some(connection) = flow.connection {
            token.extend(connection.number().to_be_bytes());
        }
        let mac = self.mac(tenant, &token);
        token.extend(mac);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The flow that a token of this tenant's leads to.
    ///
    /// # Errors
    /// [`NoFlow`].
    pub(crate) fn read(&self, tenant: &str, token: &str) -> Result<Flow, NoFlow> {
        let mut bytes = [0; TOKEN_BYTES_MAX + 3];
        if token.len() > (TOKEN_BYTES_MAX * 4).div_ceil(3) {
            return Err(NoFlow::NotAToken);
        }
        let length = URL_SAFE_NO_PAD.decode_slice(token, &mut bytes);
        let length = length.map_err(|_| NoFlow::NotAToken)?;
        let read = bytes.get(..length).and_then(|token| {
            let (flow, mac) = token.split_at_checked(token.len().checked_sub(MAC_BYTES)?)?;
            Some((flow, mac, parse(flow)?))
        });
        let (written, mac, flow) = read.ok_or(NoFlow::NotAToken)?;
        match bool::from(mac.ct_eq(&self.mac(tenant, written))) {
            true => Ok(flow),
            false => Err(NoFlow::Forged),
        }
    }

    fn mac(&self, tenant: &str, flow: &[u8]) -> [u8; MAC_BYTES] {
        let mut short = [0; MAC_BYTES];
        // Hmac takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return short;
        };
        // With lengths, so that no two pairs are the same.
        for part in [&b"flow"[..], tenant.as_bytes(), flow] {
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        }
        let whole = mac.finalize().into_bytes();
        short
            .iter_mut()
            .zip(whole)
            .for_each(|(to, from)| *to = from);
        short
    }
}

/// What stands before the MAC.
fn parse(bytes: &[u8]) -> Option<Flow> {
    let (&kind, rest) = bytes.split_first()?;
    if kind & KIND_MASK != KIND {
        return None;
    }
    let proto = *Proto::ALL.get(usize::from(kind & PROTO_MASK))?;
    let (remote, rest) = address(kind, rest)?;
    let (local, rest) = address(kind, rest)?;
    let connection = match (proto.is_reliable(), rest.is_empty()) {
        (true, false) => Some(ConnectionId::new(u64::from_be_bytes(rest.try_into().ok()?))),
        (false, true) => None,
        (true, true) | (false, false) => return None,
    };
    Some(Flow {
        proto,
        local,
        remote,
        connection,
    })
}

fn address(kind: u8, bytes: &[u8]) -> Option<(SocketAddr, &[u8])> {
    let (ip, rest) = if kind & IS_V6 == 0 {
        let (ip, rest) = bytes.split_first_chunk::<4>()?;
        (IpAddr::V4(Ipv4Addr::from(*ip)), rest)
    } else {
        let (ip, rest) = bytes.split_first_chunk::<16>()?;
        (IpAddr::V6(Ipv6Addr::from(*ip)), rest)
    };
    let (port, rest) = rest.split_first_chunk::<2>()?;
    Some((SocketAddr::new(ip, u16::from_be_bytes(*port)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(proto: Proto, remote: &str, local: &str) -> Flow {
        Flow {
            proto,
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
            connection: proto.is_reliable().then(|| ConnectionId::new(7)),
        }
    }

    #[test]
    fn a_token_leads_to_its_flow_also_after_a_restart() {
        let (before, after) = (FlowTokens::new([1; 32]), FlowTokens::new([1; 32]));
        for flow in [
            flow(Proto::Udp, "203.0.113.5:4000", "0.0.0.0:5060"),
            flow(Proto::Tcp, "203.0.113.5:4000", "192.0.2.1:5060"),
            flow(Proto::Wss, "[2001:db8::1]:65535", "[2001:db8::2]:1"),
        ] {
            let token = before.write("demo", &flow);
            assert_eq!(after.read("demo", &token), Ok(flow));
            let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            assert!(token.bytes().all(is_fit), "{token}");
        }
    }

    #[test]
    fn a_token_of_a_datagram_is_short() {
        let tokens = FlowTokens::new([1; 32]);
        let flow = flow(Proto::Udp, "203.0.113.5:4000", "0.0.0.0:5060");
        assert_eq!(tokens.write("demo", &flow).len(), 31);
    }

    #[test]
    fn a_token_of_another_tenant_or_server_leads_nowhere() {
        let flow = flow(Proto::Udp, "203.0.113.5:4000", "192.0.2.1:5060");
        let tokens = FlowTokens::new([1; 32]);
        let token = tokens.write("demo", &flow);
        assert_eq!(tokens.read("other", &token), Err(NoFlow::Forged));
        let other = FlowTokens::new([2; 32]);
        assert_eq!(other.read("demo", &token), Err(NoFlow::Forged));
    }

    #[test]
    fn a_token_with_any_bit_changed_leads_nowhere() {
        let tokens = FlowTokens::new([1; 32]);
        for flow in [
            flow(Proto::Udp, "203.0.113.5:4000", "192.0.2.1:5060"),
            flow(Proto::Tls, "[2001:db8::1]:4000", "[2001:db8::2]:5061"),
        ] {
            let token = tokens.write("demo", &flow);
            let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let changed = URL_SAFE_NO_PAD.encode(changed);
                assert!(tokens.read("demo", &changed).is_err(), "{bit}");
            }
            for end in 0..token.len() {
                assert!(tokens.read("demo", &token[..end]).is_err(), "{end}");
            }
        }
    }

    #[test]
    fn users_are_no_tokens() {
        let tokens = FlowTokens::new([1; 32]);
        for user in ["", "alice", "+12025550123", "a%20b", &"x".repeat(1000)] {
            assert_eq!(tokens.read("demo", user), Err(NoFlow::NotAToken), "{user}");
        }
    }
}
