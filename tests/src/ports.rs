//! Ports that nobody else uses.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below what Linux hands out by itself (32768), above what services use.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// How far apart two processes begin whose numbers are neighbours: more ports than one of them ever
/// uses.
const APART: u32 = 997;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port of the loopback address that is free for UDP and TCP alike.
///
/// Test processes run side by side: each begins at another place, so that two of them hardly ever
/// try the same port between looking and using it.
///
/// # Panics
/// When all are taken.
#[must_use]
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of this many neighbouring ports, all of them free: what SIPp wants for media.
///
/// # Panics
/// When all are taken.
#[must_use]
pub(crate) fn free_ports(count: u16) -> u16 {
    let own = std::process::id().wrapping_mul(APART) % u32::from(COUNT);
    let own = u16::try_from(own).unwrap_or(0);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(count, Ordering::Relaxed);
        let port = FIRST + (own.wrapping_add(step) % COUNT);
        if (port..port + count).all(is_free) {
            return port;
        }
    }
    unreachable!("twenty thousand ports are taken")
}

fn is_free(port: u16) -> bool {
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    udp.is_ok() && tcp.is_ok()
}
