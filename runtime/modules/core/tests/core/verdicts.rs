//! What handlers decide is what happens.

use std::net::SocketAddr;

use evroute_module_core::events::{
    PreRouting, PreRoutingVerdict, Reply, ReplyVerdict, Request, RequestVerdict,
};
use evroute_sip::HeaderName;

use crate::phone::{Phone, text, value, values};
use crate::server::{Server, Setup};

/// Caller, callee and a server that sends the user `bob` to the callee.
async fn between(setup: Setup) -> (Phone, Phone, Server) {
    let callee = Phone::new().await;
    let server = setup.route("bob", callee.at).start();
    let callee = callee.speaking_to(server.udp);
    (Phone::of(server.udp).await, callee, server)
}

fn requests(verdict: RequestVerdict) -> Setup {
    Setup::new().handles(move |_: &mut Request| verdict.clone())
}

#[tokio::test(start_paused = true)]
async fn a_rejected_request_is_answered_as_the_handler_says() {
    let reject = |code, reason: Option<&str>| RequestVerdict::Reject {
        code,
        reason: reason.map(str::to_owned),
    };
    for (reason, expected) in [(None, "Forbidden"), (Some("Not today"), "Not today")] {
        let (caller, callee, _server) = between(requests(reject(403, reason))).await;
        caller
            .send(&caller.request("INVITE", "sip:bob@example.com", ""))
            .await;
        let refusal = caller.reported(403).await;
        assert_eq!(refusal.reason(), Some(expected.as_bytes()));
        assert!(callee.hears_nothing().await);
    }
}

/// A handler that adds this to its answer.
fn answers(code: u16, headers: &'static [(&str, &str)], body: Option<&'static str>) -> Setup {
    Setup::new().handles(move |event: &mut Request| {
        let parts = event.subject.reply.as_mut().unwrap();
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        parts.headers.extend(headers.iter().map(pair));
        parts.body = body.map(|body| ("text/plain".to_owned(), body.into()));
        let reason = None;
        RequestVerdict::Reject { code, reason }
    })
}

