//! What this module raises.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![Arc::new(TypedBinding::<TlsCertificateExpiring>::default())]
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
