//! What this module raises: `custom:event`, with the operator's name as its event filter.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_event::{Subject, event};
use evroute_module_api::{EventBinding, GuestEvent, Naming, TypedBinding, Value};

use crate::limits::{self, Refused};

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![Arc::new(TypedBinding::<CustomEvent>::default())]
}

/// `custom:event:<name>`.
#[derive(Clone, Debug)]
pub struct CustomEvent {
    subject: Subject,
    name: String,
    parameters: Vec<(String, Value)>,
}

impl CustomEvent {
    /// An event of this name, with these parameters.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn new(
        name: &str,
        parameters: Vec<(String, Value)>,
        time_us: u64,
    ) -> Result<Self, Refused> {
        limits::check(name, &parameters)?;
        Ok(Self {
            subject: Subject::at(time_us),
            name: name.to_owned(),
            parameters,
        })
    }

    /// The name, as raised.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters, in the order given.
    #[must_use]
    pub fn parameters(&self) -> &[(String, Value)] {
        &self.parameters
    }
}

event!(CustomEvent: "custom:event" -> (), filter name);

impl GuestEvent for CustomEvent {
    type Export = export::CustomEvent;
    const SEGMENT: Option<Naming> = Some(Naming::Free);
}
