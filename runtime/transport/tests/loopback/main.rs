//! The transport on real sockets of this machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; clippy only knows functions marked as tests"
)]

mod dials;
mod drain;
mod ends;
mod http;
mod http_requests;
mod recorder;
mod tcp;
mod tls;
mod udp;
mod workers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use evroute_transport::{BindError, Config, Listen, Proto, Transport};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use recorder::Recorder;

/// Long enough for anything that is going to happen on one machine.
const PATIENCE: Duration = Duration::from_secs(10);

const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

const OPTIONS: &[u8] = b"OPTIONS sip:h SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 4\r\n\r\nbody";

/// A running transport and what it received.
struct Bench {
    transport: Transport,
    received: Recorder,
    tracker: TaskTracker,
    cancel: CancellationToken,
}

impl Bench {
    fn new(proto: Proto) -> Self {
        Self::with(Config::listening_on(vec![Listen {
            proto,
            addr: LOOPBACK,
        }]))
    }

    fn with(config: Config) -> Self {
        let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
        let (received, receiver) = recorder::new();
        let transport = Transport::bind(
            config,
            tracker.clone(),
            cancel.clone(),
            Arc::clone(&receiver) as _,
        )
        .unwrap();
        receiver.answer_through(transport.clone());
        Self {
            transport,
            received,
            tracker,
            cancel,
        }
    }

    fn addr(&self) -> SocketAddr {
        self.transport.listening()[0].addr
    }

    /// Cancels and waits for every task to end.
    async fn drain(&self) {
        self.cancel.cancel();
        self.tracker.close();
        within(self.tracker.wait()).await;
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("nothing happened")
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_it() {
    for proto in [Proto::Udp, Proto::Tcp] {
        let bench = Bench::new(proto);
        let addr = bench.addr();
        let config = Config::listening_on(vec![Listen { proto, addr }]);
        let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
        let error = Transport::bind(config, tracker, cancel, recorder::new().1).unwrap_err();
        assert!(matches!(error, BindError::Taken { .. }), "{error:?}");
        assert!(
            error
                .to_string()
                .contains(&format!("{proto} {addr} is taken")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_an_error_that_names_it() {
    let listen = Listen {
        proto: Proto::Udp,
        addr: "192.0.2.1:5060".parse().unwrap(),
    };
    let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
    let config = Config::listening_on(vec![listen]);
    let error = Transport::bind(config, tracker, cancel, recorder::new().1).unwrap_err();
    assert!(matches!(error, BindError::NotLocal { .. }), "{error:?}");
}

#[tokio::test]
async fn when_one_address_fails_no_task_was_started() {
    let bench = Bench::new(Proto::Tcp);
    let free = Listen {
        proto: Proto::Udp,
        addr: LOOPBACK,
    };
    let taken = Listen {
        proto: Proto::Tcp,
        addr: bench.addr(),
    };
    let (tracker, cancel) = (TaskTracker::new(), CancellationToken::new());
    let config = Config::listening_on(vec![free, taken]);
    Transport::bind(config, tracker.clone(), cancel, recorder::new().1).unwrap_err();
    assert!(tracker.is_empty());
}
