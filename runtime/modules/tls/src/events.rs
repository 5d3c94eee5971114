//! What this module raises.

use std::net::SocketAddr;
use std::sync::Arc;

use evroute_bindings::export;
use evroute_bindings::exports::evroute::tls::connection_out::Verdict as WitVerdict;
use evroute_event::{FailPolicy, Subject, Verdict, event};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![
        Arc::new(TypedBinding::<TlsCertificateExpiring>::default()),
        Arc::new(TypedBinding::<TlsConnectionOut>::default()),
    ]
}

/// `tls:certificate-expiring`: the tenant's own certificate ends soon. Raised once a day.
#[derive(Clone, Debug)]
pub struct TlsCertificateExpiring {
    /// When; no message.
    pub subject: Subject,
    /// The names that it is for.
    pub names: Vec<String>,
    /// Its last second, since 1970.
    pub not_after: u64,
    /// How many whole days are left.
    pub days_left: u32,
}

event!(TlsCertificateExpiring: "tls:certificate-expiring" -> ());

impl GuestEvent for TlsCertificateExpiring {
    type Export = export::TlsCertificateExpiring;
}

/// `event_route[tls:connection-out]`: a connection over TLS is about to be dialled.
#[derive(Clone, Debug)]
pub struct TlsConnectionOut {
    /// When; no message: several may wait for one connection.
    pub subject: Subject,
    /// Whom it has to be to: the host that the way began with.
    pub name: String,
    /// Where that is.
    pub address: SocketAddr,
}

/// What becomes of the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsConnectionOutVerdict {
    /// It is dialled.
    Continue,
    /// It is not; what was to be sent over it is undeliverable.
    Drop,
}

impl Verdict for TlsConnectionOutVerdict {
    const CASES: &'static [&'static str] = &["continue", "drop"];

    fn case(&self) -> usize {
        match self {
            Self::Continue => 0,
            Self::Drop => 1,
        }
    }

    fn on_failure(policy: FailPolicy) -> Self {
        match policy {
            FailPolicy::Open => Self::Continue,
            FailPolicy::Closed => Self::Drop,
        }
    }

    fn is_continue(&self) -> bool {
        *self == Self::Continue
    }
}

event!(TlsConnectionOut: "tls:connection-out" -> TlsConnectionOutVerdict);

impl From<WitVerdict> for TlsConnectionOutVerdict {
    fn from(verdict: WitVerdict) -> Self {
        match verdict {
            WitVerdict::Continue => Self::Continue,
            WitVerdict::Drop => Self::Drop,
        }
    }
}

impl GuestEvent for TlsConnectionOut {
    type Export = export::TlsConnectionOut;
}
