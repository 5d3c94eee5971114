//! The cases of one example.

use serde::Deserialize;

use crate::Error;
use crate::case::Case;
use crate::example::repository;

/// A file of `cases/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// The languages that have this example; all when absent.
    languages: Option<Vec<String>>,
    /// The event that is raised, `tm:local-request`.
    pub(crate) event: String,
    /// What the handler is granted.
    pub(crate) grants: Vec<String>,
    /// Labels of databases, each empty at the start of a case; a case may have others.
    #[serde(default)]
    pub(crate) databases: Vec<String>,
    /// Statements that are executed in each of them before.
    #[serde(default)]
    pub(crate) setup: Vec<String>,
    /// What it has to do.
    #[serde(rename = "case")]
    pub(crate) cases: Vec<Case>,
}

impl Suite {
    /// The cases of an example.
    ///
    /// # Errors
    /// When the file is not there or not what it should be.
    pub fn read(example: &str) -> Result<Self, Error> {
        let path = repository().join(format!("tests/conformance/cases/{example}.toml"));
        let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&error))?;
        Self::parse(&text).map_err(|error| wrong(&error).into())
    }

    /// Cases from the text of a file.
    ///
    /// # Errors
    /// When it is not what it should be, or has no cases.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let suite: Self = toml::from_str(text)?;
        if suite.cases.is_empty() {
            return Err("it has no cases".into());
        }
        Ok(suite)
    }

    /// How many cases there are.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// Without the cases that cannot be said in a language, and with more grants than the others need.
    #[must_use]
    pub fn adapted(mut self, language: &str, grants: &[&str]) -> Self {
        self.cases
            .retain(|case| !case.except.iter().any(|name| name == language));
        self.grants
            .extend(grants.iter().map(|&grant| grant.to_owned()));
        self
    }

    pub(crate) fn is_for(&self, language: &str) -> bool {
        let named = |languages: &Vec<String>| languages.iter().any(|name| name == language);
        self.languages.as_ref().is_none_or(named)
    }
}
