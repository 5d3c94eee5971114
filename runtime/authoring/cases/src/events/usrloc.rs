//! Events of contacts.

use std::sync::Arc;

use evroute_module_usrloc::events::ContactExpired;
use evroute_module_usrloc::{Aor, Binding, Reach, Timestamp};
use evroute_sip::QValue;
use evroute_transport::{Flow, Proto};

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;
use crate::hop::Hop;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<ContactExpired>()]
}

impl InCases for ContactExpired {
    const EXAMPLE: &'static str =
        r#"contact = { aor = "bob@example.org", uri = "sip:bob@192.0.2.9" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let gone = case.contact.as_ref();
        let gone = gone.ok_or_else(|| missing("contact = { aor, uri }"))?;
        let (user, domain) = gone.aor.split_once('@').unwrap_or_default();
        let aor = Aor::new(user, domain).ok_or("contact: write aor as user@domain")?;
        let source = case.source.unwrap_or(Hop::SOURCE).end;
        let proto = match source.proto {
            "tcp" => Proto::Tcp,
            "tls" => Proto::Tls,
            "ws" => Proto::Ws,
            "wss" => Proto::Wss,
            _ => Proto::Udp,
        };
        let binding = Binding {
            aor,
            uri: gone.uri.clone(),
            received: Flow {
                proto,
                local: case.received.unwrap_or(Hop::RECEIVED).end.address,
                remote: source.address,
                connection: None,
            },
            reach: Reach::Uri,
            path: Vec::new(),
            expires_at: Timestamp::from_seconds(case.at),
            q: QValue::HIGHEST,
            call_id: "case-1@192.0.2.1".to_owned(),
            cseq: 1,
            user_agent: gone.user_agent.as_ref().map(|t| t.clone().into_bytes()),
            instance: None,
            reg_id: None,
        };
        Ok(Self {
            subject: quiet(case),
            binding: Arc::new(binding),
        })
    }
}
