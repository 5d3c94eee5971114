//! `core:receive-parse-error`, and the 400 where there is somebody to answer.

use std::sync::{Arc, Mutex};

use evroute_module_core::events::{ReceiveParseError, Request, RequestVerdict};

use crate::phone::Phone;
use crate::server::Setup;

#[tokio::test(start_paused = true)]
async fn garbage_is_reported_to_handlers_with_its_bytes_and_not_answered() {
    let reported = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&reported);
    let server = Setup::new()
        .handles(move |event: &mut ReceiveParseError| {
            assert!(event.subject.message.is_none());
            let source = event.subject.source.unwrap().address;
            kept.lock()
                .unwrap()
                .push((event.raw.to_vec(), event.reason.clone(), source));
        })
        .handles(|_: &mut Request| RequestVerdict::Drop)
        .start();
    let phone = Phone::of(server.udp).await;
    phone.send_bytes(b"\x00\x01 not SIP at all").await;
    assert!(phone.hears_nothing().await);
    let reported = reported.lock().unwrap();
    let [(raw, reason, source)] = reported.as_slice() else {
        panic!("{reported:?}");
    };
    assert_eq!(raw, b"\x00\x01 not SIP at all");
    assert!(!reason.is_empty());
    assert_eq!(*source, phone.at);
    assert_eq!(server.raised::<Request>(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_read_is_answered_400_and_reported() {
    let server = Setup::new().handles(|_: &mut ReceiveParseError| ()).start();
    let phone = Phone::of(server.udp).await;
    let at = phone.at;
    let head = "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:9;branch=z9hG4bKb;rport\r\nTo: <sip:bob@example.com>\r\n\
         Call-ID: bad\r\n";
    let from = "From: <sip:a@example.com>;tag=1\r\n";
    for (number, rest) in [
        format!("{from}CSeq: 1 INVITE\r\nno colon here\r\n\r\n"),
        "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("{from}CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"),
        format!("{from}CSeq: 1 INVITE\r\nContent-Length: 9\r\n\r\nshort"),
    ]
    .iter()
    .enumerate()
    {
        phone.send_bytes(format!("{head}{rest}").as_bytes()).await;
        let answer = phone.raw().await;
        assert!(answer.starts_with("SIP/2.0 400 "), "{rest}: {answer}");
        // Behind a NAT it arrives, and a phone takes it for an answer.
        let via = format!(";received=127.0.0.1;rport={}", at.port());
        assert!(answer.contains(&via), "{rest}: {answer}");
        assert!(
            answer.contains("\r\nTo: <sip:bob@example.com>;tag="),
            "{rest}: {answer}"
        );
        assert_eq!(server.raised::<ReceiveParseError>(), number + 1, "{rest}");
    }
}

#[tokio::test(start_paused = true)]
async fn responses_and_acks_that_cannot_be_read_are_not_answered() {
    let server = Setup::new().handles(|_: &mut ReceiveParseError| ()).start();
    let phone = Phone::of(server.udp).await;
    let rest = format!(
        "Via: SIP/2.0/UDP {};branch=z9hG4bKb\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: bad\r\n\
         CSeq: 1 NONSENSE\r\nContent-Length: 0\r\n\r\n",
        phone.at
    );
    for start in ["SIP/2.0 4294967301 Big", "ACK sip:bob@example.com SIP/2.0"] {
        phone
            .send_bytes(format!("{start}\r\n{rest}").as_bytes())
            .await;
    }
    assert!(phone.hears_nothing().await);
    assert_eq!(server.raised::<ReceiveParseError>(), 2);
}

#[tokio::test(start_paused = true)]
async fn keep_alives_are_no_errors() {
    let server = Setup::new().handles(|_: &mut ReceiveParseError| ()).start();
    let phone = Phone::of(server.udp).await;
    for bytes in [&b"\r\n\r\n"[..], b"\0\0\0\0", b"\r\n"] {
        phone.send_bytes(bytes).await;
    }
    assert!(phone.hears_nothing().await);
    assert_eq!(server.raised::<ReceiveParseError>(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_names_no_tenant_is_not_shown_to_one_of_several() {
    let server = Setup::new()
        .with_neighbour()
        .handles(|_: &mut ReceiveParseError| ())
        .start();
    let phone = Phone::of(server.udp).await;
    phone.send_bytes(b"somebody's secret, not SIP at all").await;
    assert!(phone.hears_nothing().await);
    assert_eq!(server.raised::<ReceiveParseError>(), 0);
}
