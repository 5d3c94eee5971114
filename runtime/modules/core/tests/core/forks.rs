//! A user with two phones.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use evroute_sip::{HeaderName, Message};
use tokio::time::Instant;

use crate::phone::{Phone, text, value};
use crate::server::{Server, Setup};

/// A caller and the two phones of bob's.
async fn two_phones() -> (Phone, [Phone; 2], Server) {
    let server = Setup::new().start();
    let phones = [Phone::of(server.udp).await, Phone::of(server.udp).await];
    for phone in &phones {
        let contact = format!("<sip:bob@{}>", phone.at);
        let answer = phone
            .ask(&phone.register("sip:bob@example.com", &contact, ""))
            .await;
        assert_eq!(answer.status(), Some(200), "{}", text(&answer));
    }
    (Phone::of(server.udp).await, phones, server)
}

/// Both refuse; what the caller hears.
async fn refused_by_both(codes: [u16; 2]) -> u16 {
    let (caller, phones, _server) = two_phones().await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    for (phone, code) in phones.iter().zip(codes) {
        let invite = phone.asked("INVITE").await;
        phone.answer(&invite, code).await;
        phone.asked("ACK").await;
    }
    let mut response = caller.next().await;
    if response.status() == Some(100) {
        response = caller.next().await;
    }
    response.status().unwrap()
}

#[tokio::test(start_paused = true)]
async fn whoever_answers_first_gets_the_call_and_the_other_is_cancelled() {
    let (caller, [first, second], _server) = two_phones().await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let (one, two) = (first.asked("INVITE").await, second.asked("INVITE").await);
    assert_ne!(
        one.top_via().unwrap().branch(),
        two.top_via().unwrap().branch()
    );
    for (phone, invite) in [(&first, &one), (&second, &two)] {
        phone.answer(invite, 180).await;
        caller.reported(180).await;
    }
    second.answer(&two, 200).await;
    let success = caller.reported(200).await;
    assert!(value(&success, "Contact").contains(&second.at.to_string()));
    let cancel = first.asked("CANCEL").await;
    let reason = "SIP;cause=200;text=\"Call completed elsewhere\"";
    assert_eq!(value(&cancel, "Reason"), reason, "no missed call");
    first.answer(&cancel, 200).await;
    first.answer(&one, 487).await;
    first.asked("ACK").await;
    assert!(caller.hears_nothing().await, "one call, one final answer");
}

#[tokio::test(start_paused = true)]
async fn every_success_reaches_the_caller() {
    let (caller, [first, second], _server) = two_phones().await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let (one, two) = (first.asked("INVITE").await, second.asked("INVITE").await);
    first.answer(&one, 200).await;
    caller.reported(200).await;
    // It crossed the CANCEL.
    second.answer(&two, 200).await;
    let late = caller.reported(200).await;
    assert!(value(&late, "Contact").contains(&second.at.to_string()));
}

#[tokio::test(start_paused = true)]
async fn the_best_refusal_is_reported() {
    assert_eq!(refused_by_both([404, 415]).await, 415);
    assert_eq!(refused_by_both([480, 486]).await, 486);
    assert_eq!(refused_by_both([500, 486]).await, 486);
    assert_eq!(refused_by_both([486, 302]).await, 302);
    assert_eq!(refused_by_both([503, 503]).await, 500);
}

