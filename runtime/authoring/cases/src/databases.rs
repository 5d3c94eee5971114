//! The databases of a case.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use evroute_module_sql::{Database, DatabaseConfig, DatabaseUrl, SqlTenant};

use crate::answers::Answers;
use crate::case::Case;
use crate::cell::{Cell, listed};
use crate::contents::Contents;
use crate::mismatch::Mismatch;
use crate::rows::Rows;
use crate::{Error, Suite};

/// How long a database may take: far more than it needs, since cases do not ask how fast it is.
const DEADLINE: Duration = Duration::from_secs(30);
/// Rows of one result: more than a case file has room for.
const ROWS_MAX: u64 = 10_000;

/// A database whose answers are written into the files that cases name. It is written `LABEL=URL`.
#[derive(Clone, Debug)]
pub struct Recorded {
    label: String,
    url: DatabaseUrl,
}

impl FromStr for Recorded {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (label, url) = text.split_once('=')?;
            let url = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
                DatabaseUrl::Postgres(url.to_owned())
            } else {
                DatabaseUrl::SqliteFile(PathBuf::from(url.strip_prefix("sqlite:")?))
            };
            let label = label.to_owned();
            (!label.is_empty()).then_some(Self { label, url })
        };
        // Not the text itself: it may hold a password.
        read().ok_or_else(|| {
            "write a label and where the database is, \"main=sqlite:file.db\" or \"main=postgres://...\"".to_owned()
        })
    }
}

/// The databases of a case: embedded ones, and answers in the place of others.
pub(crate) struct Databases {
    tenant: Arc<SqlTenant>,
    labels: Vec<String>,
    /// What the embedded ones that the case has no `rows` of hold before the run, by their labels.
    before: Vec<(String, Contents)>,
    pub(crate) answers: Arc<Answers>,
}

impl Databases {
    /// Those that the case or its suite names are embedded, empty but for the suite's setup. In the
    /// place of those that the case has answers of, or that the handler is granted, answers are
    /// given.
    pub(crate) async fn open(
        suite: &Suite,
        case: &Case,
        recorded: &[Recorded],
    ) -> Result<Self, Error> {
        let mut real = BTreeMap::new();
        if case.answers_path.is_some() {
            for Recorded { label, url } in recorded {
                let database = Database::open(&config(label, url.clone())).await?;
                real.insert(label.clone(), database);
            }
        }
        let answered = case
            .exchanges
            .iter()
            .map(|(question, _)| question.label.as_str());
        let mut reported: BTreeSet<&str> = answered.collect();
        reported.extend(real.keys().map(String::as_str));
        let labels = case.databases.as_ref().unwrap_or(&suite.databases);
        let embedded = |label: &&str| labels.iter().any(|known| known == label);
        if case.databases.is_none() {
            let granted = suite
                .grants
                .iter()
                .filter_map(|grant| grant.strip_prefix("sql:"));
            reported.extend(granted.filter(|label| !embedded(label)));
        }
        let reported: Vec<String> = reported.into_iter().map(str::to_owned).collect();
        let answers = Arc::new(Answers::new(case.exchanges.clone(), real));
        let mut databases = Vec::new();
        let mut before = Vec::new();
        for label in &reported {
            databases.push(Database::fake(label, Arc::clone(&answers) as _));
        }
        for label in labels.iter().filter(|label| !reported.contains(label)) {
            let database = Database::open(&config(label, DatabaseUrl::SqliteMemory)).await?;
            for statement in &suite.setup {
                database.execute(statement, Vec::new()).await?;
            }
            if !case
                .rows
                .iter()
                .any(|rows| asked(rows, labels) == Some(label))
            {
                before.push((label.clone(), Contents::read(&database).await?));
            }
            databases.push(database);
        }
        Ok(Self {
            tenant: Arc::new(SqlTenant::of(databases)),
            labels: labels.clone(),
            before,
            answers,
        })
    }

    pub(crate) fn tenant(&self) -> Arc<SqlTenant> {
        Arc::clone(&self.tenant)
    }

    /// What the databases hold now, where that is not as the case says; and what was written into
    /// those that it says nothing of.
    pub(crate) async fn differences(&self, rows: &[Rows]) -> Vec<Mismatch> {
        let lines = |rows: &[Vec<Cell>]| rows.iter().map(|row| listed(row)).collect();
        let mut differences = Vec::new();
        for rows in rows {
            let found = match self.answers_now(rows).await {
                Ok(found) => lines(&found),
                Err(complaint) => vec![complaint],
            };
            differences.extend(Mismatch::between("rows", lines(&rows.are), found));
        }
        for (label, before) in &self.before {
            differences.extend(self.written(label, before).await);
        }
        differences
    }

    async fn answers_now(&self, rows: &Rows) -> Result<Vec<Vec<Cell>>, String> {
        let query = &rows.query;
        let label = asked(rows, &self.labels).ok_or("the case has no database")?;
        let found = self.tenant.get(label);
        let database = found.ok_or_else(|| format!("the case has no database {label:?}"))?;
        let answer = database.query(query, Vec::new()).await;
        let mut found = answer.map_err(|error| format!("{query}: {error}"))?;
        Ok(crate::answers::cells(&found.next(u32::MAX)))
    }

    /// What a database that the case says nothing of holds otherwise than before.
    async fn written(&self, label: &str, before: &Contents) -> Vec<Mismatch> {
        let now = match self.tenant.get(label) {
            Some(database) => Contents::read(database).await,
            None => Err("the database is lost".to_owned()),
        };
        match now {
            Ok(now) => before.differences(&now, label),
            Err(why) => Mismatch::between("rows", Vec::new(), vec![format!("{label}: {why}")])
                .into_iter()
                .collect(),
        }
    }
}

/// The label of the database that is asked: the first, where none is named.
fn asked<'a>(rows: &'a Rows, labels: &'a [String]) -> Option<&'a String> {
    rows.database.as_ref().or(labels.first())
}

fn config(label: &str, url: DatabaseUrl) -> DatabaseConfig {
    DatabaseConfig {
        label: label.to_owned(),
        url,
        connections_max: 1,
        deadline: DEADLINE,
        rows_max: ROWS_MAX,
        result_bytes_max: DatabaseConfig::RESULT_BYTES_MAX_DEFAULT,
        bytes_max: DatabaseConfig::BYTES_MAX_DEFAULT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_has_a_label_and_a_url() {
        let read: Recorded = "main=sqlite:a=b.db".parse().unwrap();
        assert_eq!(read.label, "main");
        assert_eq!(read.url, DatabaseUrl::SqliteFile("a=b.db".into()));
        let read: Recorded = "m=postgres://u:secret@h/d".parse().unwrap();
        assert!(matches!(read.url, DatabaseUrl::Postgres(_)));
        for wrong in ["", "main", "=sqlite:a", "main=mysql://u:secret@h"] {
            let reported = wrong.parse::<Recorded>().unwrap_err();
            assert!(
                reported.contains("main=sqlite:file.db") && !reported.contains("secret"),
                "{reported}"
            );
        }
    }
}
