//! How cases write each event.
//!
//! An event that is not in [`kinds`] fails a test: every event of the server can be written in a
//! case.

mod auth;
mod core;
mod custom;
mod deploy;
mod htable;
mod tcpops;
mod timer;
mod tls;
mod tm;
mod uac;
mod usrloc;
pub(crate) mod xhttp;

use std::any::Any;
use std::sync::Arc;

use evroute_event::{AuthenticatedUser, EditScope, EventName, Payload, Subject};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};
use evroute_tenant::{CertificatePin, PeerIdentity, TlsHandshake, VerifiedBy};

use crate::case::Case;
use crate::hop::Hop;
use crate::message::message;
use crate::tls_way::TlsWay;

/// An event that cases can write.
pub(crate) trait InCases: GuestEvent + Sized {
    /// The lines of a case that say what it carries, the least of them.
    const EXAMPLE: &'static str;

    /// The event of a case, as its module makes it; a sentence when the case lacks something.
    fn build(case: &Case) -> Result<Self, String>;
}

/// One event, without its type.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: EventName,
    /// See [`InCases::EXAMPLE`].
    pub(crate) example: &'static str,
    pub(crate) build: fn(&Case) -> Result<Box<dyn Payload>, String>,
    /// See [`EventBinding::written`].
    pub(crate) word: fn(&(dyn Any + Send)) -> Option<String>,
}

/// The least that a case says of an event about a request.
const REQUEST: &str = r#"message = { method = "MESSAGE", uri = "sip:bob@example.org", from = "<sip:alice@example.com>;tag=1" }"#;

/// The least that a case says of an event about a response.
const RESPONSE: &str = r#"message = """
SIP/2.0 180 Ringing
Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK-1
From: <sip:alice@example.com>;tag=1
To: <sip:bob@example.org>;tag=2
Call-ID: one@127.0.0.1
CSeq: 1 INVITE

""""#;

/// All events.
pub(crate) fn kinds() -> Vec<Kind> {
    [
        core::kinds(),
        tm::kinds(),
        usrloc::kinds(),
        htable::kinds(),
        timer::kinds(),
        custom::kinds(),
        deploy::kinds(),
        tls::kinds(),
        auth::kinds(),
        uac::kinds(),
        tcpops::kinds(),
        xhttp::kinds(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn kind<E: InCases>() -> Kind {
    Kind {
        name: E::NAME,
        example: E::EXAMPLE,
        build: |case| Ok(Box::new(E::build(case)?)),
        word: |verdict| TypedBinding::<E>::default().written(verdict),
    }
}

/// An event without a message.
fn quiet(case: &Case) -> Subject {
    Subject::at(case.time_us())
}

/// An event about the case's message.
fn about(case: &Case, edits: EditScope) -> Result<Subject, String> {
    let known = case.authenticated.as_ref();
    Ok(Subject {
        message: Some(message(case)?),
        edits,
        authenticated: known.map(|known| AuthenticatedUser {
            user_name: known.user.clone(),
            realm: known.realm.clone(),
        }),
        tls: case.tls.as_ref().map(handshake),
        source: Some(case.source.unwrap_or(Hop::SOURCE).end),
        received: Some(case.received.unwrap_or(Hop::RECEIVED).end),
        ..quiet(case)
    })
}

fn handshake(tls: &TlsWay) -> Arc<TlsHandshake> {
    let is_verified = tls.is_verified || tls.peer.is_some();
    let identity = || PeerIdentity {
        names: tls.peer.iter().map(|name| name.as_str().into()).collect(),
        pin: CertificatePin::new([0; 32]),
        verified_by: VerifiedBy::Server,
    };
    Arc::new(TlsHandshake {
        version: tls.version.clone().into(),
        cipher: tls.cipher.clone().into(),
        server_name: tls.server_name.as_deref().map(Into::into),
        peer: is_verified.then(identity),
    })
}

fn missing(what: &str) -> String {
    format!("the case does not say {what}")
}

#[cfg(test)]
mod tests;
