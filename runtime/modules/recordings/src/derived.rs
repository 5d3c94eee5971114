//! Which calls are carried out again by a replay.

use std::sync::Arc;

use evroute_module_api::{VariableName, Variables};
use evroute_recording::Derived;

/// Of a run about a message: what describes it, and the pseudo-variables that only ask it. Those
/// that need a grant of their own ask the tenant's tables.
#[must_use]
pub fn derived(variables: &Arc<Variables>) -> Derived {
    let variables = Arc::clone(variables);
    Derived::of_message(move |text| {
        let Ok(name) = VariableName::parse(text) else {
            return true;
        };
        let row = variables.find(name.name);
        row.is_none_or(|row| row.grant.is_none())
    })
}
