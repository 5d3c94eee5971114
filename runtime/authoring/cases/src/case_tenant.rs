//! Whose handler a case is about.

use evroute_tenant::TenantIndex;

/// Two tenants of one server, of which cases are about the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CaseTenant {
    Own,
    Neighbour,
}

impl CaseTenant {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Own => "demo",
            Self::Neighbour => "neighbour",
        }
    }

    pub(crate) const fn index(self) -> TenantIndex {
        match self {
            Self::Own => TenantIndex::new(0),
            Self::Neighbour => TenantIndex::new(1),
        }
    }
}
