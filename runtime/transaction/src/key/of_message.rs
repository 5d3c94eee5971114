//! Keys of messages.

use evroute_sip::{HeaderError, Message, Via};

use super::{ClientKey, KeyMaker, LegacyParts, MAGIC_COOKIE, ServerKey, ServerParts};

/// Why a message has no key. The peer's fault; a validated message has one, except for a
/// response whose Via lost its branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A header field the comparison needs is missing or malformed.
    #[error("a header field that identifies the transaction: {0}")]
    Header(#[from] HeaderError),
    /// No Call-ID.
    #[error("no Call-ID")]
    CallId,
    /// No branch in the top Via: nothing we sent.
    #[error("no branch in the top Via")]
    Branch,
    /// A response where a request is wanted.
    #[error("not a request")]
    NotARequest,
}

impl KeyMaker {
    /// The key of a request that came in (17.2.3). A branch that is the magic cookie and
    /// nothing else identifies nothing and counts as RFC 2543 (RFC 4475 3.2.1).
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be matched.
    pub fn server_of(&self, request: &Message) -> Result<ServerKey, KeyError> {
        let request_uri = request.request_uri().ok_or(KeyError::NotARequest)?;
        let via = request.top_via()?;
        let method = request.method();
        let method = method.as_str().as_bytes();
        let branch = via.branch().unwrap_or_default().as_bytes();
        if branch.len() > MAGIC_COOKIE.len() && branch.starts_with(MAGIC_COOKIE) {
            let host = via.host().as_bytes();
            return Ok(self.server(&ServerParts {
                branch,
                host,
                port: port(&via),
                cseq: request.cseq()?.number,
                method,
            }));
        }
        let (from, to) = (request.from()?, request.to()?);
        Ok(self.legacy(&LegacyParts {
            via: via.raw(),
            request_uri: request_uri.as_bytes(),
            call_id: request.call_id().ok_or(KeyError::CallId)?.as_bytes(),
            cseq: request.cseq()?.number,
            from_tag: from.tag().unwrap_or_default().as_bytes(),
            to_tag: to.tag().unwrap_or_default().as_bytes(),
            method,
        }))
    }

    /// The key of a request we send, our Via on top, and of the responses to it (17.1.3).
    ///
    /// # Errors
    /// [`KeyError`]: it cannot be matched.
    pub fn client_of(&self, message: &Message) -> Result<ClientKey, KeyError> {
        let via = message.top_via()?;
        let branch = via.branch().ok_or(KeyError::Branch)?;
        Ok(self.client(branch.as_bytes(), message.method().as_str().as_bytes()))
    }
}

