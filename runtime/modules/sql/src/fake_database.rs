//! Somebody else's answers in a database's place, for handlers that are run without one.

use std::pin::Pin;

use crate::{Error, Rows, Value};

/// Answers calls in a database's place.
pub trait FakeDatabase: Send + Sync {
    /// The answer to one call, as a database would give it.
    fn answer<'a>(&'a self, asked: AskedQuery<'a>) -> QueryAnswers<'a>;
}

/// An answer that may take its time.
pub type QueryAnswers<'a> = Pin<Box<dyn Future<Output = Result<QueryAnswer, Error>> + Send + 'a>>;

/// One call: a single statement with as many parameters as it has placeholders.
#[derive(Clone, Debug)]
pub struct AskedQuery<'a> {
    /// The database's label.
    pub label: &'a str,
    /// The statement as the handler wrote it.
    pub statement: &'a str,
    /// What is bound to its placeholders.
    pub parameters: Vec<Value>,
    /// Whether it was called for its rows, and not for how many it changes.
    pub for_rows: bool,
}

/// What a statement came to.
#[derive(Debug)]
pub enum QueryAnswer {
    /// How many rows it changed. Who asked for rows gets none.
    Changed(u64),
    /// The rows that it returned. Who asked for how many it changed gets 0.
    Rows(Rows),
}

impl QueryAnswer {
    pub(crate) fn changed(self) -> u64 {
        match self {
            Self::Changed(rows) => rows,
            Self::Rows(_) => 0,
        }
    }

    pub(crate) fn rows(self) -> Rows {
        match self {
            Self::Changed(_) => Rows::new(Vec::new(), Vec::new()),
            Self::Rows(rows) => rows,
        }
    }
}
