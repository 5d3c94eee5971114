use std::net::SocketAddr;

use bytes::Bytes;
use evroute_transport::{Config, Listen, Proto, Target, TransportError};
use tokio::net::UdpSocket;

use crate::{Bench, LOOPBACK, OPTIONS, within};

async fn peer() -> UdpSocket {
    UdpSocket::bind(LOOPBACK).await.unwrap()
}

async fn next(peer: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = vec![0; 65_536];
    let (len, from) = within(peer.recv_from(&mut buffer)).await.unwrap();
    buffer.truncate(len);
    (buffer, from)
}

#[tokio::test]
async fn a_datagram_comes_with_the_way_it_came() {
    let (mut bench, peer) = (Bench::new(Proto::Udp), peer().await);
    peer.send_to(OPTIONS, bench.addr()).await.unwrap();
    let inbound = bench.received.message().await;
    assert_eq!(inbound.bytes, OPTIONS);
    let flow = inbound.flow;
    assert_eq!((flow.proto, flow.connection), (Proto::Udp, None));
    assert_eq!(
        (flow.local, flow.remote),
        (bench.addr(), peer.local_addr().unwrap())
    );
}

#[tokio::test]
async fn answers_leave_from_the_socket_the_request_came_in_by() {
    let listen = Listen {
        proto: Proto::Udp,
        addr: LOOPBACK,
    };
    let bench = Bench::with(Config::listening_on(vec![listen, listen]));
    let peer = peer().await;
    for at in [1, 0] {
        let addr = bench.transport.listening()[at].addr;
        peer.send_to(b"echo", addr).await.unwrap();
        assert_eq!(next(&peer).await, (b"echo".to_vec(), addr));
    }
}

#[tokio::test]
async fn the_largest_datagram_passes_both_ways() {
    let (bench, peer) = (Bench::new(Proto::Udp), peer().await);
    // The largest payload over IPv4.
    let mut largest = vec![b'x'; 65_507];
    largest[..4].copy_from_slice(b"echo");
    peer.send_to(&largest, bench.addr()).await.unwrap();
    assert_eq!(next(&peer).await.0, largest);
    let to = Target::new(Proto::Udp, peer.local_addr().unwrap());
    let error = bench
        .transport
        .send(Bytes::from(vec![b'x'; 65_508]), &to)
        .unwrap_err();
    assert!(matches!(error, TransportError::System(_)), "{error:?}");
}

#[tokio::test]
async fn keep_alives_are_counted_and_go_no_further() {
    let (mut bench, peer) = (Bench::new(Proto::Udp), peer().await);
    for datagram in [&b"\r\n\r\n"[..], b"\0", b""] {
        peer.send_to(datagram, bench.addr()).await.unwrap();
    }
    peer.send_to(OPTIONS, bench.addr()).await.unwrap();
    assert_eq!(bench.received.message().await.bytes, OPTIONS);
    let totals = bench.transport.counters().totals(Proto::Udp);
    assert_eq!((totals.received, totals.keep_alives), (1, 3));
}

#[tokio::test]
async fn stun_is_answered_on_the_port_of_sip_and_goes_no_further() {
    let (mut bench, peer) = (Bench::new(Proto::Udp), peer().await);
    let asked = |kind: u8| [&[0, kind, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    for kind in [0x11, 0x01] {
        peer.send_to(&asked(kind), bench.addr()).await.unwrap();
    }
    let (answer, from) = next(&peer).await;
    assert_eq!(from, bench.addr());
    let port = peer.local_addr().unwrap().port().to_be_bytes();
    assert_eq!(answer[..2], [0x01, 0x01]);
    assert_eq!(answer[4..20], asked(0x01)[4..]);
    assert_eq!([answer[26] ^ 0x21, answer[27] ^ 0x12], port);
    peer.send_to(OPTIONS, bench.addr()).await.unwrap();
    assert_eq!(bench.received.message().await.bytes, OPTIONS);
    let totals = bench.transport.counters().totals(Proto::Udp);
    assert_eq!((totals.stun_answered, totals.stun_dropped), (1, 1));
}

#[tokio::test]
async fn a_panic_of_the_receiver_does_not_make_the_socket_deaf() {
    let (mut bench, peer) = (Bench::new(Proto::Udp), peer().await);
    for _ in 0..20 {
        peer.send_to(b"panic", bench.addr()).await.unwrap();
    }
    peer.send_to(OPTIONS, bench.addr()).await.unwrap();
    assert_eq!(bench.received.message().await.bytes, OPTIONS);
    assert_eq!(bench.transport.counters().receiver_panics(), 20);
}

#[tokio::test]
async fn without_a_fitting_socket_nothing_is_sent() {
    let bench = Bench::new(Proto::Udp);
    let mut to = Target::new(Proto::Udp, "[::1]:5060".parse().unwrap());
    let send = |to: &Target| bench.transport.send(Bytes::from_static(OPTIONS), to);
    assert_eq!(send(&to), Err(TransportError::NoSocket));
    to.remote = "127.0.0.1:9".parse().unwrap();
    to.local = Some("127.0.0.2:5060".parse().unwrap());
    assert_eq!(send(&to), Err(TransportError::NoSocket));
    assert_eq!(bench.transport.counters().totals(Proto::Udp).errors, 2);
}

#[tokio::test]
async fn ipv6_works_like_ipv4() {
    let addr = "[::1]:0".parse().unwrap();
    let mut bench = Bench::with(Config::listening_on(vec![Listen {
        proto: Proto::Udp,
        addr,
    }]));
    let peer = UdpSocket::bind(addr).await.unwrap();
    peer.send_to(b"echo", bench.addr()).await.unwrap();
    assert_eq!(next(&peer).await, (b"echo".to_vec(), bench.addr()));
    assert!(bench.received.message().await.flow.remote.is_ipv6());
}
