//! Phones behind a NAT: reached the way they came, whatever they say of themselves.

use std::sync::Arc;
use std::time::Duration;

use evroute_event::Cause;
use evroute_module_api::{FlowRequest, OwnRequests};
use evroute_module_core::events::{Request, RequestVerdict};
use evroute_module_tm::NewRequest;
use evroute_module_tm::events::{LocalRequest, LocalRequestVerdict};
use evroute_sip::{HeaderName, Message, Method};
use evroute_tenant::TenantIndex;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::phone::{Phone, text, value, values};
use crate::server::{Server, Setup, tenant};
use crate::streams::next;

/// A request of a phone that does not know its outer address, which is 127.0.0.1.
fn inside(phone: &Phone, method: &str, uri: &str, host: &str, more: &str) -> Message {
    let mut request = phone.request(method, uri, more);
    let via = format!(
        "SIP/2.0/UDP {host}:5060;branch=z9hG4bKn{method}{}",
        phone.at.port()
    );
    request.replace_first_value(HeaderName::Via, via).unwrap();
    let contact = format!("<sip:caller@{host}:5060>");
    request.set_header(HeaderName::Contact, contact).unwrap();
    request
}

/// Its answer.
fn answer(phone: &Phone, request: &Message, host: &str) -> Message {
    let tag = format!("tag{}", phone.at.port());
    let mut response = Message::response_to(request, 200, "OK", Some(&tag)).unwrap();
    let contact = format!("<sip:callee@{host}:5060>");
    response
        .append_header(HeaderName::Contact, contact)
        .unwrap();
    response
}

/// The URI of the Contact, which leads to this host by a token.
fn aliased(message: &Message, host: &str) -> String {
    let contact = value(message, "Contact");
    let uri = contact
        .strip_prefix('<')
        .and_then(|uri| uri.strip_suffix('>'));
    let uri = uri.unwrap_or_else(|| panic!("{}", text(message)));
    let (before, token) = uri
        .split_once(";alias=")
        .unwrap_or_else(|| panic!("{contact}"));
    assert!(before.ends_with(&format!("@{host}:5060")), "{contact}");
    assert_eq!(token.len(), 31, "{contact}");
    uri.to_owned()
}

fn routes(recorded: impl Iterator<Item = String>) -> String {
    recorded
        .map(|route| format!("Route: {route}\r\n"))
        .collect()
}

async fn register(server: &Server, phone: &Phone, host: &str) {
    let contact = format!("<sip:callee@{host}:5060>");
    let register = phone.register("sip:bob@example.com", &contact, "");
    let answer = phone.ask(&register).await;
    assert_eq!(
        answer.status(),
        Some(200),
        "{} {}",
        server.udp,
        text(&answer)
    );
}

#[tokio::test(start_paused = true)]
async fn ack_and_bye_reach_phones_behind_two_nats_from_both_sides() {
    let server = Setup::new().start();
    let [alice, bob] = [Phone::of(server.udp).await, Phone::of(server.udp).await];
    register(&server, &bob, "10.1.0.9").await;
    alice
        .send(&inside(
            &alice,
            "INVITE",
            "sip:bob@example.com",
            "10.0.0.7",
            "",
        ))
        .await;
    let invite = bob.asked("INVITE").await;
    assert_eq!(invite.request_uri(), Some("sip:callee@10.1.0.9:5060"));
    let to_alice = aliased(&invite, "10.0.0.7");
    let recorded = routes(values(&invite, HeaderName::RecordRoute).into_iter());
    let success = answer(&bob, &invite, "10.1.0.9");
    bob.send(&success).await;
    let success = alice.reported(200).await;
    let to_bob = aliased(&success, "10.1.0.9");
    let (from, to) = (value(&success, "From"), value(&success, "To"));

    for method in ["ACK", "INFO", "BYE"] {
        let mut request = inside(&alice, method, &to_bob, "10.0.0.7", &recorded);
        request.set_header(HeaderName::To, &to).unwrap();
        alice.send(&request).await;
        let seen = bob.asked(method).await;
        assert_eq!(seen.request_uri(), Some("sip:callee@10.1.0.9:5060"));
        assert_eq!(bob.heard_from(&seen), server.udp);
    }
    for method in ["UPDATE", "BYE"] {
        let mut request = inside(&bob, method, &to_alice, "10.1.0.9", &recorded);
        request.set_header(HeaderName::From, &to).unwrap();
        request.set_header(HeaderName::To, &from).unwrap();
        bob.send(&request).await;
        let seen = alice.asked(method).await;
        assert_eq!(seen.request_uri(), Some("sip:caller@10.0.0.7:5060"));
        if method == "UPDATE" {
            aliased(&seen, "10.1.0.9");
        }
    }
}

