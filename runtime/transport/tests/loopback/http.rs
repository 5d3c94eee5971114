use std::time::Duration;

use evroute_transport::{Config, Listen, Proto, Target, WebSocketConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Bench, LOOPBACK, OPTIONS, within};

const HANDSHAKE: &str = "GET /sip HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n";

fn bench(message_timeout: Duration) -> Bench {
    let mut config = Config::listening_on(vec![Listen {
        proto: Proto::Tcp,
        addr: LOOPBACK,
    }]);
    config.tcp.message_timeout = message_timeout;
    config.websocket = WebSocketConfig {
        path: Some("/sip".to_owned()),
        origins: Vec::new(),
    };
    Bench::with(config)
}

/// A frame of a client (RFC 6455 5.2): masked, with a mask of nothing.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        short @ ..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
        long => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

async fn until_blank_line(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(within(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_websocket_carries_messages_both_ways_however_they_come() {
    let mut bench = bench(Duration::from_secs(20));
    let mut client = TcpStream::connect(bench.addr()).await.unwrap();
    // In one write: nothing wakes the server for what came behind the handshake.
    let mut bytes = HANDSHAKE.as_bytes().to_vec();
    bytes.extend(frame(1, OPTIONS));
    bytes.extend(frame(9, b"still there?"));
    bytes.extend(frame(2, OPTIONS).repeat(100));
    client.write_all(&bytes).await.unwrap();
    let answer = until_blank_line(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    let first = bench.received.message().await;
    assert_eq!((&first.bytes[..], first.flow.proto), (OPTIONS, Proto::Ws));
    for _ in 0..100 {
        assert_eq!(bench.received.message().await.bytes, OPTIONS);
    }
    let mut pong = vec![0; 14];
    within(client.read_exact(&mut pong)).await.unwrap();
    assert_eq!(pong, *b"\x8a\x0cstill there?");
    let sip = b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n";
    bench
        .transport
        .send((&sip[..]).into(), &first.flow.back())
        .unwrap();
    let mut text = vec![0; 2 + sip.len()];
    within(client.read_exact(&mut text)).await.unwrap();
    assert_eq!((text[0], text[1], &text[2..]), (0x81, 24, &sip[..]));
    let counters = bench.transport.counters();
    assert_eq!(counters.totals(Proto::Ws).connections, 1);
    assert_eq!(counters.totals(Proto::Tcp).connections, 0);
    bench.drain().await;
    // It says that it goes.
    assert_eq!(within(client.read_u8()).await.unwrap(), 0x88);
}

#[tokio::test]
async fn a_frame_without_a_mask_and_a_message_that_is_too_long_end_a_websocket() {
    let bench = bench(Duration::from_secs(20));
    let mut unmasked = frame(1, b"x");
    unmasked[1] = 1;
    // In two parts, each of which may be.
    let mut too_long = frame(1, &[b'x'; 65_000]);
    too_long[0] = 1;
    too_long.extend(frame(0, &[b'x'; 1000]));
    for bytes in [unmasked, too_long] {
        let mut client = TcpStream::connect(bench.addr()).await.unwrap();
        client.write_all(HANDSHAKE.as_bytes()).await.unwrap();
        until_blank_line(&mut client).await;
        let _ = client.write_all(&bytes).await;
        let mut rest = Vec::new();
        let _ = within(client.read_to_end(&mut rest)).await;
        assert!(rest.len() < 32, "{rest:?}");
    }
}

#[tokio::test]
async fn half_a_request_and_half_a_frame_are_closed_within_their_deadline() {
    let limit = Duration::from_millis(300);
    let bench = bench(limit);
    let half_frame = [HANDSHAKE.as_bytes(), &frame(1, OPTIONS)[..20]].concat();
    for half in [&HANDSHAKE.as_bytes()[..60], b"GET / HTT", &half_frame] {
        let begun = std::time::Instant::now();
        let mut client = TcpStream::connect(bench.addr()).await.unwrap();
        client.write_all(half).await.unwrap();
        let mut rest = Vec::new();
        let _ = within(client.read_to_end(&mut rest)).await;
        assert!(begun.elapsed() >= limit);
    }
}

#[tokio::test]
async fn a_silent_connection_that_is_written_to_is_plain() {
    let mut bench = bench(Duration::from_secs(20));
    let mut client = TcpStream::connect(bench.addr()).await.unwrap();
    // One that comes later and speaks: then the first was accepted.
    let mut other = TcpStream::connect(bench.addr()).await.unwrap();
    other.write_all(OPTIONS).await.unwrap();
    bench.received.message().await;
    let to = Target::new(Proto::Tcp, client.local_addr().unwrap());
    bench.transport.send(OPTIONS.into(), &to).unwrap();
    let mut read = vec![0; OPTIONS.len()];
    within(client.read_exact(&mut read)).await.unwrap();
    assert_eq!(read, OPTIONS);
    client.write_all(OPTIONS).await.unwrap();
    assert_eq!(bench.received.message().await.flow.proto, Proto::Tcp);
}