#[tokio::test(start_paused = true)]
async fn what_handlers_add_to_an_answer_is_in_it() {
    let headers = &[
        ("m", "<sip:one@example.org>;q=0.5"),
        ("Contact", "<sip:two@example.org>"),
        ("Reason", "SIP;cause=302;text=\"Moved\""),
    ];
    let (caller, callee, _server) = between(answers(302, headers, None)).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let answer = caller.reported(302).await;
    let contacts: Vec<_> = answer.contacts().map(|one| one.unwrap()).collect();
    assert_eq!(contacts.len(), 2);
    assert_eq!(value(&answer, "Reason"), headers[2].1);
    assert!(answer.to().unwrap().tag().is_some());
    assert_eq!(value(&answer, "Content-Length"), "0");
    assert!(callee.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_success_with_a_body_is_answered_by_the_handler() {
    let headers = &[("X-Kept", "1")];
    let (caller, callee, server) = between(answers(202, headers, Some("kept\n"))).await;
    let request = caller.request("MESSAGE", "sip:bob@example.com", "");
    let answer = caller.ask(&request).await;
    assert_eq!(answer.status(), Some(202));
    assert_eq!(answer.reason(), Some(&b"Accepted"[..]));
    assert_eq!(
        (answer.body(), value(&answer, "X-Kept").as_str()),
        (&b"kept\n"[..], "1")
    );
    assert_eq!(value(&answer, "Content-Length"), "5");
    assert_eq!(value(&answer, "Content-Type"), "text/plain");
    assert!(answer.to().unwrap().tag().is_some());
    assert!(callee.hears_nothing().await);
    // The transaction answers a repetition, and no handler is asked again.
    let again = caller.ask(&request).await;
    assert_eq!(again.print(), answer.print());
    assert_eq!(server.raised::<Request>(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_addition_that_cannot_be_made_leaves_the_refusal_as_it_is() {
    let headers = &[("X", "a\r\nVia: b"), ("Bad Name", "1"), ("X-Good", "1")];
    let (caller, callee, _server) = between(answers(403, headers, None)).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let answer = caller.reported(403).await;
    assert_eq!(value(&answer, "X-Good"), "1");
    assert_eq!(value(&answer, "X"), "");
    assert_eq!(values(&answer, HeaderName::Via).len(), 1);
    assert!(callee.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn what_was_added_and_passed_on_is_in_no_answer_of_others() {
    let setup = Setup::new().handles(|event: &mut Request| {
        let parts = event.subject.reply.as_mut().unwrap();
        parts.headers.push(("X-Mine".to_owned(), b"1".to_vec()));
        RequestVerdict::Pass
    });
    let (caller, callee, _server) = between(setup).await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let seen = callee.asked("MESSAGE").await;
    callee.answer(&seen, 200).await;
    let answer = caller.reported(200).await;
    assert_eq!(value(&answer, "X-Mine"), "");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_request_is_neither_answered_nor_forwarded() {
    let (caller, callee, server) = between(requests(RequestVerdict::Drop)).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    assert!(caller.hears_nothing().await && callee.hears_nothing().await);
    assert!(server.layer.is_empty(), "nothing is remembered of it");
}

#[tokio::test(start_paused = true)]
async fn an_ack_can_be_dropped_and_is_not_answered_when_rejected() {
    let reject = RequestVerdict::Reject {
        code: 403,
        reason: None,
    };
    for verdict in [RequestVerdict::Drop, reject] {
        let (caller, callee, server) = between(requests(verdict)).await;
        caller
            .send(&caller.request("ACK", "sip:bob@example.com", ""))
            .await;
        assert!(caller.hears_nothing().await && callee.hears_nothing().await);
        assert_eq!(server.raised::<Request>(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn edits_of_header_body_and_request_uri_are_on_the_wire() {
    let setup = Setup::new().handles(|event: &mut Request| {
        let message = event.subject.message.as_mut().unwrap();
        message
            .append_header(HeaderName::from("X-Checked"), "yes")
            .unwrap();
        message.remove_headers(HeaderName::Subject);
        message
            .set_body(Some("text/plain"), "edited".into())
            .unwrap();
        message.set_request_uri("sip:bob@example.com").unwrap();
        RequestVerdict::Pass
    });
    let (caller, callee, _server) = between(setup).await;
    let request = caller.request("MESSAGE", "sip:alias@example.com", "Subject: hi\r\n");
    caller.send(&request).await;
    let seen = callee.asked("MESSAGE").await;
    assert_eq!(value(&seen, "X-Checked"), "yes");
    assert_eq!(value(&seen, "Subject"), "");
    assert_eq!(
        (seen.body(), value(&seen, "Content-Length").as_str()),
        (&b"edited"[..], "6")
    );
    assert_eq!(value(&seen, "Content-Type"), "text/plain");
    assert_eq!(
        seen.request_uri(),
        Some(format!("sip:bob@{}", callee.at).as_str())
    );
    callee.answer(&seen, 200).await;
    let answer = caller.reported(200).await;
    assert_eq!(
        answer.top_via().unwrap().branch(),
        request.top_via().unwrap().branch()
    );
}

/// A handler sends a call for a user whom nobody knows to the callee, by an edit of its choice.
async fn redirected(
    edit: impl Fn(&mut evroute_event::Subject, SocketAddr) + Send + Copy + 'static,
) {
    let callee = Phone::new().await;
    let at = callee.at;
    let by_request = Setup::new().handles(move |event: &mut Request| {
        edit(&mut event.subject, at);
        RequestVerdict::Pass
    });
    let by_pre_routing = Setup::new().handles(move |event: &mut PreRouting| {
        if event.subject.message.as_ref().unwrap().is_request() {
            edit(&mut event.subject, at);
        }
        PreRoutingVerdict::Continue
    });
    for setup in [by_request, by_pre_routing] {
        let server = setup.start();
        let caller = Phone::of(server.udp).await;
        caller
            .send(&caller.request("MESSAGE", "sip:support@example.com", ""))
            .await;
        let seen = callee.asked("MESSAGE").await;
        assert_eq!(seen.vias().count(), 2, "{}", text(&seen));
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_send_a_request_to_a_foreign_domain_by_its_request_uri() {
    redirected(|subject, at| {
        let message = subject.message.as_mut().unwrap();
        message.set_request_uri(&format!("sip:x@{at}")).unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_choose_the_next_hop_and_keep_the_request_uri() {
    redirected(|subject, at| subject.next_hop = Some(format!("sip:{at}"))).await;
}

#[tokio::test(start_paused = true)]
async fn a_next_hop_chosen_before_routing_is_seen_by_the_request_handlers() {
    let callee = Phone::new().await;
    let (chosen, seen) = (format!("sip:{}", callee.at), format!("sip:{}", callee.at));
    let server = Setup::new()
        .handles(move |event: &mut PreRouting| {
            event.subject.next_hop = Some(chosen.clone());
            PreRoutingVerdict::Continue
        })
        .handles(move |event: &mut Request| {
            assert_eq!(event.subject.next_hop.as_ref(), Some(&seen));
            event.subject.next_hop = None;
            RequestVerdict::Pass
        })
        .start();
    let caller = Phone::of(server.udp).await;
    let answer = caller
        .ask(&caller.request("MESSAGE", "sip:nobody@example.com", ""))
        .await;
    assert_eq!(answer.status(), Some(404), "{}", text(&answer));
    assert!(callee.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_before_routing_is_forgotten() {
    let setup = Setup::new().handles(|_: &mut PreRouting| PreRoutingVerdict::Drop);
    let (caller, callee, server) = between(setup).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    assert!(caller.hears_nothing().await && callee.hears_nothing().await);
    assert_eq!(server.raised::<PreRouting>(), 1);
    assert!(server.layer.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_180_does_not_reach_the_caller_and_the_200_does() {
    let setup = Setup::new().handles(|event: &mut Reply| {
        let status = event.subject.message.as_ref().unwrap().status();
        assert_eq!(event.can_drop, status == Some(180));
        if event.can_drop {
            ReplyVerdict::Drop
        } else {
            ReplyVerdict::Forward
        }
    });
    let (caller, callee, server) = between(setup).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let invite = callee.asked("INVITE").await;
    callee.answer(&invite, 180).await;
    callee.answer(&invite, 200).await;
    let mut first = caller.next().await;
    if first.status() == Some(100) {
        first = caller.next().await;
    }
    assert_eq!(first.status(), Some(200), "{}", text(&first));
    assert_eq!(server.raised::<Reply>(), 2);
}

#[tokio::test(start_paused = true)]
async fn edits_of_a_response_reach_the_caller() {
    let setup = Setup::new().handles(|event: &mut Reply| {
        let message = event.subject.message.as_mut().unwrap();
        message
            .append_header(HeaderName::from("X-Seen"), "1")
            .unwrap();
        ReplyVerdict::Forward
    });
    let (caller, callee, _server) = between(setup).await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let seen = callee.asked("MESSAGE").await;
    callee.answer(&seen, 200).await;
    let answer = caller.reported(200).await;
    assert_eq!(value(&answer, "X-Seen"), "1");
    assert_eq!(values(&answer, HeaderName::Via).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_via_a_handler_took_away_is_counted_and_goes_nowhere() {
    let setup = Setup::new().handles(|event: &mut PreRouting| {
        let message = event.subject.message.as_mut().unwrap();
        message.remove_headers(HeaderName::Via);
        PreRoutingVerdict::Continue
    });
    let (caller, callee, server) = between(setup).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    assert!(caller.hears_nothing().await && callee.hears_nothing().await);
    assert_eq!(server.layer.requests_without_key(), 1);
}
