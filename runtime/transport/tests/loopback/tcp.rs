use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use evroute_transport::{Config, FrameError, Listen, Proto, Target, TcpConfig, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::recorder::{BAD_REQUEST, Call};
use crate::{Bench, LOOPBACK, OPTIONS, within};

const ECHO: &[u8] = b"MESSAGE sip:h SIP/2.0\r\nl: 4\r\n\r\necho";

fn configured(tcp: TcpConfig) -> Bench {
    let mut config = Config::listening_on(vec![Listen {
        proto: Proto::Tcp,
        addr: LOOPBACK,
    }]);
    config.tcp = tcp;
    Bench::with(config)
}

async fn connect(to: SocketAddr) -> TcpStream {
    within(TcpStream::connect(to)).await.unwrap()
}

async fn read(stream: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut buffer = vec![0; len];
    within(stream.read_exact(&mut buffer)).await.unwrap();
    buffer
}

async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut buffer = Vec::new();
    // A reset ends a stream as well.
    let _ = within(stream.read_to_end(&mut buffer)).await;
    buffer
}

#[tokio::test]
async fn messages_of_one_stream_come_one_by_one_with_their_connection() {
    let mut bench = Bench::new(Proto::Tcp);
    let mut peer = connect(bench.addr()).await;
    let (first, second) = OPTIONS.split_at(30);
    peer.write_all(first).await.unwrap();
    peer.flush().await.unwrap();
    peer.write_all(&[second, OPTIONS].concat()).await.unwrap();
    let one = bench.received.message().await;
    let two = bench.received.message().await;
    assert_eq!((&one.bytes[..], &two.bytes[..]), (OPTIONS, OPTIONS));
    assert_eq!(one.flow, two.flow);
    assert!(one.flow.connection.is_some());
    assert_eq!(
        (one.flow.local, one.flow.remote),
        (bench.addr(), peer.local_addr().unwrap())
    );
}

#[tokio::test]
async fn answers_go_back_over_the_same_connection() {
    let bench = Bench::new(Proto::Tcp);
    let mut peer = connect(bench.addr()).await;
    for _ in 0..3 {
        peer.write_all(ECHO).await.unwrap();
        assert_eq!(read(&mut peer, ECHO.len()).await, ECHO);
    }
    let totals = bench.transport.counters().totals(Proto::Tcp);
    assert_eq!(
        (totals.received, totals.sent, totals.connections),
        (3, 3, 1)
    );
}

#[tokio::test]
async fn pings_are_answered_with_pongs() {
    let bench = Bench::new(Proto::Tcp);
    let mut peer = connect(bench.addr()).await;
    peer.write_all(b"\r\n\r\n").await.unwrap();
    assert_eq!(read(&mut peer, 2).await, b"\r\n");
    peer.write_all(ECHO).await.unwrap();
    assert_eq!(read(&mut peer, ECHO.len()).await, ECHO);
    assert_eq!(bench.transport.counters().totals(Proto::Tcp).keep_alives, 1);
}

#[tokio::test]
async fn a_stream_without_borders_gets_its_400_and_is_closed() {
    let mut bench = Bench::new(Proto::Tcp);
    let mut peer = connect(bench.addr()).await;
    let bad = b"OPTIONS sip:h SIP/2.0\r\nl: x\r\n\r\nrest";
    peer.write_all(bad).await.unwrap();
    match bench.received.next().await {
        Call::Unframed(inbound, error) => {
            assert_eq!(inbound.bytes, &bad[..]);
            assert_eq!(error, FrameError::BadContentLength);
        }
        call => panic!("{call:?}"),
    }
    assert_eq!(read_to_end(&mut peer).await, BAD_REQUEST);
}

