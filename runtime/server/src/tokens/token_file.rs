//! The file that tokens are kept in.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::TokenRecord;
use super::token_secret::TokenHash;

/// The file within `data_dir`, and what whoever may write it holds.
const FILE: &str = "tokens.json";
const LOCK: &str = "tokens.lock";

/// The largest file that is read, in bytes: that of as many tokens as there may be.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// The form of the file.
const VERSION: u32 = 1;

/// Why tokens cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// What the system says.
    #[error("{}: {why}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// It is not what this program wrote.
    #[error(
        "{} is not a file of tokens ({why}); put back what it was, or remove it and make new tokens",
        .path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Another process may write it.
    #[error(
        "{} is in use by another process; if a server runs, ask it (without --data-dir)",
        .0.display()
    )]
    InUse(PathBuf),
}

/// What is in it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenFileText {
    version: u32,
    /// Whether an operator's token was ever made.
    #[serde(default)]
    pub(super) has_operator: bool,
    #[serde(default)]
    pub(super) tokens: Vec<KeptToken>,
}

/// One token of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptToken {
    #[serde(flatten)]
    pub(super) record: TokenRecord,
    sha256: String,
}

impl KeptToken {
    pub(super) fn new(record: TokenRecord, hash: &TokenHash) -> Self {
        let sha256 = hash.to_hex();
        Self { record, sha256 }
    }

    pub(super) fn hash(&self) -> Option<TokenHash> {
        TokenHash::from_hex(&self.sha256)
    }
}

/// The right to write it.
#[derive(Debug)]
enum Writing {
    /// Held as long as this lives.
    Ours { _lock: File },
    /// Another process may have it.
    Others,
    /// There is something else in its place.
    Never { why: String },
}

/// The file, and the right to write it.
#[derive(Debug)]
pub(super) struct TokenFile {
    path: PathBuf,
    writing: Writing,
}

impl TokenFile {
    /// Opens what there is in `data_dir`, which exists; no file is no tokens.
    pub(super) fn open(data_dir: &Path) -> Result<(Self, TokenFileText), TokenFileError> {
        let file = Self {
            path: data_dir.join(FILE),
            writing: lock(&data_dir.join(LOCK)),
        };
        let text = file.read()?;
        Ok((file, text))
    }

    /// One that is not read and never written, since what is there is not what it should be.
    pub(super) fn unusable(data_dir: &Path, why: String) -> Self {
        Self {
            path: data_dir.join(FILE),
            writing: Writing::Never { why },
        }
    }

    fn read(&self) -> Result<TokenFileText, TokenFileError> {
        let text = match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(holding(Vec::new()));
            }
            Err(error) => return Err(self.failed(error)),
            Ok(found) if found.len() > FILE_BYTES_MAX => {
                return Err(self.broken(format!("it has more than {FILE_BYTES_MAX} bytes")));
            }
            Ok(_) => fs::read(&self.path).map_err(|error| self.failed(error))?,
        };
        let read: TokenFileText =
            serde_json::from_slice(&text).map_err(|error| self.broken(error.to_string()))?;
        match read.version {
            VERSION => Ok(read),
            other => Err(self.broken(format!("version {other} is not known here"))),
        }
    }

    /// Writes all of it: what was there before, or this, whenever the machine stops.
    pub(super) fn write(
        &self,
        has_operator: bool,
        tokens: Vec<KeptToken>,
    ) -> Result<(), TokenFileError> {
        match &self.writing {
            Writing::Ours { .. } => {}
            Writing::Others => return Err(TokenFileError::InUse(self.path.clone())),
            Writing::Never { why } => return Err(self.broken(why.clone())),
        }
        let text = TokenFileText {
            has_operator,
            ..holding(tokens)
        };
        self.replace(&text).map_err(|error| self.failed(error))
    }

    fn replace(&self, text: &TokenFileText) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(text)?;
        evroute_atomic_file::replace_durably(&self.path, evroute_atomic_file::PRIVATE, &text)
    }

    fn failed(&self, why: io::Error) -> TokenFileError {
        let path = self.path.clone();
        TokenFileError::Io { path, why }
    }

    pub(super) fn broken(&self, why: impl Into<String>) -> TokenFileError {
        TokenFileError::Broken {
            path: self.path.clone(),
            why: why.into(),
        }
    }
}

fn holding(tokens: Vec<KeptToken>) -> TokenFileText {
    TokenFileText {
        version: VERSION,
        has_operator: false,
        tokens,
    }
}

/// The right to write; none when another process has it, or the folder is read-only.
fn lock(path: &Path) -> Writing {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false).mode(0o600);
    let locked = options
        .open(path)
        .ok()
        .filter(|file| file.try_lock().is_ok());
    locked.map_or(Writing::Others, |_lock| Writing::Ours { _lock })
}
