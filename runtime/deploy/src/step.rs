//! The places of a deploy where a crash must leave the old revision or the new one.

/// A moment in which the disk has just changed, or is about to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeployStep {
    /// A file for the component's bytes is there, and empty.
    BlobBegun,
    /// All bytes were written, and none of them need be on disk.
    BlobWritten,
    /// The bytes are on disk, under a name that nobody looks for.
    BlobSynced,
    /// The file has its name.
    BlobRenamed,
    /// The name is on disk.
    BlobKept,
    /// The revision is in the open transaction.
    RevisionInserted,
    /// The revision is kept; nothing of it is in force.
    RevisionKept,
    /// The activation is in the open transaction, its audit row is not.
    ActivationInserted,
    /// Both are in the open transaction.
    ActivationAudited,
    /// The activation is kept: it will be in force after every crash.
    ActivationKept,
}

impl DeployStep {
    /// All of them, in the order in which a deploy goes through them.
    pub const ALL: [Self; 10] = [
        Self::BlobBegun,
        Self::BlobWritten,
        Self::BlobSynced,
        Self::BlobRenamed,
        Self::BlobKept,
        Self::RevisionInserted,
        Self::RevisionKept,
        Self::ActivationInserted,
        Self::ActivationAudited,
        Self::ActivationKept,
    ];
}

/// Is told about each step, and may end the process there: tests do.
pub trait StepObserver: Send + Sync {
    /// A step is reached.
    fn reached(&self, step: DeployStep);
}

/// Looks away.
impl StepObserver for () {
    fn reached(&self, _step: DeployStep) {}
}
