//! What one call did to its session, and what the next one finds.

use super::postgres::at;
use super::postgres_server::PostgresServer;
use super::*;

/// A function that runs any statement: so a guest does what it may not begin with.
const RUN: &str = "create function run(statement text) returns void language plpgsql \
                   as $$ begin execute statement; end $$";

/// What was done, how it is seen, and what the next call is to see.
const TRACES: &[(&str, &str, &str)] = &[
    (
        "select set_config('search_path', 'nowhere', false)",
        "select current_setting('search_path')",
        "\"$user\", public",
    ),
    (
        "select set_config('statement_timeout', '0', false)",
        "select current_setting('statement_timeout')",
        "1min",
    ),
    (
        "select set_config('evroute.note', 'left here', false)",
        "select current_setting('evroute.note')",
        "",
    ),
    (
        "select run('set role other')",
        "select current_user::text",
        "evroute",
    ),
    (
        "select run('set session authorization other')",
        "select session_user::text",
        "evroute",
    ),
    (
        "select pg_advisory_lock(7)",
        "select count(*)::text from pg_locks where locktype = 'advisory'",
        "0",
    ),
    (
        "select run('listen news')",
        "select count(*)::text from pg_listening_channels()",
        "0",
    ),
    (
        "select run('create temp table t (a int)')",
        "select (to_regclass('t') is null)::text",
        "true",
    ),
    (
        "select run('create function pg_temp.f() returns int language sql as ''select 1''')",
        "select count(*)::text from pg_proc where proname = 'f'",
        "0",
    ),
    (
        "select run('prepare mine as select 1')",
        "select count(*)::text from pg_prepared_statements where from_sql",
        "0",
    ),
    (
        "select run('deallocate all')",
        "select count(*)::text from pg_prepared_statements where from_sql",
        "0",
    ),
];

/// One connection, so that the next call gets the same session.
async fn only_session(server: &PostgresServer) -> Database {
    let config = DatabaseConfig {
        connections_max: 1,
        deadline: PATIENCE,
        ..at(server)
    };
    let database = open(&config).await;
    for statement in ["create role other superuser", RUN] {
        database.execute(statement, Vec::new()).await.unwrap();
    }
    database
}

async fn word(database: &Database, statement: &str) -> String {
    let rows = all(database, statement).await.unwrap();
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Text(word)) => word.clone(),
        other => panic!("{statement}: {other:?}"),
    }
}

#[tokio::test]
async fn nothing_that_a_call_did_to_its_session_is_seen_by_the_next() {
    let server = PostgresServer::start();
    let database = only_session(&server).await;
    for (done, seen, expected) in TRACES {
        // A second time, so that a statement that the driver has prepared already is used, too.
        for _ in 0..2 {
            let answer = all(&database, done).await;
            assert!(answer.is_ok(), "{done}: {answer:?}");
            assert_eq!(word(&database, seen).await, *expected, "{done}");
        }
    }
    all(&database, "create sequence s").await.unwrap();
    all(&database, "select nextval('s')").await.unwrap();
    let last = all(&database, "select lastval()").await;
    assert!(
        matches!(&last, Err(Error::Refused(why)) if why.contains("not yet defined")),
        "{last:?}"
    );
}

#[tokio::test]
async fn a_session_that_is_well_is_kept() {
    let server = PostgresServer::start();
    let database = only_session(&server).await;
    let backend = "select pg_backend_pid()::text";
    let before = word(&database, backend).await;
    for _ in 0..3 {
        all(&database, "select set_config('evroute.note', 'x', false)")
            .await
            .unwrap();
        all(&database, "select 1 / 0").await.unwrap_err();
        assert_eq!(word(&database, backend).await, before);
    }
    // What the driver has prepared is gone: the statements are right, on another session.
    all(&database, "select run('deallocate all')")
        .await
        .unwrap();
    assert_ne!(word(&database, backend).await, before);
}

#[tokio::test]
async fn half_of_a_call_never_stands() {
    let server = PostgresServer::start();
    let database = only_session(&server).await;
    all(&database, "create table t (a int)").await.unwrap();
    let procedure = "create procedure p() language plpgsql \
                     as $$ begin insert into t values (1); commit; raise exception 'late'; end $$";
    all(&database, procedure).await.unwrap();
    for text in [
        "call p()",
        "do $$ begin insert into t values (1); commit; end $$",
        "select run('call p()')",
    ] {
        let answer = all(&database, text).await;
        assert!(
            matches!(answer, Err(Error::Refused(_))),
            "{text}: {answer:?}"
        );
    }
    assert_eq!(word(&database, "select count(*)::text from t").await, "0");
}

#[tokio::test]
async fn no_connection_keeps_a_long_statement_or_names_beyond_the_limit() {
    let server = PostgresServer::start();
    let database = only_session(&server).await;
    let long = format!("select 1 as a -- {}", "x".repeat(5000));
    assert_eq!(all(&database, &long).await.unwrap().len(), 1);
    let none = format!("select 1 as a where false -- {}", "x".repeat(5000));
    let rows = database.query(&none, Vec::new()).await.unwrap();
    assert_eq!(rows.columns(), ["a"]);
    let kept = "select name from pg_prepared_statements where length(statement) > 4200";
    assert_rows(&all(&database, kept).await.unwrap(), &[]);
    let name = "n".repeat(60);
    let columns = (0..200).map(|number| format!("{name}{number:03} int"));
    let create = format!(
        "create table t ({})",
        columns.collect::<Vec<_>>().join(", ")
    );
    all(&database, &create).await.unwrap();
    let insert = "insert into t default values";
    database.execute(insert, Vec::new()).await.unwrap();
    let many = "select * from t, t b, t c, t d, t e, t f, t g, t h";
    assert_eq!(all(&database, many).await.unwrap_err(), Error::TooLarge);
    let none = format!("{many} where false");
    assert_eq!(all(&database, &none).await.unwrap_err(), Error::TooLarge);
}
