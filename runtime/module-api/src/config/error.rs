//! What is wrong with a configuration.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use evroute_lines::quote;

/// One mistake: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {key}: {wrong}; {fix}", self.place())]
pub struct ConfigError {
    /// The file.
    pub file: PathBuf,
    /// The line, counted from 1; none when it is about the file as a whole.
    pub line: Option<usize>,
    /// The key, as a path: `tenant.handler.component`.
    pub key: String,
    /// What is wrong.
    pub wrong: String,
    /// What to do.
    pub fix: String,
    /// The line and a caret below the place, in two lines that begin with blanks; none where there
    /// is no line, and where it may hold a password.
    pub quoted: Option<String>,
}

impl ConfigError {
    /// The file of a tenant does not say whose it is.
    #[must_use]
    pub fn nameless(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            key: "tenant.name".to_owned(),
            wrong: "the tenant has no name".to_owned(),
            fix: "add name = \"...\"".to_owned(),
            quoted: None,
        }
    }

    /// The file cannot be read.
    #[must_use]
    pub fn unreadable(file: &Path, error: &io::Error) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            key: "file".to_owned(),
            wrong: format!("cannot be read: {error}"),
            fix: "name a readable TOML file with -c, for example guest-examples/demo.toml"
                .to_owned(),
            quoted: None,
        }
    }

    fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file.display()),
            None => self.file.display().to_string(),
        }
    }
}

/// All mistakes of one configuration, in the order in which they were found. Never empty. Printed
/// one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl ConfigErrors {
    /// The same as it is printed, and below each mistake its line of the file with a caret below
    /// the place.
    #[must_use]
    pub fn with_lines(&self) -> String {
        let mut reported = Vec::new();
        for error in &self.0 {
            reported.push(error.to_string());
            reported.extend(error.quoted.clone());
        }
        reported.join("\n")
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

/// The line of the byte at this offset, which has this number, as messages show it; nothing of one
/// that may hold a password.
pub(super) fn quoted_at(text: &str, offset: usize, number: usize) -> Option<String> {
    let before = text.get(..offset)?;
    let begin = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(begin..)?.lines().next()?;
    let is_secret = line.contains("://") && line.contains('@');
    if is_secret {
        return None;
    }
    quote(line, number, offset - begin + 1)
}

/// The number of the line, from 1, in which the byte at this offset stands.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}
