//! What is known of a token.

use serde::{Deserialize, Serialize};

/// What is asked for when a token is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewToken {
    /// What the log and the audit call it: letters, digits, `.`, `_`, `-` and `@`, 64 at most.
    pub name: String,
    /// The tenant that it reaches; none for an operator's.
    pub tenant: Option<String>,
    /// Whether it changes nothing.
    pub reads_only: bool,
    /// When it ends, in seconds since 1970; none is never.
    pub expires: Option<u64>,
    /// Who makes it.
    pub by: String,
}

/// One token, without its secret. Times are seconds since 1970.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TokenRecord {
    /// What it is revoked by.
    pub id: String,
    /// What the log and the audit call it.
    pub name: String,
    /// The tenant that it reaches; none for an operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Whether it changes nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads_only: bool,
    /// When it was made.
    pub created: u64,
    /// Who made it.
    pub by: String,
    /// When it ends; none is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// When it was last shown; after a crash it may be a minute older than that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<u64>,
}

impl TokenRecord {
    /// Whether it has ended.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// What it reaches, as `evroute token create` is told.
    #[must_use]
    pub fn scope(&self) -> String {
        let whose = match &self.tenant {
            None => "operator".to_owned(),
            Some(tenant) => format!("tenant {tenant}"),
        };
        match self.reads_only {
            true => format!("{whose}, read"),
            false => whose,
        }
    }
}
