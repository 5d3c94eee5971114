//! RFC 5393: loops end, spirals do not.

use evroute_module_core::events::{PreRouting, PreRoutingVerdict, Request, RequestVerdict};
use evroute_sip::{HeaderName, Message};

use crate::phone::{Phone, text};
use crate::server::Setup;

/// What a proxy at this phone sends back: its Via on top, one hop less, and an edit of its own.
fn returned(by: &Phone, seen: &Message, pass: u32, edit: impl FnOnce(&mut Message)) -> Message {
    let mut back = seen.clone();
    let via = format!("SIP/2.0/UDP {};branch=z9hG4bKback{pass}", by.at);
    back.prepend_header(HeaderName::Via, via).unwrap();
    let hops = seen.max_forwards().unwrap().unwrap() - 1;
    back.set_header(HeaderName::MaxForwards, hops.to_string())
        .unwrap();
    edit(&mut back);
    back
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_back_as_it_was_received_is_a_loop() {
    let other = Phone::new().await;
    let server = Setup::new().route("bob", other.at).start();
    let other = other.speaking_to(server.udp);
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let seen = other.asked("MESSAGE").await;
    // It was sent to bob's phone; a proxy there sends it to bob's address again.
    let back = returned(&other, &seen, 1, |back| {
        back.set_request_uri("sip:bob@example.com").unwrap();
    });
    assert_eq!(other.ask(&back).await.status(), Some(482));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_back_for_somebody_else_is_a_spiral() {
    let (other, carol) = (Phone::new().await, Phone::new().await);
    let server = Setup::new()
        .route("bob", other.at)
        .route("carol", carol.at)
        .start();
    let (other, carol) = (other.speaking_to(server.udp), carol.speaking_to(server.udp));
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let seen = other.asked("MESSAGE").await;
    let back = returned(&other, &seen, 1, |back| {
        back.set_request_uri("sip:carol@example.com").unwrap();
    });
    other.send(&back).await;
    let seen = carol.asked("MESSAGE").await;
    assert_eq!(seen.vias().count(), 4, "{}", text(&seen));
    carol.answer(&seen, 200).await;
    let answer = other.reported(200).await;
    assert_eq!(answer.vias().count(), 3);
}

/// An application server at the phone; `bob` is somewhere else.
async fn through_application_server(setup: Setup, edit: impl Fn(&mut Message) + Copy) {
    let (application, bob) = (Phone::new().await, Phone::new().await);
    let (to_application, from_application) = (format!("sip:{}", application.at), application.at);
    let server = setup
        .route("bob", bob.at)
        .handles(move |event: &mut Request| {
            let source = event.subject.source.unwrap().address;
            if source != from_application {
                event.subject.next_hop = Some(to_application.clone());
            }
            RequestVerdict::Pass
        })
        .start();
    let (application, bob) = (
        application.speaking_to(server.udp),
        bob.speaking_to(server.udp),
    );
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let seen = application.asked("MESSAGE").await;
    application
        .send(&returned(&application, &seen, 1, edit))
        .await;
    let context = bob.asked("MESSAGE").await;
    assert_eq!(context.vias().count(), 4, "{}", text(&context));
    // Were it sent on to us by whoever got it, it would be a loop at last.
    let back = returned(&application, &context, 2, |back| {
        back.set_request_uri("sip:bob@example.com").unwrap();
    });
    assert_eq!(application.ask(&back).await.status(), Some(482));
}

#[tokio::test(start_paused = true)]
async fn an_application_server_may_give_back_what_it_got() {
    through_application_server(Setup::new(), |_| ()).await;
}

#[tokio::test(start_paused = true)]
async fn an_application_server_may_give_back_what_it_edited() {
    through_application_server(Setup::new(), |back| {
        back.append_header(HeaderName::from("X-Application"), "done")
            .unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_request_is_known_by_what_was_received_and_not_by_what_handlers_made_of_it() {
    let setup = Setup::new().handles(|event: &mut PreRouting| {
        let message = event.subject.message.as_mut().unwrap();
        if message.is_request() {
            message.set_from_uri("sip:hidden@example.com").unwrap();
        }
        PreRoutingVerdict::Continue
    });
    let other = Phone::new().await;
    let server = setup.route("bob", other.at).start();
    let other = other.speaking_to(server.udp);
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let edit = |back: &mut Message| back.set_request_uri("sip:bob@example.com").unwrap();
    let first = other.asked("MESSAGE").await;
    // Another From than that which was received: a spiral.
    other.send(&returned(&other, &first, 1, edit)).await;
    let second = other.asked("MESSAGE").await;
    let answer = other.ask(&returned(&other, &second, 2, edit)).await;
    assert_eq!(answer.status(), Some(482), "{}", text(&answer));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_always_sends_to_the_same_place_ends_in_a_loop() {
    let other = Phone::new().await;
    let to = format!("sip:{}", other.at);
    let setup = Setup::new().handles(move |event: &mut Request| {
        let message = event.subject.message.as_mut().unwrap();
        message
            .append_header(HeaderName::from("X-Pass"), "1")
            .unwrap();
        event.subject.next_hop = Some(to.clone());
        RequestVerdict::Pass
    });
    let server = setup.start();
    let other = other.speaking_to(server.udp);
    let caller = Phone::of(server.udp).await;
    caller
        .send(&caller.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    let first = other.asked("MESSAGE").await;
    other.send(&returned(&other, &first, 1, |_| ())).await;
    let second = other.asked("MESSAGE").await;
    let answer = other.ask(&returned(&other, &second, 2, |_| ())).await;
    assert_eq!(answer.status(), Some(482), "{}", text(&answer));
}

#[tokio::test(start_paused = true)]
async fn a_request_of_the_same_dialog_is_no_loop() {
    let other = Phone::new().await;
    let server = Setup::new().route("bob", other.at).start();
    let caller = Phone::of(server.udp).await;
    for number in 1..4 {
        let mut request = caller.request("MESSAGE", "sip:bob@example.com", "");
        let via = format!("SIP/2.0/UDP {};branch=z9hG4bK{number}", caller.at);
        request.replace_first_value(HeaderName::Via, via).unwrap();
        request
            .set_header(HeaderName::CSeq, format!("{number} MESSAGE"))
            .unwrap();
        caller.send(&request).await;
        other.asked("MESSAGE").await;
    }
}
