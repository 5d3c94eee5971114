//! A server between two networks: one address in each.

use evroute_sip::{HeaderName, Message};

use crate::phone::{Phone, text, value, values};
use crate::server::{Server, Setup};

/// A caller at the first address, and bob, who is registered at the second.
async fn between() -> (Phone, Phone, Server) {
    let server = Setup::new().and_on("127.0.0.2").start();
    let bob = Phone::of(server.second.unwrap()).await;
    let contact = format!("<sip:bob@{}>", bob.at);
    let register = bob.register("sip:bob@example.com", &contact, "");
    assert_eq!(bob.ask(&register).await.status(), Some(200));
    (Phone::of(server.udp).await, bob, server)
}

/// A request inside the dialog, with the Routes of a caller (in their order) or of a callee.
fn within(
    phone: &Phone,
    method: &str,
    to: &Phone,
    routes: &[String],
    parties: [&str; 2],
) -> Message {
    let routes: String = routes
        .iter()
        .map(|route| format!("Route: {route}\r\n"))
        .collect();
    let mut request = phone.request(method, &format!("sip:x@{}", to.at), &routes);
    for (name, value) in [HeaderName::From, HeaderName::To].into_iter().zip(parties) {
        request.set_header(name, value).unwrap();
    }
    request
}

#[tokio::test(start_paused = true)]
async fn a_call_between_two_networks_is_recorded_at_both_and_stays_in_them() {
    let (caller, bob, server) = between().await;
    let (first, second) = (server.udp, server.second.unwrap());
    let request = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&request).await;
    let invite = bob.asked("INVITE").await;
    assert_eq!(bob.heard_from(&invite), second, "where bob registered");
    let mut routes = values(&invite, HeaderName::RecordRoute);
    let recorded = [second, first].map(|at| format!("<sip:{at};lr;r2=on;tenant=demo>"));
    assert_eq!(routes, recorded);
    let success = bob.answer(&invite, 200).await;
    caller.reported(200).await;
    let (from, to) = (value(&success, "From"), value(&success, "To"));

    let bye = within(&bob, "BYE", &caller, &routes, [&to, &from]);
    bob.send(&bye).await;
    let bye = caller.asked("BYE").await;
    assert_eq!(caller.heard_from(&bye), first);
    assert!(bye.routes().next().is_none(), "{}", text(&bye));

    routes.reverse();
    for method in ["ACK", "INFO"] {
        let request = within(&caller, method, &bob, &routes, [&from, &to]);
        caller.send(&request).await;
        let request = bob.asked(method).await;
        assert_eq!(bob.heard_from(&request), second, "{method}");
        assert!(request.routes().next().is_none(), "{}", text(&request));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_inside_one_network_is_recorded_once() {
    let (_, bob, server) = between().await;
    let second = server.second.unwrap();
    let caller = Phone::of(second).await;
    let request = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&request).await;
    let invite = bob.asked("INVITE").await;
    assert_eq!(bob.heard_from(&invite), second);
    assert_eq!(
        values(&invite, HeaderName::RecordRoute),
        [format!("<sip:{second};lr;tenant=demo>")]
    );
}

/// What was not recorded chooses nothing: who sets a Route at will does not choose the network.
#[tokio::test(start_paused = true)]
async fn a_route_outside_a_dialog_does_not_choose_the_way_out() {
    let callee = Phone::new().await;
    let server = Setup::new()
        .and_on("127.0.0.2")
        .route("carol", callee.at)
        .start();
    let caller = Phone::of(server.udp).await;
    let route = format!("Route: <sip:{};lr>\r\n", server.second.unwrap());
    let request = caller.request("MESSAGE", "sip:carol@example.com", &route);
    caller.send(&request).await;
    let request = callee.asked("MESSAGE").await;
    assert_eq!(callee.heard_from(&request), server.udp);
}