/// The alias that a phone gets in a dialog with a user of this domain.
async fn alias_of(server: &Server, phone: &Phone, domain: &str) -> String {
    let bob = Phone::of(server.udp).await;
    let aor = format!("sip:bob@{domain}");
    let contact = format!("<sip:bob@{}>", bob.at);
    let mut register = bob.register(&aor, &contact, "");
    register.set_request_uri(&format!("sip:{domain}")).unwrap();
    assert_eq!(bob.ask(&register).await.status(), Some(200));
    let subscribe = inside(phone, "SUBSCRIBE", &aor, "10.0.0.7", "");
    phone.send(&subscribe).await;
    let subscribe = bob.asked("SUBSCRIBE").await;
    bob.answer(&subscribe, 489).await;
    phone.reported(489).await;
    let uri = aliased(&subscribe, "10.0.0.7");
    uri.split_once(";alias=").unwrap().1.to_owned()
}

/// A BYE in a dialog of the tenant's, for whoever this URI leads to.
fn bye(server: &Server, phone: &Phone, uri: &str) -> Message {
    let route = format!("Route: <sip:{};lr;tenant=demo>\r\n", server.udp);
    let mut bye = phone.request("BYE", uri, &route);
    let to = "<sip:alice@example.com>;tag=a";
    bye.set_header(HeaderName::To, to).unwrap();
    bye
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_this_server_wrote_for_the_tenant_leads_to_its_phone() {
    let server = Setup::new().start();
    let [alice, phone] = [Phone::of(server.udp).await, Phone::of(server.udp).await];
    let alias = alias_of(&server, &alice, "example.com").await;
    let uri = format!("sip:a@10.0.0.7:5060;alias={alias}");
    phone.send(&bye(&server, &phone, &uri)).await;
    let seen = alice.asked("BYE").await;
    assert_eq!(seen.request_uri(), Some("sip:a@10.0.0.7:5060"));
    // Outside a dialog it is of no use.
    let refused = phone.ask(&phone.request("INVITE", &uri, "")).await;
    assert_eq!(refused.status(), Some(403));
}

#[tokio::test(start_paused = true)]
async fn a_made_up_alias_and_one_of_another_tenants_lead_to_nobody() {
    let neighbour = TenantIndex::new(1);
    let setup = Setup::new().with_neighbour();
    let server = setup.with_phones_of(Some(neighbour)).start();
    let victim = Phone::of(server.udp).await;
    let neighbours = alias_of(&server, &victim, "127.0.0.1").await;
    let mut changed = neighbours.clone().into_bytes();
    changed[8] = if changed[8] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    let kamailios = format!("{}~{}~1", victim.at.ip(), victim.at.port());
    for alias in [&neighbours, &changed, &kamailios, "x", ""] {
        let phone = Phone::of(server.udp).await;
        let uri = format!("sip:a@10.0.0.7:5060;alias={alias}");
        let refused = phone.ask(&bye(&server, &phone, &uri)).await;
        assert_eq!(refused.status(), Some(403), "{alias}");
    }
    assert!(victim.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_phone_on_a_connection_is_reached_over_it_and_gone_with_it() {
    let server = Setup::new().start();
    let mut bob = TcpStream::connect(server.tcp).await.unwrap();
    let registering = Phone::of(server.udp).await;
    let contact = "<sip:bob@df7jal23ls0d.invalid;transport=tcp>";
    let register = registering.register("sip:bob@example.com", contact, "");
    let register = text(&register).replacen("SIP/2.0/UDP", "SIP/2.0/TCP", 1);
    bob.write_all(register.as_bytes()).await.unwrap();
    assert_eq!(next(&mut bob).await.status(), Some(200));
    let caller = Phone::of(server.udp).await;
    let message = caller.request("MESSAGE", "sip:bob@example.com", "");
    caller.send(&message).await;
    let seen = next(&mut bob).await;
    assert_eq!(seen.method().as_str(), "MESSAGE");
    let done = Message::response_to(&seen, 200, "OK", Some("t")).unwrap();
    bob.write_all(&done.print()).await.unwrap();
    caller.reported(200).await;

    drop(bob);
    // Its end is seen by the task of the connection.
    let is_gone = async || {
        let caller = Phone::of(server.udp).await;
        let message = caller.request("MESSAGE", "sip:bob@example.com", "");
        caller.ask(&message).await.status() == Some(404)
    };
    for _ in 0..100 {
        if is_gone().await {
            return;
        }
    }
    panic!("still registered");
}

#[tokio::test(start_paused = true)]
async fn a_sender_behind_a_nat_that_asks_for_nothing_is_answered_where_it_sent_from() {
    let server = Setup::new().start();
    let phone = Phone::of(server.udp).await;
    let request = inside(&phone, "OPTIONS", "sip:example.com", "10.0.0.7", "");
    let answer = phone.ask(&request).await;
    assert_eq!(answer.status(), Some(200), "{}", text(&answer));
    let noted = format!(";received={};rport={}", phone.at.ip(), phone.at.port());
    assert!(value(&answer, "Via").ends_with(&noted), "{}", text(&answer));
}

/// A server whose REGISTERs go to this registrar.
fn edge(registrar: &Phone) -> Server {
    let at = registrar.at;
    let setup = Setup::new().handles(move |event: &mut Request| {
        let message = event.subject.message.as_ref().unwrap();
        if message.method() == Method::Register {
            event.subject.next_hop = Some(format!("sip:{at}"));
        }
        RequestVerdict::Pass
    });
    setup.start()
}

const CONTACT: &str = "<sip:bob@10.0.0.7>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"";
const OUTBOUND: &str = "Supported: path, outbound\r\n";

#[tokio::test(start_paused = true)]
async fn what_comes_back_by_the_path_of_a_register_reaches_its_phone() {
    let registrar = Phone::new().await;
    let server = edge(&registrar);
    let registrar = registrar.speaking_to(server.udp);
    let bob = Phone::of(server.udp).await;
    let register = bob.register("sip:bob@example.com", CONTACT, OUTBOUND);
    bob.send(&register).await;
    let seen = registrar.asked("REGISTER").await;
    let path = value(&seen, "Path");
    assert!(path.ends_with(&format!("@{};lr;ob>", server.udp)), "{path}");
    registrar.answer(&seen, 200).await;
    bob.reported(200).await;

    let message = |route: &str| {
        let route = format!("Route: {route}\r\n");
        registrar.request("MESSAGE", "sip:bob@10.0.0.7", &route)
    };
    registrar.send(&message(&path)).await;
    let seen = bob.asked("MESSAGE").await;
    assert_eq!(seen.request_uri(), Some("sip:bob@10.0.0.7"));
    assert!(seen.routes().next().is_none(), "{}", text(&seen));
    bob.answer(&seen, 200).await;
    registrar.reported(200).await;

    let mut forged = path.clone().into_bytes();
    let at = path.find('@').unwrap() - 3;
    forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
    let stranger = Phone::of(server.udp).await;
    let route = format!("Route: {}\r\n", String::from_utf8(forged).unwrap());
    let refused = stranger.request("MESSAGE", "sip:bob@10.0.0.7", &route);
    assert_eq!(stranger.ask(&refused).await.status(), Some(403));
    assert!(bob.hears_nothing().await);
}

#[tokio::test(start_paused = true)]
async fn a_path_to_a_connection_that_is_gone_is_430() {
    let registrar = Phone::new().await;
    let server = edge(&registrar);
    let registrar = registrar.speaking_to(server.udp);
    let mut bob = TcpStream::connect(server.tcp).await.unwrap();
    let sending = Phone::of(server.udp).await;
    let register = sending.register("sip:bob@example.com", CONTACT, OUTBOUND);
    let register = text(&register).replacen("SIP/2.0/UDP", "SIP/2.0/TCP", 1);
    bob.write_all(register.as_bytes()).await.unwrap();
    let seen = registrar.asked("REGISTER").await;
    let route = format!("Route: {}\r\n", value(&seen, "Path"));
    registrar.answer(&seen, 200).await;
    assert_eq!(next(&mut bob).await.status(), Some(200));
    drop(bob);
    for _ in 0..100 {
        let caller = Phone::of(server.udp).await;
        let message = caller.request("MESSAGE", "sip:bob@10.0.0.7", &route);
        if caller.ask(&message).await.status() == Some(430) {
            return;
        }
    }
    panic!("never 430");
}

#[tokio::test(start_paused = true)]
async fn a_ping_goes_over_its_flow_and_through_the_handlers_of_local_requests() {
    let setup = Setup::new().handles(|event: &mut LocalRequest| {
        let message = event.subject.message.as_mut().unwrap();
        let is_dropped = message.request_uri() == Some("sip:nobody@10.0.0.7");
        message.set_header("X-Ping", "1").unwrap();
        match is_dropped {
            true => LocalRequestVerdict::Drop,
            false => LocalRequestVerdict::Send,
        }
    });
    let server = setup.start();
    let bob = Phone::of(server.udp).await;
    let flow = evroute_transport::Flow {
        proto: evroute_transport::Proto::Udp,
        local: server.udp,
        remote: bob.at,
        connection: None,
    };
    let ping = |user: &str| {
        let request = FlowRequest {
            method: "OPTIONS",
            request_uri: format!("sip:{user}@10.0.0.7"),
            over: flow.itself(),
            answer_within: Duration::from_secs(8),
        };
        Arc::clone(&server.uac).send(tenant(), request)
    };
    let (status, _) = tokio::join!(ping("bob"), async {
        let seen = bob.asked("OPTIONS").await;
        assert_eq!(seen.request_uri(), Some("sip:bob@10.0.0.7"));
        assert_eq!(value(&seen, "X-Ping"), "1");
        bob.heard_from(&seen);
        bob.answer(&seen, 405).await;
    });
    assert_eq!(status, Some(405));
    assert_eq!(server.raised::<LocalRequest>(), 1);
    assert_eq!(ping("nobody").await, None, "a handler dropped it");
    assert!(bob.hears_nothing().await);
    let begun = tokio::time::Instant::now();
    assert_eq!(ping("bob").await, Some(408), "nobody answers");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_call_of_the_servers_own_to_a_phone_behind_a_nat_is_acknowledged_over_its_flow() {
    let server = Setup::new().start();
    let bob = Phone::of(server.udp).await;
    register(&server, &bob, "10.1.0.9").await;
    let new = NewRequest {
        method: "INVITE".to_owned(),
        request_uri: "sip:bob@example.com".to_owned(),
        next_hop: None,
        socket: None,
        from: None,
        to: None,
        headers: Vec::new(),
        body: None,
        sequence: None,
        contact: None,
    };
    let cause = Cause::outside(tenant());
    let sent = server.uac.originate(cause, new).await.unwrap();
    let invite = bob.asked("INVITE").await;
    bob.send(&answer(&bob, &invite, "10.1.0.9")).await;
    let ack = bob.asked("ACK").await;
    assert_eq!(ack.request_uri(), Some("sip:callee@10.1.0.9:5060"));
    assert_eq!(sent.answer.await.unwrap().status, 200);
}
