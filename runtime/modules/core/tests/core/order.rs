//! Messages of one dialog leave in the order in which they came, whichever of their handlers wait.

use std::sync::{Arc, Mutex};

use evroute_event::testing::LaterVerdict;
use evroute_module_core::DIALOG_QUEUED_MAX;
use evroute_module_core::events::{
    PreRouting, PreRoutingVerdict, Reply, ReplyVerdict, Request, RequestVerdict,
};
use evroute_module_tm::events::LocalResponse;
use evroute_sip::{HeaderName, Message};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use crate::phone::{PATIENCE, Phone, branch, read, text, value, values};
use crate::server::{Server, Setup};

/// Handlers that wait until a test lets them: each by what it was asked about, in the order of
/// asking.
#[derive(Clone, Default)]
struct Gates {
    all: Arc<Mutex<Vec<Gate>>>,
    waits: Arc<Notify>,
}

struct Gate {
    about: String,
    open: Option<oneshot::Sender<()>>,
}

impl Gates {
    /// Waits for the gate of this message.
    fn wait<V: Send + 'static>(&self, message: Option<&Message>, verdict: V) -> LaterVerdict<V> {
        let (open, gate) = oneshot::channel();
        let message = message.unwrap();
        let about = match message.status() {
            Some(status) => status.to_string(),
            None => message.method().as_str().to_owned(),
        };
        self.all.lock().unwrap().push(Gate {
            about,
            open: Some(open),
        });
        self.waits.notify_one();
        Box::pin(async move {
            gate.await.unwrap();
            verdict
        })
    }

    /// Lets the first handler go that waits with this.
    async fn open(&self, about: &str) {
        // As soon as it waits: a message may still be on its way.
        let opened = async {
            loop {
                if let Some(opened) = self.find(about) {
                    return opened;
                }
                self.waits.notified().await;
            }
        };
        let opened = timeout(PATIENCE, opened).await.expect(about);
        opened.send(()).unwrap();
    }

    fn find(&self, about: &str) -> Option<oneshot::Sender<()>> {
        let mut gates = self.all.lock().unwrap();
        let waiting = gates.iter_mut().filter(|gate| gate.about == about);
        waiting.filter_map(|gate| gate.open.take()).next()
    }

    /// Until one more handler waits with this.
    async fn waiting(&self, about: &str) {
        timeout(PATIENCE, self.waits.notified()).await.expect(about);
    }

    /// Everything handlers were asked about so far.
    fn asked(&self) -> Vec<String> {
        let gates = self.all.lock().unwrap();
        gates.iter().map(|gate| gate.about.clone()).collect()
    }
}

fn requests_wait() -> (Setup, Gates) {
    let gates = Gates::default();
    let gate = gates.clone();
    let setup = Setup::new().handles_later(move |event: &mut Request| {
        gate.wait(event.subject.message.as_ref(), RequestVerdict::Pass)
    });
    (setup, gates)
}

/// Caller, callee and a server that sends the user `bob` to the callee.
async fn between(setup: Setup) -> (Phone, Phone, Server) {
    let callee = Phone::new().await;
    let server = setup.route("bob", callee.at).start();
    let callee = callee.speaking_to(server.udp);
    (Phone::of(server.udp).await, callee, server)
}

/// A further request of the caller's in the dialog.
fn next_in_dialog(caller: &Phone, answer: &Message, method: &str, number: u32) -> Message {
    let routes: String = values(answer, HeaderName::RecordRoute)
        .iter()
        .map(|route| format!("Route: {route}\r\n"))
        .collect();
    let contact = value(answer, "Contact");
    let target = contact.trim_matches(['<', '>']);
    let request = text(&caller.request(method, target, &routes));
    let request = request
        .replace(
            &format!("To: <{target}>"),
            &format!("To: {}", value(answer, "To")),
        )
        .replace("CSeq: 1", &format!("CSeq: {number}"))
        .replace("branch=z9hG4bK", &format!("branch=z9hG4bK{number}"));
    read(request.into())
}

#[tokio::test(start_paused = true)]
async fn a_bye_leaves_after_the_ack_before_it_whichever_handler_is_done_first() {
    let (setup, gates) = requests_wait();
    let (caller, callee, server) = between(setup).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    caller.reported(100).await;
    gates.open("INVITE").await;
    let invite = callee.asked("INVITE").await;
    callee.answer(&invite, 200).await;
    let answer = caller.reported(200).await;
    caller
        .send(&next_in_dialog(&caller, &answer, "ACK", 1))
        .await;
    caller
        .send(&next_in_dialog(&caller, &answer, "BYE", 2))
        .await;
    // Another call goes on meanwhile.
    let other = Phone::of(server.udp).await;
    other
        .send(&other.request("MESSAGE", "sip:bob@example.com", ""))
        .await;
    gates.open("MESSAGE").await;
    callee.asked("MESSAGE").await;
    assert!(!gates.asked().contains(&"BYE".to_owned()), "the ACK waits");
    gates.open("ACK").await;
    callee.asked("ACK").await;
    gates.open("BYE").await;
    callee.asked("BYE").await;
}

