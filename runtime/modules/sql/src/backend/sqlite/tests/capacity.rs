use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use super::*;

const ENDLESS: &str =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
const SMALL: u64 = 4 << 20;

fn small(folder: &tempfile::TempDir) -> DatabaseConfig {
    DatabaseConfig {
        bytes_max: SMALL,
        ..in_folder(folder)
    }
}

fn bytes_in(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap().flatten();
    files
        .filter_map(|file| file.metadata().ok())
        .map(|file| file.len())
        .sum()
}

/// A reader of another process: it holds what it reads, and no deadline of this one ends it.
fn reader(folder: &tempfile::TempDir) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.path().join("t.db")).unwrap();
    connection.execute_batch("begin").unwrap();
    let count = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    connection
        .query_row("select count(*) from t", [], count)
        .unwrap();
    connection
}

#[tokio::test]
async fn a_reader_that_never_ends_does_not_let_the_log_grow() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(&small(&folder)).await;
    done(&sqlite, "create table t (a)").await;
    done(&sqlite, "insert into t values (zeroblob(60000))").await;
    let reader = reader(&folder);
    let update = "update t set a = randomblob(60000)";
    let (mut most, mut refused) = (0, 0);
    for _ in 0..20 {
        match sqlite.execute(call(update, Vec::new(), PATIENCE)).await {
            Ok(_) => assert_eq!(refused, 0, "there is no more room than before"),
            Err(Error::Full) => refused += 1,
            Err(error) => panic!("{error:?}"),
        }
        most = most.max(bytes_in(folder.path()));
    }
    assert!(most <= SMALL, "{most}");
    // 60 KB and more for each, and half of a quarter of the room before one is refused.
    assert!(refused > 10, "{refused}");
    assert_eq!(sqlite.refused(), refused);
    // Who reads is served meanwhile, and who writes when the reader is gone.
    assert_eq!(all(&sqlite, "select 1 from t").await.unwrap().len(), 1);
    drop(reader);
    done(&sqlite, update).await;
    assert_eq!(sqlite.refused(), refused);
}

#[tokio::test]
async fn a_log_that_nobody_reads_is_put_back_and_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(&small(&folder)).await;
    done(&sqlite, "create table t (a)").await;
    done(&sqlite, "insert into t values (zeroblob(60000))").await;
    for _ in 0..100 {
        done(&sqlite, "update t set a = randomblob(60000)").await;
        assert!(bytes_in(folder.path()) <= SMALL);
    }
    assert_eq!(sqlite.refused(), 0);
    sqlite.close().await;
    assert!(!folder.path().join("t.db-wal").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_statement_that_writes_without_end_is_ended_and_undone() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(&small(&folder)).await;
    done(&sqlite, "create table t (a)").await;
    let write = "with recursive n(i) as (select 1 union all select i + 1 from n) \
                 insert into t select randomblob(1000) from n";
    let most = watched(
        folder.path(),
        sqlite.execute(call(write, Vec::new(), PATIENCE)),
    )
    .await;
    assert_eq!(most.0.unwrap_err(), Error::Full);
    // What was written since the last look is a part of the cache.
    assert!(most.1 <= SMALL, "{}", most.1);
    let count = all(&sqlite, "select count(*) from t").await.unwrap();
    assert_eq!(format!("{count:?}"), "[[Value::Int(0)]]");
    done(&sqlite, "insert into t values (1)").await;
}

/// A future's result, and how much the folder had at most meanwhile.
async fn watched<T>(folder: &Path, future: impl Future<Output = T>) -> (T, u64) {
    let (most, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                most.fetch_max(bytes_in(folder), Ordering::Relaxed);
            }
        });
        tokio::task::block_in_place(|| {
            let done = tokio::runtime::Handle::current().block_on(future);
            is_over.store(true, Ordering::Relaxed);
            (done, most.load(Ordering::Relaxed))
        })
    })
}

#[tokio::test]
async fn temporary_files_have_the_same_room_and_give_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = open(&small(&folder)).await;
    let in_memory = memory().await;
    for sqlite in [&file, &in_memory] {
        for sorting in [
            "with recursive n(i) as (select 1 union all select i + 1 from n) \
             select randomblob(1000) from n order by 1",
            "with recursive n(i) as (select 1 union select i + 1 from n) \
             select i from n limit -1 offset 1000000000",
            "with recursive n(i) as (select 1 union all select i + 1 from n) \
             select distinct randomblob(1000) from n limit -1 offset 1000000000",
        ] {
            let ended = sqlite.query(call(sorting, Vec::new(), PATIENCE)).await;
            assert_eq!(ended.unwrap_err(), Error::Full, "{sorting}");
            assert!(sqlite.shared.disk.has_room(), "{sorting}");
        }
        done(sqlite, "create table if not exists t (a)").await;
    }
}

#[tokio::test]
async fn what_a_statement_takes_of_a_processor_is_charged_while_it_runs() {
    let sqlite = memory().await;
    let (charged, wakes) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Notify::new()));
    let (charging, waking) = (Arc::clone(&charged), Arc::clone(&wakes));
    sqlite.charge_to(Box::new(move |took| {
        charging.lock().unwrap().push(took);
        waking.notify_one();
    }));
    let in_parts = async {
        while charged.lock().unwrap().len() < 5 {
            wakes.notified().await;
        }
    };
    tokio::select! {
        ended = sqlite.query(call(ENDLESS, Vec::new(), PATIENCE * 60)) => panic!("{ended:?}"),
        () = in_parts => {}
    }
    let sum = charged.lock().unwrap().iter().sum::<Duration>();
    assert!(sum > Duration::ZERO);
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_any_more_is_ended_long_before_its_deadline() {
    let sqlite = memory().await;
    let asked = sqlite.query(call(ENDLESS, Vec::new(), PATIENCE * 60));
    assert!(
        tokio::time::timeout(Duration::from_millis(10), asked)
            .await
            .is_err()
    );
    assert_eq!(all(&sqlite, "select 1").await.unwrap().len(), 1);
}

/// Each may keep a table in memory as long as the statement runs.
#[tokio::test]
async fn a_statement_consists_of_so_many_selects() {
    let sqlite = memory().await;
    let tables = |number: usize| {
        let table = |number| format!("t{number}(a) as materialized (select 1)");
        let tables: Vec<_> = (0..number).map(table).collect();
        let counts = (0..number).map(|number| format!("(select count(*) from t{number})"));
        let counts: Vec<_> = counts.collect();
        format!("with {} select {}", tables.join(", "), counts.join(", "))
    };
    assert_eq!(all(&sqlite, &tables(15)).await.unwrap().len(), 1);
    let refused = refusal(&sqlite, &tables(16)).await;
    assert!(refused.contains("SELECTs"), "{refused}");
}
