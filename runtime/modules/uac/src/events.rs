//! What this module raises: `uac:registered`, `uac:failed`.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};

/// The events of the uac module, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![
        Arc::new(TypedBinding::<UacRegistered>::default()),
        Arc::new(TypedBinding::<UacFailed>::default()),
    ]
}

/// `uac:registered`: a trunk is registered that was not before.
#[derive(Clone, Debug)]
pub struct UacRegistered {
    /// When; no message.
    pub subject: Subject,
    /// The trunk's name.
    pub trunk: String,
    /// Whom it is registered with.
    pub registrar: String,
    /// Who is registered there.
    pub user: String,
    /// For how long, in seconds; it is refreshed before.
    pub expires: u32,
}

event!(UacRegistered: "uac:registered" -> ());

impl GuestEvent for UacRegistered {
    type Export = export::UacRegistered;
}

/// `uac:failed`: an attempt to register with a trunk failed.
#[derive(Clone, Debug)]
pub struct UacFailed {
    /// When; no message.
    pub subject: Subject,
    /// The trunk's name.
    pub trunk: String,
    /// Whom it is registered with.
    pub registrar: String,
    /// Who is registered there.
    pub user: String,
    /// The status code of the answer; 408 where none came, 503 where nothing was sent.
    pub status: u16,
    /// What the peer said, or what we say of it.
    pub reason: String,
    /// The how manyth attempt in a row it is that failed.
    pub failures: u32,
    /// When the next attempt is, in seconds from now.
    pub retry_seconds: u32,
}

event!(UacFailed: "uac:failed" -> ());

impl GuestEvent for UacFailed {
    type Export = export::UacFailed;
}
