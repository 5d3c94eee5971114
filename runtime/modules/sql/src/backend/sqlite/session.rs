//! One connection, on the thread that it belongs to.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_tenant::GrantMode;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use super::Shared;
use super::authorizer::Authorizer;
use super::limits::{self, Place};
use super::thread_use::ThreadUse;
use super::watch::{Count, HostTrap, STEPS_PER_LOOK, UnderWay, Watch};
use crate::database::Call;
use crate::rows::RowBuffer;
use crate::statement::Fault;
use crate::{Error, QueryAnswer, Value};

/// How many tables, indexes, views and triggers a database may have: each connection keeps what it
/// knows of them.
const SCHEMA_OBJECTS_MAX: i64 = 500;
/// How many bytes the statements may have that made them.
const SCHEMA_BYTES_MAX: i64 = 256 << 10;

/// How long a statement that would write waits for others to give back room.
const ROOM_PATIENCE: Duration = Duration::from_millis(200);

/// A connection and what it is run with.
pub(super) struct Session {
    connection: Connection,
    authorizer: Arc<Authorizer>,
    shared: Arc<Shared>,
    thread: Arc<ThreadUse>,
}

impl Session {
    /// Opens a connection for the thread that calls this.
    pub(super) fn open(place: &Place, shared: &Arc<Shared>) -> Result<Self, String> {
        let thread = Arc::new(ThreadUse::of_this_thread());
        let authorizer = Arc::new(Authorizer::default());
        let manner = (thread.counts_writes(), shared.deadline);
        let connection = limits::open(place, &shared.disk, &authorizer, manner)?;
        Ok(Self {
            connection,
            authorizer,
            shared: Arc::clone(shared),
            thread,
        })
    }

    /// Runs one statement to its end, to its deadline or to the end of its room.
    pub(super) fn run(
        &mut self,
        call: Call,
        for_rows: bool,
        under_way: &Arc<UnderWay>,
    ) -> Result<QueryAnswer, Error> {
        let count = Count::begin(under_way, &self.shared, &self.thread);
        let until = call.until.into_std();
        let mut watch = Watch::new(count.clone(), until);
        let left = until.saturating_duration_since(Instant::now());
        let left = left.min(limits::LOCK_PATIENCE_MAX);
        self.authorizer.begin(call.mode);
        let began = self.connection.busy_timeout(left).and_then(|()| {
            let look = move || watch.look();
            self.connection.progress_handler(STEPS_PER_LOOK, Some(look))
        });
        let answer = began
            .map_err(Error::from)
            .and_then(|()| self.attempt(call, for_rows, under_way));
        count.end();
        let answer = self.explained(answer, under_way.stopped());
        self.unwatch();
        self.end_transaction();
        answer
    }

    fn attempt(
        &self,
        call: Call,
        for_rows: bool,
        under_way: &UnderWay,
    ) -> Result<QueryAnswer, Error> {
        let mut statement = self.connection.prepare(&call.statement.text)?;
        check_parameters(&statement, &call)?;
        // SQLite's own word on what it has compiled, beside the authorizer's.
        if call.mode == GrantMode::Read && !statement.readonly() {
            return Err(Error::ReadOnly);
        }
        let changes_schema = self.authorizer.changes_schema();
        if !statement.readonly() || changes_schema {
            under_way.leave_out(&self.thread, || self.make_room(call.until.into_std()))?;
        }
        let mut before = None;
        if changes_schema {
            self.own("begin immediate")?;
            before = Some((self.schema()?, self.definitions()?));
        }
        for (index, value) in call.parameters.into_iter().enumerate() {
            statement.raw_bind_parameter(index + 1, Bound(value))?;
        }
        let changes = self.connection.total_changes();
        let answer = read(&mut statement, for_rows, &self.shared)?;
        drop(statement);
        if let Some((schema, definitions)) = before {
            self.check_schema(schema)?;
            self.check_altered(&definitions)?;
            self.own("commit")?;
        }
        let changed = if self.connection.total_changes() == changes {
            0
        } else {
            self.connection.changes()
        };
        Ok(answer.unwrap_or(QueryAnswer::Changed(changed)))
    }