#[tokio::test(start_paused = true)]
async fn the_challenges_of_both_are_reported() {
    let (caller, phones, _server) = two_phones().await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    for phone in &phones {
        let invite = phone.asked("INVITE").await;
        let mut refusal =
            evroute_sip::Message::response_to(&invite, 401, "Unauthorized", Some("t")).unwrap();
        let challenge = format!("Digest realm=\"{}\", nonce=\"n\"", phone.at);
        refusal
            .append_header(HeaderName::WwwAuthenticate, challenge)
            .unwrap();
        phone.send(&refusal).await;
    }
    let refusal = caller.reported(401).await;
    assert_eq!(
        refusal.headers(HeaderName::WwwAuthenticate).count(),
        2,
        "{}",
        text(&refusal)
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_declines_for_all_ends_the_call_everywhere() {
    let (caller, [first, second], _server) = two_phones().await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let (one, two) = (first.asked("INVITE").await, second.asked("INVITE").await);
    second.answer(&two, 180).await;
    caller.reported(180).await;
    first.answer(&one, 603).await;
    first.asked("ACK").await;
    let cancel = second.asked("CANCEL").await;
    assert_eq!(value(&cancel, "Reason"), "SIP;cause=603;text=\"Decline\"");
    second.answer(&cancel, 200).await;
    second.answer(&two, 487).await;
    caller.reported(603).await;
}

#[tokio::test(start_paused = true)]
async fn a_name_that_takes_long_holds_up_no_other_branch() {
    let (found, silence) = mpsc::channel::<()>();
    let (silence, is_found) = (Mutex::new(silence), Arc::new(AtomicBool::new(false)));
    let finding = Arc::clone(&is_found);
    let server = Setup::new()
        .names_by(move |name, port| {
            assert_eq!(name, "slow.example");
            // The limit is for a server that waits for it.
            let _ = silence.lock().unwrap().recv_timeout(Duration::from_secs(5));
            finding.store(true, Ordering::SeqCst);
            Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))])
        })
        .start();
    let [quick, slow] = [Phone::of(server.udp).await, Phone::of(server.udp).await];
    // The one that was registered last is the first of equals.
    for (phone, host) in [(&quick, "127.0.0.1"), (&slow, "slow.example")] {
        let contact = format!("<sip:bob@{host}:{}>", phone.at.port());
        let register = phone.register("sip:bob@example.com", &contact, "");
        assert_eq!(phone.ask(&register).await.status(), Some(200));
    }
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    quick.asked("INVITE").await;
    assert!(!is_found.load(Ordering::SeqCst), "it waited for the other");
    found.send(()).unwrap();
    slow.asked("INVITE").await;
}

/// Bob's phones: one rings or not, nothing is heard of the other. What the caller hears after a
/// CANCEL, and when.
async fn cancelled(rings: bool) -> (u16, Duration) {
    let (caller, [first, _dead], _server) = two_phones().await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = first.asked("INVITE").await;
    if rings {
        first.answer(&seen, 180).await;
        caller.reported(180).await;
    }
    let begun = Instant::now();
    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    caller.reported(200).await;
    if rings {
        let cancel = first.asked("CANCEL").await;
        first.answer(&cancel, 200).await;
        first.answer(&seen, 487).await;
        first.asked("ACK").await;
    }
    let status = caller.next().await.status().unwrap();
    (status, begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_is_dead_does_not_keep_a_cancelled_call_from_ending() {
    for rings in [true, false] {
        let (status, after) = cancelled(rings).await;
        assert_eq!(status, 487, "rings: {rings}");
        assert!(after < Duration::from_secs(5), "rings: {rings}, {after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_was_not_there_before_the_cancel_does_not_make_it_a_timeout() {
    let (caller, [first, dead], _server) = two_phones().await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = first.asked("INVITE").await;
    let gone = dead.asked("INVITE").await;
    first.answer(&seen, 180).await;
    caller.reported(180).await;
    dead.answer(&gone, 480).await;
    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    caller.reported(200).await;
    let cancel = loop {
        let request = first.next().await;
        if request.method().as_str() == "CANCEL" {
            break request;
        }
    };
    first.answer(&cancel, 200).await;
    first.answer(&seen, 487).await;
    caller.reported(487).await;
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_is_heard_late_is_cancelled_although_the_caller_was_told() {
    let (caller, [first, late], _server) = two_phones().await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let (seen, unheard) = (first.asked("INVITE").await, late.asked("INVITE").await);
    first.answer(&seen, 486).await;
    first.asked("ACK").await;
    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    caller.reported(200).await;
    caller.reported(486).await;
    late.answer(&unheard, 180).await;
    let cancel = loop {
        let request = late.next().await;
        if request.method().as_str() == "CANCEL" {
            break request;
        }
    };
    assert!(value(&cancel, "CSeq").ends_with("CANCEL"));
}
