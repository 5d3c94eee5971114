//! What is wrong with a configuration, and what to write instead.

use std::fmt;

use crate::span::Span;

/// One thing that cannot be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What is wrong, in one sentence without a full stop.
    pub what: String,
    /// What to write instead; empty when `what` says it all.
    pub instead: String,
}

impl Fault {
    pub(crate) fn new(span: Span, what: impl Into<String>) -> Self {
        Self {
            span,
            what: what.into(),
            instead: String::new(),
        }
    }

    pub(crate) fn instead(mut self, remedy: impl Into<String>) -> Self {
        self.instead = remedy.into();
        self
    }
}

/// How many faults are told; a file of another kind would have thousands.
pub(crate) const FAULTS_MAX: usize = 100;

/// Everything that is wrong with a configuration, in the order of its lines. Never empty.
///
/// Printed as one line each: `file:line:column: what; remedy`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Faults {
    files: Vec<String>,
    faults: Vec<Fault>,
}

impl std::error::Error for Faults {}

impl Faults {
    pub(crate) fn new(files: Vec<String>, mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| (fault.span.file, fault.span.line, fault.span.column));
        faults.dedup();
        Self { files, faults }
    }

    /// The faults, by place.
    #[must_use]
    pub fn all(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.faults.iter().take(FAULTS_MAX).enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            let Span { file, line, column } = fault.span;
            let file = self
                .files
                .get(usize::from(file))
                .map_or("?", String::as_str);
            write!(f, "{file}:{line}:{column}: {}", fault.what)?;
            if !fault.instead.is_empty() {
                write!(f, "; {}", fault.instead)?;
            }
        }
        match self.faults.len().saturating_sub(FAULTS_MAX) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}
