//! Which handles a host call takes and gives.

use std::collections::HashMap;
use std::sync::LazyLock;

use evroute_contract::{EVENTS, FUNCTIONS, Function};

/// All functions of the contract, by interface and name.
static BY_NAME: LazyLock<HashMap<(&str, &str), &Function>> = LazyLock::new(|| {
    let functions = FUNCTIONS.iter();
    let named = functions.map(|function| ((function.interface, function.name), function));
    named.collect()
});

/// The function of this name; none where the contract has none.
pub(crate) fn host_function(interface: &str, name: &str) -> Option<&'static Function> {
    BY_NAME.get(&(interface, name)).copied()
}

/// The resource that an event hands over, by the event's interface.
pub(crate) fn event_resource(interface: &str) -> Option<&'static str> {
    let event = EVENTS.iter().find(|event| event.interface == interface);
    event.map(|event| event.payload.1)
}
