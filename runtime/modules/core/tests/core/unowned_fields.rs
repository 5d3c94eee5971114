//! What a proxy does not own goes on as it came (RFC 3261 16.3 step 1).

use evroute_module_core::Ignored;
use evroute_sip::{HeaderName, Message};

use crate::phone::{Phone, branch, values};
use crate::server::{Server, Setup};

/// In the place of a Contact.
const CONTACTS: [&str; 6] = [
    "\"Mr. X\" sip:a@127.0.0.1",
    "<sip:Mr X@127.0.0.1>",
    "<sip:a@127.0.0.1>;;audio",
    "<>",
    "sip:a@h?Route=x",
    "<sip:a@127.0.0.1>;expires=99999999999",
];

/// Beside it.
const OTHERS: [(&str, &str); 2] = [
    ("Expires", "99999999999"),
    ("Via", "SIP/2.0/UDP 10.0.0.1:5060;;branch=z9hG4bK1"),
];

async fn between() -> (Phone, Phone, Server) {
    let callee = Phone::new().await;
    let server = Setup::new().route("bob", callee.at).start();
    let callee = callee.speaking_to(server.udp);
    (Phone::of(server.udp).await, callee, server)
}

/// A message with one field odd, and what is odd about it.
fn odd(message: &Message) -> Vec<(Message, HeaderName<'static>, &'static str)> {
    let contacts = CONTACTS.map(|value| {
        let mut message = message.clone();
        message.set_header(HeaderName::Contact, value).unwrap();
        (message, HeaderName::Contact, value)
    });
    let others = OTHERS.map(|(name, value)| {
        let (mut message, name) = (message.clone(), HeaderName::from(name));
        // Below the Via that is read.
        message.append_header(name, value).unwrap();
        (message, name, value)
    });
    contacts.into_iter().chain(others).collect()
}

#[tokio::test(start_paused = true)]
async fn requests_are_passed_on_with_them() {
    for method in ["INVITE", "BYE", "ACK", "MESSAGE"] {
        let (caller, callee, server) = between().await;
        let request = caller.request(method, "sip:bob@example.com", "");
        for (number, (mut request, name, value)) in odd(&request).into_iter().enumerate() {
            let via = format!("SIP/2.0/UDP {};branch=z9hG4bK{method}{number}", caller.at);
            request.replace_first_value(HeaderName::Via, via).unwrap();
            caller.send(&request).await;
            let routed_request = callee.asked(method).await;
            assert!(
                values(&routed_request, name).iter().any(|got| got == value),
                "{value}"
            );
            if method != "ACK" {
                callee.answer(&routed_request, 486).await;
                caller.reported(486).await;
            }
            if method == "INVITE" {
                callee.asked("ACK").await;
            }
        }
        let lost = Ignored::ALL
            .iter()
            .map(|reason| server.core.ignored(*reason));
        assert_eq!(lost.sum::<u64>(), 0);
    }
}

