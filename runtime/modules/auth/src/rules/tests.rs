use evroute_sip::Framing;
use evroute_tenant::{CertificatePin, VerifiedBy};
use evroute_transport::Proto;

use super::*;

const ACME: TenantIndex = TenantIndex::new(0);

fn rules() -> Rules {
    Rules {
        realm: None,
        domains: vec!["acme.example".to_owned(), "sip.acme.example".to_owned()],
        methods: vec!["REGISTER".to_owned(), "INVITE".to_owned()],
        trusted: ["10.0.0.0/8", "tls:carrier.example"]
            .map(|text| TrustedSender::parse(text, false).unwrap())
            .to_vec(),
        everyone: false,
        check_from: true,
        check_to: true,
    }
}

fn asked_from(rules: &Rules, source: &str, method: &str, from: &str, to: &str) -> Option<Asked> {
    let text = format!(
        "{method} sip:acme.example SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.5;branch=z9hG4bKr\r\n\
         From: <{from}>;tag=1\r\nTo: <{to}>\r\nCall-ID: r\r\nCSeq: 1 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    );
    let request = Message::parse(text.into(), Framing::Datagram).unwrap();
    rules.asked(&request, &flow_from(source), None, ACME)
}

fn flow_from(source: &str) -> Flow {
    Flow {
        proto: Proto::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: source.parse().unwrap(),
        connection: None,
    }
}

fn asked(method: &str, from: &str, to: &str) -> Option<Asked> {
    asked_from(&rules(), "203.0.113.5:5060", method, from, to)
}

#[test]
fn a_register_is_asked_for_the_realm_of_its_address_of_record() {
    let asked = asked(
        "REGISTER",
        "sip:boss@acme.example",
        "sip:%61lice@SIP.acme.example.",
    );
    let asked = asked.unwrap();
    assert_eq!(
        (asked.realm.as_str(), asked.status().0),
        ("sip.acme.example", 401)
    );
    assert_eq!(asked.user.as_deref(), Some(&b"alice"[..]));
}

#[test]
fn a_user_s_request_is_asked_for_the_realm_of_its_from() {
    let asked = asked(
        "INVITE",
        "sip:alice@acme.example",
        "sip:bob@elsewhere.example",
    )
    .unwrap();
    assert_eq!(
        (asked.realm.as_str(), asked.status().0),
        ("acme.example", 407)
    );
    assert_eq!(asked.user.as_deref(), Some(&b"alice"[..]));
}

#[test]
fn strangers_and_other_methods_are_asked_only_where_that_is_said() {
    let (stranger, bob) = ("sip:eve@elsewhere.example", "sip:bob@acme.example");
    assert_eq!(asked("INVITE", stranger, bob), None);
    assert_eq!(asked("OPTIONS", bob, bob), None);
    let everyone = Rules {
        everyone: true,
        ..rules()
    };
    for from in [stranger, "tel:+1555", "sip:acme@[::1]"] {
        let asked = asked_from(&everyone, "203.0.113.5:5060", "INVITE", from, bob);
        assert_eq!(
            asked.map(|asked| asked.realm),
            Some("acme.example".to_owned()),
            "{from}"
        );
    }
}

#[test]
fn trusted_peers_are_asked_nothing() {
    let from = |source| {
        let (alice, bob) = ("sip:alice@acme.example", "sip:bob@acme.example");
        asked_from(&rules(), source, "INVITE", alice, bob)
    };
    assert_eq!(from("10.1.2.3:5060"), None);
    assert_eq!(from("[::ffff:10.1.2.3]:5060"), None);
    assert!(from("11.1.2.3:5060").is_some());
}

#[test]
fn one_realm_of_all_counts_whatever_the_domain() {
    let rules = Rules {
        realm: Some("Acme".to_owned()),
        check_from: false,
        ..rules()
    };
    let bob = "sip:bob@sip.acme.example";
    let asked = asked_from(&rules, "203.0.113.5:5060", "INVITE", bob, bob).unwrap();
    assert_eq!((asked.realm.as_str(), asked.user), ("Acme", None));
}

#[test]
fn a_peer_is_asked_nothing_over_a_connection_that_its_certificate_was_verified_on() {
    let text = "INVITE sip:acme.example SIP/2.0\r\nVia: SIP/2.0/TLS 203.0.113.5;branch=z9hG4bKr\r\n\
                From: <sip:alice@acme.example>;tag=1\r\nTo: <sip:bob@acme.example>\r\nCall-ID: r\r\n\
                CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
    let invite = Message::parse(text.into(), Framing::Datagram).unwrap();
    let is_asked = |name: &str, by: TenantIndex| {
        let peer = PeerIdentity {
            names: vec![name.into()],
            pin: CertificatePin::new([0; 32]),
            verified_by: VerifiedBy::Tenant(by),
        };
        let flow = flow_from("203.0.113.5:5061");
        rules().asked(&invite, &flow, Some(&peer), ACME).is_some()
    };
    assert!(!is_asked("carrier.example", ACME));
    assert!(is_asked("other.example", ACME));
    assert!(is_asked("carrier.example", TenantIndex::new(1)));
}
