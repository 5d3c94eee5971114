//! What is in a file.

/// The tables of a file, and how those of earlier versions become them.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseSchema<'a> {
    /// What this server reads and writes; the first is 1.
    pub version: i64,
    /// Makes the tables of this version where there are none.
    pub create: &'a str,
    /// What versions 1, 2 and so on lack of the version after them.
    pub changes: &'a [&'a str],
}

impl<'a> DatabaseSchema<'a> {
    /// What leads from a version to this one; from nothing that is everything.
    pub(crate) fn steps_from(&self, found: i64) -> impl Iterator<Item = &'a str> + use<'a> {
        let (create, done) = match usize::try_from(found) {
            Ok(0) => (Some(self.create), self.changes.len()),
            Ok(found) => (None, found.saturating_sub(1)),
            Err(_) => (None, 0),
        };
        let changes = self.changes.iter().copied().skip(done);
        create.into_iter().chain(changes)
    }
}

/// What a committed transaction outlives; SQLite's `PRAGMA synchronous`, in WAL mode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Synchronous {
    /// The end of the process, however it comes. No commit waits for the disk.
    Normal,
    /// The loss of power as well. Each commit waits for the disk.
    Full,
}

impl Synchronous {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Full => "full",
        }
    }
}
