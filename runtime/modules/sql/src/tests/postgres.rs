use super::postgres_server::PostgresServer;
use super::*;

pub(super) fn at(server: &PostgresServer) -> DatabaseConfig {
    config(DatabaseUrl::Postgres(server.url()))
}

#[tokio::test]
async fn values_of_every_kind_come_back_as_they_went() {
    let server = PostgresServer::start();
    let database = open(&at(&server)).await;
    let create = "create table t (a int2, b int8, c float8, d text, e bytea, f varchar, g numeric)";
    database.execute(create, Vec::new()).await.unwrap();
    let row = vec![
        Value::Int(-7),
        Value::Int(i64::MIN),
        Value::Real(-0.5),
        text("it's; -- é ?\n"),
        Value::Octets(vec![0, 255, 39]),
        text(""),
        Value::Int(12),
    ];
    let nulls = vec![Value::Null; 7];
    for values in [&row, &nulls, &row] {
        let insert = "insert into t values (?, ?, ?, ?, ?, ?, ?)";
        assert_eq!(database.execute(insert, values.clone()).await, Ok(1));
    }
    let mut expected = row.clone();
    expected[6] = text("12");
    let mut rows = database
        .query("select * from t where 'x' = ?", vec![text("x")])
        .await
        .unwrap();
    assert_eq!(rows.columns(), ["a", "b", "c", "d", "e", "f", "g"]);
    assert_rows(&rows.next(2), &[expected.clone(), nulls]);
    assert_rows(&rows.next(2), &[expected]);
    assert_rows(&rows.next(2), &[]);
    assert_eq!(
        database
            .execute("update t set a = ?", vec![Value::Int(1)])
            .await,
        Ok(3)
    );
    let none = "select a as first from t where a = ?";
    assert_eq!(
        database
            .query(none, vec![Value::Int(9)])
            .await
            .unwrap()
            .columns(),
        ["first"]
    );
    types_that_the_wit_lacks_are_read_as_text(&database).await;
    numbers_and_moments_are_exact(&database).await;
    one_text_serves_values_of_several_kinds(&database).await;
    what_it_refuses_leaves_the_connection_usable(&database).await;
    an_altered_table_does_not_spoil_a_connection(&database).await;
}

async fn types_that_the_wit_lacks_are_read_as_text(database: &Database) {
    for (expression, expected) in [
        ("true", Value::Int(1)),
        ("1.5::float4", Value::Real(1.5)),
        ("'a'::\"char\"", text("a")),
        ("'{\"a\": 1}'::json", text("{\"a\": 1}")),
        ("'{\"a\": 1}'::jsonb", text("{\"a\": 1}")),
        (
            "'0189C5F1-0000-7000-8000-00000000ABCD'::uuid",
            text("0189c5f1-0000-7000-8000-00000000abcd"),
        ),
        ("4294967295::oid", Value::Int(4_294_967_295)),
        ("pg_sleep(0)", Value::Null),
        ("null::interval", Value::Null),
    ] {
        let found = all(database, &format!("select {expression}"))
            .await
            .unwrap();
        assert_rows(&found, &[vec![expected]]);
    }
    for expression in [
        "interval '1 day'",
        "array[1]",
        "inet '10.0.0.1'",
        "'200000-01-01'::date",
    ] {
        let error = all(database, &format!("select {expression} as odd"))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("column \"odd\""), "{error}");
    }
    database
        .execute("create type mood as enum ('good', 'bad')", Vec::new())
        .await
        .unwrap();
    assert_rows(
        &all(database, "select 'bad'::mood").await.unwrap(),
        &[vec![text("bad")]],
    );
}

async fn numbers_and_moments_are_exact(database: &Database) {
    for (expression, expected) in [
        ("0::numeric", "0"),
        ("0.000::numeric(9,3)", "0.000"),
        (
            "12345678901234567890.000123::numeric",
            "12345678901234567890.000123",
        ),
        ("-0.00010::numeric", "-0.00010"),
        ("10000::numeric", "10000"),
        ("-100000000::numeric", "-100000000"),
        ("1e-20::numeric", "0.00000000000000000001"),
        ("'nan'::numeric", "NaN"),
        ("'-infinity'::numeric", "-Infinity"),
        (
            "'2026-11-23 10:00:00.25'::timestamp",
            "2026-11-23T10:00:00.25",
        ),
        (
            "'2026-11-23 10:00:00+02'::timestamptz",
            "2026-11-23T08:00:00Z",
        ),
        ("'1969-12-31 23:59:59'::timestamp", "1969-12-31T23:59:59"),
        ("'infinity'::timestamptz", "infinity"),
        ("'1999-02-28'::date", "1999-02-28"),
        ("'-infinity'::date", "-infinity"),
        ("'10:00:00.5'::time", "10:00:00.5"),
        ("'24:00'::time", "24:00:00"),
    ] {
        let found = all(database, &format!("select {expression}"))
            .await
            .unwrap();
        assert_rows(&found, &[vec![text(expected)]]);
    }
    let large = all(database, "select 1e100000::numeric").await.unwrap_err();
    assert_eq!(
        large,
        Error::TooLarge,
        "ten bytes of the server's, 100,001 of ours"
    );
}

