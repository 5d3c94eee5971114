//! What becomes of a tenant's handlers while the server runs, told to its modules.

use evroute_event::Cause;
use evroute_tenant::{HandlerId, Revision};

use crate::TenantState;

/// Something that happened to a handler of a tenant.
#[derive(Clone, Copy, Debug)]
pub struct HandlerChange<'a> {
    /// Which handler.
    pub handler: &'a HandlerId,
    /// Who it belongs to, and what led to it. What a module raises of it has this cause.
    pub cause: Cause,
    /// What happened.
    pub kind: HandlerChangeKind<'a>,
}

/// What happened to a handler.
#[derive(Clone, Copy, Debug)]
pub enum HandlerChangeKind<'a> {
    /// A revision was put in force, or promoted from a canary.
    Activated {
        /// The one in force now.
        revision: Revision,
        /// The one in force before; none of a new or drained handler.
        previous: Option<Revision>,
        /// Who did it.
        who: &'a str,
        /// Why; as they wrote it, for people.
        why: &'a str,
    },
    /// A revision was taken back: by a rollback, or as a canary that was stopped.
    RolledBack {
        /// The one in force now.
        revision: Revision,
        /// The one that gets no events any more; none where a drained handler came back.
        taken_back: Option<Revision>,
        /// Who did it.
        who: &'a str,
        /// Why; as they wrote it, for people.
        why: &'a str,
    },
    /// The circuit breaker of a revision opened.
    BreakerOpened {
        /// Whose it is.
        revision: Revision,
        /// What its runs failed of, by its name in logs and RPC.
        reason: &'static str,
        /// Runs in the stretch that opened it, or probes.
        runs: u64,
        /// Those of them that failed of it.
        failures: u64,
        /// How often it has opened.
        openings: u64,
    },
}

impl TenantState {
    /// Tells the tenant's modules what became of a handler. Quick, and raises nothing by itself.
    pub fn tell(&self, change: &HandlerChange<'_>) {
        for part in self.modules() {
            part.handler_changed(change);
        }
    }
}
