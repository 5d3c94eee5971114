use std::path::Path;

use bytes::Bytes;
use evroute_module_api::{RegisteredContact, Registering};
use evroute_module_usrloc::Aor;
use evroute_sip::{Framing, Uri, validate};
use evroute_transport::{ConnectionId, Proto};

use super::*;

/// Knows which spellings mean the same address, and nobody who is there.
struct Addresses;

impl Locations for Addresses {
    fn address_of_record(&self, aor: &Uri<'_>) -> Option<String> {
        Aor::of_uri(aor).map(|aor| aor.to_string())
    }

    fn lookup(&self, _: TenantIndex, _: &Uri<'_>) -> Vec<RegisteredContact> {
        Vec::new()
    }

    fn is_registered_from(&self, _: TenantIndex, _: &Uri<'_>, _: &Flow) -> bool {
        false
    }

    fn register(&self, _: TenantIndex, _: &Uri<'_>, _: &Message, _: &Flow) -> Registering {
        unreachable!("nobody registers here")
    }

    fn closed(&self, _: ConnectionId) {}
}

fn flow() -> Flow {
    Flow {
        proto: Proto::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: "192.0.2.2:5060".parse().unwrap(),
        connection: None,
    }
}

fn of_datagram(datagram: &[u8]) -> Option<OrderBasis<'_>> {
    OrderBasis::of_datagram(datagram, &flow(), &Limits::DEFAULT, &Addresses)
}

/// Every message of the torture corpus as it is, and each request under other methods as well.
fn corpus() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/torture");
    let mut messages = Vec::new();
    for folder in ["rfc4475", "rfc5118", "extra"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let wire = std::fs::read(entry.unwrap().path()).unwrap();
            let first = wire.iter().position(|byte| *byte == b' ').unwrap_or(0);
            for method in ["INVITE", "BYE", "REGISTER", "MESSAGE", "OPTIONS", "X"] {
                messages.push([method.as_bytes(), &wire[first..]].concat());
            }
            messages.push(wire);
        }
    }
    messages
}

#[test]
fn a_datagram_has_the_order_that_its_message_has() {
    let (mut calls, mut others) = (0, 0);
    for wire in corpus() {
        let Ok(message) = Message::parse(Bytes::from(wire.clone()), Framing::Datagram) else {
            continue;
        };
        if validate(&message).is_err() {
            continue;
        }
        let expected = OrderBasis::of_message(&message, &flow(), &Addresses);
        let text = String::from_utf8_lossy(&wire);
        assert_eq!(of_datagram(&wire), Some(expected.clone()), "{text}");
        match expected {
            OrderBasis::Dialog(_) => calls += 1,
            OrderBasis::AddressOfRecord(_) | OrderBasis::Peer { .. } => others += 1,
        }
    }
    assert!(calls > 100 && others > 30, "{calls} and {others} compared");
}

fn request(method: &str, to: &str, call_id: &str) -> String {
    format!(
        "{method} sip:h SIP/2.0\r\nCall-ID: {call_id}\r\nFrom: <sip:a@h>;tag=1\r\nTo: {to}\r\n\r\n"
    )
}

fn same(one: &str, other: &str) -> bool {
    let (one, other) = (of_datagram(one.as_bytes()), of_datagram(other.as_bytes()));
    assert!(one.is_some() && other.is_some());
    one == other
}

#[test]
fn registrations_of_one_address_keep_their_order_whatever_their_call_ids() {
    let to = "<sip:alice@h>";
    let spelt = "\"A\" <sip:%61lice@H:5060>";
    let one = request("REGISTER", to, "1");
    assert!(same(&one, &request("REGISTER", spelt, "2")));
    assert!(!same(&one, &request("REGISTER", "<sip:bob@h>", "1")));
}

#[test]
fn lines_of_a_chat_keep_their_order_and_calls_only_with_themselves() {
    let to = "<sip:alice@h>";
    assert!(same(
        &request("MESSAGE", to, "1"),
        &request("MESSAGE", to, "2")
    ));
    assert!(!same(
        &request("INVITE", to, "1"),
        &request("INVITE", to, "2")
    ));
    let inside = "<sip:alice@h>;tag=2";
    assert!(same(
        &request("INVITE", to, "1"),
        &request("BYE", inside, "1")
    ));
    let response = "SIP/2.0 200 OK\r\ni: 1\r\n\r\n";
    assert!(same(&request("INVITE", to, "1"), response));
}

#[test]
fn what_has_no_call_id_has_no_order_of_its_own() {
    for datagram in ["", "x", "INVITE sip:h SIP/2.0\r\nTo: <sip:a@h>\r\n\r\n"] {
        assert_eq!(of_datagram(datagram.as_bytes()), None, "{datagram}");
    }
}