fn put_vias(message: &mut Message, vias: &[String]) {
    message.remove_headers(HeaderName::Via);
    for via in vias.iter().rev() {
        message.prepend_header(HeaderName::Via, via).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn responses_are_passed_on_with_them() {
    let (caller, callee, _server) = between().await;
    let request = caller.request("MESSAGE", "sip:bob@example.com", "");
    let template = Message::response_to(&request, 200, "OK", Some("t")).unwrap();
    let mut cases = odd(&template);
    for (name, value) in [
        (HeaderName::MaxForwards, "300"),
        (HeaderName::Route, "x"),
        (HeaderName::To, "\"x <sip:b@c>;tag=1"),
        (HeaderName::From, "<sip:b@c>;;tag=1"),
    ] {
        let mut response = template.clone();
        response.set_header(name, value).unwrap();
        cases.push((response, name, value));
    }
    for (number, (mut response, name, value)) in cases.into_iter().enumerate() {
        let mut request = request.clone();
        // The Vias below are as odd as in the case, in the request already: an answer has those of
        // its request.
        let via = format!("SIP/2.0/UDP {};branch=z9hG4bKr{number}", caller.at);
        let below = values(&response, HeaderName::Via).into_iter().skip(1);
        let vias: Vec<_> = [via].into_iter().chain(below).collect();
        put_vias(&mut request, &vias);
        caller.send(&request).await;
        let routed_request = callee.asked("MESSAGE").await;
        put_vias(&mut response, &values(&routed_request, HeaderName::Via));
        callee.send(&response).await;
        let reported = caller.raw().await;
        assert!(reported.starts_with("SIP/2.0 200 "), "{value}: {reported}");
        assert!(
            reported.contains(&format!("{name}: {value}\r\n")),
            "{value}: {reported}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_counted_by_its_reason() {
    let (caller, callee, server) = between().await;
    let mut ack = caller.request("ACK", "sip:bob@example.com", "");
    ack.set_header(HeaderName::To, "\"x <sip:b@c>").unwrap();
    caller.send(&ack).await;
    let stranger = caller.request("ACK", "sip:bob@example.org", "");
    caller.send(&stranger).await;
    let sips = caller.request("ACK", "sips:bob@example.com", "");
    caller.send(&sips).await;
    let mut stray = Message::response_to(&ack, 200, "OK", None).unwrap();
    stray.set_header(HeaderName::To, "<sip:b@c>").unwrap();
    caller.send(&stray).await;
    caller.send_bytes(b"\x00\x01 not SIP at all").await;
    assert!(caller.hears_nothing().await && callee.hears_nothing().await);
    let counts = Ignored::ALL.map(|reason| (reason.as_str(), server.core.ignored(reason)));
    let counts: Vec<_> = counts.into_iter().filter(|(_, times)| *times > 0).collect();
    let expected = [
        ("unreadable", 1),
        ("malformed", 1),
        ("ack-refused", 2),
        ("not-ours", 1),
    ];
    assert_eq!(counts, expected);
}

#[tokio::test(start_paused = true)]
async fn the_registrar_reads_its_own_fields() {
    let server = Setup::new().start();
    for (contact, code) in [
        ("sip:a@h?Route=x", 400),
        ("<sip:a@h>;expires=99999999999", 200),
    ] {
        let phone = Phone::of(server.udp).await;
        let register = phone.register("sip:alice@example.com", contact, "");
        assert_eq!(phone.ask(&register).await.status(), Some(code), "{contact}");
    }
}

#[tokio::test(start_paused = true)]
async fn header_fields_and_method_of_a_contact_are_not_called() {
    let server = Setup::new().start();
    for (user, more) in [("h", "?Subject=x&Replaces=a%3Bb"), ("m", ";method=INVITE")] {
        let (callee, caller) = (Phone::of(server.udp).await, Phone::of(server.udp).await);
        let aor = format!("sip:{user}@example.com");
        let contact = format!("<sip:{user}@{}{more}>", callee.at);
        let registered = callee.ask(&callee.register(&aor, &contact, "")).await;
        assert_eq!(registered.status(), Some(200));
        caller.send(&caller.request("MESSAGE", &aor, "")).await;
        let called = callee.asked("MESSAGE").await;
        let expected = format!("sip:{user}@{}", callee.at);
        assert_eq!(called.request_uri(), Some(&*expected));
        assert!(branch(&called).starts_with("z9hG4bK"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_number_is_found_in_every_spelling() {
    let callee = Phone::new().await;
    let server = Setup::new().route("+12025550100", callee.at).start();
    let callee = callee.speaking_to(server.udp);
    for uri in [
        "tel:+12025550100",
        "tel:+1(202)555.0100;phone-context=example.com",
        "sip:+1-202-555-0100@example.com;user=phone",
        "sip:+12025550100;npdi;rn=+12025550000@example.com;user=phone",
    ] {
        let caller = Phone::of(server.udp).await;
        let mut request = caller.request("MESSAGE", uri, "");
        let from = "<sip:alice@example.com>;tag=1";
        request.set_header(HeaderName::From, from).unwrap();
        caller.send(&request).await;
        callee.asked("MESSAGE").await;
    }
}

#[tokio::test(start_paused = true)]
async fn sips_is_refused_where_there_is_no_tls() {
    let callee = Phone::new().await;
    let server = Setup::new().route("bob", callee.at).start();
    for method in ["INVITE", "MESSAGE", "REGISTER"] {
        let caller = Phone::of(server.udp).await;
        let request = caller.request(method, "sips:bob@example.com", "");
        assert_eq!(caller.ask(&request).await.status(), Some(416), "{method}");
    }
    assert!(callee.hears_nothing().await);
}
