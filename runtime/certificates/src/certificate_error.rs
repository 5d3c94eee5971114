//! What is wrong with a file of certificates or keys.

use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Why TLS cannot be spoken with a file: its name, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", .path.display())]
pub struct CertificateError {
    path: PathBuf,
    why: String,
}

impl CertificateError {
    pub(crate) fn of(path: &Path, why: impl Display) -> Self {
        Self {
            path: path.to_owned(),
            why: why.to_string(),
        }
    }
}
