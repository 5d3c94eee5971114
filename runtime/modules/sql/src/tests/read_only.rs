//! A database that was granted for reading only.

use super::postgres::at;
use super::postgres_server::PostgresServer;
use super::*;

/// Each way to write, in the database that `t` and the view `v` are in.
const WRITES: &[&str] = &[
    "insert into t values (2)",
    "update t set a = 3",
    "delete from t",
    "replace into t values (1)",
    "with x as (select 1) insert into t select * from x",
    "create table u (a)",
    "create index i on t (a)",
    "alter table t add column b",
    "drop table t",
    "drop view v",
    "insert into t values (5) returning a",
];

#[tokio::test]
async fn who_may_read_only_writes_by_no_statement_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&config(DatabaseUrl::SqliteFile(folder.path().join("t.db")))).await;
    for statement in [
        "create table t (a)",
        "insert into t values (1)",
        "create view v as select a from t",
    ] {
        database.execute(statement, Vec::new()).await.unwrap();
    }
    for (statement, number) in WRITES.iter().zip(0_u64..) {
        let executed = database.execute_as(statement, Vec::new(), GrantMode::Read);
        assert_eq!(executed.await, Err(Error::ReadOnly), "{statement}");
        let queried = database.query_as(statement, Vec::new(), GrantMode::Read);
        let refused = queried.await.map(|_| ());
        assert_eq!(refused, Err(Error::ReadOnly), "{statement}");
        assert_eq!(database.writes_denied(), 2 * number + 2);
    }
    for query in [
        "select count(*), max(a) from t",
        "select count(*), max(a) from v",
    ] {
        let read = database.query_as(query, Vec::new(), GrantMode::Read);
        let row = vec![Value::Int(1), Value::Int(1)];
        assert_rows(&read.await.unwrap().next(9), &[row]);
    }
    // The same connections write for who may.
    let written = database.execute("insert into t values (2)", Vec::new());
    assert_eq!(written.await, Ok(1));
}

#[tokio::test]
async fn who_may_read_only_writes_by_no_statement_of_postgresql() {
    let server = PostgresServer::start();
    let database = open(&at(&server)).await;
    for statement in [
        "create table t (a int)",
        "insert into t values (1)",
        "create sequence s",
        "create function w() returns int language sql as 'insert into t values (9) returning a'",
        "create procedure p() language plpgsql as 'begin commit; insert into t values (8); end'",
    ] {
        database.execute(statement, Vec::new()).await.unwrap();
    }
    for (statement, number) in [
        "insert into t values (2)",
        "update t set a = 3",
        "with x as (delete from t returning a) select a from x",
        "select w()",
        "select nextval('s')",
        "create table u (a int)",
        "select set_config('default_transaction_read_only', 'off', false)::text || w()::text",
    ]
    .iter()
    .zip(1_u64..)
    {
        let executed = database.execute_as(statement, Vec::new(), GrantMode::Read);
        assert_eq!(executed.await, Err(Error::ReadOnly), "{statement}");
        assert_eq!(database.writes_denied(), number);
    }
    // Leaving the transaction is refused, too, in other words.
    for statement in [
        "call p()",
        "select set_config('transaction_read_only', 'off', true)::text || w()::text",
    ] {
        let executed = database.execute_as(statement, Vec::new(), GrantMode::Read);
        executed.await.unwrap_err();
    }
    let read = database.query_as(
        "select count(*), max(a) from t",
        Vec::new(),
        GrantMode::Read,
    );
    let row = vec![Value::Int(1), Value::Int(1)];
    assert_rows(&read.await.unwrap().next(9), &[row]);
    let written = database.execute("insert into t values (2)", Vec::new());
    assert_eq!(written.await, Ok(1));
}
