use std::sync::Arc;

use evroute_event::{Cause, Event, EventName, Subject};
use evroute_http::HttpRequest;
use evroute_module_api::{HandlerContext, TenantState, Variables};
use evroute_tenant::{
    CertificatePin, Grants, PeerIdentity, Revision, RunLimits, TenantIndex, VerifiedBy,
};

use super::*;

/// An event about nothing but its subject.
struct Raised(Subject);

impl Event for Raised {
    const NAME: EventName = EventName::new("test:raised");
    type Verdict = ();
    fn subject(&self) -> &Subject {
        &self.0
    }
    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.0
    }
}

fn read(subject: Subject, name: &str) -> Read {
    read_in(Raised(subject), name)
}

fn read_in<E: Event>(event: E, name: &str) -> Read {
    let index = TenantIndex::new(0);
    let handler_context = HandlerContext {
        handler: "h".parse().unwrap(),
        revision: Revision::FIRST,
        grants: Grants::parse(["pv"]).unwrap(),
        limits: RunLimits::default(),
        tenant: Arc::new(TenantState::new("demo".parse().unwrap(), index)),
        variables: Arc::new(Variables::new(ROWS.iter().copied())),
    };
    let mut run = RunState::new(
        Arc::new(handler_context),
        E::NAME,
        Cause::outside(index),
        Some(Box::new(event)),
    );
    let name = VariableName::parse(name).unwrap();
    let row = ROWS.iter().find(|row| row.name == name.name).unwrap();
    (row.get)(&mut run, &name)
}

fn over(peer: Option<PeerIdentity>) -> Subject {
    let handshake = TlsHandshake {
        version: "TLSv1.3".into(),
        cipher: "TLS_AES_256_GCM_SHA384".into(),
        server_name: Some("a.example".into()),
        peer,
    };
    Subject {
        tls: Some(Arc::new(handshake)),
        ..Subject::at(1)
    }
}

fn carrier() -> PeerIdentity {
    PeerIdentity {
        names: vec!["carrier.example".into(), "other.example".into()],
        pin: CertificatePin::new([0; 32]),
        verified_by: VerifiedBy::Server,
    }
}

/// A value as it is compared.
fn shown(read: Read) -> String {
    match read.unwrap() {
        Value::Null => "null".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_handshake_came_to_is_read_by_kamailios_names() {
    let of_carrier = |name: &str| shown(read(over(Some(carrier())), name));
    assert_eq!(of_carrier("$tls_version"), "TLSv1.3");
    assert_eq!(of_carrier("$tls_cipher_info"), "TLS_AES_256_GCM_SHA384");
    assert_eq!(of_carrier("$tls_peer_server_name"), "a.example");
    assert_eq!(of_carrier("$tls_peer_verified"), "1");
    assert_eq!(of_carrier("$tls_peer_san_hostname"), "carrier.example");
    let of_phone = |name: &str| shown(read(over(None), name));
    assert_eq!(of_phone("$tls_peer_verified"), "0");
    assert_eq!(of_phone("$tls_peer_san_hostname"), "null");
}

#[test]
fn without_tls_there_is_nothing_and_without_a_message_not_even_that() {
    for row in ROWS.iter().filter(|row| row.name != "sndto") {
        let plain = Subject {
            http: HttpRequest::parse(b"GET / HTTP/1.0\r\n\r\n")
                .ok()
                .map(Arc::new),
            ..Subject::at(1)
        };
        assert!(matches!(read(plain, row.spelling), Ok(Value::Null)));
        let nothing = read(Subject::at(1), row.spelling);
        assert!(matches!(nothing, Err(VariableError::NotAvailableHere)));
    }
}

#[test]
fn where_a_connection_leads_is_read_by_kamailios_names_before_it_is_made() {
    let dialled = |name: &str| {
        let event = TlsConnectionOut {
            subject: Subject::at(1),
            name: "carrier.example".to_owned(),
            address: "[2001:db8::1]:5061".parse().unwrap(),
        };
        read_in(event, name)
    };
    assert_eq!(shown(dialled("$sndto(ip)")), "2001:db8::1");
    assert_eq!(shown(dialled("$sndto(port)")), "5061");
    assert_eq!(shown(dialled("$sndto(proto)")), "tls");
    let wrong = dialled("$sndto(buf)");
    assert!(matches!(wrong, Err(VariableError::UnknownName)));
    let elsewhere = read(Subject::at(1), "$sndto(ip)");
    assert!(matches!(elsewhere, Err(VariableError::NotAvailableHere)));
}
