//! Where users are.

use evroute_sip::{HeaderName, Message};

use crate::phone::{Phone, text, value, values};
use crate::server::{Server, Setup};

async fn registered(server: &Server, aor: &str, contact: &str, more: &str) -> Message {
    let phone = Phone::of(server.udp).await;
    phone.ask(&phone.register(aor, contact, more)).await
}

#[tokio::test(start_paused = true)]
async fn every_spelling_of_an_address_of_record_reaches_its_contact() {
    let server = Setup::new().start();
    let bob = Phone::of(server.udp).await;
    let contact = format!("<sip:bob@{}>", bob.at);
    let answer = registered(&server, "sip:%62ob@Example.COM", &contact, "").await;
    assert_eq!(answer.status(), Some(200), "{}", text(&answer));
    for uri in [
        "sip:bob@example.com",
        "sip:b%6Fb@EXAMPLE.com",
        "sip:bob@example.com.",
        "sip:bob:secret@example.com;transport=udp",
    ] {
        let caller = Phone::of(server.udp).await;
        caller.send(&caller.request("MESSAGE", uri, "")).await;
        let seen = bob.asked("MESSAGE").await;
        assert_eq!(
            seen.request_uri(),
            Some(format!("sip:bob@{}", bob.at).as_str()),
            "{uri}"
        );
    }
    let caller = Phone::of(server.udp).await;
    let other = caller.request("MESSAGE", "sip:Bob@example.com", "");
    assert_eq!(
        caller.ask(&other).await.status(),
        Some(404),
        "users are compared with case"
    );
}

#[tokio::test(start_paused = true)]
async fn a_static_route_is_found_by_every_spelling_of_its_user() {
    let bob = Phone::new().await;
    let server = Setup::new().route("bob", bob.at).start();
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("MESSAGE", "sip:%62%6fb@example.com", ""))
        .await;
    bob.asked("MESSAGE").await;
}

#[tokio::test(start_paused = true)]
async fn an_expiry_below_a_minute_is_423_with_the_least_that_is_taken() {
    let server = Setup::new().start();
    for (contact, more) in [
        ("<sip:bob@127.0.0.1:9>;expires=59", ""),
        ("<sip:bob@127.0.0.1:9>", "Expires: 1\r\n"),
    ] {
        let answer = registered(&server, "sip:bob@example.com", contact, more).await;
        assert_eq!(answer.status(), Some(423), "{contact} {more}");
        assert_eq!(value(&answer, "Min-Expires"), "60");
    }
    let contact = "<sip:bob@127.0.0.1:9>;expires=60";
    let answer = registered(&server, "sip:bob@example.com", contact, "").await;
    assert_eq!(answer.status(), Some(200));
    assert_eq!(value(&answer, "Contact"), contact);
}

#[tokio::test(start_paused = true)]
async fn the_path_of_a_registration_is_the_way_to_the_phone() {
    let server = Setup::new().start();
    let edge = Phone::of(server.udp).await;
    let path = format!("<sip:{};lr>, <sip:inner.example.net;lr>", edge.at);
    let answer = registered(
        &server,
        "sip:bob@example.com",
        "<sip:bob@10.1.2.3>",
        &format!("Path: {path}\r\nSupported: path\r\nRequire: path\r\n"),
    )
    .await;
    assert_eq!(answer.status(), Some(200), "{}", text(&answer));
    let whole = [
        format!("<sip:{};lr>", edge.at),
        "<sip:inner.example.net;lr>".to_owned(),
    ];
    assert_eq!(values(&answer, HeaderName::Path), whole);

    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let seen = edge.asked("INVITE").await;
    assert_eq!(seen.request_uri(), Some("sip:bob@10.1.2.3"));
    assert_eq!(values(&seen, HeaderName::Route), whole);
}

#[tokio::test(start_paused = true)]
async fn registering_for_a_foreign_domain_is_not_found() {
    let server = Setup::new().start();
    let answer = registered(&server, "sip:bob@example.org", "<sip:bob@127.0.0.1:9>", "").await;
    assert_eq!(answer.status(), Some(404));
    let answer = registered(&server, "sip:example.com", "<sip:bob@127.0.0.1:9>", "").await;
    assert_eq!(answer.status(), Some(404), "no user");
}
