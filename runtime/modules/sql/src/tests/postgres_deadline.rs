//! Slow statements, and a server that has stopped answering.

use super::postgres::at;
use super::postgres_server::PostgresServer;
use super::*;
use crate::backend::Postgres;

/// One connection.
fn narrow(server: &PostgresServer, deadline: Duration) -> DatabaseConfig {
    DatabaseConfig {
        deadline,
        connections_max: 1,
        ..at(server)
    }
}

/// A statement that would take longer than any test waits.
const SLEEP: &str = "select pg_sleep(600)";

async fn asleep(wide: &Database) -> i64 {
    let asleep = "select count(*) from pg_stat_activity where query like '%pg_sleep(600)%' \
                  and state = 'active' and pid <> pg_backend_pid()";
    number(wide, asleep).await
}

async fn number(database: &Database, statement: &str) -> i64 {
    let rows = all_in_turn(database, statement).await.unwrap();
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(number)) => *number,
        other => panic!("no number: {other:?}"),
    }
}

#[tokio::test]
async fn a_statement_past_its_deadline_ends_on_both_sides_and_frees_its_connection() {
    let server = PostgresServer::start();
    let deadline = Duration::from_millis(500);
    let database = open(&narrow(&server, deadline)).await;
    let wide = open(&at(&server)).await;
    all_in_turn(&database, "select 1").await.unwrap();
    let began = Instant::now();
    let answer = all_in_turn(&database, SLEEP).await;
    assert_eq!(answer.unwrap_err(), Error::Deadline);
    assert!(began.elapsed() > deadline / 2, "{:?}", began.elapsed());
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    assert_eq!(all_in_turn(&database, "select 1").await.unwrap().len(), 1);
    let began = Instant::now();
    while asleep(&wide).await > 0 {
        assert!(began.elapsed() < PATIENCE, "the server works on for nobody");
    }
}

#[tokio::test]
async fn who_finds_no_free_connection_is_told_that_it_is_unavailable() {
    let server = PostgresServer::start();
    let config = narrow(&server, Duration::from_secs(3));
    let database = Postgres::open(&server.url(), &config).unwrap();
    let call = |text, seconds| call(text, Dialect::Postgres, Duration::from_secs_f64(seconds));
    // The connection is made before the race for it.
    database.query(call("select 1", 60.0)).await.unwrap();
    // The first has the only connection for longer than the second waits.
    let (first, second) = tokio::join!(
        database.query(call(SLEEP, 60.0)),
        database.query(call("select 1", 0.1)),
    );
    assert_eq!(first.unwrap_err(), Error::Deadline);
    assert!(matches!(second, Err(Error::Unavailable(_))), "{second:?}");
    let late = database.query(call("select 1", 0.0)).await;
    assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
}

#[tokio::test]
async fn a_server_that_has_stopped_answering_meets_our_deadline_and_keeps_no_place() {
    let server = PostgresServer::start();
    let database = open(&narrow(&server, Duration::from_secs(2))).await;
    let wide = open(&at(&server)).await;
    let backend = number(&database, "select pg_backend_pid()").await;
    // Silent in the middle of a statement: the server's own limit never strikes.
    let (answer, ()) = tokio::join!(all_in_turn(&database, SLEEP), async {
        while asleep(&wide).await == 0 {}
        server.signal("-STOP", backend);
    });
    assert_eq!(answer.unwrap_err(), Error::Deadline);
    let other = number(&database, "select pg_backend_pid()").await;
    assert_ne!(backend, other);
    // Silent between two statements.
    server.signal("-STOP", other);
    let answer = all(&database, "select 1").await;
    assert!(
        matches!(answer, Err(Error::Unavailable(_) | Error::Deadline)),
        "{answer:?}"
    );
    let third = number(&database, "select pg_backend_pid()").await;
    assert_ne!(other, third);
    for process in [backend, other] {
        server.signal("-CONT", process);
    }
}

#[tokio::test]
async fn an_endless_result_is_stopped() {
    let server = PostgresServer::start();
    let database = open(&narrow(&server, PATIENCE)).await;
    // In the list of columns: generated there it is sent row by row, not collected first.
    let endless = "select generate_series(1, 1000000000)";
    assert_eq!(all(&database, endless).await.unwrap_err(), Error::TooLarge);
    let fits = "select repeat('x', 99000)";
    assert_eq!(all(&database, fits).await.unwrap().len(), 1);
    let does_not = "select repeat('x', 100000)";
    assert_eq!(all(&database, does_not).await.unwrap_err(), Error::TooLarge);
    assert_eq!(all(&database, "select 1").await.unwrap().len(), 1);
}

/// How much memory this process has had at most, in KiB.
fn memory_kib_at_most() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_there_is_room_for_it() {
    let server = PostgresServer::start();
    let database = open(&narrow(&server, PATIENCE)).await;
    all(&database, "select 1").await.unwrap();
    let before = memory_kib_at_most();
    for statement in [
        "select repeat('a', 100000000)",
        "select 1, repeat('a', 100000000)::bytea from generate_series(1, 3)",
        // In a refusal's text.
        "select repeat('a', 100000000)::int",
    ] {
        let answer = all(&database, statement).await;
        assert_eq!(answer.unwrap_err(), Error::TooLarge, "{statement}");
        let executed = database.execute(statement, Vec::new()).await;
        assert_eq!(executed.unwrap_err(), Error::TooLarge, "{statement}");
        assert_eq!(all(&database, "select 1").await.unwrap().len(), 1);
    }
    let grown = memory_kib_at_most() - before;
    assert!(grown < 32 << 10, "{grown} KiB more than before");
}
