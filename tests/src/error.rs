//! Why a suite could not do what it wanted.

use std::path::{Path, PathBuf};

/// Why a suite could not do what it wanted. The text says what to type where something is missing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program of ours was not built.
    #[error("{0} is not there; `make test` builds it first, or type: cargo build -p evroute")]
    NotBuilt(PathBuf),
    /// A component was not built.
    #[error("{0} is not there; `make guests` builds it")]
    NoComponent(PathBuf),
    /// SIPp is not installed.
    #[error("sipp is not installed; type: apt-get install sip-tester (make test does it for root)")]
    NoSipp,
    /// The server ended before it was ready. What it wrote comes with it.
    #[error("the server ended ({status}) before it was ready:\n{log}")]
    NotStarted {
        /// Its exit status.
        status: String,
        /// What it wrote.
        log: String,
    },
    /// Something did not happen in time.
    #[error("{what} did not happen within {seconds} s:\n{log}")]
    Late {
        /// What was waited for.
        what: String,
        /// For how long.
        seconds: u64,
        /// What there is to read about it.
        log: String,
    },
    /// A file or a process.
    #[error("{what}: {cause}")]
    System {
        /// What was tried.
        what: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// HTTP failed.
    #[error("{what}: {cause}")]
    Http {
        /// What was tried.
        what: String,
        /// What went wrong.
        cause: Box<ureq::Error>,
    },
    /// Somebody wrote what cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

impl Error {
    /// A failed operation on a file.
    pub(crate) fn file(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let what = format!("cannot {what} {}", path.display());
        move |cause| Self::System { what, cause }
    }
}