#[tokio::test]
async fn a_connection_is_dialled_once_and_used_both_ways() {
    let mut bench = Bench::new(Proto::Tcp);
    let server = TcpListener::bind(LOOPBACK).await.unwrap();
    let to = Target::new(Proto::Tcp, server.local_addr().unwrap());
    // All three before the connect is done: they wait for it, in order.
    for number in 0..3 {
        bench
            .transport
            .send(format!("{number}").into(), &to)
            .unwrap();
    }
    let (mut peer, _) = within(server.accept()).await.unwrap();
    assert_eq!(read(&mut peer, 3).await, b"012");
    peer.write_all(OPTIONS).await.unwrap();
    let inbound = bench.received.message().await;
    assert_eq!(inbound.flow.remote, to.remote);
    // A target with a number that does not live any more falls back to the address.
    let back = Target {
        connection: Some(evroute_transport::ConnectionId::new(999)),
        ..to
    };
    bench
        .transport
        .send(Bytes::from_static(b"again"), &back)
        .unwrap();
    assert_eq!(read(&mut peer, 5).await, b"again");
    assert_eq!(bench.transport.counters().totals(Proto::Tcp).connections, 1);
}

#[tokio::test]
async fn a_flow_is_its_connection_or_nothing_and_its_end_is_told() {
    let mut bench = Bench::new(Proto::Tcp);
    let mut peer = TcpStream::connect(bench.addr()).await.unwrap();
    peer.write_all(OPTIONS).await.unwrap();
    let flow = bench.received.message().await.flow;
    let transport = bench.transport.clone();
    let ring = || transport.send(Bytes::from_static(b"ring"), &flow.itself());
    assert_eq!(ring(), Ok(()));
    assert_eq!(read(&mut peer, 4).await, b"ring");
    let connection = flow.connection.unwrap();
    assert!(transport.has(&flow) && transport.registered(connection, None));
    // The same number at another address is somebody else's, of before a restart.
    let mut other = flow;
    other.remote.set_port(1);
    assert!(!transport.has(&other));
    let sent = transport.send(Bytes::from_static(b"ring"), &other.itself());
    assert_eq!(sent, Err(TransportError::Closed));
    drop(peer);
    match bench.received.next().await {
        Call::Closed(closed) => assert_eq!(closed, flow),
        call => panic!("{call:?}"),
    }
    assert!(!transport.has(&flow) && !transport.registered(connection, None));
    // Nobody listens where it came from; nothing is dialled there.
    assert_eq!(ring(), Err(TransportError::Closed));
    assert_eq!(bench.transport.counters().totals(Proto::Tcp).opened, 1);
}

#[tokio::test]
async fn what_cannot_be_connected_is_undeliverable() {
    let mut bench = Bench::new(Proto::Tcp);
    let closed = TcpListener::bind(LOOPBACK)
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let to = Target::new(Proto::Tcp, closed);
    bench
        .transport
        .send(Bytes::from_static(b"lost"), &to)
        .unwrap();
    match bench.received.next().await {
        Call::Undeliverable(target, bytes, error) => {
            assert_eq!((target, &bytes[..]), (to, &b"lost"[..]));
            assert_eq!(
                error,
                TransportError::System(std::io::ErrorKind::ConnectionRefused)
            );
        }
        call => panic!("{call:?}"),
    }
    assert_eq!(bench.transport.counters().totals(Proto::Tcp).connections, 0);
}

