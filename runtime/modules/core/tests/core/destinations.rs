//! Where messages of a tenant go that may not send everywhere: the phones are on loopback, and it
//! may send to another network only.

use evroute_event::Cause;
use evroute_identity::DestinationError;
use evroute_module_core::events::{Request, RequestVerdict};
use evroute_module_tm::events::{LocalRequest, LocalRequestVerdict};
use evroute_module_tm::{NewRequest, OriginateError};
use evroute_resolver::Unresolved;
use evroute_sip::HeaderName;

use crate::phone::{Phone, text};
use crate::server::{Setup, tenant};

/// A network that no test reaches (RFC 5737).
const ELSEWHERE: &[&str] = &["203.0.113.0/24"];

/// What a caller is answered whose request would reach this phone, which hears nothing of it.
async fn refused(setup: Setup, victim: &Phone, uri: &str, headers: &str) -> Option<u16> {
    let server = setup.sending_to(ELSEWHERE).start();
    let caller = Phone::of(server.udp).await;
    let headers = headers.replace("OURS", &format!("<sip:{};lr>", server.udp));
    let mut request = caller.request("MESSAGE", uri, &headers);
    if headers.contains("Route") {
        let to = "<sip:bob@example.com>;tag=made-up";
        request.set_header(HeaderName::To, to).unwrap();
    }
    let answer = caller.ask(&request).await;
    assert!(victim.hears_nothing().await);
    assert_eq!(
        server.identity.refused_destinations().first(),
        Some(&("demo".parse().unwrap(), 1)),
        "{}",
        text(&answer)
    );
    answer.status()
}

#[tokio::test(start_paused = true)]
async fn a_handler_does_not_choose_an_address_outside_of_the_networks() {
    let victim = Phone::new().await;
    let chosen = format!("sip:{}", victim.at);
    let (by_next_hop, by_uri) = (chosen.clone(), chosen);
    let setup = Setup::new().handles(move |event: &mut Request| {
        event.subject.next_hop = Some(by_next_hop.clone());
        RequestVerdict::Pass
    });
    let status = refused(setup, &victim, "sip:bob@example.com", "").await;
    assert_eq!(status, Some(403));
    let setup = Setup::new().handles(move |event: &mut Request| {
        let request = event.subject.message.as_mut().unwrap();
        request.set_request_uri(&by_uri).unwrap();
        RequestVerdict::Pass
    });
    let status = refused(setup, &victim, "sip:bob@example.com", "").await;
    assert_eq!(status, Some(403));
}

#[tokio::test(start_paused = true)]
async fn a_name_is_judged_by_the_address_that_it_turns_out_to_have() {
    let victim = Phone::new().await;
    let at = victim.at;
    let setup = Setup::new()
        .names_by(move |_, _| Ok(vec![at]))
        .handles(|event: &mut Request| {
            event.subject.next_hop = Some("sip:rebound.example".to_owned());
            RequestVerdict::Pass
        });
    let status = refused(setup, &victim, "sip:bob@example.com", "").await;
    assert_eq!(status, Some(403));
}

#[tokio::test(start_paused = true)]
async fn a_peer_does_not_choose_one_by_a_made_up_dialog() {
    let victim = Phone::new().await;
    let uri = format!("sip:bob@{}", victim.at);
    let status = refused(Setup::new(), &victim, &uri, "Route: OURS\r\n").await;
    assert_eq!(status, Some(403));
    let route = format!("Route: OURS, <sip:{};lr>\r\n", victim.at);
    let status = refused(Setup::new(), &victim, "sip:bob@203.0.113.1", &route).await;
    assert_eq!(status, Some(403));
}

#[tokio::test(start_paused = true)]
async fn a_contact_does_not_aim_calls_at_one() {
    let victim = Phone::new().await;
    let server = Setup::new().sending_to(ELSEWHERE).start();
    let caller = Phone::of(server.udp).await;
    let mut register = caller.request(
        "REGISTER",
        "sip:example.com",
        &format!("Contact: <sip:bob@{}>\r\nExpires: 60\r\n", victim.at),
    );
    for name in [HeaderName::From, HeaderName::To] {
        let value = if name == HeaderName::From {
            ";tag=1"
        } else {
            ""
        };
        let value = format!("<sip:bob@example.com>{value}");
        register.set_header(name, value).unwrap();
    }
    assert_eq!(caller.ask(&register).await.status(), Some(200));
    let call = caller.request("MESSAGE", "sip:bob@example.com", "");
    assert_eq!(caller.ask(&call).await.status(), Some(403));
    assert!(victim.hears_nothing().await);
}

