//! Requests that the server makes itself: `tm:local-request`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evroute_event::Cause;
use evroute_module_tm::events::{LocalRequest, LocalRequestVerdict};
use evroute_module_tm::{NewRequest, OriginateError};
use evroute_sip::{HeaderName, Message};
use evroute_transport::Proto;

use crate::phone::{Phone, text, value};
use crate::server::{DOMAIN, Server, Setup, tenant};

fn new(method: &str, target: &Phone) -> NewRequest {
    NewRequest {
        method: method.to_owned(),
        request_uri: format!("sip:bob@{}", target.at),
        next_hop: None,
        socket: None,
        from: Some("<sip:alice@example.com>".to_owned()),
        to: None,
        headers: vec![("X-Mine".to_owned(), b"1".to_vec())],
        body: Some(("text/plain".to_owned(), "hello".into())),
        sequence: None,
        contact: None,
    }
}

async fn originate(server: &Server, new: NewRequest) -> Result<u16, OriginateError> {
    let cause = Cause::outside(tenant());
    let sent = server.uac.originate(cause, new).await?;
    Ok(sent.answer.await.unwrap().status)
}

#[tokio::test(start_paused = true)]
async fn handlers_are_asked_once_before_the_first_send_and_repetitions_are_not_theirs() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = Setup::new()
        .handles(move |event: &mut LocalRequest| {
            let request = event.subject.message.as_ref().unwrap();
            assert_eq!(request.method().as_str(), "MESSAGE");
            // There is no Via yet: where it goes is decided afterwards.
            assert_eq!(request.vias().count(), 0, "{}", text(request));
            counted.fetch_add(1, Ordering::Relaxed);
            LocalRequestVerdict::Send
        })
        .start();
    let phone = Phone::of(server.udp).await;
    let (status, ()) = tokio::join!(originate(&server, new("MESSAGE", &phone)), async {
        phone.asked("MESSAGE").await;
        assert_eq!(asked.load(Ordering::Relaxed), 1, "asked before it is sent");
        let again = phone.asked("MESSAGE").await;
        phone.answer(&again, 202).await;
    });
    assert_eq!(status.unwrap(), 202);
    assert_eq!(server.raised::<LocalRequest>(), 1);
}

