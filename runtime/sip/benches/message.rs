//! What reading, editing and printing one message costs, beside rsip in the same run.
//!
//! `cargo bench -p evroute-sip`. Each number is the least of many short rounds: the cost
//! without the noise of other programs.

#![allow(
    clippy::unwrap_used,
    reason = "a bench may stop when its own messages are broken"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use evroute_sip::{Framing, Message, validate};
use rsip::prelude::*;

const ROUNDS: usize = 400;
const ROUND_LEN: Duration = Duration::from_millis(1);

const HEADERS: &str = "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---8f3a9c2d7e;rport\r\n\
    Max-Forwards: 70\r\n\
    From: \"Alice Example\" <sip:alice@a.example.com>;tag=a6c85cf\r\n\
    To: <sip:bob@b.example.com>TO_TAG\r\n\
    Call-ID: 3848276298220188511@192.0.2.10\r\n\
    CSeq: 314159 METHOD\r\n\
    Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n";

fn invite() -> Bytes {
    let sdp = "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.10\r\ns=-\r\n\
        c=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 49172 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:8 PCMA/8000\r\na=fmtp:101 0-16,66\r\na=sendrecv\r\n";
    format!(
        "INVITE sip:bob@b.example.com SIP/2.0\r\n{}Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n\
         Supported: replaces, timer\r\nUser-Agent: Example Phone 1.2.3\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        HEADERS.replace("METHOD", "INVITE").replace("TO_TAG", ""),
        sdp.len(),
    )
    .into()
}

fn register() -> Bytes {
    let headers = HEADERS.replace("METHOD", "REGISTER").replace("TO_TAG", "");
    format!(
        "REGISTER sip:b.example.com SIP/2.0\r\n{headers}Expires: 3600\r\nContent-Length: 0\r\n\r\n"
    )
    .into()
}

fn ok() -> Bytes {
    let headers = HEADERS
        .replace("METHOD", "INVITE")
        .replace("TO_TAG", ";tag=8321234356");
    let via = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKproxy.17\r\n\
        Record-Route: <sip:192.0.2.1;lr>\r\n";
    let sdp = "v=0\r\no=bob 2890844527 2890844527 IN IP4 192.0.2.20\r\ns=-\r\n\
        c=IN IP4 192.0.2.20\r\nt=0 0\r\nm=audio 3456 RTP/AVP 0\r\n";
    format!(
        "SIP/2.0 200 OK\r\n{via}{headers}Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
    .into()
}

fn parse(wire: &Bytes) -> Message {
    Message::parse(wire.clone(), Framing::Datagram).unwrap()
}

/// What a proxy looks at in every message.
fn get(message: &Message) {
    black_box(
        message
            .request_uri()
            .map(|uri| evroute_sip::Uri::parse(uri.as_bytes()).unwrap().host()),
    );
    black_box(message.from().unwrap().parse_uri().unwrap().user());
    black_box(message.to().unwrap().tag());
    black_box(message.call_id());
    black_box(message.cseq().unwrap());
    black_box(message.top_via().unwrap().branch());
}

/// What a proxy changes in every message.
fn edit(message: &mut Message) {
    if message.is_request() {
        message.replace_first_value("Max-Forwards", "69").unwrap();
        message
            .prepend_header("Record-Route", "<sip:192.0.2.1;lr>")
            .unwrap();
        message
            .prepend_header("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKproxy.17")
            .unwrap();
        message.set_request_uri("sip:bob@192.0.2.20:5060").unwrap();
    } else {
        message.remove_first_value("Via").unwrap();
    }
}

fn rsip_get(message: &rsip::SipMessage) {
    if let rsip::SipMessage::Request(request) = message {
        black_box(request.uri.host());
    }
    black_box(message.from_header().unwrap().typed().unwrap().uri.user());
    black_box(message.to_header().unwrap().typed().unwrap().tag());
    black_box(message.call_id_header().unwrap().value());
    black_box(message.cseq_header().unwrap().typed().unwrap());
    black_box(message.via_header().unwrap().typed().unwrap().branch());
}

/// Nanoseconds per call, the least of [`ROUNDS`].
fn measure(mut work: impl FnMut()) -> f64 {
    let mut calls = 1_u32;
    loop {
        let begin = Instant::now();
        (0..calls).for_each(|_| work());
        if begin.elapsed() >= ROUND_LEN {
            break;
        }
        calls *= 2;
    }
    let round = |_| {
        let begin = Instant::now();
        (0..calls).for_each(|_| work());
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    };
    (0..ROUNDS).map(round).fold(f64::MAX, f64::min)
}

fn row(name: &str, wire: &Bytes) {
    let parsed = parse(wire);
    validate(&parsed).unwrap();
    let ours = [
        measure(|| drop(black_box(parse(black_box(wire))))),
        measure(|| get(&parse(black_box(wire)))),
        measure(|| validate(&parse(black_box(wire))).unwrap()),
        measure(|| {
            let mut message = parse(black_box(wire));
            get(&message);
            edit(&mut message);
            drop(black_box(message.print()));
        }),
    ];
    let read = || rsip::SipMessage::try_from(&black_box(wire)[..]).unwrap();
    let theirs = [
        measure(|| drop(black_box(read()))),
        measure(|| rsip_get(&read())),
        measure(|| drop(black_box(read().to_string()))),
    ];
    let name = format!("{name} {} B", wire.len());
    println!(
        "{name:16} {:8.0} {:8.0} {:8.0} {:8.0} | {:8.0} {:8.0} {:8.0} | {:5.1}x",
        ours[0],
        ours[1],
        ours[2],
        ours[3],
        theirs[0],
        theirs[1],
        theirs[2],
        theirs[1] / ours[1],
    );
}

fn main() {
    println!(
        "ns per message   evroute                             | rsip 0.4                   | get"
    );
    println!(
        "                    parse     +get +validate +get+edit+print |    parse     +get   +print | ratio"
    );
    row("INVITE", &invite());
    row("REGISTER", &register());
    row("200 OK", &ok());
}
