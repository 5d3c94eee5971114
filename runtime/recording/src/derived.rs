//! Which calls are carried out again instead of being recorded.

use evroute_tap::{HostCall, HostFunction};

/// Which calls' answers follow from what is recorded otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Derived {
    /// Functions whose calls do not even pass.
    pub function: fn(&HostFunction) -> bool,
    /// Single calls of the others.
    pub call: fn(&HostCall<'_>) -> bool,
}

impl Derived {
    /// Those that only describe the event.
    pub const ABOUT_THE_EVENT: Self = Self {
        function: HostFunction::is_about_the_event,
        call: |_| false,
    };
    /// None: the event cannot be made again from what is recorded of it.
    pub const NOTHING: Self = Self {
        function: |_| false,
        call: |_| false,
    };
}
