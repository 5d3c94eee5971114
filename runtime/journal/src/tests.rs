use std::path::PathBuf;

use super::*;

const LIMITS: JournalLimits = JournalLimits {
    queued_bytes_max: 1 << 20,
    kept_bytes_max: 1 << 20,
};

struct Disk {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        Self {
            _folder: folder,
            path,
        }
    }

    fn journal(&self) -> Journal {
        Journal::at(&self.path)
    }
}

fn open(journal: &Journal, tenant: &str, store: &str) -> JournalStore {
    journal
        .open_store((tenant, store), Durability::Process, LIMITS)
        .unwrap()
}

fn put(key: &str, row: &str) -> RowChange {
    RowChange::put(key, row.into())
}

fn rows(store: &JournalStore) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    store
        .rows(|key, row| all.push((text(key), text(row))))
        .unwrap();
    all
}

fn pair(key: &str, row: &str) -> (String, String) {
    (key.to_owned(), row.to_owned())
}

#[test]
fn a_journal_that_nobody_uses_has_no_file() {
    let disk = Disk::new();
    let journal = disk.journal();
    journal.remove_tenant("acme").unwrap();
    journal.close();
    assert!(!disk.path.exists());
}

#[test]
fn what_was_written_is_there_after_a_restart_for_whom_it_was_written() {
    let disk = Disk::new();
    let journal = disk.journal();
    let (acme, other) = (open(&journal, "acme", "a"), open(&journal, "other", "a"));
    let second = open(&journal, "acme", "b");
    acme.append(vec![put("1", "x"), put("2", "y")]).unwrap();
    acme.append(vec![put("1", "z"), RowChange::remove("2"), put("3", "")])
        .unwrap();
    other.append(vec![put("1", "other")]).unwrap();
    second.append(vec![put("1", "second")]).unwrap();
    drop((acme, other, second));
    drop(journal);
    let journal = disk.journal();
    assert_eq!(
        rows(&open(&journal, "acme", "a")),
        [pair("1", "z"), pair("3", "")]
    );
    assert_eq!(rows(&open(&journal, "acme", "b")), [pair("1", "second")]);
    assert_eq!(rows(&open(&journal, "other", "a")), [pair("1", "other")]);
    assert_eq!(rows(&open(&journal, "none", "a")), []);
}

#[test]
fn both_durabilities_are_answered() {
    let disk = Disk::new();
    let journal = disk.journal();
    for (_, durability) in Durability::WORDS {
        let Some(durability) = durability else {
            continue;
        };
        let store = journal
            .open_store(("acme", "a"), durability, LIMITS)
            .unwrap();
        store.append(vec![put("1", "x")]).unwrap().wait().unwrap();
    }
    let totals = journal.totals();
    // A store that is opened of a tenant that is known is one change more.
    assert_eq!((totals.changes, totals.failures), (3, 0));
}

#[test]
fn a_tenant_that_is_removed_leaves_nothing_and_the_next_of_its_name_finds_nothing() {
    let disk = Disk::new();
    let journal = disk.journal();
    let (acme, other) = (open(&journal, "acme", "a"), open(&journal, "other", "a"));
    for store in [&acme, &other] {
        store.append(vec![put("1", "x")]).unwrap();
    }
    journal.remove_tenant("acme").unwrap();
    let late = acme.append(vec![put("2", "late")]);
    assert_eq!(late.unwrap_err(), JournalError::Closed);
    assert_eq!(rows(&open(&journal, "acme", "a")), []);
    assert_eq!(rows(&other), [pair("1", "x")]);
    let names: Vec<_> = journal
        .tenant_totals()
        .into_iter()
        .map(|one| one.tenant)
        .collect();
    assert!(names.contains(&"acme".to_owned()), "the new one: {names:?}");
}

#[test]
fn a_store_can_go_alone() {
    let disk = Disk::new();
    let journal = disk.journal();
    for store in ["a", "b"] {
        let store = open(&journal, "acme", store);
        store.append(vec![put("1", "x")]).unwrap();
    }
    journal.remove_store("acme", "a").unwrap();
    assert_eq!(rows(&open(&journal, "acme", "a")), []);
    assert_eq!(rows(&open(&journal, "acme", "b")), [pair("1", "x")]);
}

