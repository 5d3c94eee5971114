//! A server that listens on all addresses.

use evroute_sip::HeaderName;

use crate::phone::{Phone, text, values};
use crate::server::Setup;

#[tokio::test(start_paused = true)]
async fn a_wildcard_is_never_in_a_via_or_record_route() {
    let callee = Phone::new().await;
    let server = Setup::new().on("0.0.0.0").route("bob", callee.at).start();
    assert!(server.udp.ip().is_unspecified());
    let reached = std::net::SocketAddr::from(([127, 0, 0, 1], server.udp.port()));
    let (caller, callee) = (Phone::of(reached).await, callee.speaking_to(reached));
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let invite = callee.asked("INVITE").await;
    let ours = format!("<sip:{reached};lr;tenant=demo>");
    assert_eq!(
        values(&invite, HeaderName::RecordRoute),
        std::slice::from_ref(&ours)
    );
    let via = invite.top_via().unwrap();
    assert_eq!(
        (via.host(), via.port()),
        ("127.0.0.1", Some(reached.port()))
    );
    assert!(!text(&invite).contains("0.0.0.0"), "{}", text(&invite));

    // The answer is known by that Via, and the route is known as ours.
    let success = callee.answer(&invite, 200).await;
    caller.reported(200).await;
    let mut bye = caller.request(
        "BYE",
        &format!("sip:callee@{}", callee.at),
        &format!("Route: {ours}\r\n"),
    );
    let to = success.header(HeaderName::To).unwrap().into_owned();
    bye.set_header(HeaderName::To, to).unwrap();
    caller.send(&bye).await;
    let bye = callee.asked("BYE").await;
    assert!(bye.routes().next().is_none(), "{}", text(&bye));
}

#[tokio::test(start_paused = true)]
async fn every_address_of_this_host_is_the_server() {
    let server = Setup::new().on("0.0.0.0").start();
    let reached = std::net::SocketAddr::from(([127, 0, 0, 1], server.udp.port()));
    for (uri, code) in [("sip:127.0.0.2", 200), ("sip:192.0.2.1", 403)] {
        let caller = Phone::of(reached).await;
        let mut request = caller.request("OPTIONS", uri, "");
        request
            .set_header(HeaderName::From, "<sip:alice@example.com>;tag=1")
            .unwrap();
        assert_eq!(caller.ask(&request).await.status(), Some(code), "{uri}");
    }
}
