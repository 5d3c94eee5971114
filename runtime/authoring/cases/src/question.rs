//! A call to a database, and its answer.

use std::fmt;

use evroute_module_sql::Error;

use crate::cell::{Cell, listed};

/// A call that a handler made or is to make.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    pub(crate) label: String,
    /// With single blanks, since handlers break their statements into lines.
    pub(crate) statement: String,
    pub(crate) parameters: Vec<Cell>,
    pub(crate) for_rows: bool,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    Rows {
        columns: Vec<String>,
        rows: Vec<Vec<Cell>>,
    },
    Changed(u64),
    Failed(Error),
}

/// A question and its answer.
pub(crate) type Exchange = (Question, Given);

/// Statements that differ only in blanks are the same.
pub(crate) fn with_single_blanks(statement: &str) -> String {
    let words: Vec<_> = statement.split_whitespace().collect();
    words.join(" ")
}

/// What is asked, for comparisons.
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.for_rows { "query" } else { "execute" };
        write!(f, "{word} {}: {}", self.label, self.statement)?;
        if self.parameters.is_empty() {
            return Ok(());
        }
        write!(f, " [{}]", listed(&self.parameters))
    }
}
