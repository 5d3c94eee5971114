//! The addresses of this host, as its routing table has them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use evroute_proxy::HostAddresses;

/// Answers that are remembered; peers choose what is asked.
const REMEMBERED_MAX: usize = 1024;
/// How long an answer holds: addresses come and go.
const HOLDS: Duration = Duration::from_secs(60);
/// Any port but 0: to connect a datagram socket sends nothing.
const PORT: u16 = 9;

/// Asks the system, and remembers the answers for a minute. Used only where a server listens on all
/// addresses (`0.0.0.0`, `[::]`).
#[derive(Debug, Default)]
pub(crate) struct RoutingTable {
    own: Remembered<bool>,
    towards: Remembered<IpAddr>,
}

impl RoutingTable {
    /// The address that this host reaches another from: what Via and Record-Route name towards it.
    pub(crate) fn towards(&self, remote: IpAddr) -> IpAddr {
        self.towards.get(remote, ask_towards)
    }
}

impl HostAddresses for RoutingTable {
    fn contains(&self, ip: IpAddr) -> bool {
        self.own.get(ip, is_own)
    }
}

/// Only an address of this host can be bound to.
fn is_own(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

fn ask_towards(remote: IpAddr) -> IpAddr {
    let (any, loopback): (IpAddr, IpAddr) = if remote.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::LOCALHOST.into())
    } else {
        (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::LOCALHOST.into())
    };
    let found = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect(SocketAddr::new(remote, PORT))?;
        socket.local_addr()
    });
    match found {
        Ok(local) if !local.ip().is_unspecified() => local.ip(),
        // Without a way there nothing will be sent, so nobody reads it.
        Ok(_) | Err(_) => loopback,
    }
}

/// Answers by address.
#[derive(Debug)]
struct Remembered<T>(Mutex<HashMap<IpAddr, (Instant, T)>>);

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Copy> Remembered<T> {
    fn get(&self, ip: IpAddr, ask: impl FnOnce(IpAddr) -> T) -> T {
        let now = Instant::now();
        // Nothing between lock and unlock panics half-way through a change.
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lock().get(&ip) {
            Some((asked, answer)) if now.duration_since(*asked) < HOLDS => return *answer,
            Some(_) | None => {}
        }
        let answer = ask(ip);
        let mut known = lock();
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(ip, (now, answer));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_address_is_reached_from_itself_and_is_ours() {
        let table = RoutingTable::default();
        let loopback = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(table.towards(loopback), loopback);
        assert!(table.contains(loopback));
        // TEST-NET-1 (RFC 5737) is nobody's.
        assert!(!table.contains(IpAddr::from([192, 0, 2, 1])));
    }

    #[test]
    fn no_address_is_reached_from_an_unspecified_one() {
        let table = RoutingTable::default();
        for remote in ["192.0.2.1", "10.255.255.1", "2001:db8::1", "::1"] {
            let from = table.towards(remote.parse().unwrap());
            assert!(!from.is_unspecified(), "{remote}: {from}");
            assert_eq!(from.is_ipv4(), !remote.contains(':'), "{remote}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_asked_once() {
        let (known, mut asked) = (Remembered::default(), 0);
        for _ in 0..3 {
            known.get(IpAddr::from([10, 0, 0, 1]), |_| asked += 1);
        }
        assert_eq!(asked, 1);
        for number in 0..5000_u32 {
            known.get(Ipv4Addr::from_bits(number).into(), |_| ());
        }
        assert!(known.0.lock().unwrap().len() <= REMEMBERED_MAX);
    }
}
