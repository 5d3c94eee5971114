//! What this module raises: `htable:mod-init` and `htable:expired`.

use std::sync::Arc;

use evroute_bindings::exports::evroute::htable::expired::Verdict as WitExpired;
use evroute_bindings::exports::evroute::htable::mod_init::Verdict as WitModInit;
use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
use evroute_module_api::{GuestEvent, Naming};

use crate::Stored;

/// `event_route[htable:mod-init]`: the tenant's tables are ready and empty; raised once at start.
#[derive(Debug)]
pub struct ModInit {
    /// No message; the time of the start.
    pub subject: Subject,
}

/// What the server does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModInitVerdict {
    /// It starts.
    Proceed,
    /// It does not start.
    AbortStartup,
}

impl Event for ModInit {
    const NAME: EventName = EventName::new("htable:mod-init");
    type Verdict = ModInitVerdict;

    fn on_failure(&self, policy: FailPolicy) -> ModInitVerdict {
        match policy {
            FailPolicy::Open => ModInitVerdict::Proceed,
            FailPolicy::Closed => ModInitVerdict::AbortStartup,
        }
    }

    fn is_continue(verdict: &ModInitVerdict) -> bool {
        *verdict == ModInitVerdict::Proceed
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for ModInit {
    type Handle = handle::ModInitEvent;
    type Wit = WitModInit;
    const INTERFACE: &'static str = "evroute:htable/mod-init@0.1.0";

    fn decide(&self, verdict: WitModInit) -> Result<ModInitVerdict, String> {
        Ok(match verdict {
            WitModInit::Proceed => ModInitVerdict::Proceed,
            WitModInit::AbortStartup => ModInitVerdict::AbortStartup,
        })
    }
}

/// `event_route[htable:expired:<table>]`: an entry's time is over and nothing has removed it yet.
#[derive(Debug)]
pub struct Expired {
    /// No message; the time at which the end was noticed.
    pub subject: Subject,
    /// The table: the event's filter.
    pub table: Arc<str>,
    /// The entry's key.
    pub key: Arc<str>,
    /// The entry's value.
    pub value: Stored,
}

/// What becomes of an expired entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExpiredVerdict {
    /// It is removed.
    Remove,
    /// It stays for so many seconds from now; 0 removes it.
    Extend(u32),
}

impl Event for Expired {
    const NAME: EventName = EventName::new("htable:expired");
    type Verdict = ExpiredVerdict;

    /// Removed under both policies: a handler that fails for every entry must not fill the table.
    fn on_failure(&self, _policy: FailPolicy) -> ExpiredVerdict {
        ExpiredVerdict::Remove
    }

    fn is_continue(verdict: &ExpiredVerdict) -> bool {
        match verdict {
            ExpiredVerdict::Remove => true,
            ExpiredVerdict::Extend(_) => false,
        }
    }

    fn filter(&self) -> Option<&str> {
        Some(&self.table)
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for Expired {
    type Handle = handle::ExpiredEvent;
    type Wit = WitExpired;
    const INTERFACE: &'static str = "evroute:htable/expired@0.1.0";
    const SEGMENT: Option<Naming> = Some(Naming::Section("table"));

    fn decide(&self, verdict: WitExpired) -> Result<ExpiredVerdict, String> {
        Ok(match verdict {
            WitExpired::Remove => ExpiredVerdict::Remove,
            WitExpired::Extend(seconds) => ExpiredVerdict::Extend(seconds),
        })
    }
}
