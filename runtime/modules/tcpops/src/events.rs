//! What this module raises.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};
use evroute_transport::EndCause;

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![Arc::new(TypedBinding::<TcpClosed>::default())]
}

/// `event_route[tcp:closed]`: a connection is gone over which requests of the tenant came.
#[derive(Clone, Debug)]
pub struct TcpClosed {
    /// When, and the way that it was; no message.
    pub subject: Subject,
    /// Why.
    pub cause: EndCause,
    /// How long it was there, in whole seconds.
    pub lasted_seconds: u64,
}

event!(TcpClosed: "tcp:closed" -> ());

impl GuestEvent for TcpClosed {
    type Export = export::TcpClosed;
}
