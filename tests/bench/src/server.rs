//! A server under measurement: how to start it and where it listens.
//!
//! [`Server`] is all that part c and the RPC half of part a know of Kamailio and
//! evroute alike.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use crate::cpu;
use crate::error::Error;
use crate::memory;
use crate::probe::Probe;
use crate::process::{Launch, Process};

const READY_LIMIT: Duration = Duration::from_secs(15);
const READY_STEP: Duration = Duration::from_millis(200);

/// Where a server that speaks TLS does so.
pub(crate) fn tls_of(sip: SocketAddr) -> SocketAddr {
    SocketAddr::new(sip.ip(), sip.port() + 50)
}

/// How to start a server, and where it will listen over UDP and TCP.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// How to start it; its name is the one in the tables.
    pub(crate) launch: Launch,
    /// SIP over UDP and TCP.
    pub(crate) sip: SocketAddr,
    /// JSON-RPC 2.0 at POST /rpc, where the measurement needs it.
    pub(crate) rpc: Option<SocketAddr>,
}

/// A server that runs and answers. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct Running {
    /// How it was started.
    pub(crate) server: Server,
    process: Process,
}

impl Server {
    /// Starts it and waits until it answers an OPTIONS with any final response.
    pub(crate) fn start(&self) -> Result<Running, Error> {
        let mut process = Process::start(&self.launch)?;
        let mut probe = Probe::towards(self.sip)?;
        let deadline = Instant::now() + READY_LIMIT;
        while Instant::now() < deadline && !process.has_ended() {
            if probe.ask("", "", READY_STEP)?.is_some() {
                // Its other workers may still be starting; give them a moment.
                thread::sleep(READY_STEP);
                if process.has_ended() {
                    // Somebody else answered on a port that ours found taken.
                    break;
                }
                return Ok(Running {
                    server: self.clone(),
                    process,
                });
            }
            thread::sleep(READY_STEP / 4);
        }
        Err(Error::NotReady {
            name: self.launch.name.clone(),
            address: self.sip.to_string(),
            log: self.launch.log.clone(),
            tail: process.log_tail(),
        })
    }
}

impl Running {
    /// Its name in the tables.
    pub(crate) fn name(&self) -> &str {
        &self.server.launch.name
    }

    /// CPU time of all its processes and threads so far.
    pub(crate) fn cpu(&self) -> Duration {
        cpu::of_tree(self.process.id())
    }

    /// What all its processes hold, in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        memory::of_tree(self.process.id())
    }

    /// Empties its log.
    pub(crate) fn truncate_log(&self) -> Result<(), Error> {
        self.process.truncate_log()
    }
}