#[tokio::test]
async fn connections_beyond_the_limit_of_one_source_are_closed_at_once() {
    let mut bench = configured(TcpConfig {
        connections_per_source_max: 1,
        ..TcpConfig::default()
    });
    let mut first = connect(bench.addr()).await;
    first.write_all(OPTIONS).await.unwrap();
    bench.received.message().await;
    let mut second = connect(bench.addr()).await;
    assert_eq!(read_to_end(&mut second).await, b"");
    let server = TcpListener::bind(LOOPBACK).await.unwrap();
    let to = Target::new(Proto::Tcp, server.local_addr().unwrap());
    let refused = bench.transport.send(Bytes::from_static(b"x"), &to);
    assert_eq!(refused, Err(TransportError::TooManyConnections));
    drop(first);
    // The place is free once the first connection's end was noticed.
    within(async {
        while bench.transport.send(Bytes::from_static(b"x"), &to).is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(bench.transport.counters().totals(Proto::Tcp).dropped >= 2);
}

#[tokio::test]
async fn idle_connections_and_slow_messages_are_closed() {
    let quick = Duration::from_millis(50);
    let long = Duration::from_secs(3600);
    for (idle_timeout, message_timeout, sent) in
        [(quick, long, &b""[..]), (long, quick, b"OPTIONS sip:h")]
    {
        let tcp = TcpConfig {
            idle_timeout,
            message_timeout,
            ..TcpConfig::default()
        };
        let bench = configured(tcp);
        let mut peer = connect(bench.addr()).await;
        peer.write_all(sent).await.unwrap();
        assert_eq!(read_to_end(&mut peer).await, b"");
    }
}

/// Lets virtual time pass. The clock is real again while bytes are on their way, since a paused
/// one would jump to the next deadline before they arrive.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_connection_that_is_pinged_lives_on_though_nothing_else_comes() {
    let bench = Bench::new(Proto::Tcp);
    let mut peer = connect(bench.addr()).await;
    for _ in 0..30 {
        // RFC 5626 4.4.1: the longest that a phone lets pass.
        pass(120).await;
        peer.write_all(b"\r\n\r\n").await.unwrap();
        assert_eq!(read(&mut peer, 2).await, b"\r\n");
    }
    pass(270).await;
    assert_eq!(bench.transport.counters().totals(Proto::Tcp).connections, 1);
    pass(31).await;
    assert_eq!(read_to_end(&mut peer).await, b"", "silence ends it");
}

#[tokio::test]
async fn a_peer_that_does_not_read_fills_its_queue_and_is_closed() {
    let mut bench = configured(TcpConfig {
        write_queue_max: 4,
        write_timeout: Duration::from_millis(50),
        ..TcpConfig::default()
    });
    let mut peer = connect(bench.addr()).await;
    peer.write_all(OPTIONS).await.unwrap();
    let back = bench.received.message().await.flow.back();
    let chunk = Bytes::from(vec![b'x'; 200_000]);
    // Until the kernel's buffers and then the queue are full.
    let refused = within(async {
        loop {
            match bench.transport.send(chunk.clone(), &back) {
                Ok(()) => tokio::task::yield_now().await,
                Err(error) => break error,
            }
        }
    });
    assert_eq!(refused.await, TransportError::QueueFull);
    for _ in 0..4 {
        let call = bench.received.next().await;
        assert!(
            matches!(call, Call::Undeliverable(_, _, TransportError::Closed)),
            "{call:?}"
        );
    }
    assert_eq!(bench.transport.counters().totals(Proto::Tcp).connections, 0);
}

#[tokio::test]
async fn a_connection_can_be_closed_after_its_last_words() {
    let mut bench = Bench::new(Proto::Tcp);
    let mut peer = connect(bench.addr()).await;
    peer.write_all(OPTIONS).await.unwrap();
    let flow = bench.received.message().await.flow;
    bench
        .transport
        .send(Bytes::from_static(b"last"), &flow.back())
        .unwrap();
    bench.transport.close(flow.connection.unwrap());
    assert_eq!(read_to_end(&mut peer).await, b"last");
}

#[tokio::test]
async fn a_panic_of_the_receiver_does_not_end_the_connection() {
    let bench = Bench::new(Proto::Tcp);
    let mut peer = connect(bench.addr()).await;
    peer.write_all(b"MESSAGE sip:h SIP/2.0\r\nl: 5\r\n\r\npanic")
        .await
        .unwrap();
    peer.write_all(ECHO).await.unwrap();
    assert_eq!(read(&mut peer, ECHO.len()).await, ECHO);
    assert_eq!(bench.transport.counters().receiver_panics(), 1);
}