#[test]
fn a_share_of_the_disk_has_an_end_and_is_given_back() {
    let disk = Disk::new();
    let journal = disk.journal();
    // Two rows of 32 bytes, a key of one and one of ten.
    let limits = JournalLimits {
        kept_bytes_max: 86,
        ..LIMITS
    };
    let open = |journal: &Journal| {
        journal
            .open_store(("acme", "a"), Durability::Process, limits)
            .unwrap()
    };
    let store = open(&journal);
    let row = "0123456789";
    for key in ["1", "2"] {
        store.append(vec![put(key, row)]).unwrap().wait().unwrap();
    }
    let full = |store: &JournalStore| store.append(vec![put("3", row)]).unwrap_err();
    assert_eq!(full(&store), JournalError::Share);
    // The same row again is no more than before.
    let again = put("2", row).replacing(Some(row.len()));
    store.append(vec![again]).unwrap();
    drop(store);
    drop(journal);
    let journal = disk.journal();
    let store = open(&journal);
    assert_eq!(full(&store), JournalError::Share, "after a restart as well");
    let totals = journal.tenant_totals().remove(0);
    assert_eq!((totals.kept_bytes, totals.refused), (86, 1));
    let removed = RowChange::remove("1").replacing(Some(row.len()));
    store.append(vec![removed]).unwrap();
    store.append(vec![put("3", row)]).unwrap().wait().unwrap();
    assert_eq!(journal.tenant_totals().remove(0).queued_bytes, 0);
}

#[test]
fn a_full_queue_refuses_and_one_change_always_fits() {
    let share = std::sync::Arc::new(tenant_share::TenantShare::new("acme", 1, 0));
    share.limit(JournalLimits {
        queued_bytes_max: 100,
        ..LIMITS
    });
    let long = "x".repeat(200);
    let change = |row: &str| {
        let rows = queued_change::QueuedWhat::Rows(1, vec![put("1", row)]);
        queued_change::QueuedChange::new(rows, Durability::Process, &share)
    };
    let (first, _) = change(&long).unwrap();
    assert_eq!(change("").map(drop).unwrap_err(), JournalError::Queue);
    first.answer(Ok(()));
    let (_second, _) = change("").unwrap();
    assert_eq!(change(&long).map(drop).unwrap_err(), JournalError::Queue);
    assert_eq!(share.refused(), 2);
    assert_eq!(share.kept(), 32 + 1 + 200 + 32 + 1);
}

/// A queue with many changes of one tenant before one of another.
#[test]
fn a_flood_of_one_tenant_leaves_room_for_the_next_of_another() {
    let queue = journal_queue::JournalQueue::default();
    let put_one = |number: u64| {
        let name = number.to_string();
        let share = std::sync::Arc::new(tenant_share::TenantShare::new(&name, number, 0));
        let rows = queued_change::QueuedWhat::Rows(1, vec![put("1", "")]);
        let change = queued_change::QueuedChange::new(rows, Durability::Process, &share);
        queue.put(change.unwrap().0);
    };
    for _ in 0..10 * journal_queue::BATCH_ROWS_MAX {
        put_one(1);
    }
    put_one(2);
    let batch = queue.take().unwrap();
    assert_eq!(batch.len(), journal_queue::BATCH_ROWS_MAX);
    let places: Vec<_> = batch.iter().map(|change| change.share.number).collect();
    assert_eq!(places.iter().position(|number| *number == 2), Some(1));
    for change in batch {
        change.answer(Ok(()));
    }
    queue.abandon();
    assert!(queue.take().is_none());
}

#[test]
fn what_comes_at_the_same_time_shares_a_commit() {
    let disk = Disk::new();
    let journal = disk.journal();
    let store = open(&journal, "acme", "a");
    let before = journal.totals();
    let commits: Vec<_> = (0..100)
        .map(|key: u32| store.append(vec![put(&key.to_string(), "x")]).unwrap())
        .collect();
    for commit in commits {
        commit.wait().unwrap();
    }
    let totals = journal.totals();
    assert_eq!(totals.changes - before.changes, 100);
    let commits = totals.commits - before.commits;
    assert!(commits < 50, "{commits} commits for 100 changes");
    assert_eq!(rows(&store).len(), 100);
}

#[test]
fn a_file_that_cannot_be_used_is_said_and_tried_again() {
    let disk = Disk::new();
    std::fs::write(&disk.path, "certainly not a database, however long it is").unwrap();
    let journal = disk.journal();
    let refused = journal.open_store(("acme", "a"), Durability::Process, LIMITS);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("journal.db"), "{refused}");
    std::fs::remove_file(&disk.path).unwrap();
    open(&journal, "acme", "a");
}

#[tokio::test]
async fn an_answer_is_awaited_where_nothing_may_block() {
    let disk = Disk::new();
    let journal = disk.journal();
    let opened = tokio::task::spawn_blocking(move || {
        let store = open(&journal, "acme", "a");
        (journal, store)
    });
    let (journal, store) = opened.await.unwrap();
    store
        .append(vec![put("1", "x")])
        .unwrap()
        .done()
        .await
        .unwrap();
    journal.close();
    let closed = store.append(vec![put("2", "x")]).unwrap().done().await;
    assert_eq!(closed.unwrap_err(), JournalError::Closed);
}
