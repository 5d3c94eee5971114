//! What handlers have written, read from the server's own database file.

use evroute_tests::Server;
use rusqlite::{Connection, OpenFlags};

/// One number that a statement returns.
pub(crate) fn number(server: &Server, statement: &'static str) -> i64 {
    let file = server.folder().join("data/main.db");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("the server has made the file");
    connection
        .query_row(statement, [], |row| row.get(0))
        .expect("the handler has made the table")
}

/// How many starts mod-init has recorded.
pub(crate) fn restarts(server: &Server) -> i64 {
    number(
        server,
        "select count(*) from restarts where started_at > 1700000000",
    )
}