    /// Sees that there is room to write: puts the log back into the database when it is long, and
    /// waits a little for those who read it or write into it.
    fn make_room(&self, until: Instant) -> Result<(), Error> {
        let until = until.min(Instant::now() + ROOM_PATIENCE);
        while !self.shared.disk.has_room() {
            self.put_back_log();
            if self.shared.disk.has_room() {
                break;
            }
            if Instant::now() >= until {
                self.shared.disk.refuse();
                return Err(Error::Full);
            }
            std::thread::sleep(ROOM_PATIENCE / 20);
        }
        Ok(())
    }

    /// Puts the log back into the database as far as its readers let it, and cuts it off when none
    /// is left.
    fn put_back_log(&self) {
        let checkpoint = "pragma wal_checkpoint(truncate)";
        let put_back = || {
            let read = |_: &rusqlite::Row<'_>| Ok(());
            self.connection.query_row(checkpoint, [], read)
        };
        let done = self
            .shared
            .disk
            .put_back(|| self.authorizer.own(|| self.impatiently(put_back)));
        if let Err(error) = done {
            tracing::debug!(%error, "the log of an embedded database stays as it is");
        }
    }

    /// Without waiting for who holds a lock.
    fn impatiently<T>(&self, run: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let patience: u32 = limits::pragma(&self.connection, "busy_timeout")?;
        self.connection.busy_timeout(Duration::ZERO)?;
        let done = run();
        let patience = Duration::from_millis(patience.into());
        self.connection.busy_timeout(patience)?;
        done
    }

    /// Between two statements: checkpoints a log that has become long.
    pub(super) fn needs_care(&self) -> bool {
        self.shared.disk.is_log_long()
    }

    /// The same, and counts what that takes.
    pub(super) fn care(&mut self) {
        let under_way = Arc::default();
        let count = Count::begin(&under_way, &self.shared, &self.thread);
        under_way.leave_out(&self.thread, || self.put_back_log());
        count.end();
    }

    /// What is done from now on is the server's own, and is not ended.
    fn unwatch(&mut self) {
        let never: Option<fn() -> bool> = None;
        if let Err(error) = self.connection.progress_handler(0, never) {
            tracing::warn!(%error, "an embedded database cannot be left alone");
        }
    }

    /// How many tables, indexes, views and triggers there are, and the bytes of their definitions.
    fn schema(&self) -> Result<(i64, i64), Error> {
        let measure = "select count(*), coalesce(sum(octet_length(sql)), 0) from sqlite_schema";
        let measured = || {
            let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            self.connection.query_row(measure, [], read)
        };
        Ok(self.authorizer.own(measured)?)
    }

    /// Whether a schema has grown beyond what it may be. One that is larger may become smaller.
    fn check_schema(&self, before: (i64, i64)) -> Result<(), Error> {
        let after = self.schema()?;
        let is_beyond = |before: i64, after: i64, most: i64| after > most && after > before;
        if is_beyond(before.0, after.0, SCHEMA_OBJECTS_MAX)
            || is_beyond(before.1, after.1, SCHEMA_BYTES_MAX)
        {
            let most = format!("{SCHEMA_OBJECTS_MAX}, {SCHEMA_BYTES_MAX} bytes of definitions");
            return Err(Error::refused(format!(
                "the tables, indexes, views and triggers would be too many or too long: {most}"
            )));
        }
        Ok(())
    }

    /// How the tables were made, when they are about to be altered.
    fn definitions(&self) -> Result<HashSet<String>, Error> {
        if !self.authorizer.alters() {
            return Ok(HashSet::new());
        }
        let query = "select sql from sqlite_schema where type = 'table' and sql is not null";
        let read = || -> rusqlite::Result<HashSet<String>> {
            let mut statement = self.connection.prepare(query)?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect()
        };
        Ok(self.authorizer.own(read)?)
    }

    /// Whether what ALTER TABLE has made could have been made by CREATE TABLE. SQLite asks nobody
    /// what a column that is added computes, and nobody when it is computed later on.
    fn check_altered(&self, before: &HashSet<String>) -> Result<(), Error> {
        let after = self.definitions()?;
        for definition in after.difference(before) {
            let authorizer = Arc::new(Authorizer::default());
            let manner = (true, Duration::ZERO);
            let trial = limits::open(&Place::Memory, &self.shared.disk, &authorizer, manner)
                .map_err(Error::Other)?;
            if let Err(error) = trial.execute_batch(definition) {
                let refusal = authorizer.refusal();
                let why = refusal.unwrap_or_else(|| Error::from(error).to_string());
                return Err(Error::refused(why));
            }
        }
        Ok(())
    }

