//! Connections that send what no phone would.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use evroute_tests::{PATIENCE, Server};

use super::phone::Phone;
use super::wire::is_served;

/// What the server may need more at the end than at the start, in KiB: what its limits allow the
/// connections below to hold at the same time (200 of 32 KiB headers), twice over.
const GROWTH_KIB_MAX: u64 = 2 * 200 * 32 + 20_000;

const HEAD: &str = "MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKhostile\r\n\
                    From: <sip:x@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: hostile\r\n\
                    CSeq: 1 MESSAGE\r\n";

/// The memory that a server occupies, in KiB.
fn resident(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Sends this until the server closes the connection, and returns what it said.
fn closes_over(server: &Server, chunks: impl Iterator<Item = Vec<u8>>) -> String {
    let mut stream = TcpStream::connect(server.sip).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    for chunk in chunks {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let mut said = Vec::new();
    // A reset ends it as well: what was sent after the close is refused so.
    let mut bytes = [0; 4096];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => said.extend_from_slice(&bytes[..length]),
            Err(error) => {
                assert_eq!(
                    error.kind(),
                    std::io::ErrorKind::ConnectionReset,
                    "not closed"
                );
                break;
            }
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

fn served(what: &str, server: &Server) {
    assert!(is_served(server), "after {what} nothing is served");
}

#[test]
fn hostile_connections_are_closed_and_the_server_stays_alive_and_bounded() {
    let server = super::server(&Phone::new());
    served("nothing", &server);
    let before = resident(&server);

    let garbage = (0..64_u32).map(|round| {
        let noise = (0..4096_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) ^ round);
        noise.map(|word| word.to_le_bytes()[0]).collect()
    });
    closes_over(&server, garbage);
    served("garbage", &server);

    let endless = (0..100_000).map(|number| format!("X-{number}: {}\r\n", "y".repeat(100)));
    let endless = std::iter::once(HEAD.to_owned()).chain(endless);
    closes_over(&server, endless.map(String::into_bytes));
    served("an endless header", &server);

    let line = std::iter::repeat_n("z".repeat(1000), 100_000);
    let line = std::iter::once(format!("{HEAD}Subject: ")).chain(line);
    closes_over(&server, line.map(String::into_bytes));
    served("an endless line", &server);

    for (length, code) in [
        ("4294967295", "513"),
        ("99999999999999999999", "513"),
        ("-1", "400"),
        ("1x", "400"),
    ] {
        let text = format!("{HEAD}Content-Length: {length}\r\n\r\n");
        let said = closes_over(&server, std::iter::once(text.into_bytes()));
        assert!(
            said.starts_with(&format!("SIP/2.0 {code} ")),
            "Content-Length {length}: {said:?}"
        );
        served("a huge Content-Length", &server);
    }

    for cut in [1, 10, HEAD.len()] {
        let mut stream = TcpStream::connect(server.sip).unwrap();
        stream.write_all(&HEAD.as_bytes()[..cut]).unwrap();
        drop(stream);
        served("half a message", &server);
    }
    assert_bounded(&server, before);
}

#[test]
fn many_half_messages_at_once_are_held_within_the_limits() {
    let server = super::server(&Phone::new());
    served("nothing", &server);
    let before = resident(&server);
    let half = format!("{HEAD}Subject: {}", "h".repeat(30_000));
    let open = |_| {
        let mut stream = TcpStream::connect(server.sip).unwrap();
        stream
            .set_write_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream.write_all(half.as_bytes()).unwrap();
        stream
    };
    let streams: Vec<TcpStream> = (0..200).map(open).collect();
    served("many half messages", &server);
    assert_bounded(&server, before);
    drop(streams);
    served("their end", &server);
}

fn assert_bounded(server: &Server, before: u64) {
    let after = resident(server);
    println!("resident before {before} KiB, after {after} KiB");
    assert!(
        after < before + GROWTH_KIB_MAX,
        "{before} KiB became {after} KiB"
    );
}