#[tokio::test(start_paused = true)]
async fn a_registration_and_its_removal_stay_in_their_order_in_every_dialog_and_spelling() {
    let (setup, gates) = requests_wait();
    let server = setup.start();
    let phone = Phone::of(server.udp).await;
    let contact = format!("<sip:bob@{}>", phone.at);
    let register = |number: u32, aor: &str, more: &str| {
        let request = text(&phone.register(aor, &contact, more));
        let request = request
            .replace("CSeq: 1", &format!("CSeq: {number}"))
            .replace("Call-ID: reg", &format!("Call-ID: reg{number}"))
            .replace("branch=z9hG4bK", &format!("branch=z9hG4bK{number}"));
        read(request.into())
    };
    phone.send(&register(1, "sip:bob@example.com", "")).await;
    phone
        .send(&register(2, "sip:%62ob@EXAMPLE.com", "Expires: 0\r\n"))
        .await;
    gates.open("REGISTER").await;
    let first = phone.reported(200).await;
    assert_eq!(
        values(&first, HeaderName::Contact).len(),
        1,
        "{}",
        text(&first)
    );
    gates.open("REGISTER").await;
    let second = phone.reported(200).await;
    assert_eq!(
        values(&second, HeaderName::Contact).len(),
        0,
        "{}",
        text(&second)
    );
}

