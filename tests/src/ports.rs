//! Ports that nobody else uses.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::{Mutex, PoisonError};

/// Below what Linux hands out by itself (32768), above what services use.
const FIRST: u16 = 12_000;
/// How many neighbouring ports a process claims at once: more than most tests use.
const BLOCK: u16 = 100;
const BLOCKS: u16 = 200;
/// One port for each block, below the first: whoever listens there has the block.
const GUARDS: u16 = FIRST - BLOCKS;

/// How far apart two processes look for a block first whose numbers are neighbours. It has no
/// divisor in common with the number of blocks.
const APART: u32 = 37;

static OWN: Mutex<Claimed> = Mutex::new(Claimed::new());

/// A port of the loopback address that is free for UDP and TCP alike, and that no other process of
/// these tests is given.
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
    // A test that panicked has broken nothing here.
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    own.take(count)
}

/// The blocks of ports that this process has. A port is often used long after it was looked for,
/// and by a program that binds it itself: it cannot be held until then, but its block can, until
/// the process ends.
struct Claimed {
    guards: Vec<TcpListener>,
    next: u16,
    end: u16,
}

impl Claimed {
    const fn new() -> Self {
        Self {
            guards: Vec::new(),
            next: 0,
            end: 0,
        }
    }

    fn take(&mut self, count: u16) -> u16 {
        assert!(count <= BLOCK, "{count} neighbours are more than a block");
        loop {
            if self.end - self.next < count {
                self.claim();
            }
            let port = self.next;
            self.next += count;
            if (port..port + count).all(is_free) {
                return port;
            }
        }
    }

    fn claim(&mut self) {
        let start = std::process::id().wrapping_mul(APART) % u32::from(BLOCKS);
        let start = u16::try_from(start).unwrap_or(0);
        for step in 0..BLOCKS {
            let block = (start + step) % BLOCKS;
            if let Ok(guard) = TcpListener::bind((Ipv4Addr::LOCALHOST, GUARDS + block)) {
                self.guards.push(guard);
                self.next = FIRST + block * BLOCK;
                self.end = self.next + BLOCK;
                return;
            }
        }
        unreachable!("twenty thousand ports are taken")
    }
}

fn is_free(port: u16) -> bool {
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    udp.is_ok() && tcp.is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn two_processes_are_never_given_the_same_port() {
        // Both begin to look at the same place, as two processes may.
        let mut processes = [Claimed::new(), Claimed::new()];
        let mut given = HashSet::new();
        for _ in 0..BLOCK {
            for process in &mut processes {
                let first = process.take(4);
                for port in first..first + 4 {
                    assert!(given.insert(port), "{port} twice");
                }
            }
        }
    }

    #[test]
    fn a_port_that_somebody_has_is_not_given() {
        let mut process = Claimed::new();
        let before = process.take(1);
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, before + 1)).unwrap();
        assert!(process.take(1) > before + 1);
        drop(taken);
    }
}
