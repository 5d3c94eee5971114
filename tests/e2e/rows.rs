//! What handlers have written, read from the server's own database file.

use evroute_tests::Server;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row};

/// One number that a statement returns.
pub(crate) fn number(server: &Server, statement: &'static str) -> i64 {
    let file = server.folder().join("data/main.db");
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = options
            .connect()
            .await
            .expect("the server has made the file");
        let row = sqlx::query(statement)
            .fetch_one(&mut connection)
            .await
            .expect("the handler has made the table");
        row.get(0)
    })
}

/// How many starts mod-init has recorded.
pub(crate) fn restarts(server: &Server) -> i64 {
    number(
        server,
        "select count(*) from restarts where started_at > 1700000000",
    )
}
