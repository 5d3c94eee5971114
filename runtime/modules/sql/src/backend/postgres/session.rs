//! What one call did to its session is not seen by the next.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};
use tokio::time::timeout;

/// What DISCARD ALL does (PostgreSQL's manual, its page), but for the prepared statements, which the driver keeps, and
/// the plans, which nobody sees. Settings go first: they may have been such that the rest would fail.
///
/// The answer is whether a statement was prepared in SQL, and how many the driver has prepared as far as the server
/// knows: a function can PREPARE and DEALLOCATE.
///
/// Not undone: the seed of random() and libraries that were loaded.
const RESET: &str = "reset all; set session authorization default; close all; unlisten *; \
    discard temp; discard sequences; \
    select exists (select from pg_catalog.pg_prepared_statements where from_sql), \
    (select pg_catalog.count(*) from pg_catalog.pg_prepared_statements where not from_sql), \
    pg_catalog.pg_advisory_unlock_all()::pg_catalog.text";

/// Makes the session as it was when it began. `false`: it could not be, and the connection is to be closed.
pub(super) async fn reset(connection: &mut PgConnection, deadline: Duration) -> bool {
    match timeout(deadline, try_reset(connection)).await {
        Ok(Ok(is_reset)) => is_reset,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a session cannot be reset and is closed");
            false
        }
        Err(_) => false,
    }
}

async fn try_reset(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let rows = connection.fetch_all(sqlx::raw_sql(RESET)).await?;
    let Some(row) = rows.last() else {
        return Ok(false);
    };
    let has_prepared: bool = row.try_get(0)?;
    let prepared: i64 = row.try_get(1)?;
    let known = i64::try_from(connection.cached_statements_size()).ok();
    Ok(!has_prepared && Some(prepared) == known)
}
