//! Events of contacts.

use std::sync::Arc;

use evroute_module_usrloc::events::{ContactAdded, ContactExpired, ContactRemoved, ContactUpdated};
use evroute_module_usrloc::{Aor, Binding, ChangeCause, Reach, Timestamp};
use evroute_sip::QValue;
use evroute_transport::{Flow, Proto};

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;
use crate::hop::Hop;

pub(super) fn kinds() -> Vec<Kind> {
    vec![
        kind::<ContactAdded>(),
        kind::<ContactUpdated>(),
        kind::<ContactRemoved>(),
        kind::<ContactExpired>(),
    ]
}

/// The contact of a case, and why something became of it: its phone says so, unless the case does.
fn contact(case: &Case) -> Result<(Arc<Binding>, ChangeCause), String> {
    let one = case.contact.as_ref();
    let one = one.ok_or_else(|| missing("contact = { aor, uri }"))?;
    let (user, domain) = one.aor.split_once('@').unwrap_or_default();
    let aor = Aor::new(user, domain).ok_or("contact: write aor as user@domain")?;
    let why = one
        .cause
        .as_deref()
        .unwrap_or(ChangeCause::Register.as_str());
    let why = ChangeCause::ALL
        .into_iter()
        .find(|known| known.as_str() == why);
    let why = why.ok_or_else(|| {
        let known = ChangeCause::ALL.map(ChangeCause::as_str).join(", ");
        format!("contact: write cause as one of {known}")
    })?;
    let source = case.source.unwrap_or(Hop::SOURCE).end;
    let proto = Proto::parse(source.proto).unwrap_or(Proto::Udp);
    let binding = Binding {
        aor,
        uri: one.uri.clone(),
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
        user_agent: one.user_agent.as_ref().map(|t| t.clone().into_bytes()),
        instance: None,
        reg_id: None,
    };
    Ok((Arc::new(binding), why))
}

/// An event of a contact that says why.
macro_rules! in_cases {
    ($event:ident) => {
        impl InCases for $event {
            const EXAMPLE: &'static str =
                r#"contact = { aor = "bob@example.org", uri = "sip:bob@192.0.2.9" }"#;

            fn build(case: &Case) -> Result<Self, String> {
                let (binding, why) = contact(case)?;
                Ok(Self {
                    subject: quiet(case),
                    binding,
                    why,
                })
            }
        }
    };
}

in_cases!(ContactAdded);
in_cases!(ContactUpdated);
in_cases!(ContactRemoved);

impl InCases for ContactExpired {
    const EXAMPLE: &'static str =
        r#"contact = { aor = "bob@example.org", uri = "sip:bob@192.0.2.9" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let (binding, _) = contact(case)?;
        Ok(Self {
            subject: quiet(case),
            binding,
        })
    }
}
