//! What comes of a change of a tenant, and why none does.

use std::io;
use std::path::PathBuf;

use crate::{ConfigErrors, StartError};

/// Why a tenant was not changed. Everything is as it was. For the operator: it may name other
/// tenants.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TenantError {
    /// Nobody has this name.
    #[error("there is no tenant {0:?}; tenant.list shows which there are")]
    Unknown(String),
    /// Somebody has this name.
    #[error("there is a tenant {0:?} already; tenant.set changes it")]
    Known(String),
    /// Its start is not over.
    #[error("tenant {0:?} is still starting; try again when it is served, or remove it")]
    Starting(String),
    /// It is not for these methods to change.
    #[error("tenant {0:?} is in the configuration file; change it there and call tenant.reload")]
    OfFile(String),
    /// Its file is wrong.
    #[error("{0}")]
    Wrong(String),
    /// Its file is wrong, with line and fix of each mistake.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The change would lose what is in memory.
    #[error(
        "tenant {tenant:?}: this change begins anew what is kept in memory ({what}), which is lost; \
         repeat it with force to do so"
    )]
    Loses {
        /// The tenant's name.
        tenant: String,
        /// What is lost.
        what: String,
    },
    /// It does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no index left.
    #[error("there are too many tenants, or too many have come and gone; restart the server")]
    Full,
    /// The server stops.
    #[error("the server stops")]
    Stopping,
    /// Its file cannot be written.
    #[error("{} cannot be written: {why}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

/// What became of a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TenantChange {
    Added,
    Changed,
    Unchanged,
    Removed,
}

impl TenantChange {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
        }
    }
}

/// What came of reading the configuration file again: of each tenant that is not as it was, and of
/// each that could not be changed.
pub(crate) type Reloaded = Vec<(String, Result<TenantChange, TenantError>)>;

/// How a tenant is removed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Removal {
    /// The files of its databases go, too.
    pub(crate) purge: bool,
    /// What is under way is not waited for.
    pub(crate) force: bool,
}
