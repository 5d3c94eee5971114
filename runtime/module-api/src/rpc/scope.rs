//! Who may call a method.

use super::RpcParams;

/// What a call is about, and whether it changes anything. Each method and each path of the admin
/// port says so in its row; whoever calls is measured by it before anything else is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RpcScope {
    /// What it is about.
    pub reach: RpcReach,
    /// What it does with it.
    pub access: RpcAccess,
}

/// What a call is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RpcReach {
    /// The program and nobody in it: its version, the names of its methods. For every token.
    Program,
    /// The server, or several tenants. For operators.
    Server,
    /// One tenant: whom the parameter `tenant` names, at this position. A tenant calls it for
    /// itself, and may leave the parameter out.
    Tenant(usize),
}

/// What a call does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RpcAccess {
    /// It shows something.
    Read,
    /// It changes something, and is a line of the audit.
    Change,
}

impl RpcScope {
    /// Shows something that is nobody's.
    pub const READS_PROGRAM: Self = Self::new(RpcReach::Program, RpcAccess::Read);
    /// Shows something of the server or of several tenants.
    pub const READS_SERVER: Self = Self::new(RpcReach::Server, RpcAccess::Read);
    /// Changes something of the server or of several tenants.
    pub const CHANGES_SERVER: Self = Self::new(RpcReach::Server, RpcAccess::Change);

    const fn new(reach: RpcReach, access: RpcAccess) -> Self {
        Self { reach, access }
    }

    /// Shows something of the tenant that the parameter at this position names, counted from 0.
    #[must_use]
    pub const fn reads_tenant(position: usize) -> Self {
        Self::new(RpcReach::Tenant(position), RpcAccess::Read)
    }

    /// The tenant that these parameters name; none when this is about no tenant, or it was left
    /// out.
    #[must_use]
    pub fn named_tenant(&self, params: &RpcParams) -> Option<String> {
        let RpcReach::Tenant(position) = self.reach else {
            return None;
        };
        let named = params.text_opt(position, "tenant");
        named.unwrap_or_default()
    }

    /// Changes something of the tenant that the parameter at this position names, counted from 0.
    #[must_use]
    pub const fn changes_tenant(position: usize) -> Self {
        Self::new(RpcReach::Tenant(position), RpcAccess::Change)
    }
}
