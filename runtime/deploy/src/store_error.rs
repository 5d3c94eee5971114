//! Why the store did not do what it was asked.

use std::io;
use std::path::{Path, PathBuf};

use evroute_database_file::DatabaseFileError;
use evroute_tenant::{HandlerId, Revision};

use crate::{AuditFault, CanaryError, ComponentDigest};

/// Why the store did not do what it was asked. Nothing of it is in force then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// What could not be read or written.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// The database refused.
    #[error("the store of deploys: {0}; look for a full or read-only disk")]
    Database(#[from] rusqlite::Error),
    /// A row that this version did not write.
    #[error("the store of deploys holds {0}, which this version cannot read; was it changed?")]
    Unreadable(String),
    /// The database cannot be opened.
    #[error("the store of deploys: {0}")]
    Unopened(#[from] DatabaseFileError),
    /// A component's file does not hold what its name says.
    #[error("the file of {0} holds something else; deploy the component again")]
    Changed(ComponentDigest),
    /// A component's file is gone.
    #[error("the file of {0} is gone; deploy the component again")]
    Gone(ComponentDigest),
    /// More bytes than one component may have.
    #[error("the component has more than {0} bytes, which component_bytes_max in [server] sets")]
    TooLong(u64),
    /// More bytes than the tenant may keep.
    #[error(
        "this tenant keeps {kept} bytes of components and may keep {most} (blob_bytes_max in \
         [tenant.deploy]); {bytes} more are too many, deploy a smaller component or ask the operator"
    )]
    BlobQuota {
        /// What it keeps.
        kept: u64,
        /// What it may keep.
        most: u64,
        /// What this deploy adds.
        bytes: u64,
    },
    /// More handlers than the tenant may deploy.
    #[error(
        "this tenant has deployed {0} handlers, as many as it may (handlers_max in \
         [tenant.deploy]); deploy to one of them"
    )]
    HandlerQuota(u32),
    /// More changes than an hour may have.
    #[error(
        "this tenant made {0} changes within the last hour, as many as it may \
         (changes_per_hour_max in [tenant.deploy]); wait, or ask the operator"
    )]
    ChangeQuota(u32),
    /// No such handler was ever deployed.
    #[error("no handler {name:?} was deployed; evroute revisions lists what was", name = .0.as_str())]
    NoHandler(HandlerId),
    /// No such revision.
    #[error(
        "handler {handler:?} has no revision {revision}; evroute revisions lists those that are kept",
        handler = handler.as_str()
    )]
    NoRevision {
        /// Of which handler.
        handler: HandlerId,
        /// Which one.
        revision: Revision,
    },
    /// Nothing to go back to.
    #[error("handler {name:?} has no earlier revision to go back to", name = .0.as_str())]
    NoEarlier(HandlerId),
    /// Nothing to promote or to stop.
    #[error("handler {name:?} has no canary", name = .0.as_str())]
    NoCanary(HandlerId),
    /// Nothing to drain.
    #[error("handler {name:?} is not in force", name = .0.as_str())]
    NotInForce(HandlerId),
    /// Whoever ordered the change did not accept what it leads to.
    #[error("the change was declined by whoever ordered it")]
    Declined,
    /// A canary that makes no sense.
    #[error(transparent)]
    Canary(#[from] CanaryError),
    /// Numbers have an end.
    #[error("handler {name:?} has had as many revisions as there are numbers", name = .0.as_str())]
    NumbersUsed(HandlerId),
    /// The audit log was changed.
    #[error(transparent)]
    Audit(#[from] AuditFault),
}

impl StoreError {
    /// Of a file.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |why| Self::File { path, why }
    }

    /// Whether whoever asked can do something about it; else the server's operator can.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::TooLong(_)
            | Self::BlobQuota { .. }
            | Self::HandlerQuota(_)
            | Self::ChangeQuota(_)
            | Self::NoHandler(_)
            | Self::NoRevision { .. }
            | Self::NoEarlier(_)
            | Self::NoCanary(_)
            | Self::NotInForce(_)
            | Self::Declined
            | Self::Canary(_) => true,
            Self::File { .. }
            | Self::Database(_)
            | Self::Unreadable(_)
            | Self::Unopened(_)
            | Self::Changed(_)
            | Self::Gone(_)
            | Self::NumbersUsed(_)
            | Self::Audit(_) => false,
        }
    }
}
