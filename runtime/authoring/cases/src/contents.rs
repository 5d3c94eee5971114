//! What an embedded database holds, to see what a run has written.

use std::collections::BTreeMap;

use evroute_module_sql::Database;

use crate::answers::cells;
use crate::cell::{Cell, listed};
use crate::mismatch::Mismatch;

/// By the name of each table, index, view and trigger: how it was made, and the rows of a table, a
/// line each; or why that cannot be said.
pub(crate) struct Contents(BTreeMap<String, Result<Vec<String>, String>>);

impl Contents {
    /// What it holds now. The error is a sentence.
    pub(crate) async fn read(database: &Database) -> Result<Self, String> {
        let schema = "select type, name, coalesce(sql, '') from sqlite_schema";
        let mut contents = BTreeMap::new();
        for row in answer(database, schema).await? {
            let [Cell::Text(kind), Cell::Text(name), Cell::Text(made)] = row.as_slice() else {
                continue;
            };
            // SQLite's own: what they hold follows from the others.
            if name.starts_with("sqlite_") {
                continue;
            }
            let mut lines = vec![made.clone()];
            let mut unread = None;
            if kind == "table" {
                let all = format!("select * from \"{}\"", name.replace('"', "\"\""));
                match answer(database, &all).await {
                    Ok(rows) => lines.extend(rows.iter().map(|row| listed(row))),
                    Err(why) => unread = Some(why),
                }
            }
            contents.insert(name.clone(), unread.map_or(Ok(lines), Err));
        }
        Ok(Self(contents))
    }

    /// What is not as it was before, and where that cannot be said.
    pub(crate) fn differences(&self, after: &Self, label: &str) -> Vec<Mismatch> {
        let mut names: Vec<_> = self.0.keys().chain(after.0.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let changed = |name: &&String| {
            let [was, is] = [self, after].map(|contents| contents.0.get(*name));
            unequal(was, is).map(|(was, is)| reported(label, name, &was, &is))
        };
        names.iter().filter_map(changed).collect()
    }
}

type Lines = Result<Vec<String>, String>;

/// Both sides by lines, when they are not known to be equal.
fn unequal(was: Option<&Lines>, is: Option<&Lines>) -> Option<(Vec<String>, Vec<String>)> {
    let lines = |side: Option<&Lines>| match side {
        None => Vec::new(),
        Some(Ok(lines)) => lines.clone(),
        Some(Err(why)) => vec![format!("it cannot be compared: {why}")],
    };
    let is_unread = [was, is].into_iter().flatten().any(Result::is_err);
    (is_unread || was != is).then(|| (lines(was), lines(is)))
}

fn reported(label: &str, name: &str, was: &[String], is: &[String]) -> Mismatch {
    let named = |lines: &[String]| {
        let named = lines.iter().map(|line| format!("{label}.{name}: {line}"));
        named.collect()
    };
    let help = format!("rows = {{ database = {label:?}, query = \"select ...\", are = [[...]] }}");
    Mismatch {
        what: "rows",
        expected: named(was),
        found: named(is),
        help: Vec::new(),
    }
    .with_help(
        "say in the case what the database holds afterwards:",
        &[help],
    )
}

async fn answer(database: &Database, query: &str) -> Result<Vec<Vec<Cell>>, String> {
    let found = database.query(query, Vec::new()).await;
    let mut found = found.map_err(|error| format!("{query}: {error}"))?;
    Ok(cells(&found.next(u32::MAX)))
}
