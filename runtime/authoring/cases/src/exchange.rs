//! A call to a database and its answer, as files write them.

use std::path::Path;

use evroute_module_sql::Error;
use serde::Deserialize;
use toml::Spanned;

use crate::cell::{Cell, listed, quoted};
use crate::question::{Exchange, Given, Question, with_single_blanks};

/// `[[case.sql]]`, and `[[sql]]` of a recording.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeSpec {
    /// The database's label.
    database: String,
    /// The statement, when rows are wanted.
    query: Option<String>,
    /// The statement, when how many rows it changed is wanted.
    execute: Option<String>,
    #[serde(default)]
    parameters: Vec<Cell>,
    /// The names of the columns.
    #[serde(default)]
    columns: Vec<String>,
    rows: Option<Vec<Vec<Cell>>>,
    changed: Option<u64>,
    /// In place of an answer, see [`spelled`].
    error: Option<String>,
}

/// A file of answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    #[serde(default)]
    sql: Vec<Spanned<ExchangeSpec>>,
}

impl ExchangeSpec {
    /// A sentence when it is not one question with one answer.
    pub(crate) fn read(&self) -> Result<Exchange, String> {
        let (statement, for_rows) = match (&self.query, &self.execute) {
            (Some(query), None) => (query, true),
            (None, Some(execute)) => (execute, false),
            (Some(_), Some(_)) | (None, None) => {
                return Err("sql: write one of query and execute".to_owned());
            }
        };
        let given = match (for_rows, &self.rows, self.changed, &self.error) {
            (true, Some(rows), None, None) => self.rows(rows)?,
            (false, None, Some(changed), None) => Given::Changed(changed),
            (_, None, None, Some(error)) => Given::Failed(read_error(error)?),
            (true, ..) => return Err("sql: answer a query with one of rows and error".to_owned()),
            (false, ..) => {
                return Err("sql: answer execute with one of changed and error".to_owned());
            }
        };
        let question = Question {
            label: self.database.clone(),
            statement: with_single_blanks(statement),
            parameters: self.parameters.clone(),
            for_rows,
        };
        Ok((question, given))
    }

    fn rows(&self, rows: &[Vec<Cell>]) -> Result<Given, String> {
        let width = self.columns.len().max(rows.first().map_or(0, Vec::len));
        if rows.iter().any(|row| row.len() != width) {
            return Err(format!("sql: not every row has {width} values"));
        }
        let columns = if self.columns.is_empty() {
            (1..=width)
                .map(|number| format!("column{number}"))
                .collect()
        } else {
            self.columns.clone()
        };
        let rows = rows.to_vec();
        Ok(Given::Rows { columns, rows })
    }
}

/// The exchanges of a recording; a sentence that says where it is wrong.
pub(crate) fn recorded(path: &Path, text: &str) -> Result<Vec<Exchange>, String> {
    let at = |start: usize, why: &str| {
        let line = 1 + text.bytes().take(start).filter(|b| *b == b'\n').count();
        format!("{}:{line}: {}", path.display(), why.replace('\n', ", "))
    };
    let recording: Recording = toml::from_str(text)
        .map_err(|error| at(error.span().map_or(0, |span| span.start), error.message()))?;
    let exchanges = recording.sql.into_iter().map(|written| {
        let start = written.span().start;
        written.into_inner().read().map_err(|why| at(start, &why))
    });
    exchanges.collect()
}

/// An error's words, with its text behind a colon where a handler sees that.
pub(crate) fn spelled(error: &Error) -> String {
    match error {
        Error::Deadline => "deadline".to_owned(),
        Error::Unavailable(_) | Error::Full => "unavailable".to_owned(),
        Error::TooLarge => "too-large".to_owned(),
        Error::ReadOnly => "not-granted".to_owned(),
        Error::Refused(text) => format!("refused: {text}"),
        Error::Other(text) => format!("other: {text}"),
    }
}

fn read_error(text: &str) -> Result<Error, String> {
    let (word, rest) = text.split_once(": ").unwrap_or((text, ""));
    match (word, rest) {
        ("deadline", "") => Ok(Error::Deadline),
        ("unavailable", "") => Ok(Error::Unavailable("the case says so".to_owned())),
        ("too-large", "") => Ok(Error::TooLarge),
        ("refused", why) => Ok(Error::Refused(why.to_owned())),
        ("other", why) => Ok(Error::Other(why.to_owned())),
        _ => Err(format!(
            "sql: there is no error {text:?}; there are deadline, unavailable, too-large, \"refused: why\" and \
             \"other: why\""
        )),
    }
}

/// A question and its answer as a file has them.
pub(crate) fn written(table: &str, question: &Question, given: &Given) -> String {
    let word = if question.for_rows {
        "query"
    } else {
        "execute"
    };
    let mut text = format!(
        "[[{table}]]\ndatabase = {}\n{word} = {}\n",
        quoted(&question.label),
        quoted(&question.statement)
    );
    if !question.parameters.is_empty() {
        text.push_str(&format!(
            "parameters = [{}]\n",
            listed(&question.parameters)
        ));
    }
    match given {
        Given::Changed(rows) => text.push_str(&format!("changed = {rows}\n")),
        Given::Failed(error) => {
            text.push_str(&format!("error = {}\n", quoted(&spelled(error))));
        }
        Given::Rows { columns, rows } => {
            if !columns.is_empty() {
                let columns: Vec<_> = columns.iter().map(|name| quoted(name)).collect();
                text.push_str(&format!("columns = [{}]\n", columns.join(", ")));
            }
            let rows: Vec<_> = rows
                .iter()
                .map(|row| format!("[{}]", listed(row)))
                .collect();
            text.push_str(&match rows.as_slice() {
                [] => "rows = []\n".to_owned(),
                [row] => format!("rows = [{row}]\n"),
                rows => format!("rows = [\n    {},\n]\n", rows.join(",\n    ")),
            });
        }
    }
    text
}
