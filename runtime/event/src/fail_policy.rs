//! What a failed run means.

use std::fmt;

/// What the server does when a handler's run returns no verdict. The operator chooses it per
/// handler; the handler never does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FailPolicy {
    /// Carry on as without a handler: for handlers that observe.
    #[default]
    Open,
    /// Take the cautious verdict: for handlers that guard.
    Closed,
}

impl fmt::Display for FailPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Closed => "closed",
        })
    }
}
