use std::time::Duration;

use evroute_tenant::TenantIndex;
use evroute_transport::{EndCause, Inbound, Proto, TcpConfig};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::recorder::Call;
use crate::{Bench, OPTIONS};

const TENANT: TenantIndex = TenantIndex::new(7);

/// A connection whose end is told.
async fn told(bench: &mut Bench) -> (TcpStream, Inbound) {
    let mut peer = TcpStream::connect(bench.addr()).await.unwrap();
    peer.write_all(OPTIONS).await.unwrap();
    let inbound = bench.received.message().await;
    let connection = inbound.flow.connection.unwrap();
    for _ in 0..2 {
        assert!(bench.transport.tell_end(connection, TENANT));
    }
    (peer, inbound)
}

async fn is_told(bench: &mut Bench, inbound: &Inbound, cause: EndCause) {
    let Call::Ended(ended) = bench.received.next().await else {
        panic!("something else came");
    };
    assert_eq!((ended.cause, ended.flow), (cause, inbound.flow));
    assert_eq!(ended.tenants, [TENANT]);
    let connection = inbound.flow.connection.unwrap();
    assert!(!bench.transport.tell_end(connection, TENANT), "it is gone");
}

#[tokio::test]
async fn the_end_of_a_connection_is_told_with_its_cause() {
    let mut bench = Bench::new(Proto::Tcp);
    let (peer, inbound) = told(&mut bench).await;
    drop(peer);
    is_told(&mut bench, &inbound, EndCause::Peer).await;
    let (peer, inbound) = told(&mut bench).await;
    peer.set_zero_linger().unwrap();
    drop(peer);
    is_told(&mut bench, &inbound, EndCause::Reset).await;
    let (_peer, inbound) = told(&mut bench).await;
    bench.transport.close(inbound.flow.connection.unwrap());
    is_told(&mut bench, &inbound, EndCause::Server).await;
}

#[tokio::test]
async fn a_connection_that_was_silent_for_too_long_is_told_so() {
    let mut bench = Bench::new(Proto::Tcp);
    let (_peer, inbound) = told(&mut bench).await;
    tokio::time::pause();
    tokio::time::sleep(TcpConfig::default().idle_timeout + Duration::from_secs(1)).await;
    tokio::time::resume();
    is_told(&mut bench, &inbound, EndCause::Idle).await;
}

#[tokio::test]
async fn nobody_is_told_of_connections_that_nobody_asked_about_or_that_end_with_the_server() {
    let mut bench = Bench::new(Proto::Tcp);
    let mut untold = TcpStream::connect(bench.addr()).await.unwrap();
    untold.write_all(OPTIONS).await.unwrap();
    bench.received.message().await;
    drop(untold);
    // What came behind it is the next that is told.
    let (_peer, _inbound) = told(&mut bench).await;
    bench.drain().await;
    assert!(bench.received.is_empty());
}
