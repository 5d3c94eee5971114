//! What this module raises: `usrloc:contact-added`, `contact-updated`, `contact-removed`,
//! `contact-expired`.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};

use crate::{Binding, ChangeCause};

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![
        Arc::new(TypedBinding::<ContactAdded>::default()),
        Arc::new(TypedBinding::<ContactUpdated>::default()),
        Arc::new(TypedBinding::<ContactRemoved>::default()),
        Arc::new(TypedBinding::<ContactExpired>::default()),
    ]
}

/// `usrloc:contact-added`: a contact is registered that was not before.
#[derive(Debug)]
pub struct ContactAdded {
    /// When; no message.
    pub subject: Subject,
    /// The contact.
    pub binding: Arc<Binding>,
    /// Why.
    pub why: ChangeCause,
}

event!(ContactAdded: "usrloc:contact-added" -> ());

impl GuestEvent for ContactAdded {
    type Export = export::UsrlocContactAdded;
}

/// `usrloc:contact-updated`: a contact that was registered is registered again.
#[derive(Debug)]
pub struct ContactUpdated {
    /// When; no message.
    pub subject: Subject,
    /// The contact as it is from now on.
    pub binding: Arc<Binding>,
    /// Why.
    pub why: ChangeCause,
}

event!(ContactUpdated: "usrloc:contact-updated" -> ());

impl GuestEvent for ContactUpdated {
    type Export = export::UsrlocContactUpdated;
}

/// `usrloc:contact-removed`: a contact is not registered any more, before its time was over.
#[derive(Debug)]
pub struct ContactRemoved {
    /// When; no message.
    pub subject: Subject,
    /// The contact as it was.
    pub binding: Arc<Binding>,
    /// Why.
    pub why: ChangeCause,
}

event!(ContactRemoved: "usrloc:contact-removed" -> ());

impl GuestEvent for ContactRemoved {
    type Export = export::UsrlocContactRemoved;
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
