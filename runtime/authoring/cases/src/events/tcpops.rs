//! Events of connections.

use evroute_event::Subject;
use evroute_module_tcpops::TcpClosed;
use evroute_transport::EndCause;

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;
use crate::hop::Hop;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<TcpClosed>()]
}

const CAUSES: [EndCause; 4] = [
    EndCause::Peer,
    EndCause::Reset,
    EndCause::Idle,
    EndCause::Server,
];

impl InCases for TcpClosed {
    const EXAMPLE: &'static str = r#"connection = { cause = "peer", lasted_seconds = 90 }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let closed = case.connection.as_ref();
        let closed = closed.ok_or_else(|| missing("connection = { cause }"))?;
        let mut causes = CAUSES.into_iter();
        let cause = causes.find(|cause| cause.as_str() == closed.cause);
        let cause = cause.ok_or_else(|| {
            let known = CAUSES.map(EndCause::as_str).join(", ");
            format!("{:?} is no cause; write one of {known}", closed.cause)
        })?;
        Ok(Self {
            subject: Subject {
                source: Some(case.source.unwrap_or(Hop::TCP_SOURCE).end),
                received: Some(case.received.unwrap_or(Hop::TCP_RECEIVED).end),
                ..quiet(case)
            },
            cause,
            lasted_seconds: closed.lasted_seconds,
        })
    }
}
