//! What can go wrong, one sentence each for the person at the terminal.

use std::io;
use std::path::{Path, PathBuf};

/// Why a measurement could not be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program that we drive is not installed.
    #[error("{program} is not installed: apt-get install {packages}")]
    MissingTool {
        /// The program that was looked for in PATH.
        program: &'static str,
        /// Debian packages that bring it.
        packages: &'static str,
    },
    /// A program could not be started at all.
    #[error("cannot start {name}: {source}")]
    Start {
        /// Our name for the process.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A server ended or stayed silent while it should come up.
    #[error("{name} does not answer on {address}; the end of {log}:\n{tail}", log = .log.display())]
    NotReady {
        /// Our name for the server.
        name: String,
        /// Where it should have answered.
        address: String,
        /// Where its output went.
        log: PathBuf,
        /// The last lines of that output.
        tail: String,
    },
    /// A peer sent something else than what was agreed.
    #[error("{name}: {what}")]
    Unexpected {
        /// Our name for the peer.
        name: String,
        /// What it did.
        what: String,
    },
    /// A file or socket operation failed.
    #[error("{what}: {source}")]
    Io {
        /// The operation and its object.
        what: String,
        /// The system's reason.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err` on file operations: names the operation and the path.
    pub(crate) fn io(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let what = format!("cannot {verb} {}", path.display());
        move |source| Error::Io { what, source }
    }

    /// For `map_err` on sockets: names the operation and the address.
    pub(crate) fn net(
        verb: &'static str,
        address: impl std::fmt::Display,
    ) -> impl FnOnce(io::Error) -> Error {
        let what = format!("cannot {verb} {address}");
        move |source| Error::Io { what, source }
    }
}
