use std::future::{pending, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use evroute_tenant::TenantIndex;
use evroute_transport::{
    Config, DialAnswer, Listen, Proto, Target, TlsDialing, TlsPeer, TransportError,
};
use tokio::net::TcpListener;

use crate::recorder::Call;
use crate::{Bench, LOOPBACK, OPTIONS};

const LIMIT: Duration = Duration::from_secs(3);

/// What whoever is asked says about names.
struct ByName;

impl TlsDialing for ByName {
    fn admit(&self, _: SocketAddr, peer: &TlsPeer) -> Option<DialAnswer> {
        match &*peer.name {
            "refused.example" => Some(Box::pin(ready(false))),
            "allowed.example" => Some(Box::pin(ready(true))),
            "slow.example" => Some(Box::pin(pending())),
            "broken.example" => Some(Box::pin(async { panic!("asked for") })),
            "worse.example" => panic!("asked for"),
            _ => None,
        }
    }
}

fn bench() -> Bench {
    let mut config = Config::listening_on(vec![Listen {
        proto: Proto::Tcp,
        addr: LOOPBACK,
    }]);
    config.tls.handshake_timeout = LIMIT;
    let bench = Bench::with(config);
    bench.transport.ask_before_tls(Arc::new(ByName));
    bench
}

/// Why a message to a name did not leave.
async fn undeliverable(bench: &mut Bench, remote: SocketAddr, name: &str) -> TransportError {
    let peer = TlsPeer {
        name: name.into(),
        tenant: TenantIndex::new(0),
    };
    let to = Target::new(Proto::Tls, remote).to_peer(Some(Arc::new(peer)));
    bench
        .transport
        .send(Bytes::from_static(OPTIONS), &to)
        .unwrap();
    match bench.received.next().await {
        Call::Undeliverable(of, _, error) => {
            assert_eq!(of, to);
            error
        }
        call => panic!("{call:?}"),
    }
}

#[tokio::test]
async fn what_is_not_to_be_dialled_is_not_knocked_at() {
    let mut bench = bench();
    let peer = TcpListener::bind(LOOPBACK).await.unwrap();
    let remote = peer.local_addr().unwrap();
    for name in ["refused.example", "broken.example", "worse.example"] {
        let error = undeliverable(&mut bench, remote, name).await;
        assert_eq!(error, TransportError::Dropped, "{name}");
    }
    let handshakes = bench.transport.counters().totals(Proto::Tls).handshakes;
    assert_eq!((handshakes.dropped, handshakes.failed), (3, 0));
    // Here nobody speaks TLS, but the connection is made.
    for name in ["allowed.example", "other.example"] {
        let closed = async { drop(peer.accept().await.unwrap()) };
        let ((), error) = tokio::join!(closed, undeliverable(&mut bench, remote, name));
        assert_eq!(error, TransportError::Handshake, "{name}");
    }
    assert_eq!(bench.transport.counters().receiver_panics(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_waited_for_as_long_as_a_handshake_may_take() {
    let mut bench = bench();
    let begun = tokio::time::Instant::now();
    let sending = undeliverable(&mut bench, LOOPBACK, "slow.example");
    assert_eq!(sending.await, TransportError::Handshake);
    assert!(begun.elapsed() >= LIMIT, "{:?}", begun.elapsed());
    let handshakes = bench.transport.counters().totals(Proto::Tls).handshakes;
    assert_eq!((handshakes.late, handshakes.dropped), (1, 0));
}
