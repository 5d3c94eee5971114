//! What is too large is told so, and does not vanish.

use evroute_module_core::Ignored;
use evroute_sip::{HeaderName, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::phone::{Phone, text, values};
use crate::server::Setup;

/// What comes next on a connection, head and body.
async fn next(stream: &mut TcpStream) -> Message {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    crate::phone::read(head.into())
}

/// A request of a phone with a body of so many bytes, over a connection.
fn over_tcp(request: &Message, stream: &TcpStream, body: usize) -> Message {
    let mut request = request.clone();
    let at = stream.local_addr().unwrap();
    let via = format!("SIP/2.0/TCP {at};branch=z9hG4bKt");
    request.replace_first_value(HeaderName::Via, via).unwrap();
    let body = vec![b'x'; body];
    request.set_body(Some("text/plain"), body.into()).unwrap();
    request
}

#[tokio::test(start_paused = true)]
async fn a_request_that_fits_into_no_datagram_is_answered_513() {
    let callee = Phone::new().await;
    let server = Setup::new().route("bob", callee.at).start();
    // With another Via: more than a datagram holds, more than a message may have.
    for bytes in [65_440, 65_500] {
        let caller = Phone::of(server.udp).await;
        let mut stream = TcpStream::connect(server.tcp).await.unwrap();
        let request = caller.request("MESSAGE", "sip:bob@example.com", "");
        let head = over_tcp(&request, &stream, 10_000).print().len() - 10_000;
        let large = over_tcp(&request, &stream, bytes - head).print();
        assert_eq!(large.len(), bytes);
        stream.write_all(&large).await.unwrap();
        let answer = next(&mut stream).await;
        assert_eq!(answer.status(), Some(513), "{}", text(&answer));
    }
    assert!(callee.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_announced_too_long_is_answered_513_before_it_comes() {
    let server = Setup::new().start();
    let caller = Phone::of(server.udp).await;
    let request = caller.request("MESSAGE", "sip:bob@example.com", "");
    for length in ["65536", "70000", "99999999999999999999"] {
        let mut stream = TcpStream::connect(server.tcp).await.unwrap();
        let announced = text(&over_tcp(&request, &stream, 0));
        let length = format!("Content-Length: {length}\r\n");
        let announced = announced.replace("Content-Length: 0\r\n", &length);
        stream.write_all(announced.as_bytes()).await.unwrap();
        let answer = next(&mut stream).await;
        assert_eq!(answer.status(), Some(513), "{}", text(&answer));
    }
}

#[tokio::test(start_paused = true)]
async fn an_endless_header_is_answered_513() {
    let server = Setup::new().start();
    let caller = Phone::of(server.udp).await;
    let mut stream = TcpStream::connect(server.tcp).await.unwrap();
    let request = caller.request("MESSAGE", "sip:bob@example.com", "");
    let head = text(&over_tcp(&request, &stream, 0));
    let head = head.trim_end();
    let more = "X-Long: x\r\n".repeat(4_000);
    let endless = format!("{head}\r\n{more}");
    stream.write_all(endless.as_bytes()).await.unwrap();
    let answer = next(&mut stream).await;
    assert_eq!(answer.status(), Some(513), "{}", text(&answer));
}

/// What becomes of a 200 over a connection with so much body, of which so much comes.
async fn success_with(announced: usize, body: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = Setup::new().start();
    let registering = Phone::of(server.udp).await;
    let contact = format!("<sip:bob@{at};transport=tcp>");
    let register = registering.register("sip:bob@example.com", &contact, "");
    assert_eq!(registering.ask(&register).await.status(), Some(200));
    let caller = Phone::of(server.udp).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let (mut stream, _) = listener.accept().await.unwrap();
    let asked = next(&mut stream).await;
    let mut success = Message::response_to(&asked, 200, "OK", Some("t")).unwrap();
    for route in values(&asked, HeaderName::RecordRoute) {
        success
            .append_header(HeaderName::RecordRoute, route)
            .unwrap();
    }
    let head = text(&success);
    let length = format!("Content-Length: {announced}\r\n");
    let head = head.replace("Content-Length: 0\r\n", &length);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'y'; body]).await.unwrap();
    let mut reported = caller.next().await;
    if reported.status() == Some(100) {
        reported = caller.next().await;
    }
    assert_eq!(reported.status(), Some(500), "{}", text(&reported));
    assert_eq!(server.core.ignored(Ignored::ResponseTooLarge), 1);
}

#[tokio::test(start_paused = true)]
async fn a_success_that_is_larger_than_any_message_is_a_500_to_the_caller() {
    success_with(65_500, 65_500).await;
    success_with(70_000, 0).await;
}
