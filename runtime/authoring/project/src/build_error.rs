//! Why there is no component.

use std::io;
use std::path::{Path, PathBuf};

use crate::ProjectError;

/// Why there is no component. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The folder is no project.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// A tool of the language is not on this machine.
    #[error("{what} is not here; install it: {how}")]
    Missing {
        /// Which.
        what: String,
        /// A command, or the names of packages.
        how: String,
    },
    /// A tool refused the sources. It has said why.
    #[error("{tool} ended with {status}; what it found is above")]
    Tool {
        /// Which.
        tool: String,
        /// How it ended.
        status: String,
    },
    /// What the tools made is no handler, or the WIT is wrong.
    #[error("{0}")]
    Unfit(String),
    /// A file cannot be read or written.
    #[error("{} cannot be {doing}: {why}", .path.display())]
    File {
        /// "read" or "written".
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Our fault.
    #[error("{0}; please report this")]
    Fault(String),
}

impl BuildError {
    /// Whether the author can do nothing about it.
    #[must_use]
    pub fn is_our_fault(&self) -> bool {
        match self {
            Self::Fault(_) => true,
            Self::Project(_)
            | Self::Missing { .. }
            | Self::Tool { .. }
            | Self::Unfit(_)
            | Self::File { .. } => false,
        }
    }

    pub(crate) fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::file("read", path)
    }

    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::file("written", path)
    }

    fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |why| Self::File { doing, path, why }
    }
}