#[tokio::test(start_paused = true)]
async fn edits_of_header_body_and_request_uri_are_honoured() {
    let (first, second) = (Phone::new().await, Phone::new().await);
    let target = format!("sip:carol@{}", second.at);
    let server = Setup::new()
        .handles(move |event: &mut LocalRequest| {
            let message = event.subject.message.as_mut().unwrap();
            message.set_request_uri(&target).unwrap();
            message.set_header(HeaderName::from("X-Mine"), "2").unwrap();
            message
                .set_body(Some("text/html"), "<b>hello</b>".into())
                .unwrap();
            LocalRequestVerdict::Send
        })
        .start();
    let second = second.speaking_to(server.udp);
    let (status, ()) = tokio::join!(originate(&server, new("MESSAGE", &first)), async {
        let seen = second.asked("MESSAGE").await;
        assert_eq!(
            seen.request_uri(),
            Some(format!("sip:carol@{}", second.at).as_str())
        );
        assert_eq!(value(&seen, "X-Mine"), "2");
        assert_eq!(seen.body(), b"<b>hello</b>");
        assert_eq!(value(&seen, "Content-Type"), "text/html");
        assert_eq!(value(&seen, "Content-Length"), "12");
        second.answer(&seen, 200).await;
    });
    assert_eq!(status.unwrap(), 200);
    assert!(first.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_next_hop_that_a_handler_chose_is_taken() {
    let (named, chosen) = (Phone::new().await, Phone::new().await);
    let hop = format!("sip:{}", chosen.at);
    let server = Setup::new()
        .handles(move |event: &mut LocalRequest| {
            event.subject.next_hop = Some(hop.clone());
            LocalRequestVerdict::Send
        })
        .start();
    let chosen = chosen.speaking_to(server.udp);
    let (status, ()) = tokio::join!(originate(&server, new("OPTIONS", &named)), async {
        let seen = chosen.asked("OPTIONS").await;
        assert_eq!(
            seen.request_uri(),
            Some(format!("sip:bob@{}", named.at).as_str())
        );
        chosen.answer(&seen, 200).await;
    });
    assert_eq!(status.unwrap(), 200);
}

/// Where a name leads to is not known yet when the request is made.
#[tokio::test]
async fn without_a_from_a_request_to_a_name_comes_from_the_tenants_domain() {
    let setup = Setup::new().handles(|event: &mut LocalRequest| {
        let request = event.subject.message.as_ref().unwrap();
        let from = request.from().unwrap();
        assert_eq!(from.parse_uri().unwrap().as_str(), format!("sip:{DOMAIN}"));
        assert!(request.call_id().unwrap().ends_with(&format!("@{DOMAIN}")));
        LocalRequestVerdict::Drop
    });
    let server = setup.start();
    let request = NewRequest {
        method: "OPTIONS".to_owned(),
        request_uri: "sip:bob@callee.invalid".to_owned(),
        next_hop: None,
        socket: None,
        from: None,
        to: None,
        headers: Vec::new(),
        body: None,
        sequence: None,
        contact: None,
    };
    let dropped = originate(&server, request).await;
    assert!(
        matches!(dropped, Err(OriginateError::Dropped)),
        "{dropped:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dropped_request_is_not_sent_and_whoever_asked_is_told() {
    let setup = Setup::new().handles(|_: &mut LocalRequest| LocalRequestVerdict::Drop);
    let server = setup.start();
    let phone = Phone::of(server.udp).await;
    for method in ["MESSAGE", "INVITE", "BYE", "NOTIFY", "OPTIONS"] {
        let dropped = originate(&server, new(method, &phone)).await;
        assert!(
            matches!(dropped, Err(OriginateError::Dropped)),
            "{method}: {dropped:?}"
        );
    }
    assert!(phone.hears_nothing().await);
    assert!(server.layer.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_invite_of_our_own_that_is_answered_is_acknowledged_by_an_ack_that_handlers_see() {
    let server = Setup::new()
        .handles(|_: &mut LocalRequest| LocalRequestVerdict::Send)
        .start();
    let phone = Phone::of(server.udp).await;
    let (status, ()) = tokio::join!(originate(&server, new("INVITE", &phone)), async {
        let invite = phone.asked("INVITE").await;
        assert!(invite.contacts().next().is_some(), "{}", text(&invite));
        phone.answer(&invite, 200).await;
        let ack = phone.asked("ACK").await;
        assert_eq!(
            ack.request_uri(),
            Some(format!("sip:callee@{}", phone.at).as_str())
        );
        assert_eq!(
            value(&ack, "CSeq"),
            value(&invite, "CSeq").replace("INVITE", "ACK")
        );
    });
    assert_eq!(status.unwrap(), 200);
    assert_eq!(server.raised::<LocalRequest>(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_who_answers_is_a_408() {
    let server = Setup::new().start();
    let phone = Phone::of(server.udp).await;
    assert_eq!(
        originate(&server, new("MESSAGE", &phone)).await.unwrap(),
        408
    );
    assert_eq!(server.raised::<LocalRequest>(), 0, "nobody handles it");
}

#[tokio::test(start_paused = true)]
async fn the_ack_to_a_success_is_made_once_for_each_dialog_and_sent_for_every_repetition() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let server = Setup::new()
        .handles(move |event: &mut LocalRequest| {
            let request = event.subject.message.as_ref().unwrap();
            if request.method().as_str() == "ACK" {
                counted.fetch_add(1, Ordering::Relaxed);
            }
            LocalRequestVerdict::Send
        })
        .start();
    let phone = Phone::of(server.udp).await;
    let sent = server
        .uac
        .originate(Cause::outside(tenant()), new("INVITE", &phone));
    let sent = sent.await.unwrap();
    let invite = phone.asked("INVITE").await;
    for (dialogs, tag) in [(1, "one"), (2, "two")] {
        let mut success = Message::response_to(&invite, 200, "OK", Some(tag)).unwrap();
        let contact = format!("<sip:bob@{}>", phone.at);
        success.append_header(HeaderName::Contact, contact).unwrap();
        let mut acks = Vec::new();
        for _ in 0..3 {
            phone.send(&success).await;
            acks.push(text(&phone.asked("ACK").await));
        }
        assert!(acks.iter().all(|ack| *ack == acks[0]), "{acks:?}");
        assert_eq!(asked.load(Ordering::Relaxed), dialogs);
    }
    assert_eq!(sent.answer.await.unwrap().status, 200);
}

#[tokio::test(start_paused = true)]
async fn repetitions_of_a_success_do_not_reach_handlers_that_wait_with_its_ack() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let (open, gate) = tokio::sync::watch::channel(false);
    let server = Setup::new()
        .handles_later(move |event: &mut LocalRequest| {
            let request = event.subject.message.as_ref().unwrap();
            let is_ack = request.method().as_str() == "ACK";
            counted.fetch_add(usize::from(is_ack), Ordering::Relaxed);
            let mut gate = gate.clone();
            Box::pin(async move {
                if is_ack {
                    gate.wait_for(|is_open| *is_open).await.unwrap();
                }
                LocalRequestVerdict::Send
            })
        })
        .start();
    let phone = Phone::of(server.udp).await;
    let sent = server
        .uac
        .originate(Cause::outside(tenant()), new("INVITE", &phone));
    sent.await.unwrap();
    let invite = phone.asked("INVITE").await;
    for _ in 0..3 {
        phone.answer(&invite, 200).await;
    }
    assert!(phone.hears_nothing().await);
    open.send(true).unwrap();
    for _ in 0..3 {
        phone.asked("ACK").await;
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_ack_of_an_operators_is_sent_once() {
    let server = Setup::new().start();
    let phone = Phone::of(server.udp).await;
    let cause = Cause::outside(tenant());
    server
        .uac
        .originate(cause, new("ACK", &phone))
        .await
        .unwrap();
    phone.asked("ACK").await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert!(phone.hears_nothing().await);
    assert!(server.layer.is_empty(), "an ACK has no transaction");
}

/// The request that arrives at a phone, of those that are sent to this URI.
async fn arriving(server: &Server, uri: &str, phone: &Phone) -> Message {
    let new = NewRequest {
        request_uri: uri.to_owned(),
        ..new("MESSAGE", phone)
    };
    let (status, seen) = tokio::join!(originate(server, new), async {
        let seen = phone.asked("MESSAGE").await;
        phone.answer(&seen, 200).await;
        seen
    });
    assert_eq!(status.unwrap(), 200, "{uri}");
    seen
}

#[tokio::test(start_paused = true)]
async fn a_user_of_our_own_is_reached_by_route_or_contact_and_one_who_is_nowhere_is_not() {
    let service = Phone::new().await;
    let server = Setup::new().route("service", service.at).start();
    let service = service.speaking_to(server.udp);
    let bob = Phone::of(server.udp).await;
    let contact = format!("<sip:bobs@{}>", bob.at);
    let register = bob.register("sip:bob@example.com", &contact, "");
    assert_eq!(bob.ask(&register).await.status(), Some(200));

    let seen = arriving(&server, "sip:service@example.com", &service).await;
    let expected = format!("sip:service@{}", service.at);
    assert_eq!(seen.request_uri(), Some(expected.as_str()));
    for uri in ["sip:bob@example.com", "sip:b%6Fb@EXAMPLE.com;transport=udp"] {
        let seen = arriving(&server, uri, &bob).await;
        let expected = format!("sip:bobs@{}", bob.at);
        assert_eq!(seen.request_uri(), Some(expected.as_str()), "{uri}");
    }
    let nobody = NewRequest {
        request_uri: "sip:carol@example.com".to_owned(),
        ..new("MESSAGE", &bob)
    };
    let refused = originate(&server, nobody).await.unwrap_err();
    assert!(
        matches!(&refused, OriginateError::NotReached(_)),
        "{refused}"
    );
    assert!(bob.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_was_asked_for_is_used_or_refused() {
    let server = Setup::new().start();
    let phone = Phone::of(server.udp).await;
    let from = |proto, address: &str| NewRequest {
        socket: Some((proto, address.parse().unwrap())),
        ..new("MESSAGE", &phone)
    };
    let right = from(Proto::Udp, &server.udp.to_string());
    let (status, ()) = tokio::join!(originate(&server, right), async {
        let seen = phone.asked("MESSAGE").await;
        phone.answer(&seen, 200).await;
    });
    assert_eq!(status.unwrap(), 200);
    for wrong in [
        from(Proto::Udp, "127.0.0.1:9"),
        from(Proto::Tcp, &server.udp.to_string()),
    ] {
        let refused = originate(&server, wrong).await.unwrap_err();
        assert!(
            matches!(&refused, OriginateError::NoSocket(..)),
            "{refused}"
        );
    }
}
