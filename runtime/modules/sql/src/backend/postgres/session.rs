//! One connection, and what one call did to its session is not seen by the next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evroute_tenant::GrantMode;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, SimpleQueryMessage, Statement};

use super::limiter::Exceeded;
use super::parameter::Parameter;

/// What DISCARD ALL does (PostgreSQL's manual, its page), but for the prepared statements, which
/// this side keeps, and the plans, which nobody sees. Settings go first: they may have been such
/// that the rest would fail.
///
/// The answer is whether a statement was prepared in SQL, and how many of the calls' the server
/// knows: a function can PREPARE and DEALLOCATE. Those begin with a comment, unlike the driver's
/// own about types.
///
/// Not undone: the seed of random() and libraries that were loaded.
const RESET: &str = "reset all; set session authorization default; close all; unlisten *; \
    discard temp; discard sequences; \
    select exists (select from pg_catalog.pg_prepared_statements where from_sql), \
    (select pg_catalog.count(*) from pg_catalog.pg_prepared_statements \
    where not from_sql and pg_catalog.left(statement, 2) operator(pg_catalog.=) '/*'), \
    pg_catalog.pg_advisory_unlock_all()::pg_catalog.text";

/// How many statements a connection keeps prepared.
const STATEMENTS_MAX: usize = 100;
/// How long the text of a statement may be that is kept, and how many columns its result may have.
const STATEMENT_BYTES_MAX: usize = 4 << 10;
const STATEMENT_COLUMNS_MAX: usize = 128;

/// A connection. Dropped, it is closed hard, whatever is under way on it.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    /// Reads and writes for the client, until one side has closed.
    connection: JoinSet<()>,
    exceeded: Exceeded,
    /// By text, the one that was used last at the end.
    statements: VecDeque<(String, Statement)>,
    made: Instant,
    idle_since: Instant,
    _counted: Counted,
}

impl Session {
    pub(super) fn new(
        client: Client,
        connection: JoinSet<()>,
        exceeded: Exceeded,
        counted: Counted,
    ) -> Self {
        let now = Instant::now();
        Self {
            client,
            connection,
            exceeded,
            statements: VecDeque::new(),
            made: now,
            idle_since: now,
            _counted: counted,
        }
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the server has sent a message that is longer than the limit: the connection is gone.
    pub(super) fn has_exceeded(&self) -> bool {
        self.exceeded.is_set()
    }

    /// Whether it can be used for another call: neither closed, nor idle for longer than this, nor
    /// older than that.
    pub(super) fn is_usable(&self, idle_max: Duration, age_max: Duration) -> bool {
        !self.client.is_closed()
            && self.idle_since.elapsed() < idle_max
            && self.made.elapsed() < age_max
    }

    pub(super) fn rest(&mut self) {
        self.idle_since = Instant::now();
    }

    /// The statement as the server has prepared it, for parameters of these kinds.
    ///
    /// A statement is kept by its text, and the server prepares it for the kinds of its parameters:
    /// they go into the text, as a comment.
    pub(super) async fn prepare(
        &mut self,
        text: &str,
        parameters: &[Parameter],
    ) -> Result<Statement, Error> {
        let letters: String = parameters.iter().map(Parameter::letter).collect();
        let text = format!("/*{letters}*/{text}");
        let kept = self.statements.iter().position(|(own, _)| *own == text);
        if let Some((text, statement)) = kept.and_then(|place| self.statements.remove(place)) {
            self.statements.push_back((text, statement.clone()));
            return Ok(statement);
        }
        let kinds: Vec<Type> = parameters.iter().map(Parameter::kind).collect();
        let statement = self.client.prepare_typed(&text, &kinds).await?;
        let is_small =
            text.len() <= STATEMENT_BYTES_MAX && statement.columns().len() <= STATEMENT_COLUMNS_MAX;
        if is_small {
            if self.statements.len() == STATEMENTS_MAX {
                self.statements.pop_front();
            }
            self.statements.push_back((text, statement.clone()));
        }
        Ok(statement)
    }

    /// Begins a transaction that cannot write, where a call may only read. Nothing inside gets out
    /// of it: a transaction that has begun to read is not made one that writes, and a procedure
    /// cannot end one that it did not begin.
    pub(super) async fn begin(&self, mode: GrantMode) -> Result<(), Error> {
        match mode {
            GrantMode::Read => self.client.batch_execute("begin read only").await,
            GrantMode::Write => Ok(()),
        }
    }

    /// Ends it, whatever has become of it.
    pub(super) async fn end(&self, mode: GrantMode) -> Result<(), Error> {
        match mode {
            GrantMode::Read => self.client.batch_execute("rollback").await,
            GrantMode::Write => Ok(()),
        }
    }

    /// Makes the session as it was when it began. `false`: it could not be, and the connection is
    /// to be closed.
    pub(super) async fn reset(&mut self, deadline: Duration) -> bool {
        match timeout(deadline, self.try_reset()).await {
            Ok(Ok(is_reset)) => is_reset,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a session cannot be reset and is closed");
                false
            }
            Err(_) => false,
        }
    }

    async fn try_reset(&self) -> Result<bool, Error> {
        let messages = self.client.simple_query(RESET).await?;
        let row = messages.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let Some(row) = row else {
            return Ok(false);
        };
        let has_prepared = row.try_get(0)? != Some("f");
        let prepared: Option<usize> = row.try_get(1)?.and_then(|count| count.parse().ok());
        Ok(!has_prepared && prepared == Some(self.statements.len()))
    }

    /// Says goodbye to the server and waits until it is gone.
    pub(super) async fn close(self) {
        let Self {
            client,
            mut connection,
            statements,
            ..
        } = self;
        drop((statements, client));
        connection.join_next().await;
    }
}

/// Counts what there is of something: one more when made, one less when dropped.
#[derive(Debug)]
pub(super) struct Counted(Arc<AtomicUsize>);

impl Counted {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