    fn own(&self, statement: &str) -> Result<(), Error> {
        let done = self
            .authorizer
            .own(|| self.connection.execute(statement, []));
        Ok(done.map(|_| ())?)
    }

    /// No statement leaves a transaction to the next.
    fn end_transaction(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.own("rollback")
        {
            tracing::warn!(%error, "a transaction of an embedded database does not end");
        }
    }

    /// Whether the next statement may have this connection.
    pub(super) fn is_usable(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// An error with its reason, where SQLite says only that somebody else had one.
    fn explained(
        &self,
        answer: Result<QueryAnswer, Error>,
        stopped: Option<HostTrap>,
    ) -> Result<QueryAnswer, Error> {
        let refusal = self.authorizer.refusal();
        let Err(error) = answer else {
            return answer;
        };
        match (stopped, refusal) {
            (Some(HostTrap::Deadline), _) => Err(Error::Deadline),
            (Some(HostTrap::Room), _) => {
                self.shared.disk.refuse();
                Err(Error::Full)
            }
            (None, Some(_)) if self.authorizer.has_tried_to_write() => Err(Error::ReadOnly),
            (None, Some(refusal)) => Err(Error::refused(refusal)),
            (None, None) => Err(error),
        }
    }
}

fn check_parameters(statement: &rusqlite::Statement<'_>, call: &Call) -> Result<(), Error> {
    let placeholders = statement.parameter_count();
    let is_named = (1..=placeholders).any(|index| statement.parameter_name(index).is_some());
    let parameters = call.parameters.len();
    let fault = if is_named {
        Fault::Named
    } else if placeholders != parameters {
        Fault::Parameters {
            placeholders,
            parameters,
        }
    } else {
        return Ok(());
    };
    Err(Error::refused(fault.to_string()))
}

/// Steps through a statement. Its rows, when they are wanted.
fn read(
    statement: &mut rusqlite::Statement<'_>,
    for_rows: bool,
    shared: &Shared,
) -> Result<Option<QueryAnswer>, Error> {
    if !for_rows {
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        return Ok(None);
    }
    let mut buffer = RowBuffer::new(shared.limits);
    // Known for good once the statement runs: SQLite prepares it again when a table was altered.
    let mut columns = None;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let columns = match &mut columns {
            Some(columns) => columns,
            None => columns.insert(buffer.admit_names(row.as_ref().column_names())?),
        };
        buffer.admit_row()?;
        let mut values = Vec::with_capacity(columns.len());
        for (index, column) in columns.iter().enumerate() {
            values.push(read_value(row.get_ref(index)?, column, &mut buffer)?);
        }
        buffer.push(values);
    }
    drop(rows);
    let columns = match columns {
        Some(columns) => columns,
        None => buffer.admit_names(statement.column_names())?,
    };
    Ok(Some(QueryAnswer::Rows(buffer.finish(columns))))
}

/// By the value's own type: SQLite's columns have none that they keep to.
fn read_value(value: ValueRef<'_>, column: &str, buffer: &mut RowBuffer) -> Result<Value, Error> {
    let bytes = match value {
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
    };
    buffer.admit_value(bytes)?;
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Blob(bytes) => Value::Octets(bytes.to_vec()),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes)
                .map_err(|error| Error::refused(format!("column {column:?}: {error}")))?;
            Value::Text(text.to_owned())
        }
    })
}

/// A parameter on its way into a statement.
struct Bound(Value);

impl ToSql for Bound {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match &self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Octets(bytes) => ValueRef::Blob(bytes),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

#[cfg(test)]
impl Session {
    /// What each of these pragmas says of this connection, where it says anything.
    pub(super) fn readings(
        &self,
        pragmas: &[String],
    ) -> std::collections::BTreeMap<String, String> {
        let read = |pragma: &String| {
            let mut statement = self.connection.prepare(&format!("pragma {pragma}")).ok()?;
            let columns = statement.column_count();
            let mut rows = statement.query([]).ok()?;
            let mut found = String::new();
            while let Some(row) = rows.next().ok()? {
                for column in 0..columns {
                    found.push_str(&format!("{:?} ", row.get_ref(column).ok()?));
                }
            }
            Some((pragma.clone(), found))
        };
        let all = || pragmas.iter().filter_map(read).collect();
        self.authorizer.own(all)
    }
}