/// A sent-by without a port means the transport's default (18.2.2; RFC 7118 5.3 for WS).
fn port(via: &Via<'_>) -> u16 {
    via.port().unwrap_or_else(|| {
        let is = |name: &str| via.transport().eq_ignore_ascii_case(name);
        if is("TLS") || is("TLS-SCTP") {
            5061
        } else if is("WS") {
            80
        } else if is("WSS") {
            443
        } else {
            5060
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use evroute_sip::Framing;

    use super::*;
    use crate::key::ServerKind;

    fn request(method: &str, via: &str, to: &str) -> Message {
        let text = format!(
            "{method} sip:b@b.example SIP/2.0\r\nVia: {via}\r\nVia: SIP/2.0/UDP z;branch=z9hG4bKz\r\n\
             From: <sip:a@a.example>;tag=f\r\nTo: {to}\r\nCall-ID: 1@a\r\nCSeq: 7 {method}\r\n\
             Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        Message::parse(text.into(), Framing::Datagram).unwrap()
    }

    const VIA: &str = "SIP/2.0/UDP a.example;branch=z9hG4bK-1";
    const OLD_VIA: &str = "SIP/2.0/UDP a.example;branch=1";
    const TO: &str = "<sip:b@b.example>";

    #[test]
    fn a_repeated_request_has_its_key_even_when_received_and_rport_were_added() {
        let keys = KeyMaker::new();
        let key = keys.server_of(&request("OPTIONS", VIA, TO)).unwrap();
        let marked = "SIP/2.0/UDP A.example:5060;received=192.0.2.1;rport=9;branch=z9hG4bK-1";
        assert_eq!(keys.server_of(&request("OPTIONS", marked, TO)), Ok(key));
    }

    #[test]
    fn another_request_with_an_old_branch_is_another_transaction() {
        let keys = KeyMaker::new();
        let with = |method: &str, number: u32| {
            let text = String::from_utf8(request(method, VIA, TO).print().to_vec()).unwrap();
            let text = text.replace("CSeq: 7", &format!("CSeq: {number}"));
            let message = Message::parse(text.into(), Framing::Datagram).unwrap();
            keys.server_of(&message).unwrap()
        };
        let (first, second) = (with("INVITE", 7), with("INVITE", 8));
        assert_ne!(first.own, second.own);
        assert_eq!(with("ACK", 8).own, second.own);
        assert_eq!(with("CANCEL", 8).invite(), second.own);
    }

    #[test]
    fn a_missing_port_is_the_default_of_the_transport() {
        let keys = KeyMaker::new();
        let key = |via: &str| keys.server_of(&request("OPTIONS", via, TO)).unwrap();
        for (transport, port) in [
            ("UDP", 5060),
            ("TCP", 5060),
            ("tls", 5061),
            ("WS", 80),
            ("WSS", 443),
        ] {
            let bare = format!("SIP/2.0/{transport} a.example;branch=z9hG4bK-1");
            let full = format!("SIP/2.0/{transport} a.example:{port};branch=z9hG4bK-1");
            let other = format!("SIP/2.0/{transport} a.example:9;branch=z9hG4bK-1");
            assert_eq!(key(&bare), key(&full), "{transport}");
            assert_ne!(key(&bare), key(&other), "{transport}");
        }
    }

    #[test]
    fn the_ack_with_the_tag_of_the_answer_finds_its_invite_with_and_without_cookie() {
        let keys = KeyMaker::new();
        let tagged = "<sip:b@b.example>;tag=answer";
        for via in [
            VIA,
            OLD_VIA,
            "SIP/2.0/UDP a.example",
            "SIP/2.0/UDP a;branch=z9hG4bK",
        ] {
            let invite = keys.server_of(&request("INVITE", via, TO)).unwrap();
            let ack = keys.server_of(&request("ACK", via, tagged)).unwrap();
            let cancel = keys.server_of(&request("CANCEL", via, TO)).unwrap();
            assert_eq!(ack.own, invite.own, "{via}");
            assert_eq!(cancel.invite(), invite.own, "{via}");
            assert_ne!(cancel.own, invite.own, "{via}");
            assert_eq!(ack.kind(), ServerKind::Ack);
        }
    }

    #[test]
    fn a_branch_of_nothing_but_the_cookie_does_not_join_two_requests() {
        let keys = KeyMaker::new();
        let bare = "SIP/2.0/UDP a.example;branch=z9hG4bK";
        let one = keys.server_of(&request("OPTIONS", bare, TO)).unwrap();
        let other = keys
            .server_of(&request("OPTIONS", bare, "<sip:b@b.example>;tag=t"))
            .unwrap();
        assert_ne!(one, other);
    }

    #[test]
    fn a_response_has_the_key_of_its_request() {
        let keys = KeyMaker::new();
        let response = |cseq: &str, via: &str| {
            let text = format!(
                "SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: <sip:a@a>;tag=f\r\nTo: {TO};tag=t\r\n\
                 Call-ID: 1@a\r\nCSeq: 7 {cseq}\r\nContent-Length: 0\r\n\r\n"
            );
            Message::parse(text.into(), Framing::Datagram).unwrap()
        };
        let invite = keys.client_of(&request("INVITE", VIA, TO)).unwrap();
        assert_eq!(keys.client_of(&response("INVITE", VIA)), Ok(invite));
        assert_ne!(keys.client_of(&response("CANCEL", VIA)), Ok(invite));
        let bare = response("INVITE", "SIP/2.0/UDP a.example");
        assert_eq!(keys.client_of(&bare), Err(KeyError::Branch));
        assert_eq!(keys.server_of(&bare), Err(KeyError::NotARequest));
    }

    #[test]
    fn every_readable_torture_message_has_a_stable_key_or_an_error() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/torture");
        let mut folders = vec![corpus];
        let (mut read, mut keyed) = (0, 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = std::fs::read(&path).unwrap();
                let Ok(message) = Message::parse(bytes.into(), Framing::Datagram) else {
                    continue;
                };
                read += 1;
                let keys = KeyMaker::new();
                assert_eq!(keys.server_of(&message), keys.server_of(&message.clone()));
                assert_eq!(keys.client_of(&message), keys.client_of(&message.clone()));
                keyed += usize::from(
                    keys.server_of(&message).is_ok() || keys.client_of(&message).is_ok(),
                );
            }
        }
        assert!(keyed > 50, "{keyed} of {read} messages have a key");
    }
}
