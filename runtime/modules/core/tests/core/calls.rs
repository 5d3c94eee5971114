//! Whole calls.

use std::sync::Arc;

use evroute_module_tm::events::LocalRequest;
use evroute_module_tm::events::LocalRequestVerdict;
use evroute_sip::{HeaderName, Message};
use evroute_tenant::TenantIndex;
use evroute_transaction_layer::{NewTransaction, RequestMatch};
use evroute_transport::{Flow, Proto};

use crate::phone::{Phone, branch, text, value, values};
use crate::server::{Server, Setup, tenant};

/// Caller, callee and a server that sends the user `bob` to the callee.
async fn between(setup: Setup) -> (Phone, Phone, Server) {
    let callee = Phone::new().await;
    let server = setup.route("bob", callee.at).start();
    let callee = callee.speaking_to(server.udp);
    (Phone::of(server.udp).await, callee, server)
}

/// A request within the dialog that a 2xx made, as its caller sends it.
fn within_dialog(caller: &Phone, method: &str, number: u32, success: &Message) -> Message {
    let contact = success.contacts().next().unwrap().unwrap();
    let target = String::from_utf8(contact.addr().unwrap().uri().to_vec()).unwrap();
    let mut routes = values(success, HeaderName::RecordRoute);
    routes.reverse();
    let routes: String = routes
        .iter()
        .map(|route| format!("Route: {route}\r\n"))
        .collect();
    let mut request = caller.request(method, &target, &routes);
    request
        .set_header(HeaderName::To, value(success, "To"))
        .unwrap();
    request
        .set_header(HeaderName::CSeq, format!("{number} {method}"))
        .unwrap();
    request
}

#[tokio::test(start_paused = true)]
async fn a_call_is_carried_from_its_invite_to_its_bye() {
    let (caller, callee, server) = between(Setup::new()).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let invite = callee.asked("INVITE").await;
    assert_eq!(value(&invite, "Max-Forwards"), "69");
    assert_eq!(invite.vias().count(), 2, "{}", text(&invite));
    assert_eq!(
        values(&invite, HeaderName::RecordRoute),
        [format!("<sip:{};lr;tenant=demo>", server.udp)]
    );
    assert_eq!(
        invite.request_uri(),
        Some(format!("sip:bob@{}", callee.at).as_str())
    );

    callee.answer(&invite, 180).await;
    let ringing = caller.reported(180).await;
    assert_eq!(ringing.vias().count(), 1, "{}", text(&ringing));
    callee.answer(&invite, 200).await;
    let success = caller.reported(200).await;

    caller
        .send(&within_dialog(&caller, "ACK", 1, &success))
        .await;
    let ack = callee.asked("ACK").await;
    assert_eq!(values(&ack, HeaderName::Route), Vec::<String>::new());
    caller
        .send(&within_dialog(&caller, "BYE", 2, &success))
        .await;
    let bye = callee.asked("BYE").await;
    assert_eq!(
        bye.request_uri(),
        Some(format!("sip:callee@{}", callee.at).as_str())
    );
    callee.answer(&bye, 200).await;
    assert_eq!(value(&caller.reported(200).await, "CSeq"), "2 BYE");
    assert!(caller.hears_nothing().await && callee.hears_nothing().await);
}

/// Neither the phones nor what From and To say is in the tenant's domain: calls of a carrier, or
/// diverted ones.
#[tokio::test(start_paused = true)]
async fn a_call_stays_its_tenants_when_its_hosts_are_nobodys_or_anothers() {
    for phones_of in [None, Some(TenantIndex::new(1))] {
        let setup = Setup::new().with_neighbour().with_phones_of(phones_of);
        let (caller, callee, _server) = between(setup).await;
        let invite = caller.request("INVITE", "sip:bob@example.com", "");
        caller.send(&invite).await;
        let invite = callee.asked("INVITE").await;
        callee.answer(&invite, 200).await;
        let success = caller.reported(200).await;
        caller
            .send(&within_dialog(&caller, "ACK", 1, &success))
            .await;
        callee.asked("ACK").await;
        caller
            .send(&within_dialog(&caller, "BYE", 2, &success))
            .await;
        let bye = callee.asked("BYE").await;
        callee.answer(&bye, 200).await;
        assert_eq!(value(&caller.reported(200).await, "CSeq"), "2 BYE");
    }
}

