//! Calling out: whose requests the operator's routes lead to others, and whose they do not.

use evroute_module_core::{RouteMatch, RouteSender};
use evroute_sip::{HeaderName, Message};
use evroute_tenant::TrustedSender;

use crate::phone::{Phone, text};
use crate::server::{Server, Setup};

const KNOWN: [RouteSender; 2] = [RouteSender::Authenticated, RouteSender::Registered];

fn trusted(text: &str) -> RouteSender {
    RouteSender::Trusted(TrustedSender::parse(text, false).unwrap())
}

fn prefix(digits: &str) -> RouteMatch {
    RouteMatch::Prefix(digits.to_owned())
}

/// A phone of alice's that has registered.
async fn alice(server: &Server) -> Phone {
    let phone = Phone::of(server.udp).await;
    let contact = format!("<sip:alice@{}>", phone.at);
    let register = phone.register("sip:alice@example.com", &contact, "");
    assert_eq!(phone.ask(&register).await.status(), Some(200));
    phone
}

/// A request that says that it is alice's.
fn of_alice(phone: &Phone, method: &str, uri: &str) -> Message {
    let mut request = phone.request(method, uri, "");
    let from = "<sip:alice@example.com>;tag=a";
    request.set_header(HeaderName::From, from).unwrap();
    request
}

#[tokio::test(start_paused = true)]
async fn a_registered_phone_calls_a_number_and_nobody_else_in_its_name_does() {
    let gateway = Phone::new().await;
    let server = Setup::new()
        .route_for(prefix("+49"), Some(gateway.at), &KNOWN)
        .start();
    let (phone, gateway) = (alice(&server).await, gateway.speaking_to(server.udp));
    let (first, number) = (phone.at, "sip:+49-30-1234@example.com");
    let stranger = Phone::of(server.udp).await;
    let refused = stranger.ask(&of_alice(&stranger, "MESSAGE", number)).await;
    assert_eq!(refused.status(), Some(403), "{}", text(&refused));
    assert_eq!(server.core.routes_refused(), 1);
    for phone in [&phone, &alice(&server).await] {
        let is_second = phone.at != first;
        let asked_for = if is_second { "tel:+49301234" } else { number };
        phone.send(&of_alice(phone, "MESSAGE", asked_for)).await;
        let asked = gateway.asked("MESSAGE").await;
        let uri = asked.request_uri().unwrap_or_default().to_owned();
        assert!(uri.ends_with(&format!("@{}", gateway.at)), "{uri}");
        gateway.answer(&asked, 200).await;
        phone.reported(200).await;
    }
    let other = of_alice(&phone, "OPTIONS", "sip:112@example.com");
    let refused = phone.ask(&other).await;
    assert_eq!(refused.status(), Some(404), "no route is for that");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_registered_comes_before_a_route_for_numbers_like_his() {
    let gateway = Phone::new().await;
    let server = Setup::new()
        .route_for(prefix("a"), Some(gateway.at), &KNOWN)
        .start();
    let phone = alice(&server).await;
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("MESSAGE", "sip:alice@example.com", ""))
        .await;
    let asked = phone.asked("MESSAGE").await;
    phone.answer(&asked, 200).await;
    caller.reported(200).await;
}

#[tokio::test(start_paused = true)]
async fn a_registered_phone_reaches_another_domain_where_a_route_says_so() {
    let other = Phone::new().await;
    let uri = format!("sip:bob@{}", other.at);
    let without = Setup::new().start();
    let phone = alice(&without).await;
    let refused = phone.ask(&of_alice(&phone, "MESSAGE", &uri)).await;
    assert_eq!(refused.status(), Some(403), "no open relay");
    let server = Setup::new()
        .route_for(RouteMatch::AnyDomain, None, &KNOWN)
        .start();
    let (phone, other) = (alice(&server).await, other.speaking_to(server.udp));
    let stranger = Phone::of(server.udp).await;
    let refused = stranger.ask(&of_alice(&stranger, "MESSAGE", &uri)).await;
    assert_eq!(refused.status(), Some(403));
    phone.send(&of_alice(&phone, "MESSAGE", &uri)).await;
    let asked = other.asked("MESSAGE").await;
    assert_eq!(asked.request_uri(), Some(&*uri));
    other.answer(&asked, 200).await;
    phone.reported(200).await;
}

#[tokio::test(start_paused = true)]
async fn a_domain_may_be_reached_through_a_proxy_and_from_a_network() {
    let proxy = Phone::new().await;
    let here = trusted("127.0.0.0/8");
    let elsewhere = trusted("192.0.2.0/24");
    let domain = |name: &str| RouteMatch::Domain(name.to_owned());
    let server = Setup::new()
        .route_for(
            domain("b.example"),
            Some(proxy.at),
            &[elsewhere.clone(), here],
        )
        .route_for(domain("c.example"), Some(proxy.at), &[elsewhere])
        .start();
    let (caller, proxy) = (Phone::of(server.udp).await, proxy.speaking_to(server.udp));
    let closed = caller.request("OPTIONS", "sip:x@c.example", "");
    assert_eq!(caller.ask(&closed).await.status(), Some(403));
    caller
        .send(&caller.request("MESSAGE", "sip:x@b.example", ""))
        .await;
    let asked = proxy.asked("MESSAGE").await;
    assert_eq!(asked.request_uri(), Some("sip:x@b.example"));
    proxy.answer(&asked, 200).await;
    caller.reported(200).await;
}

#[tokio::test(start_paused = true)]
async fn a_user_s_route_may_be_for_some_alone() {
    let service = Phone::new().await;
    let server = Setup::new()
        .route_for(
            RouteMatch::User("service".to_owned()),
            Some(service.at),
            &[RouteSender::Registered],
        )
        .start();
    let stranger = Phone::of(server.udp).await;
    let asked = stranger.request("MESSAGE", "sip:service@example.com", "");
    assert_eq!(stranger.ask(&asked).await.status(), Some(403));
    let phone = alice(&server).await;
    let asked = of_alice(&phone, "MESSAGE", "sip:service@example.com");
    phone.send(&asked).await;
    service.asked("MESSAGE").await;
}
