//! Which calls are carried out again instead of being recorded.

use std::fmt;
use std::sync::Arc;

use evroute_tap::{HostCall, HostFunction, WitValue};

/// Where pseudo-variables are read and written by their names.
const VARIABLES: &str = "evroute:pv/pv@";

/// Which calls' answers follow from what is recorded otherwise.
#[derive(Clone)]
pub struct Derived {
    is_about_a_message: bool,
    /// Whether a pseudo-variable's value follows from the message.
    variable: Option<Arc<VariableRule>>,
}

type VariableRule = dyn Fn(&str) -> bool + Send + Sync;

impl Derived {
    /// Those that only describe the event.
    pub const ABOUT_THE_EVENT: Self = Self {
        is_about_a_message: true,
        variable: None,
    };
    /// None: the event cannot be made again from what is recorded of it.
    pub const NOTHING: Self = Self {
        is_about_a_message: false,
        variable: None,
    };

    /// Those of a run about a message: what describes it, and the pseudo-variables of which
    /// `follows` says, by the name in the call, that they do not ask anything else.
    #[must_use]
    pub fn of_message(follows: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            is_about_a_message: true,
            variable: Some(Arc::new(follows)),
        }
    }

    /// Whether no call of this function has to be seen.
    pub(crate) fn function(&self, function: &HostFunction) -> bool {
        self.is_about_a_message && function.is_about_the_event()
    }

    /// Whether this call is derived.
    pub(crate) fn call(&self, call: &HostCall<'_>) -> bool {
        let Some(variable) = &self.variable else {
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
            .field("is_about_a_message", &self.is_about_a_message)
            .finish_non_exhaustive()
    }
}
