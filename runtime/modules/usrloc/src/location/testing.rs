//! Contacts, for unit tests.

use evroute_sip::QValue;
use evroute_transport::{ConnectionId, Flow, Proto};

use super::{LocationTable, Update};
use crate::aor::Aor;
use crate::binding::Binding;
use crate::reach::Reach;
use crate::timestamp::Timestamp;

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1000);

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

pub(crate) fn aor(user: &str) -> Aor {
    Aor::new(user, "example.com").unwrap()
}

/// A contact that is reached by its URI, and is over at once.
pub(crate) fn binding(aor: &Aor) -> Binding {
    let addr = "192.0.2.1:5060".parse().unwrap();
    Binding {
        aor: aor.clone(),
        uri: "sip:phone@192.0.2.9".to_owned(),
        received: Flow {
            proto: Proto::Udp,
            local: addr,
            remote: addr,
            connection: None,
        },
        reach: Reach::Uri,
        path: Vec::new(),
        expires_at: at(0),
        q: QValue::HIGHEST,
        call_id: "c".to_owned(),
        cseq: 1,
        user_agent: None,
        instance: None,
        reg_id: None,
    }
}

/// Registers a phone behind a NAT, over a connection or by datagrams.
pub(crate) fn register(table: &LocationTable, user: &str, connection: Option<u64>, now: Timestamp) {
    let aor = aor(user);
    let binding = Binding {
        uri: format!("sip:{user}@10.0.0.7"),
        received: Flow {
            proto: connection.map_or(Proto::Udp, |_| Proto::Tcp),
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "203.0.113.5:4000".parse().unwrap(),
            connection: connection.map(ConnectionId::new),
        },
        reach: Reach::Flow,
        expires_at: now.plus(3600),
        cseq: u32::try_from(now.seconds()).unwrap(),
        ..binding(&aor)
    };
    table.save(&aor, Update::Save(vec![binding]), now).unwrap();
}
