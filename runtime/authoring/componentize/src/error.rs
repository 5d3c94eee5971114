use std::path::PathBuf;

use thiserror::Error as ThisError;

/// Why a core module could not be made a component. Every text names what to change.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The text form does not parse; the text says where.
    #[error("not valid WebAssembly text: {0}")]
    Text(String),
    /// Bytes that are not a core module.
    #[error("not a core WebAssembly module: {0}")]
    NotAModule(&'static str),
    /// A WIT directory or file that cannot be read or does not parse.
    #[error("cannot read the WIT in {}: {reason}", path.display())]
    Wit {
        /// As the caller gave it.
        path: PathBuf,
        /// What is wrong with it, with line and column where there is one.
        reason: String,
    },
    /// There is no such world, or a name is needed to choose one.
    #[error("cannot choose a world: {0}")]
    World(String),
    /// No world was given and the module carries none.
    #[error("the module does not say which world it implements: give a WIT directory and a world")]
    NoWorld,
    /// Imports or exports that do not match the world, or a module that does not validate.
    #[error("the module does not fit its world: {0}")]
    Unfit(String),
}

impl Error {
    /// The whole chain of causes in one line, as the encoder nests the interesting part.
    pub(crate) fn unfit(cause: &impl std::fmt::Display) -> Self {
        Self::Unfit(one_line(cause))
    }
}

/// `anyhow` prints its chain of causes under `{:#}`; a command's error is one line, without the
/// backtrace that `{:?}` adds when RUST_BACKTRACE is set.
pub(crate) fn one_line(cause: &impl std::fmt::Display) -> String {
    let text = format!("{cause:#}");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" | ")
}