#[tokio::test(start_paused = true)]
async fn a_callee_who_hangs_up_reaches_the_caller_by_the_recorded_route() {
    let (caller, callee, _server) = between(Setup::new()).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let invite = callee.asked("INVITE").await;
    let success = callee.answer(&invite, 200).await;
    caller.reported(200).await;
    let route = format!("Route: {}\r\n", value(&invite, "Record-Route"));
    let mut bye = callee.request("BYE", &format!("sip:caller@{}", caller.at), &route);
    for (name, from) in [(HeaderName::From, "To"), (HeaderName::To, "From")] {
        bye.set_header(name, value(&success, from)).unwrap();
    }
    callee.send(&bye).await;
    let bye = caller.asked("BYE").await;
    caller.answer(&bye, 200).await;
    assert_eq!(value(&callee.reported(200).await, "CSeq"), "1 BYE");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_invite_is_answered_again_and_not_forwarded_again() {
    let (caller, callee, _server) = between(Setup::new()).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = callee.asked("INVITE").await;
    callee.answer(&seen, 180).await;
    caller.reported(180).await;
    caller.send(&invite).await;
    caller.reported(180).await;
    assert!(callee.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_slow_callee_is_called_again_and_the_caller_is_told_to_wait() {
    let (caller, callee, _server) = between(Setup::new()).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let first = callee.asked("INVITE").await;
    caller.reported(100).await;
    let again = callee.asked("INVITE").await;
    assert_eq!(branch(&first), branch(&again));
}

#[tokio::test(start_paused = true)]
async fn a_callee_who_never_answers_is_a_408() {
    let (caller, _callee, _server) = between(Setup::new()).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    caller.reported(100).await;
    let timeout = caller.reported(408).await;
    assert!(timeout.to().unwrap().tag().is_some(), "{}", text(&timeout));
}

/// What a stop waits for.
#[tokio::test(start_paused = true)]
async fn a_call_is_under_way_until_the_ack_to_its_answer() {
    for code in [200, 486] {
        let (caller, callee, server) = between(Setup::new()).await;
        assert_eq!(server.layer.under_way(), 0);
        let invite = caller.request("INVITE", "sip:bob@example.com", "");
        caller.send(&invite).await;
        let seen = callee.asked("INVITE").await;
        assert_eq!(server.layer.under_way(), 2, "as it came and as it left");
        callee.answer(&seen, code).await;
        let answer = caller.reported(code).await;
        assert_eq!(server.layer.under_way(), 1, "{code}");
        if code == 200 {
            caller
                .send(&within_dialog(&caller, "ACK", 1, &answer))
                .await;
            callee.asked("ACK").await;
        } else {
            callee.asked("ACK").await;
            caller
                .send(&Message::ack_for(&invite, &answer).unwrap())
                .await;
            assert!(caller.hears_nothing().await);
        }
        assert_eq!(server.layer.under_way(), 0, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_ack_that_never_comes_is_not_waited_for_longer_than_its_call_is_repeated() {
    let (caller, callee, server) = between(Setup::new()).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let invite = callee.asked("INVITE").await;
    callee.answer(&invite, 200).await;
    caller.reported(200).await;
    tokio::time::sleep(std::time::Duration::from_secs(31)).await;
    assert_eq!(server.layer.under_way(), 1);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(server.layer.under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_cancels_the_callee_and_the_handlers_see_it_once() {
    let setup = Setup::new().handles(|event: &mut LocalRequest| {
        let message = event.subject.message.as_ref().unwrap();
        assert_eq!(message.method().as_str(), "CANCEL");
        LocalRequestVerdict::Send
    });
    let (caller, callee, server) = between(setup).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = callee.asked("INVITE").await;
    callee.answer(&seen, 180).await;
    caller.reported(180).await;

    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    assert_eq!(value(&caller.reported(200).await, "CSeq"), "1 CANCEL");
    let cancel = callee.asked("CANCEL").await;
    assert_eq!(branch(&cancel), branch(&seen));
    assert_eq!(cancel.request_uri(), seen.request_uri());
    assert_eq!(cancel.vias().count(), 1, "{}", text(&cancel));
    assert_eq!(cancel.header(HeaderName::Reason), None, "none was given");
    callee.answer(&cancel, 200).await;
    callee.answer(&seen, 487).await;
    let ack = callee.asked("ACK").await;
    assert_eq!(branch(&ack), branch(&seen));
    let ended = caller.reported(487).await;
    caller
        .send(&Message::ack_for(&invite, &ended).unwrap())
        .await;
    assert!(caller.hears_nothing().await && callee.hears_nothing().await);
    assert_eq!(server.raised::<LocalRequest>(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_callee_who_was_not_heard_of_is_cancelled_only_once_he_is_with_the_callers_reasons() {
    let (caller, callee, _server) = between(Setup::new()).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = callee.asked("INVITE").await;
    let mut cancel = Message::cancel_for(&invite).unwrap();
    let reasons = [
        "SIP;cause=200;text=\"Call completed elsewhere\"",
        "Q.850;cause=16",
    ];
    for reason in reasons {
        cancel.append_header(HeaderName::Reason, reason).unwrap();
    }
    caller.send(&cancel).await;
    caller.reported(200).await;
    assert!(callee.hears_nothing().await, "9.1: nothing was heard yet");
    callee.answer(&seen, 180).await;
    let cancel = callee.asked("CANCEL").await;
    assert_eq!(values(&cancel, HeaderName::Reason), reasons);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_dropped_by_a_handler_is_not_sent_and_the_call_goes_on() {
    let setup = Setup::new().handles(|_: &mut LocalRequest| LocalRequestVerdict::Drop);
    let (caller, callee, _server) = between(setup).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = callee.asked("INVITE").await;
    callee.answer(&seen, 180).await;
    caller.reported(180).await;
    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    caller.reported(200).await;
    assert!(callee.hears_nothing().await);
    callee.answer(&seen, 200).await;
    assert_eq!(value(&caller.reported(200).await, "CSeq"), "1 INVITE");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_for_nothing_is_481() {
    let (caller, _callee, _server) = between(Setup::new()).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    let answer = caller.ask(&Message::cancel_for(&invite).unwrap()).await;
    assert_eq!(answer.status(), Some(481));
}

#[tokio::test(start_paused = true)]
async fn a_cancel_after_the_answer_is_200_and_changes_nothing() {
    let (caller, callee, _server) = between(Setup::new()).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = callee.asked("INVITE").await;
    callee.answer(&seen, 200).await;
    caller.reported(200).await;
    let answer = caller.ask(&Message::cancel_for(&invite).unwrap()).await;
    assert_eq!(value(&answer, "CSeq"), "1 CANCEL");
    assert_eq!(answer.status(), Some(200));
    assert!(callee.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_call_is_kept_when_it_is_over() {
    let (caller, callee, server) = between(Setup::new()).await;
    let before = Arc::strong_count(&server.core);
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let invite = callee.asked("INVITE").await;
    callee.answer(&invite, 200).await;
    let success = caller.reported(200).await;
    caller
        .send(&within_dialog(&caller, "BYE", 2, &success))
        .await;
    let bye = callee.asked("BYE").await;
    callee.answer(&bye, 200).await;
    caller.reported(200).await;

    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert!(server.layer.is_empty());
    assert_eq!(
        Arc::strong_count(&server.core),
        before,
        "what carried the call still holds the core"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answered_request_is_let_go_though_its_transaction_lives_on() {
    let (_, _, server) = between(Setup::new()).await;
    let flow = Flow {
        proto: Proto::Udp,
        local: server.udp,
        remote: "127.0.0.1:9".parse().unwrap(),
        connection: None,
    };
    let caller = Phone::of(server.udp).await;
    let new_transaction = NewTransaction {
        request: caller.request("MESSAGE", "sip:bob@example.com", ""),
        reply_to: flow.back(),
        flow,
        tenant: tenant(),
    };
    let Ok(RequestMatch::New(transaction)) = server.layer.request(new_transaction) else {
        panic!("a new request");
    };
    let request = transaction.request.get().unwrap();
    let answer = Message::response_to(&request, 200, "OK", Some("t")).unwrap();
    server
        .layer
        .respond(transaction.id, 200, answer.print())
        .unwrap();
    assert!(transaction.request.get().is_none());
    assert_eq!(server.layer.len(), 1);
}