#[tokio::test(start_paused = true)]
async fn answers_reach_the_caller_in_the_order_in_which_they_came() {
    let gates = Gates::default();
    let gate = gates.clone();
    let setup = Setup::new().handles_later(move |event: &mut Reply| {
        gate.wait(event.subject.message.as_ref(), ReplyVerdict::Forward)
    });
    let (caller, callee, _server) = between(setup).await;
    caller
        .send(&caller.request("INVITE", "sip:bob@example.com", ""))
        .await;
    let invite = callee.asked("INVITE").await;
    for code in [180, 183, 200] {
        callee.answer(&invite, code).await;
    }
    for code in [180, 183, 200] {
        gates.open(&code.to_string()).await;
        caller.reported(code).await;
    }
    assert_eq!(gates.asked(), ["180", "183", "200"]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_before_routing_keeps_its_order_as_well() {
    let gates = Gates::default();
    let gate = gates.clone();
    let setup = Setup::new().handles_later(move |event: &mut PreRouting| {
        gate.wait(event.subject.message.as_ref(), PreRoutingVerdict::Continue)
    });
    let (caller, callee, _server) = between(setup).await;
    let message = |number: u32| {
        let request = text(&caller.request("MESSAGE", "sip:bob@example.com", ""));
        let request = request
            .replace("CSeq: 1", &format!("CSeq: {number}"))
            .replace("branch=z9hG4bK", &format!("branch=z9hG4bK{number}"));
        read(request.into())
    };
    for number in 1..=3 {
        caller.send(&message(number)).await;
    }
    for number in 1..=3 {
        gates.open("MESSAGE").await;
        assert_eq!(
            value(&callee.asked("MESSAGE").await, "CSeq"),
            format!("{number} MESSAGE")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_does_not_wait_for_the_handler_of_its_invite() {
    let (setup, gates) = requests_wait();
    let (caller, callee, server) = between(setup).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    caller.reported(100).await;
    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    assert_eq!(caller.reported(200).await.method().as_str(), "CANCEL");
    let refusal = caller.reported(487).await;
    caller
        .send(&Message::ack_for(&invite, &refusal).unwrap())
        .await;
    gates.open("INVITE").await;
    assert!(callee.hears_nothing().await && caller.hears_nothing().await);
    assert_eq!(
        gates.asked(),
        ["INVITE"],
        "neither CANCEL nor ACK is routed"
    );
    assert_eq!(server.layer.under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_finds_its_invite_that_waits_before_routing() {
    let gates = Gates::default();
    let gate = gates.clone();
    let setup = Setup::new().handles_later(move |event: &mut PreRouting| {
        gate.wait(event.subject.message.as_ref(), PreRoutingVerdict::Continue)
    });
    let (caller, callee, _server) = between(setup).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    gates.open("INVITE").await;
    gates.open("CANCEL").await;
    assert_eq!(caller.reported(200).await.method().as_str(), "CANCEL");
    let seen = callee.asked("INVITE").await;
    gates_through(&gates, &callee, &seen).await;
    caller.reported(180).await;
    caller.reported(487).await;
}

/// The callee's side of a call that is cancelled, every message of which waits.
async fn gates_through(gates: &Gates, callee: &Phone, invite: &Message) {
    callee.answer(invite, 180).await;
    gates.open("180").await;
    let cancel = callee.asked("CANCEL").await;
    callee.answer(&cancel, 200).await;
    callee.answer(invite, 487).await;
    gates.open("200").await;
    gates.open("487").await;
    callee.asked("ACK").await;
}

#[tokio::test(start_paused = true)]
async fn the_effect_of_a_cancel_does_not_wait_for_those_who_hear_of_its_answer() {
    let gates = Gates::default();
    let gate = gates.clone();
    let setup = Setup::new().handles_later(move |event: &mut LocalResponse| {
        gate.wait(event.subject.message.as_ref(), ())
    });
    let (caller, callee, _server) = between(setup).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    caller.send(&invite).await;
    let seen = callee.asked("INVITE").await;
    callee.answer(&seen, 180).await;
    caller.reported(180).await;
    caller.send(&Message::cancel_for(&invite).unwrap()).await;
    caller.reported(200).await;
    callee.asked("CANCEL").await;
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_is_absorbed_while_its_handler_waits() {
    let (setup, gates) = requests_wait();
    let (caller, callee, _server) = between(setup).await;
    let invite = caller.request("INVITE", "sip:bob@example.com", "");
    for _ in 0..3 {
        caller.send(&invite).await;
        caller.reported(100).await;
    }
    gates.open("INVITE").await;
    let seen = callee.asked("INVITE").await;
    assert!(branch(&seen).starts_with("z9hG4bK"));
    assert_eq!(gates.asked(), ["INVITE"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_over_the_limit_of_a_dialog_is_refused_and_counted() {
    let (setup, gates) = requests_wait();
    let (caller, callee, server) = between(setup).await;
    let message = |number: usize| {
        let request = text(&caller.request("MESSAGE", "sip:bob@example.com", ""));
        let request = request
            .replace("CSeq: 1", &format!("CSeq: {number}"))
            .replace("branch=z9hG4bK", &format!("branch=z9hG4bK{number}"));
        read(request.into())
    };
    for number in 0..=DIALOG_QUEUED_MAX + 1 {
        caller.send(&message(number)).await;
    }
    let refusal = caller.reported(503).await;
    assert_eq!(
        value(&refusal, "CSeq"),
        format!("{} MESSAGE", DIALOG_QUEUED_MAX + 1)
    );
    assert!(!value(&refusal, "Retry-After").is_empty());
    assert_eq!(server.core.crowded_out(), 1);
    for number in 0..=DIALOG_QUEUED_MAX {
        gates.open("MESSAGE").await;
        let seen = callee.asked("MESSAGE").await;
        assert_eq!(value(&seen, "CSeq"), format!("{number} MESSAGE"));
        callee.answer(&seen, 200).await;
    }
}

#[tokio::test(start_paused = true)]
async fn lines_of_a_chat_stay_in_their_order_although_each_is_a_dialog_of_its_own() {
    let (setup, gates) = requests_wait();
    let (caller, callee, server) = between(setup).await;
    let line = |phone: &Phone, number: u32| {
        let request = text(&phone.request("MESSAGE", "sip:bob@example.com", ""));
        let request = request
            .replace("Call-ID: ", &format!("Call-ID: {number}"))
            .replace("branch=z9hG4bK", &format!("branch=z9hG4bK{number}"));
        read(request.into())
    };
    for number in 1..=3 {
        caller.send(&line(&caller, number)).await;
    }
    gates.waiting("MESSAGE").await;
    // Somebody else's is not held up.
    let other = Phone::of(server.udp).await;
    other.send(&line(&other, 9)).await;
    gates.waiting("MESSAGE").await;
    assert_eq!(gates.asked(), ["MESSAGE", "MESSAGE"], "the first of each");
    for number in [1, 9, 2, 3] {
        gates.open("MESSAGE").await;
        let seen = callee.asked("MESSAGE").await;
        assert!(
            value(&seen, "Call-ID").starts_with(&number.to_string()),
            "{}",
            text(&seen)
        );
    }
}
