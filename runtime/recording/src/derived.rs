//! Which calls are carried out again instead of being recorded.

use std::fmt;
use std::sync::Arc;

use evroute_tap::{HostCall, HostFunction, WitValue};

/// Where pseudo-variables are read and written by their names.
const VARIABLES: &str = "evroute:pv/pv@";

/// Which calls' answers follow from what is recorded otherwise.
#[derive(Clone)]
pub struct Derived(Option<Arc<VariableRule>>);

/// Whether a pseudo-variable's value follows from the message.
type VariableRule = dyn Fn(&str) -> bool + Send + Sync;

impl Derived {
    /// None: the event cannot be made again from what is recorded of it.
    pub const NOTHING: Self = Self(None);

    /// Those of a run about a message: what describes it, and the pseudo-variables of which
    /// `follows` says, by the name in the call, that they do not ask anything else.
    #[must_use]
    pub fn of_message(follows: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(follows)))
    }

    /// Whether no call of this function has to be seen.
    pub(crate) fn function(&self, function: &HostFunction) -> bool {
        self.0.is_some() && function.is_about_the_event()
    }

    /// Whether this call is derived.
    pub(crate) fn call(&self, call: &HostCall<'_>) -> bool {
        let Some(variable) = &self.0 else {
            return false;
        };
        call.function.interface.starts_with(VARIABLES)
            && match call.arguments.first() {
                Some(WitValue::Text(name)) => variable(name),
                _ => true,
            }
    }
}

impl fmt::Debug for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Derived")
            .field("is_about_a_message", &self.0.is_some())
            .finish_non_exhaustive()
    }
}