async fn one_text_serves_values_of_several_kinds(database: &Database) {
    let several = [
        Value::Int(5),
        text("five"),
        Value::Null,
        Value::Real(0.5),
        Value::Octets(vec![5]),
    ];
    for value in several {
        let rows = database
            .query("select ?", vec![value.clone()])
            .await
            .unwrap()
            .next(9);
        assert_rows(&rows, &[vec![value]]);
    }
}

async fn what_it_refuses_leaves_the_connection_usable(database: &Database) {
    for (statement, why) in [
        ("select 1; select 2", "more than one statement"),
        ("selct 1", "not for handlers"),
        ("select nothing", "column \"nothing\" does not exist"),
        ("select 1 / 0", "division by zero"),
        ("copy t to stdout", "not for handlers"),
        ("begin", "not for handlers"),
        ("select $1", "without a name or a number"),
    ] {
        let error = all(database, statement).await.unwrap_err();
        assert!(
            matches!(&error, Error::Refused(text) if text.contains(why)),
            "{error:?}"
        );
        assert_eq!(all(database, "select 1").await.unwrap().len(), 1);
    }
}

async fn an_altered_table_does_not_spoil_a_connection(database: &Database) {
    database
        .execute("create table altered (a int)", Vec::new())
        .await
        .unwrap();
    let select = || database.query("select * from altered", Vec::new());
    assert_eq!(select().await.unwrap().columns(), ["a"]);
    database
        .execute("insert into altered values (1)", Vec::new())
        .await
        .unwrap();
    database
        .execute("alter table altered add column b int", Vec::new())
        .await
        .unwrap();
    // One call may find the statement as it was prepared before; the next is right.
    if select().await.is_err() {
        assert_eq!(select().await.unwrap().columns(), ["a", "b"]);
    }
}

#[tokio::test]
async fn a_server_that_is_killed_is_unavailable_until_it_is_back() {
    let mut server = PostgresServer::start();
    let short = DatabaseConfig {
        deadline: Duration::from_secs(1),
        ..at(&server)
    };
    let database = open(&short).await;
    all_in_turn(&database, "create table t (a int)")
        .await
        .unwrap();
    server.kill();
    let insert = "insert into t values (1)";
    for _ in 0..2 {
        let began = Instant::now();
        let answer = all(&database, insert).await;
        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    }
    server.run();
    all_in_turn(&database, insert).await.unwrap();
    // In the middle of a statement: its own connection is ended by the server.
    let suicide = "select pg_terminate_backend(pg_backend_pid()), pg_sleep(600)";
    let ended = all(&database, suicide).await;
    assert!(matches!(ended, Err(Error::Unavailable(_))), "{ended:?}");
    all_in_turn(&database, insert).await.unwrap();
    let count = "select count(*) from t";
    let counted = all_in_turn(&database, count).await.unwrap();
    assert_rows(&counted, &[vec![Value::Int(2)]]);
}

#[tokio::test]
async fn a_server_that_is_down_does_not_keep_this_one_from_starting() {
    // Nobody listens on port 1.
    let url = "postgres://someone:secret@127.0.0.1:1/db";
    let short = DatabaseConfig {
        deadline: Duration::from_millis(200),
        ..config(DatabaseUrl::Postgres(url.to_owned()))
    };
    let database = open(&short).await;
    let error = all(&database, "select 1").await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert!(!format!("{error:?} {short:?} {database:?}").contains("secret"));
}

#[tokio::test]
async fn a_url_that_cannot_be_used_is_said_at_the_start() {
    for url in [
        "postgres://u:secret@host:99999/db",
        "postgres://u:secret@host/db?sslmode=sometimes",
        "postgres://u:secret@host/db?sslmode=verify-ca&sslrootcert=/nowhere.pem",
    ] {
        let url = DatabaseUrl::Postgres(url.to_owned());
        let error = Database::open(&config(url)).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
}
