//! Every event, both ways.

use std::sync::Arc;

use bytes::Bytes;
use evroute_event::{EditScope, Event, EventName, Payload, Subject};
use evroute_module_core::events::{PreRouting, ReceiveParseError, Reply, Request};
use evroute_module_custom::events::CustomEvent;
use evroute_module_htable::Stored;
use evroute_module_htable::events::{Expired, ModInit};
use evroute_module_timer::events::Timer;
use evroute_module_tm::events::{LocalRequest, LocalResponse};
use evroute_module_usrloc::events::ContactExpired;
use evroute_module_usrloc::{Aor, Binding, Reach, Timestamp};
use evroute_sip::{Framing, Message, QValue, Uri};
use evroute_transport::{Flow, Proto};

use crate::scene::{NOW_US, Scene, component_of, message};

/// What a handler of an event exports.
const EXPORTS: [&str; 11] = [
    "htable/mod-init",
    "core/pre-routing",
    "core/request",
    "core/reply",
    "core/receive-parse-error",
    "tm/local-request",
    "tm/local-response",
    "htable/expired",
    "usrloc/contact-expired",
    "timer/timer",
    "custom/event",
];

/// Handles every event: logs what an earlier run left in memory and in a global, leaves something there, and answers with
/// the first case of each verdict.
fn guest() -> String {
    let exports =
        EXPORTS.map(|name| format!("(export \"evroute:{name}@0.1.0#handle\" (func $handle))"));
    format!(
        "(module
          (import \"evroute:log/log@0.1.0\" \"log\" (func $log (param i32 i32 i32)))
          (memory (export \"memory\") 1)
          (global $left (mut i32) (i32.const 0))
          (data (i32.const 16) \"an event\")
          (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
          (func $handle (param $event i32) (result i32)
            (call $log (i32.const 2) (i32.const 16) (i32.const 8))
            (call $log (i32.const 2) (i32.const 3000)
              (i32.add (global.get $left) (i32.load8_u (i32.const 2999))))
            (i32.store8 (i32.const 2999) (i32.const 3))
            (i32.store (i32.const 3000) (i32.const 0x61616161))
            (global.set $left (i32.const 2))
            (i32.const 1024))
          {})",
        exports.join("\n")
    )
}

fn reply() -> Message {
    let text = "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-1\r\n\
                From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>;tag=2\r\n\
                Call-ID: one@127.0.0.1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
    Message::parse(Bytes::from_static(text.as_bytes()), Framing::Datagram).unwrap()
}

fn binding() -> Binding {
    let address = "192.0.2.1:5060".parse().unwrap();
    Binding {
        aor: Aor::of_uri(&Uri::parse(b"sip:bob@example.org").unwrap()).unwrap(),
        uri: "sip:bob@192.0.2.9".to_owned(),
        received: Flow {
            proto: Proto::Udp,
            local: address,
            remote: address,
            connection: None,
        },
        reach: Reach::Uri,
        path: Vec::new(),
        expires_at: Timestamp::from_seconds(1000),
        q: QValue::HIGHEST,
        call_id: "c".to_owned(),
        cseq: 1,
        user_agent: None,
        instance: None,
        reg_id: None,
    }
}

fn about(message: Option<Message>) -> Subject {
    Subject {
        message,
        edits: EditScope::Routing,
        ..Subject::at(NOW_US)
    }
}

fn of<E: Event>(event: E) -> (EventName, Box<dyn Payload>) {
    (E::NAME, Box::new(event))
}

fn events() -> Vec<(EventName, Box<dyn Payload>)> {
    let nothing = || about(None);
    let request = || about(Some(message(b"hello")));
    vec![
        of(ModInit { subject: nothing() }),
        of(PreRouting { subject: request() }),
        of(Request { subject: request() }),
        of(Reply {
            subject: about(Some(reply())),
            can_drop: true,
        }),
        of(ReceiveParseError {
            subject: nothing(),
            reason: "no colon".to_owned(),
            raw: Bytes::from_static(b"INVITE"),
        }),
        of(LocalRequest { subject: request() }),
        of(LocalResponse {
            subject: about(Some(reply())),
        }),
        of(Expired {
            subject: nothing(),
            table: "blocked".into(),
            key: "alice".into(),
            value: Stored::Int(1),
        }),
        of(ContactExpired {
            subject: nothing(),
            binding: Arc::new(binding()),
        }),
        of(Timer {
            subject: nothing(),
            name: "tick".to_owned(),
            missed: 2,
        }),
        of(CustomEvent::new("greeting", Vec::new(), NOW_US).unwrap()),
    ]
}

#[test]
fn every_event_is_handled_alike_in_an_instance_that_is_kept() {
    let component = component_of(&guest(), "every-event");
    let scenes = [true, false].map(|is_kept| Scene::new(&component, is_kept));
    assert!(scenes[0].handler.pools_instances());
    assert_eq!(scenes[0].handler.exports().len(), EXPORTS.len());
    for round in 0..3 {
        for ((name, pooled), (_, fresh)) in events().into_iter().zip(events()) {
            let [own, new] = [scenes[0].raise(name, pooled), scenes[1].raise(name, fresh)];
            assert_eq!(own, new, "{name}, round {round}");
            assert_eq!(own.outcome, "Returned", "{name}");
            assert_eq!(own.log, ["an event", ""], "{name}");
        }
    }
}
