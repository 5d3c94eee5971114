//! Calls over connections, and from datagrams to connections.

use std::time::Duration;

use evroute_module_core::events::ReceiveParseError;
use evroute_sip::{HeaderName, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::phone::{Phone, read, text, values};
use crate::server::Setup;

const PATIENCE: Duration = Duration::from_secs(600);

/// What comes next; the tests' messages have no body.
pub(crate) async fn next(stream: &mut TcpStream) -> Message {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let byte = timeout(PATIENCE, stream.read_u8()).await.unwrap();
        bytes.push(byte.unwrap());
    }
    read(bytes.into())
}

#[tokio::test(start_paused = true)]
async fn a_call_goes_from_a_datagram_to_a_connection_and_is_recorded_at_both() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = Setup::new().start();
    let registering = Phone::of(server.udp).await;
    let contact = format!("<sip:bob@{at};transport=tcp>");
    let register = registering.register("sip:bob@example.com", &contact, "");
    assert_eq!(registering.ask(&register).await.status(), Some(200));
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let (mut stream, _) = listener.accept().await.unwrap();
    let invite = next(&mut stream).await;
    assert_eq!(
        values(&invite, HeaderName::RecordRoute),
        [
            format!("<sip:{};transport=tcp;lr;r2=on;tenant=demo>", server.tcp),
            format!("<sip:{};lr;r2=on;tenant=demo>", server.udp)
        ]
    );
    assert_eq!(invite.top_via().unwrap().transport(), "TCP");
    let answer = Message::response_to(&invite, 486, "Busy Here", Some("t")).unwrap();
    stream.write_all(&answer.print()).await.unwrap();
    let mut reported = caller.next().await;
    if reported.status() == Some(100) {
        reported = caller.next().await;
    }
    assert_eq!(reported.status(), Some(486), "{}", text(&reported));
    assert_eq!(next(&mut stream).await.method().as_str(), "ACK");
}

/// The Routes of a request inside a dialog, in this order.
fn routes(recorded: &[String]) -> String {
    let line = |route: &String| format!("Route: {route}\r\n");
    recorded.iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_call_from_a_datagram_to_a_connection_stays_on_both() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = Setup::new().start();
    let caller = Phone::of(server.udp).await;
    let contact = format!("<sip:bob@{at};transport=tcp>");
    let register = caller.register("sip:bob@example.com", &contact, "");
    assert_eq!(caller.ask(&register).await.status(), Some(200));
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let (mut stream, _) = listener.accept().await.unwrap();
    let seen = next(&mut stream).await;
    let mut recorded = values(&seen, HeaderName::RecordRoute);
    let success = Message::response_to(&seen, 200, "OK", Some("callee")).unwrap();
    stream.write_all(&success.print()).await.unwrap();
    let mut reported = caller.next().await;
    if reported.status() == Some(100) {
        reported = caller.next().await;
    }
    assert_eq!(reported.status(), Some(200), "{}", text(&reported));
    let to = reported.header(HeaderName::To).unwrap().into_owned();

    // From the connection to the datagram: the callee's Routes are in the order that it saw.
    let mut bye = caller.request(
        "BYE",
        &format!("sip:caller@{}", caller.at),
        &routes(&recorded),
    );
    let via = format!("SIP/2.0/TCP {at};branch=z9hG4bKbye");
    bye.replace_first_value(HeaderName::Via, via).unwrap();
    let from = invite.header(HeaderName::From).unwrap().into_owned();
    bye.set_header(HeaderName::From, &to).unwrap();
    bye.set_header(HeaderName::To, from).unwrap();
    stream.write_all(&bye.print()).await.unwrap();
    let bye = caller.asked("BYE").await;
    assert_eq!(caller.heard_from(&bye), server.udp);
    assert!(bye.routes().next().is_none(), "{}", text(&bye));

    // And back on the same connection.
    recorded.reverse();
    let uri = format!("sip:bob@{at};transport=tcp");
    let mut ack = caller.request("ACK", &uri, &routes(&recorded));
    ack.set_header(HeaderName::To, &to).unwrap();
    caller.send(&ack).await;
    let ack = next(&mut stream).await;
    assert_eq!(ack.method().as_str(), "ACK", "{}", text(&ack));
    assert_eq!(ack.top_via().unwrap().transport(), "TCP");
    assert!(ack.routes().next().is_none(), "{}", text(&ack));
}

#[tokio::test(start_paused = true)]
async fn a_connection_nobody_takes_is_a_branch_that_failed() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let server = Setup::new().start();
    let phone = Phone::of(server.udp).await;
    let contact = format!("<sip:bob@127.0.0.1:{port};transport=tcp>");
    let register = phone.register("sip:bob@example.com", &contact, "");
    assert_eq!(phone.ask(&register).await.status(), Some(200));
    let caller = Phone::of(server.udp).await;
    let answer = caller
        .ask(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    assert_eq!(
        answer.status(),
        Some(480),
        "a phone that is gone is temporarily unavailable"
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_framed_is_answered_400_reported_and_the_connection_closed() {
    let server = Setup::new().handles(|_: &mut ReceiveParseError| ()).start();
    let mut stream = TcpStream::connect(server.tcp).await.unwrap();
    let bad = "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKf\r\n\
               From: <sip:a@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: f\r\nCSeq: 1 OPTIONS\r\n\
               Content-Length: -1\r\n\r\n";
    stream.write_all(bad.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("SIP/2.0 400 "), "{answer}");
    assert_eq!(server.raised::<ReceiveParseError>(), 1);
}

// The clock is not paused: while the kernel moves that much, it would run ahead to the deadline of
// a message.
#[tokio::test]
async fn a_message_that_is_too_long_is_answered_513_and_its_connection_stays() {
    let server = Setup::new().handles(|_: &mut ReceiveParseError| ()).start();
    let mut stream = TcpStream::connect(server.tcp).await.unwrap();
    let options = |number: u32, body: usize| {
        format!(
            "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKf{number}\r\n\
             From: <sip:a@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: f\r\n\
             CSeq: {number} OPTIONS\r\nContent-Length: {body}\r\n\r\n{}",
            "x".repeat(body)
        )
    };
    for (number, (body, code)) in
        (1..).zip([(65_536, 513), (65_000, 200), (200_000, 513), (0, 200)])
    {
        let (mut reading, mut writing) = stream.split();
        let sent = options(number, body);
        let (written, answer) = tokio::join!(writing.write_all(sent.as_bytes()), async {
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n\r\n") {
                bytes.push(timeout(PATIENCE, reading.read_u8()).await.unwrap().unwrap());
            }
            read(bytes.into())
        });
        written.unwrap();
        assert_eq!(answer.status(), Some(code), "{}", text(&answer));
        assert_eq!(answer.cseq().unwrap().number, number);
    }
    assert_eq!(server.raised::<ReceiveParseError>(), 2);
}

#[tokio::test(start_paused = true)]
async fn header_fields_without_end_are_answered_513_and_the_connection_closed() {
    let server = Setup::new().start();
    let mut stream = TcpStream::connect(server.tcp).await.unwrap();
    let begin = "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKf\r\n\
                 From: <sip:a@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: f\r\nCSeq: 1 OPTIONS\r\n";
    // No longer than what is read before it is refused, so that nothing is left unread.
    let filler = "X: y\r\n".repeat(32_769_usize.saturating_sub(begin.len()).div_ceil(6));
    stream
        .write_all(format!("{begin}{filler}").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with("SIP/2.0 513 "), "{answer}");
}