/// As with Kamailio, whose `lookup()` makes it the Request-URI: the request comes in again.
#[tokio::test(start_paused = true)]
async fn a_contact_that_names_a_user_of_this_server_forwards_calls_to_that_user() {
    for (networks, status) in [(&["127.0.0.0/8"][..], 200), (ELSEWHERE, 403)] {
        let server = Setup::new().sending_to(networks).start();
        let carol = Phone::new().await;
        let carol = carol.speaking_to(server.udp);
        let register = carol.register(
            "sip:carol@127.0.0.1",
            &format!("<sip:carol@{}>", carol.at),
            "",
        );
        assert_eq!(carol.ask(&register).await.status(), Some(200));
        let bob = Phone::of(server.udp).await;
        let carol_here = format!("<sip:carol@{}>", server.udp);
        let register = bob.register("sip:bob@example.com", &carol_here, "");
        assert_eq!(bob.ask(&register).await.status(), Some(200));
        let caller = Phone::of(server.udp).await;
        caller
            .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
            .await;
        if status == 200 {
            let asked = carol.asked("MESSAGE").await;
            carol.answer(&asked, 200).await;
        }
        caller.reported(status).await;
        assert!(bob.hears_nothing().await);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_reaches_the_server_itself_even_within_the_networks() {
    let server = Setup::new().start();
    let caller = Phone::of(server.udp).await;
    let tcp = server.tcp;
    let uri = format!("sip:bob@{tcp};transport=tcp");
    let route = format!(
        "Route: <sip:{};lr>, <sip:{tcp};transport=tcp>\r\n",
        server.udp
    );
    let mut request = caller.request("MESSAGE", &uri, &route);
    let to = "<sip:bob@example.com>;tag=made-up";
    request.set_header(HeaderName::To, to).unwrap();
    let answer = caller.ask(&request).await;
    assert!(answer.status() >= Some(400), "{}", text(&answer));
}

#[tokio::test(start_paused = true)]
async fn an_operator_s_static_route_leads_anywhere() {
    let callee = Phone::new().await;
    let server = Setup::new()
        .route("bob", callee.at)
        .sending_to(ELSEWHERE)
        .start();
    let (caller, callee) = (Phone::of(server.udp).await, callee.speaking_to(server.udp));
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let asked = callee.asked("MESSAGE").await;
    callee.answer(&asked, 200).await;
    caller.reported(200).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_by_rpc_goes_where_it_was_asked_to_and_not_where_a_handler_sends_it() {
    let (target, victim) = (Phone::new().await, Phone::new().await);
    let new = || NewRequest {
        method: "MESSAGE".to_owned(),
        request_uri: format!("sip:bob@{}", target.at),
        next_hop: None,
        socket: None,
        from: None,
        to: None,
        headers: Vec::new(),
        body: None,
        sequence: None,
        contact: None,
    };
    let elsewhere = format!("sip:{}", victim.at);
    let setup = Setup::new().sending_to(ELSEWHERE);
    let server = setup.start();
    let sent = server.uac.originate(Cause::outside(tenant()), new());
    sent.await.unwrap();
    target.asked("MESSAGE").await;
    let server = Setup::new()
        .sending_to(ELSEWHERE)
        .handles(move |event: &mut LocalRequest| {
            event.subject.next_hop = Some(elsewhere.clone());
            LocalRequestVerdict::Send
        })
        .start();
    let sent = server.uac.originate(Cause::outside(tenant()), new());
    let error = sent.await.unwrap_err();
    let outside = OriginateError::Unresolved(Unresolved::Refused(DestinationError::Outside(
        evroute_tenant::OutsideNetworks(victim.at.ip()),
    )));
    assert_eq!(error.to_string(), outside.to_string());
    assert!(victim.hears_nothing().await);
}
