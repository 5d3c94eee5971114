//! Why an event is raised.

use evroute_tenant::TenantIndex;

/// Who an event belongs to and what led to it.
#[derive(Clone, Copy, Debug)]
pub struct Cause {
    /// The tenant whose handlers are asked.
    pub tenant: TenantIndex,
    /// How many events raised by events lie behind this one; 0 for what comes from outside.
    pub depth: u8,
}

impl Cause {
    /// A cause from outside: the wire, a timer, an operator.
    #[must_use]
    pub const fn outside(tenant: TenantIndex) -> Self {
        Self { tenant, depth: 0 }
    }

    /// The cause of an event that a run under this cause raises.
    #[must_use]
    pub const fn deeper(self) -> Self {
        Self {
            tenant: self.tenant,
            depth: self.depth.saturating_add(1),
        }
    }
}
