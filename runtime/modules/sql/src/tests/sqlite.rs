use std::sync::Arc;

use super::*;
use crate::SqlTenant;
use crate::backend::Sqlite;

const ENDLESS: &str =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";

fn file(folder: &tempfile::TempDir) -> DatabaseUrl {
    DatabaseUrl::SqliteFile(folder.path().join("t.db"))
}

/// One connection and a short deadline.
fn narrow(folder: &tempfile::TempDir) -> DatabaseConfig {
    DatabaseConfig {
        deadline: Duration::from_millis(200),
        connections_max: 1,
        ..config(file(folder))
    }
}

#[tokio::test]
async fn values_of_every_kind_come_back_as_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&config(file(&folder))).await;
    database
        .execute("create table t (a, b, c, d, e)", Vec::new())
        .await
        .unwrap();
    let row = vec![
        Value::Null,
        Value::Int(i64::MIN),
        Value::Real(-0.5),
        text("it's; -- é ?\n"),
        Value::Octets(vec![0, 255, 39]),
    ];
    let empty = vec![
        text(""),
        Value::Octets(Vec::new()),
        Value::Int(0),
        Value::Real(0.0),
        Value::Null,
    ];
    for values in [&row, &empty] {
        let insert = "insert into t values (?, ?, ?, ?, ?)";
        assert_eq!(database.execute(insert, values.clone()).await, Ok(1));
    }
    let select = "select * from t where ? is not null";
    let mut rows = database.query(select, vec![text("x")]).await.unwrap();
    assert_eq!(rows.columns(), ["a", "b", "c", "d", "e"]);
    assert_rows(&rows.next(0), &[]);
    assert_rows(&rows.next(1), &[row]);
    assert_rows(&rows.next(10), &[empty]);
    assert_rows(&rows.next(10), &[]);
    assert_eq!(
        database
            .execute("update t set a = ?", vec![Value::Int(1)])
            .await,
        Ok(2)
    );
    let none = database
        .query("select a as first from t where a = 9", Vec::new())
        .await
        .unwrap();
    assert_eq!(none.columns(), ["first"]);
}

#[tokio::test]
async fn what_was_written_is_there_after_closing() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(file(&folder));
    let tenant = SqlTenant::new("demo", std::slice::from_ref(&config))
        .await
        .unwrap();
    let first = Arc::clone(tenant.get("main").unwrap());
    first
        .execute("create table t (a)", Vec::new())
        .await
        .unwrap();
    first
        .execute("insert into t values (7)", Vec::new())
        .await
        .unwrap();
    tenant.close().await;
    assert!(matches!(
        all(&first, "select 1").await,
        Err(Error::Unavailable(_))
    ));
    let second = open(&config).await;
    assert_rows(
        &all(&second, "select a from t").await.unwrap(),
        &[vec![Value::Int(7)]],
    );
}

#[tokio::test]
async fn a_second_statement_is_refused_and_not_run() {
    let database = open(&config(DatabaseUrl::SqliteMemory)).await;
    database
        .execute("create table t (a)", Vec::new())
        .await
        .unwrap();
    for text in [
        "select 1; drop table t",
        "insert into t values (1); insert into t values (2)",
    ] {
        assert!(matches!(
            database.execute(text, Vec::new()).await,
            Err(Error::Refused(_))
        ));
    }
    let counted = all(&database, "select count(*) from t").await.unwrap();
    assert_rows(&counted, &[vec![Value::Int(0)]]);
}

