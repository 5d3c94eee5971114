//! What this module raises: `htable:mod-init` and `htable:expired`.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_bindings::exports::evroute::htable::expired::Verdict as WitExpired;
use evroute_bindings::exports::evroute::htable::mod_init::Verdict as WitModInit;
use evroute_event::{FailPolicy, Subject, Verdict, event};
use evroute_module_api::{EventBinding, GuestEvent, Naming, TypedBinding};

use crate::Stored;

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![
        Arc::new(TypedBinding::<ModInit>::default()),
        Arc::new(TypedBinding::<Expired>::default()),
    ]
}

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

impl Verdict for ModInitVerdict {
    const CASES: &'static [&'static str] = &["proceed", "abort-startup"];

    fn case(&self) -> usize {
        match self {
            Self::Proceed => 0,
            Self::AbortStartup => 1,
        }
    }

    fn on_failure(policy: FailPolicy) -> Self {
        match policy {
            FailPolicy::Open => Self::Proceed,
            FailPolicy::Closed => Self::AbortStartup,
        }
    }

    fn is_continue(&self) -> bool {
        *self == Self::Proceed
    }
}

event!(ModInit: "htable:mod-init" -> ModInitVerdict);

impl From<WitModInit> for ModInitVerdict {
    fn from(verdict: WitModInit) -> Self {
        match verdict {
            WitModInit::Proceed => Self::Proceed,
            WitModInit::AbortStartup => Self::AbortStartup,
        }
    }
}

impl GuestEvent for ModInit {
    type Export = export::HtableModInit;
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

impl Verdict for ExpiredVerdict {
    const CASES: &'static [&'static str] = &["remove", "extend"];

    fn case(&self) -> usize {
        match self {
            Self::Remove => 0,
            Self::Extend(_) => 1,
        }
    }

    fn carries(&self) -> Option<String> {
        match self {
            Self::Remove => None,
            Self::Extend(seconds) => Some(seconds.to_string()),
        }
    }

    /// Removed under both policies: a handler that fails for every entry must not fill the table.
    fn on_failure(_: FailPolicy) -> Self {
        Self::Remove
    }

    fn is_continue(&self) -> bool {
        *self == Self::Remove
    }
}

event!(Expired: "htable:expired" -> ExpiredVerdict, filter table);

impl From<WitExpired> for ExpiredVerdict {
    fn from(verdict: WitExpired) -> Self {
        match verdict {
            WitExpired::Remove => Self::Remove,
            WitExpired::Extend(seconds) => Self::Extend(seconds),
        }
    }
}

impl GuestEvent for Expired {
    type Export = export::HtableExpired;
    const SEGMENT: Option<Naming> = Some(Naming::Section("table"));
}
