use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use super::*;

/// One connection, replaced at its deadline.
async fn impatient(folder: &tempfile::TempDir) -> Sqlite {
    let config = in_folder(folder);
    let DatabaseUrl::SqliteFile(path) = &config.url else {
        panic!("a file")
    };
    let limits = PoolLimits {
        connections_max: 1,
        replaced_after: Some(Duration::ZERO),
    };
    Sqlite::open_within(Place::File(path.clone()), &config, limits)
        .await
        .unwrap()
}

/// Keeps a connection at work beyond its deadline, until what is returned is dropped.
async fn stuck(sqlite: &Sqlite) -> mpsc::Sender<()> {
    let (until_dropped, waiting) = mpsc::channel::<()>();
    let (working, works) = oneshot::channel();
    let task: Task = Box::new(move |_| {
        working.send(()).unwrap();
        let _ = waiting.recv();
        Box::new(|| {})
    });
    let now = Instant::now();
    let handed = sqlite.pool.hand(now + PATIENCE, now, task).await;
    handed.unwrap();
    works.await.unwrap();
    until_dropped
}

#[tokio::test]
async fn a_connection_that_does_not_come_back_is_replaced_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = impatient(&folder).await;
    let reported = Arc::new(AtomicU32::new(0));
    let telling = Arc::clone(&reported);
    sqlite.on_replaced(Box::new(move || {
        telling.fetch_add(1, Ordering::Relaxed);
    }));
    let first = stuck(&sqlite).await;
    assert_eq!(sqlite.replaced(), 0);
    // Somebody wants a connection, and gets another. It is told before that has done anything.
    let telling = Arc::clone(&reported);
    let asked = sqlite.ask(Instant::now() + PATIENCE, move |_| {
        Ok(Ok(telling.load(Ordering::Relaxed)))
    });
    assert_eq!(asked.await.unwrap(), 1);
    done(&sqlite, "create table t (a)").await;
    assert_eq!((sqlite.replaced(), sqlite.connections().0), (1, 1));
    assert_eq!(reported.load(Ordering::Relaxed), 1);
    // So many may be left behind as there are connections, and no more.
    let second = stuck(&sqlite).await;
    let within = Duration::from_millis(200);
    let refused = sqlite.query(call("select 1", Vec::new(), within)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert_eq!(sqlite.replaced(), 1);
    // The first comes back at last: it ends, and the second can be replaced.
    drop(first);
    assert_eq!(all(&sqlite, "select * from t").await.unwrap().len(), 0);
    drop(second);
    sqlite.close().await;
}

#[tokio::test]
async fn a_thread_that_panics_costs_its_connection_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = impatient(&folder).await;
    let broken = sqlite.ask(
        Instant::now() + PATIENCE,
        |_| -> Result<Result<(), Error>, String> { panic!("as the test wants it") },
    );
    assert!(matches!(broken.await, Err(Error::Unavailable(_))));
    assert_eq!(all(&sqlite, "select 1").await.unwrap().len(), 1);
    assert_eq!(sqlite.replaced(), 0);
}

#[tokio::test]
async fn closing_waits_for_what_runs_and_refuses_what_comes_later() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Arc::new(open(&in_folder(&folder)).await);
    done(&sqlite, "create table t (a)").await;
    let held = stuck(&sqlite).await;
    let closing = Arc::clone(&sqlite);
    let mut closing = tokio::task::JoinSet::from_iter([async move { closing.close().await }]);
    tokio::task::yield_now().await;
    assert!(closing.try_join_next().is_none());
    drop(held);
    closing.join_next().await.unwrap().unwrap();
    let late = all(&sqlite, "select 1").await;
    assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
    assert!(!folder.path().join("t.db-wal").exists());
}
