//! What this module raises.

use std::net::SocketAddr;
use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};

use crate::AuthResult;

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![Arc::new(TypedBinding::<RegistrarAuthFailed>::default())]
}

/// `registrar:auth-failed`: somebody answered a challenge and was not let in. Whether the user
/// exists is not said, and no hash.
#[derive(Clone, Debug)]
pub struct RegistrarAuthFailed {
    /// When; no message.
    pub subject: Subject,
    /// The user name as it was sent.
    pub user_name: String,
    /// What it would have to be known in.
    pub realm: String,
    /// Who sent the request.
    pub source: SocketAddr,
    /// The method of the request.
    pub method: String,
    /// Its Call-ID.
    pub call_id: String,
    /// Why: [`AuthResult::Wrong`], [`AuthResult::Replayed`] or [`AuthResult::Forbidden`].
    pub reason: AuthResult,
    /// Wrong passwords in a row of this source for this name; 0 for other reasons.
    pub failures: u32,
}

event!(RegistrarAuthFailed: "registrar:auth-failed" -> ());

impl GuestEvent for RegistrarAuthFailed {
    type Export = export::RegistrarAuthFailed;
}
