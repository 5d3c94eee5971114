//! What a handler asks databases, and what they answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use evroute_module_sql::{
    AskedQuery, Database, Error, FakeDatabase, QueryAnswer, QueryAnswers, Rows,
};

use crate::cell::Cell;
use crate::exchange::written;
use crate::mismatch::Mismatch;
use crate::question::{Exchange, Given, Question, with_single_blanks};

/// Answers a case's questions: from its list, or from a database whose answers are to be kept.
pub(crate) struct Answers {
    listed: Vec<Exchange>,
    /// By label; they are asked in place of the list.
    real: BTreeMap<String, Database>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// The places of the answers that were given.
    used: BTreeSet<usize>,
    /// In their order, with what was answered.
    calls: Vec<(Question, Option<Given>)>,
}

impl Answers {
    pub(crate) fn new(listed: Vec<Exchange>, real: BTreeMap<String, Database>) -> Self {
        Self {
            listed,
            real,
            heard: Mutex::default(),
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first answer to this question that was not given yet.
    fn find(&self, question: Question) -> Option<Given> {
        let mut heard = self.heard();
        let mut listed = self.listed.iter().enumerate();
        let found =
            listed.find(|(place, (known, _))| *known == question && !heard.used.contains(place));
        let given = found.map(|(place, (_, given))| {
            heard.used.insert(place);
            given.clone()
        });
        heard.calls.push((question, given.clone()));
        given
    }

    /// What was asked otherwise than listed, with the answers to write for what has none.
    pub(crate) fn differences(&self) -> Option<Mismatch> {
        if !self.real.is_empty() {
            return None;
        }
        let heard = self.heard();
        let line = |question: &Question| question.to_string();
        let expected = self.listed.iter().map(|(question, _)| line(question));
        let found = heard.calls.iter().map(|(question, _)| line(question));
        let mismatch = Mismatch::between("sql", expected.collect(), found.collect())?;
        let missing = heard.calls.iter().filter(|(_, given)| given.is_none());
        let missing: Vec<_> = missing
            .map(|(question, _)| {
                let given = if question.for_rows {
                    Given::Rows {
                        columns: Vec::new(),
                        rows: Vec::new(),
                    }
                } else {
                    Given::Changed(1)
                };
                written("case.sql", question, &given)
            })
            .collect();
        Some(mismatch.with_help("write the answer into the case:", &missing))
    }

    /// Everything that was asked and answered, as a file.
    pub(crate) fn recording(&self) -> String {
        let heard = self.heard();
        let calls = heard.calls.iter();
        let written = calls.filter_map(|(question, given)| {
            let given = given.as_ref()?;
            Some(written("sql", question, given))
        });
        let mut text =
            String::from("# What a database answered, as evroute test --record wrote it.\n");
        for exchange in written {
            text.push('\n');
            text.push_str(&exchange);
        }
        text
    }
}

impl FakeDatabase for Answers {
    fn answer<'a>(&'a self, asked: AskedQuery<'a>) -> QueryAnswers<'a> {
        let question = Question {
            label: asked.label.to_owned(),
            statement: with_single_blanks(asked.statement),
            parameters: asked.parameters.iter().map(Cell::of_column).collect(),
            for_rows: asked.for_rows,
        };
        Box::pin(async move {
            let given = match self.real.get(asked.label) {
                None => self.find(question),
                Some(database) => {
                    let given = ask(database, asked).await;
                    self.heard().calls.push((question, Some(given.clone())));
                    Some(given)
                }
            };
            match given {
                None => Err(Error::Unavailable("the case has no answer".to_owned())),
                Some(Given::Failed(error)) => Err(error),
                Some(Given::Changed(rows)) => Ok(QueryAnswer::Changed(rows)),
                Some(Given::Rows { columns, rows }) => {
                    let row = |row: Vec<Cell>| row.iter().map(Cell::column).collect();
                    let rows = rows.into_iter().map(row).collect();
                    Ok(QueryAnswer::Rows(Rows::new(columns, rows)))
                }
            }
        })
    }
}

/// What a database answers.
async fn ask(database: &Database, asked: AskedQuery<'_>) -> Given {
    let given = if asked.for_rows {
        let rows = database.query(asked.statement, asked.parameters).await;
        rows.map(|mut found| Given::Rows {
            columns: found.columns().to_vec(),
            rows: cells(&found.next(u32::MAX)),
        })
    } else {
        let changed = database.execute(asked.statement, asked.parameters).await;
        changed.map(Given::Changed)
    };
    given.unwrap_or_else(Given::Failed)
}

/// Rows as cases write them.
pub(crate) fn cells(rows: &[Vec<evroute_module_sql::Value>]) -> Vec<Vec<Cell>> {
    let row = |row: &Vec<_>| row.iter().map(Cell::of_column).collect();
    rows.iter().map(row).collect()
}
