//! How far one request is multiplied: RFC 5393 5.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evroute_module_core::events::{Request, RequestVerdict};
use evroute_sip::HeaderName;

use crate::phone::{Phone, text, value};
use crate::server::{Server, Setup};

const FIELD: &str = "Max-Breadth";

/// A request counts itself on its way through the server.
fn counted() -> (Setup, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    let setup = Setup::new()
        .sending_to_itself()
        .handles(move |event: &mut Request| {
            let message = event.subject.message.as_mut().unwrap();
            if message.method().as_str() != "REGISTER" {
                seen.fetch_add(1, Ordering::Relaxed);
                // A tenant's handlers make it no broader.
                message.remove_headers(HeaderName::from(FIELD));
            }
            RequestVerdict::Pass
        });
    (setup, count)
}

/// Registers this user at all of these addresses.
async fn register(server: &Server, user: &str, contacts: &[String]) {
    let phone = Phone::of(server.udp).await;
    let contact = contacts.join(", ");
    let aor = format!("sip:{user}@example.com");
    let answer = phone.ask(&phone.register(&aor, &contact, "")).await;
    assert_eq!(answer.status(), Some(200), "{}", text(&answer));
}

#[tokio::test(start_paused = true)]
async fn users_whose_contacts_are_each_other_stay_within_the_bounds() {
    for users in [2, 4, 8, 10] {
        for method in ["INVITE", "MESSAGE", "ACK"] {
            let (setup, count) = counted();
            let server = setup.start();
            let contact = |user| format!("<sip:u{user}@127.0.0.1:{}>", server.udp.port());
            let contacts: Vec<_> = (0..users).map(contact).collect();
            for user in 0..users {
                register_at_address(&server, user, &contacts).await;
            }
            let caller = Phone::of(server.udp).await;
            let uri = format!("sip:u0@127.0.0.1:{}", server.udp.port());
            caller.send(&caller.request(method, &uri, "")).await;
            if method == "ACK" {
                assert!(caller.hears_nothing().await);
            } else {
                let status = caller.next().await.status().unwrap();
                assert!([440, 482].contains(&status), "{users} {method}: {status}");
            }
            let seen = count.load(Ordering::Relaxed);
            assert!(seen <= 61, "{users} users: {method} became {seen} requests");
        }
    }
}

/// As [`register`], for a user of the address that phones have.
async fn register_at_address(server: &Server, user: usize, contacts: &[String]) {
    let phone = Phone::of(server.udp).await;
    let aor = format!("sip:u{user}@127.0.0.1");
    let answer = phone
        .ask(&phone.register(&aor, &contacts.join(", "), ""))
        .await;
    assert_eq!(answer.status(), Some(200), "{}", text(&answer));
}

#[tokio::test(start_paused = true)]
async fn one_contact_after_the_other_uses_it_up_as_well() {
    let (setup, count) = counted();
    let server = setup.start();
    for user in 0..69 {
        let next = format!("<sip:u{}@127.0.0.1:{}>", user + 1, server.udp.port());
        register_at_address(&server, user, &[next]).await;
    }
    let caller = Phone::of(server.udp).await;
    let uri = format!("sip:u0@127.0.0.1:{}", server.udp.port());
    caller.send(&caller.request("MESSAGE", &uri, "")).await;
    assert_eq!(caller.next().await.status(), Some(440));
    assert_eq!(count.load(Ordering::Relaxed), 61);
    assert_eq!(server.core.too_broad(), 1);
}

#[tokio::test(start_paused = true)]
async fn branches_share_what_their_request_brought() {
    let server = Setup::new().sending_to_itself().start();
    let phones = [Phone::of(server.udp).await, Phone::of(server.udp).await];
    let contacts = phones
        .each_ref()
        .map(|phone| format!("<sip:bob@{}>", phone.at));
    register(&server, "bob", &contacts).await;
    for (asked, shares) in [("", ["30", "30"]), ("Max-Breadth: 5\r\n", ["2", "3"])] {
        let caller = Phone::of(server.udp).await;
        caller
            .send(&caller.request("MESSAGE", "sip:bob@example.com", asked))
            .await;
        let mut reported = Vec::new();
        for phone in &phones {
            reported.push(value(&phone.asked("MESSAGE").await, FIELD));
        }
        reported.sort();
        assert_eq!(reported, shares, "{asked}");
    }
    let caller = Phone::of(server.udp).await;
    let narrow = caller.request("INVITE", "sip:bob@example.com", "Max-Breadth: 1\r\n");
    let refusal = caller.ask(&narrow).await;
    assert_eq!(refusal.status(), Some(440), "{}", text(&refusal));
    assert_eq!(refusal.reason(), Some(&b"Max-Breadth Exceeded"[..]));
}
