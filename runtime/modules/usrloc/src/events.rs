//! What this module raises: `usrloc:contact-expired`.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};

use crate::Binding;

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![Arc::new(TypedBinding::<ContactExpired>::default())]
}

/// `event_route[usrloc:contact-expired]`: a registered contact's time is over; it is gone already.
#[derive(Debug)]
pub struct ContactExpired {
    /// When it was noticed; no message.
    pub subject: Subject,
    /// The contact.
    pub binding: Arc<Binding>,
}

event!(ContactExpired: "usrloc:contact-expired" -> ());

impl GuestEvent for ContactExpired {
    type Export = export::UsrlocContactExpired;
}
