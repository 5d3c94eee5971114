use bytes::Bytes;
use evroute_transport::{Config, Listen, Proto, Target, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Bench, LOOPBACK, OPTIONS, within};

#[tokio::test]
async fn cancelling_ends_every_task_and_frees_every_port() {
    let listen = |proto| Listen {
        proto,
        addr: LOOPBACK,
    };
    let config = Config::listening_on(vec![listen(Proto::Udp), listen(Proto::Tcp)]);
    let mut bench = Bench::with(config);
    let tcp = bench.transport.listening()[1].addr;
    let mut peer = within(TcpStream::connect(tcp)).await.unwrap();
    peer.write_all(OPTIONS).await.unwrap();
    bench.received.message().await;
    bench.drain().await;
    let mut rest = Vec::new();
    assert_eq!(within(peer.read_to_end(&mut rest)).await.unwrap(), 0);
    assert!(TcpStream::connect(tcp).await.is_err());
}

#[tokio::test]
async fn what_was_taken_before_the_end_is_still_written() {
    let mut bench = Bench::new(Proto::Tcp);
    let mut peer = within(TcpStream::connect(bench.addr())).await.unwrap();
    peer.write_all(OPTIONS).await.unwrap();
    let back = bench.received.message().await.flow.back();
    // More than the kernel takes at once, so that some of it waits.
    let long = Bytes::from(vec![b'x'; 8 << 20]);
    bench.transport.send(long.clone(), &back).unwrap();
    let mut read = Vec::new();
    let (_, len) = tokio::join!(bench.drain(), within(peer.read_to_end(&mut read)));
    assert_eq!(len.unwrap(), long.len());
}

#[tokio::test]
async fn after_the_end_streams_are_refused() {
    let bench = Bench::new(Proto::Tcp);
    let server = TcpListener::bind(LOOPBACK).await.unwrap();
    bench.drain().await;
    let to = Target::new(Proto::Tcp, server.local_addr().unwrap());
    let sent = bench.transport.send(Bytes::from_static(OPTIONS), &to);
    assert_eq!(sent, Err(TransportError::ShuttingDown));
}
