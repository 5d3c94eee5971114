//! Requests that are answered here.

use evroute_module_core::events::{PreRouting, PreRoutingVerdict};
use evroute_module_tm::events::LocalResponse;
use evroute_sip::HeaderName;
use evroute_tenant::TenantIndex;

use crate::phone::{Phone, text, value, values};
use crate::server::Setup;

#[tokio::test(start_paused = true)]
async fn refusals_have_their_codes_and_nobody_else_hears_of_them() {
    let stranger = Phone::new().await;
    let server = Setup::new().start();
    let foreign = format!("sip:bob@{}", stranger.at);
    for (uri, more, code) in [
        ("sip:nobody@example.com", "", 404),
        ("sip:bob@example.org", "", 403),
        (foreign.as_str(), "", 403),
        ("sip:bob@example.com", "Max-Forwards: 0\r\n", 483),
        ("sip:bob@example.com", "Proxy-Require: teleport\r\n", 420),
        ("isbn:2983792873", "", 416),
        ("tel:+12025550123", "", 404),
    ] {
        let caller = Phone::of(server.udp).await;
        let mut request = caller.request("MESSAGE", uri, "");
        // Tenants are found by From where the Request-URI names none.
        let from = "<sip:alice@example.com>;tag=1";
        request.set_header(HeaderName::From, from).unwrap();
        if let Some((name, value)) = more.trim_end().split_once(": ") {
            request.set_header(HeaderName::from(name), value).unwrap();
        }
        let answer = caller.ask(&request).await;
        assert_eq!(answer.status(), Some(code), "{uri} {more}");
        assert!(answer.to().unwrap().tag().is_some(), "{}", text(&answer));
        assert_eq!(answer.vias().count(), 1);
        if code == 420 {
            assert_eq!(value(&answer, "Unsupported"), "teleport");
        }
    }
    assert!(
        stranger.hears_nothing().await,
        "the server is an open relay"
    );
}

#[tokio::test(start_paused = true)]
async fn a_stranger_without_a_tenant_is_refused() {
    let target = Phone::new().await;
    let server = Setup::new().start();
    let caller = Phone::of(server.udp).await;
    let mut request = caller.request("INVITE", &format!("sip:bob@{}", target.at), "");
    for name in [HeaderName::From, HeaderName::To] {
        request
            .set_header(name, "<sip:x@example.org>;tag=1")
            .unwrap();
    }
    request
        .set_request_uri(&format!("sip:bob@localhost:{}", target.at.port()))
        .unwrap();
    assert_eq!(caller.ask(&request).await.status(), Some(403));
    assert!(target.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_preloaded_route_to_a_stranger_is_refused() {
    let stranger = Phone::new().await;
    let server = Setup::new().start();
    let caller = Phone::of(server.udp).await;
    let route = format!(
        "Route: <sip:{};lr>, <sip:{};lr>\r\n",
        server.udp, stranger.at
    );
    let request = caller.request("INVITE", "sip:bob@example.com", &route);
    assert_eq!(caller.ask(&request).await.status(), Some(403));
    assert!(stranger.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_local_answer_is_reported_to_handlers_after_it_left() {
    let setup = Setup::new().handles(|event: &mut LocalResponse| {
        let response = event.subject.message.as_ref().unwrap();
        assert_eq!(response.status(), Some(404));
    });
    let server = setup.start();
    let caller = Phone::of(server.udp).await;
    let answer = caller
        .ask(&caller.request("MESSAGE", "sip:nobody@example.com", ""))
        .await;
    assert_eq!(answer.status(), Some(404));
    assert_eq!(server.raised::<LocalResponse>(), 1);
}

#[tokio::test(start_paused = true)]
async fn options_to_the_server_itself_says_what_it_does() {
    let server = Setup::new().start();
    let caller = Phone::of(server.udp).await;
    let answer = caller
        .ask(&caller.request("OPTIONS", "sip:example.com", ""))
        .await;
    assert_eq!(answer.status(), Some(200));
    assert!(values(&answer, HeaderName::Allow).contains(&"INVITE".to_owned()));
    let required = caller.request("OPTIONS", "sip:127.0.0.1", "Require: teleport\r\n");
    let mut required = required;
    required
        .replace_first_value(
            HeaderName::Via,
            format!("SIP/2.0/UDP {};branch=z9hG4bKother", caller.at),
        )
        .unwrap();
    assert_eq!(caller.ask(&required).await.status(), Some(420));
}

#[tokio::test(start_paused = true)]
async fn an_ack_is_never_answered() {
    let server = Setup::new().start();
    let caller = Phone::of(server.udp).await;
    for uri in ["sip:nobody@example.com", "sip:x@example.org", "isbn:1"] {
        caller.send(&caller.request("ACK", uri, "")).await;
    }
    assert!(caller.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_method_that_nobody_knows_is_501_at_the_server_and_passes_to_a_user() {
    let bob = Phone::new().await;
    let server = Setup::new().route("bob", bob.at).start();
    let bob = bob.speaking_to(server.udp);
    let caller = Phone::of(server.udp).await;
    let request = caller.request("FROBNICATE", "sip:example.com", "");
    assert_eq!(caller.ask(&request).await.status(), Some(501));
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("FROBNICATE", "sip:bob@example.com", ""))
        .await;
    let seen = bob.asked("FROBNICATE").await;
    bob.answer(&seen, 200).await;
    caller.reported(200).await;
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_transactions_is_that_of_the_whole_server() {
    let server = Setup::new().transactions_max(16).start();
    let caller = Phone::of(server.udp).await;
    // All at once: time stands still as long as there is something to do, and no transaction ends
    // meanwhile.
    for number in 0..64 {
        let mut request = caller.request("MESSAGE", "sip:nobody@example.com", "");
        let via = format!("SIP/2.0/UDP {};branch=z9hG4bKmany{number}", caller.at);
        request.set_header(HeaderName::Via, &via).unwrap();
        caller.send(&request).await;
    }
    let mut full = 0;
    for _ in 0..64 {
        match caller.next().await.status() {
            Some(404) => {}
            Some(503) => full += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(full >= 48, "only {full} of 64 were refused");
}

#[tokio::test(start_paused = true)]
async fn what_would_have_to_wait_where_no_room_is_left_is_told_to_come_later() {
    let setup = Setup::new().route_by_name("bob", "nowhere.invalid");
    let server = setup.waiting_max(0).start();
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let refusal = caller.reported(503).await;
    assert!(
        !value(&refusal, "Retry-After").is_empty(),
        "{}",
        text(&refusal)
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_the_handlers_of_a_tenant_that_has_not_started() {
    let setup = Setup::new().handles(|event: &mut PreRouting| {
        let message = event.subject.message.as_ref().unwrap();
        assert_eq!(message.call_id(), Some("served"));
        PreRoutingVerdict::Continue
    });
    let server = setup.start();
    let tenant = TenantIndex::new(0);
    server.core.disable_tenant(tenant);
    let caller = Phone::of(server.udp).await;
    let uri = "sip:nobody@example.com";
    let answer = caller.ask(&caller.request("MESSAGE", uri, "")).await;
    assert_eq!(answer.status(), Some(503));
    assert_eq!(values(&answer, HeaderName::RetryAfter).len(), 1);
    server.core.serve(tenant);
    let caller = Phone::of(server.udp).await;
    let mut request = caller.request("MESSAGE", uri, "");
    request.set_header(HeaderName::CallId, "served").unwrap();
    assert_eq!(caller.ask(&request).await.status(), Some(404));
}
