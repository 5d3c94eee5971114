//! What real phones send, whatever the standard says.

use std::time::Duration;

use evroute_module_core::events::{PreRouting, PreRoutingVerdict};
use evroute_sip::{HeaderName, Message};
use tokio::time::Instant;

use crate::phone::{Phone, read, text, value, values};
use crate::server::{Server, Setup};

/// Caller, callee and a server that sends the user `bob` to the callee.
async fn between(setup: Setup) -> (Phone, Phone, Server) {
    let callee = Phone::new().await;
    let server = setup.route("bob", callee.at).start();
    let callee = callee.speaking_to(server.udp);
    (Phone::of(server.udp).await, callee, server)
}

/// An answer with the first Via of its request alone.
async fn answer_with_one_via(phone: &Phone, request: &Message, code: u16) {
    let reason = evroute_sip::reason_phrase(code);
    let mut answer = Message::response_to(request, code, reason, Some("t")).unwrap();
    let first = values(request, HeaderName::Via).remove(0);
    answer.remove_headers(HeaderName::Via);
    answer.prepend_header(HeaderName::Via, first).unwrap();
    phone.send(&answer).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_the_servers_via_alone_reaches_the_caller() {
    for code in [180, 200, 404] {
        let (caller, callee, _server) = between(Setup::new()).await;
        let mut invite = caller.request("INVITE", "sip:bob@example.com", "");
        let lower = "SIP/2.0/UDP lower.example;branch=z9hG4bKlower";
        let first = values(&invite, HeaderName::Via).remove(0);
        invite.remove_headers(HeaderName::Via);
        invite
            .prepend_header(HeaderName::Via, format!("{first}, {lower}"))
            .unwrap();
        caller.send(&invite).await;
        let seen = callee.asked("INVITE").await;
        for _ in 0..2 {
            answer_with_one_via(&callee, &seen, code).await;
        }
        let reported = caller.reported(code).await;
        assert_eq!(values(&reported, HeaderName::Via), [first.as_str(), lower]);
        if code == 200 {
            // The callee repeats it until the ACK, long after the transaction was answered.
            let again = caller.reported(code).await;
            assert_eq!(values(&again, HeaderName::Via), [first.as_str(), lower]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_487_built_from_the_cancel_ends_the_call_as_cancelled() {
    let (caller, callee, _server) = between(Setup::new()).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = callee.asked("INVITE").await;
    callee.answer(&seen, 180).await;
    caller.reported(180).await;
    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    caller.reported(200).await;
    let cancel = callee.asked("CANCEL").await;
    callee.answer(&cancel, 200).await;
    answer_with_one_via(&callee, &seen, 487).await;
    let reported = caller.reported(487).await;
    assert_eq!(
        values(&reported, HeaderName::Via),
        values(&invite, HeaderName::Via)
    );
}

#[tokio::test(start_paused = true)]
async fn whatever_an_answer_makes_of_the_lower_vias_the_caller_gets_his_own() {
    let (caller, callee, _server) = between(Setup::new()).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = callee.asked("INVITE").await;
    let mut answer = Message::response_to(&seen, 200, "OK", Some("t")).unwrap();
    let ours = values(&seen, HeaderName::Via).remove(0);
    answer.remove_headers(HeaderName::Via);
    let made_up = format!("{ours}, SIP/2.0/UDP 192.0.2.66;branch=z9hG4bKz, SIP/2.0/UDP x");
    answer.prepend_header(HeaderName::Via, made_up).unwrap();
    callee.send(&answer).await;
    let reported = caller.reported(200).await;
    assert_eq!(
        values(&reported, HeaderName::Via),
        values(&invite, HeaderName::Via)
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_request_with_an_old_branch_is_passed_on() {
    let (caller, callee, _server) = between(Setup::new()).await;
    for method in ["INVITE", "MESSAGE"] {
        let request = caller.request(method, "sip:bob@example.com", "");
        caller.send(&request).await;
        let seen = callee.asked(method).await;
        callee.answer(&seen, 200).await;
        caller.reported(200).await;
        let second = text(&request).replace("CSeq: 1", "CSeq: 2");
        caller.send(&read(second.into())).await;
        let seen = callee.asked(method).await;
        assert_eq!(value(&seen, "CSeq"), format!("2 {method}"));
        callee.answer(&seen, 200).await;
        assert_eq!(
            value(&caller.reported(200).await, "CSeq"),
            format!("2 {method}")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_domain_is_ours_at_whatever_port() {
    let server = Setup::new().start();
    let phone = Phone::of(server.udp).await;
    let contact = format!("<sip:bob@{}>", phone.at);
    let register = phone.register("sip:bob@example.com:5999", &contact, "");
    assert_eq!(phone.ask(&register).await.status(), Some(200));
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com:5061", ""))
        .await;
    phone.asked("MESSAGE").await;
}

#[tokio::test(start_paused = true)]
async fn handlers_before_routing_see_the_via_as_it_was_sent() {
    let setup = Setup::new().handles(|event: &mut PreRouting| {
        let message = event.subject.message.as_ref().unwrap();
        let via = value(message, "Via");
        assert!(
            !via.contains("received") && via.ends_with(";rport"),
            "{via}"
        );
        PreRoutingVerdict::Continue
    });
    let (caller, callee, _server) = between(setup).await;
    let request = text(&caller.request("MESSAGE", "sip:bob@example.com", ""));
    let at = caller.at;
    let request = request.replacen(&format!("UDP {at}"), "UDP phone.invalid:5060", 1);
    let request = request.replacen("\r\nMax-Forwards", ";rport\r\nMax-Forwards", 1);
    caller.send(&read(request.into())).await;
    let seen = callee.asked("MESSAGE").await;
    let via = values(&seen, HeaderName::Via).remove(1);
    let noted = format!(";received={};rport={}", at.ip(), at.port());
    assert!(via.ends_with(&noted), "{via}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_sent_on_is_answered_100_at_once_and_other_requests_are_not() {
    let (caller, callee, _server) = between(Setup::new()).await;
    let begun = Instant::now();
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    caller.reported(100).await;
    assert!(
        begun.elapsed() < Duration::from_millis(200),
        "{:?}",
        begun.elapsed()
    );
    callee.asked("INVITE").await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let seen = callee.asked("MESSAGE").await;
    callee.answer(&seen, 200).await;
    assert!(caller.raw().await.starts_with("SIP/2.0 200"));
}