#[tokio::test]
async fn other_files_are_out_of_reach() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&config(file(&folder))).await;
    for text in [
        "attach 'other.db' as o",
        "vacuum into 'other.db'",
        "pragma journal_mode = delete",
        "select load_extension('x')",
    ] {
        let answer = database.execute(text, Vec::new()).await;
        assert!(
            matches!(answer, Err(Error::Refused(_))),
            "{text}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn what_would_stay_in_a_session_is_refused_and_does_not_stay() {
    let database = open(&config(DatabaseUrl::SqliteMemory)).await;
    for text in [
        "create temp table t (a)",
        "create temporary view v as select 1",
        "create table temp.t (a)",
        "create table if not exists \"temp\" . t (a)",
        "create view [temp].v as select 1",
        "create virtual table 'temp'.t using fts5(a)",
        "select last_insert_rowid()",
        "select `changes`(distinct)",
        "pragma temp_store = 2",
        "select * from pragma_journal_mode('off')",
        "select * from pragma_writable_schema(1)",
    ] {
        let answer = all(&database, text).await;
        assert!(
            matches!(answer, Err(Error::Refused(_))),
            "{text}: {answer:?}"
        );
    }
    let left = "select count(*) from sqlite_temp_schema";
    let left = all(&database, left).await.unwrap();
    assert_rows(&left, &[vec![Value::Int(0)]]);
}

#[tokio::test]
async fn a_result_of_too_many_rows_or_bytes_is_too_large() {
    let database = open(&config(DatabaseUrl::SqliteMemory)).await;
    let count =
        "with recursive n(i) as (select 1 union all select i + 1 from n limit ?) select i from n";
    let mut whole = database.query(count, vec![Value::Int(100)]).await.unwrap();
    assert_eq!(whole.next(1000).len(), 100);
    let beyond = database.query(count, vec![Value::Int(101)]).await;
    assert_eq!(beyond.unwrap_err(), Error::TooLarge);
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n";
    assert_eq!(all(&database, endless).await.unwrap_err(), Error::TooLarge);
    for (fits, does_not) in [
        (
            "select zeroblob(49000), zeroblob(50000)",
            "select zeroblob(50000), zeroblob(50000)",
        ),
        (
            "select hex(zeroblob(24900)), zeroblob(50000)",
            "select hex(zeroblob(25000)), zeroblob(50000)",
        ),
    ] {
        assert_eq!(all(&database, fits).await.unwrap().len(), 1);
        assert_eq!(all(&database, does_not).await.unwrap_err(), Error::TooLarge);
    }
    assert_eq!(all(&database, "select 1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_statement_cannot_take_the_servers_memory() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&config(file(&folder))).await;
    for huge in ["select randomblob(900000000)", "select zeroblob(900000000)"] {
        assert_eq!(
            all(&database, huge).await.unwrap_err(),
            Error::TooLarge,
            "{huge}"
        );
    }
    assert_eq!(all(&database, "select 1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_statement_past_its_deadline_is_interrupted_and_frees_its_connection() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&narrow(&folder)).await;
    database
        .execute("create table t (a)", Vec::new())
        .await
        .unwrap();
    assert_eq!(
        all_in_turn(&database, ENDLESS).await.unwrap_err(),
        Error::Deadline
    );
    let write = "with recursive n(i) as (select 1 union all select i + 1 from n) \
                 insert into t select i from n";
    assert_eq!(
        all_in_turn(&database, write).await.unwrap_err(),
        Error::Deadline
    );
    // The half of a write is undone.
    let count = "select count(*) from t";
    let counted = all_in_turn(&database, count).await.unwrap();
    assert_rows(&counted, &[vec![Value::Int(0)]]);
}

#[tokio::test]
async fn who_finds_no_free_connection_is_told_that_it_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let database = Sqlite::open_file(&path, &narrow(&folder)).await.unwrap();
    let within = |milliseconds| Duration::from_millis(milliseconds);
    // The first has the only connection for longer than the second waits.
    let (first, second) = tokio::join!(
        database.query(call(ENDLESS, Dialect::Sqlite, within(3000))),
        database.query(call("select 1", Dialect::Sqlite, within(100))),
    );
    assert_eq!(first.unwrap_err(), Error::Deadline);
    assert!(matches!(second, Err(Error::Unavailable(_))), "{second:?}");
}

#[tokio::test]
async fn who_finds_a_connection_at_the_deadline_is_told_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let database = Sqlite::open_file(&path, &narrow(&folder)).await.unwrap();
    let late = database.query(call("select 1", Dialect::Sqlite, Duration::ZERO));
    let late = late.await;
    assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
}

#[tokio::test]
async fn a_call_that_is_given_up_does_not_keep_its_connection() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&narrow(&folder)).await;
    let given_up = tokio::time::timeout(Duration::from_millis(50), all(&database, ENDLESS)).await;
    assert!(given_up.is_err());
    // The statement is interrupted at its deadline, which is later than the next call's beginning.
    assert_eq!(all_in_turn(&database, "select 1").await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_the_same_time_all_get_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    let database = Arc::new(open(&config(file(&folder))).await);
    database
        .execute("create table t (a)", Vec::new())
        .await
        .unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8 {
        let database = Arc::clone(&database);
        writers.spawn(async move {
            for turn in 0..25 {
                let value = Value::Int(writer * 100 + turn);
                let done = database
                    .execute("insert into t values (?)", vec![value])
                    .await;
                assert_eq!(done, Ok(1));
            }
        });
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    let counted = all(&database, "select count(distinct a) from t")
        .await
        .unwrap();
    assert_rows(&counted, &[vec![Value::Int(200)]]);
}

#[tokio::test]
async fn a_database_in_memory_is_one_for_all_calls() {
    let database = open(&config(DatabaseUrl::SqliteMemory)).await;
    database
        .execute("create table t (a)", Vec::new())
        .await
        .unwrap();
    let insert = || database.execute("insert into t values (1)", Vec::new());
    let (a, b, c) = tokio::join!(insert(), insert(), insert());
    assert_eq!((a, b, c), (Ok(1), Ok(1), Ok(1)));
    let counted = all(&database, "select count(*) from t").await.unwrap();
    assert_rows(&counted, &[vec![Value::Int(3)]]);
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("missing/t.db"), folder.path().to_owned()] {
        let url = DatabaseUrl::SqliteFile(path.clone());
        let error = Database::open(&config(url)).await.unwrap_err().to_string();
        assert!(error.starts_with("database \"main\": "), "{error}");
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert!(error.contains("unable to open database file"), "{error}");
    }
}

#[tokio::test]
async fn numbers_that_make_no_database_are_refused() {
    let good = config(DatabaseUrl::SqliteMemory);
    for wrong in [
        DatabaseConfig {
            label: String::new(),
            ..good.clone()
        },
        DatabaseConfig {
            connections_max: 0,
            ..good.clone()
        },
        DatabaseConfig {
            deadline: Duration::ZERO,
            ..good.clone()
        },
        DatabaseConfig {
            rows_max: 0,
            ..good.clone()
        },
        DatabaseConfig {
            result_bytes_max: 0,
            ..good.clone()
        },
    ] {
        assert!(Database::open(&wrong).await.is_err(), "{wrong:?}");
    }
    assert!(
        SqlTenant::new("demo", &[good.clone(), good]).await.is_err(),
        "two of one label"
    );
}

/// Writes rows of 50,000 bytes until there is no room, a thousand at most, and says how many found
/// some.
async fn fill(database: &Database) -> usize {
    let create = "create table t (a)";
    database.execute(create, Vec::new()).await.unwrap();
    let insert = "insert into t values (zeroblob(50000))";
    for rows in 0..1000 {
        match database.execute(insert, Vec::new()).await {
            Ok(_) => {}
            Err(Error::Full) => return rows,
            Err(other) => panic!("{rows} rows: {other:?}"),
        }
    }
    1000
}

fn bytes_in(folder: &tempfile::TempDir) -> u64 {
    let files = std::fs::read_dir(folder.path()).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

#[tokio::test]
async fn a_database_that_is_full_leaves_others_their_memory_and_their_disk() {
    let folder = tempfile::tempdir().unwrap();
    let memory = open(&config(DatabaseUrl::SqliteMemory)).await;
    // Three quarters of 16 MiB, in pages of 4096 bytes, 12 or 13 for each row.
    let rows = fill(&memory).await;
    assert!((220..=256).contains(&rows), "{rows}");
    let small = DatabaseConfig {
        bytes_max: 5 << 20,
        ..config(file(&folder))
    };
    let small = open(&small).await;
    let rows = fill(&small).await;
    assert!((60..=80).contains(&rows), "{rows}");
    assert!(bytes_in(&folder) <= 5 << 20);
    let kept = all(&small, "select count(*) from t").await.unwrap();
    assert_rows(&kept, &[vec![Value::Int(rows as i64)]]);
    // What is full can be made empty.
    let emptied = small.execute("delete from t", Vec::new()).await;
    assert_eq!(emptied, Ok(rows as u64));
    assert!(bytes_in(&folder) <= 5 << 20);
}
