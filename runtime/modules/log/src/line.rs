//! One line, and where it goes.

use std::fmt;
use std::sync::Arc;

use evroute_event::EventName;

/// How important a line is. Kamailio's levels, as far as handlers have them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// `L_ERR`
    Error,
    /// `L_WARN`
    Warning,
    /// `L_NOTICE`
    Notice,
    /// `L_INFO`
    Info,
    /// `L_DBG`
    Debug,
}

impl Level {
    /// The word in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARN",
            Self::Notice => "NOTICE",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }
}

/// One line of a handler, with what the server knows about it.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// How important.
    pub level: Level,
    /// Whose handler.
    pub tenant: &'a str,
    /// Which handler.
    pub handler: &'a str,
    /// About which event.
    pub event: EventName,
    /// Call-ID of the message, if the event has one. From the wire: not escaped yet.
    pub call_id: Option<&'a str>,
    /// When the event happened, microseconds since 1970: the line's time, since a run has no other.
    pub time_us: u64,
    /// What the handler says. Not escaped yet: it may hold any character.
    pub text: &'a str,
}

/// Where lines go. Must be quick, and must escape control characters: a handler must not be able to forge a line.
pub trait Journal: Send + Sync {
    /// Whether lines of this level are kept at all.
    fn keeps(&self, level: Level) -> bool;

    /// Takes a line.
    fn write(&self, line: &Line<'_>);
}

/// The module's state for one tenant.
pub struct LogTenant {
    /// Where this tenant's lines go.
    pub journal: Arc<dyn Journal>,
}

impl fmt::Debug for LogTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogTenant")
    }
}
