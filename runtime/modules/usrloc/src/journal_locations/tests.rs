//! Registrations over the end of a server.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::location::testing;
use crate::{Config, LocationTable, RegisterError, Saved, Timestamp, Update};

const NOW: Timestamp = Timestamp::from_seconds(1000);

struct Disk {
    _folder: tempfile::TempDir,
    journal: Arc<Journal>,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::at(folder.path().join("journal.db")));
        Self {
            _folder: folder,
            journal,
        }
    }

    /// The same file, as the next process finds it.
    fn restarted(mut self) -> Self {
        let path = self.journal.path().to_owned();
        self.journal.close();
        self.journal = Arc::new(Journal::at(path));
        self
    }

    async fn store(&self) -> Arc<JournalLocations> {
        let tenant = "acme".parse().unwrap();
        let quota = TenantQuota::default();
        let opened = JournalLocations::open(&self.journal, &tenant, Durability::Process, &quota);
        Arc::new(opened.await.unwrap())
    }

    async fn table(&self) -> Arc<LocationTable> {
        let store = self.store().await;
        let kept = store.load().await.unwrap();
        Arc::new(LocationTable::of_store(Config::default(), store, kept))
    }

    async fn rows(&self) -> usize {
        self.store().await.load().await.unwrap().len()
    }
}

fn aor(user: &str) -> Aor {
    Aor::new(user, "example.com").unwrap()
}

fn binding(aor: &Aor, uri: &str, expires_at: u64, cseq: u32) -> Binding {
    Binding {
        uri: uri.to_owned(),
        expires_at: Timestamp::from_seconds(expires_at),
        cseq,
        ..testing::binding(aor)
    }
}

fn begin(table: &LocationTable, user: &str, uri: &str, ends: u64, cseq: u32) -> Saved {
    let aor = aor(user);
    let update = Update::Save(vec![binding(&aor, uri, ends, cseq)]);
    table.save(&aor, update, NOW).unwrap()
}

async fn save(table: &LocationTable, user: &str, uri: &str, ends: u64, cseq: u32) {
    let saved = begin(table, user, uri, ends, cseq);
    table.kept(saved).await.unwrap();
}

fn uris(table: &LocationTable, user: &str) -> Vec<String> {
    let found = table.lookup(aor(user).as_str(), NOW);
    found.iter().map(|binding| binding.uri.clone()).collect()
}

#[tokio::test]
async fn contacts_are_there_after_a_restart_in_their_order() {
    let disk = Disk::new();
    let table = disk.table().await;
    for (uri, cseq) in [("sip:a", 1), ("sip:b", 2), ("sip:c", 3), ("sip:a", 4)] {
        save(&table, "bob", &format!("{uri}@h"), 2000, cseq).await;
    }
    save(&table, "carol", "sip:c@h", 2000, 1).await;
    save(&table, "carol", "sip:c@h", 0, 2).await;
    save(&table, "dave", "sip:d@h", 1500, 1).await;
    let before = uris(&table, "bob");
    assert_eq!(before, ["sip:a@h", "sip:c@h", "sip:b@h"]);
    drop(table);
    let disk = disk.restarted();
    let table = disk.table().await;
    assert_eq!(uris(&table, "bob"), before);
    assert!(uris(&table, "carol").is_empty());
    assert_eq!(table.len(), 4);
    // What ended while the server was down is told once, and is not there after another restart.
    let expired = table.expired(Timestamp::from_seconds(1500), 10);
    let expired: Vec<_> = expired.iter().map(|one| one.binding.uri.as_str()).collect();
    assert_eq!(expired, ["sip:d@h"]);
    assert_eq!(disk.rows().await, 1);
    // The order of requests goes on as it was.
    let old = Update::Save(vec![binding(&aor("bob"), "sip:a@h", 2000, 4)]);
    let refused = table.save(&aor("bob"), old, NOW).map(drop);
    assert_eq!(refused, Err(RegisterError::OutOfOrder));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_costs_nobody_else_anything() {
    let disk = Disk::new();
    let table = disk.table().await;
    save(&table, "bob", "sip:b@h", 2000, 1).await;
    let store = disk.store().await;
    let broken = RowChange::put("carol@example.com", b"\xff".to_vec());
    store
        .rows
        .append(vec![broken])
        .unwrap()
        .done()
        .await
        .unwrap();
    let disk = disk.restarted();
    assert_eq!(uris(&*disk.table().await, "bob"), ["sip:b@h"]);
}

#[tokio::test]
async fn contacts_stay_when_the_configuration_changes_and_durability_goes_with_it() {
    let disk = Disk::new();
    let table = disk.table().await;
    save(&table, "bob", "sip:b@h", 2000, 1).await;
    let none = Config {
        durability: None,
        ..Config::default()
    };
    let table = Arc::new(table.changed(none.clone(), None));
    // As long as the change is not in force, everything is as it was.
    assert!(begin(&table, "bob", "sip:c@h", 2000, 1).is_pending());
    table.begin_keeping().unwrap().await.unwrap();
    assert_eq!(disk.rows().await, 0);
    assert!(!begin(&table, "carol", "sip:c@h", 2000, 1).is_pending());
    assert_eq!(uris(&table, "bob").len(), 2);
    let table = Arc::new(table.changed(Config::default(), Some(disk.store().await)));
    table.begin_keeping().unwrap().await.unwrap();
    assert_eq!(disk.rows().await, 2);
    assert!(
        table.begin_keeping().is_none(),
        "there is nothing left to do"
    );
    let disk = disk.restarted();
    assert_eq!(uris(&*disk.table().await, "bob").len(), 2);
}

/// A disk that takes nothing for a while, or nothing at all.
#[derive(Debug, Default)]
struct Broken {
    is_full: AtomicBool,
    is_closed: AtomicBool,
}

impl LocationStore for Broken {
    fn put(
        &self,
        _: &Aor,
        contacts: &[&Binding],
        _: Option<usize>,
    ) -> Result<StoringRow, NotStored> {
        let broken = NotStored("broken".to_owned());
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(broken);
        }
        let kept = match self.is_full.load(Ordering::Relaxed) {
            true => Err(broken),
            false => Ok(()),
        };
        Ok(StoringRow {
            bytes: (!contacts.is_empty()).then_some(1),
            kept: Box::pin(async move { kept }),
        })
    }

    fn load(&self) -> Loading<'_> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn clear(&self) -> Storing {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn what_is_not_kept_is_taken_back_unless_another_followed() {
    let disk = Arc::new(Broken::default());
    let table = LocationTable::of_store(Config::default(), disk.clone(), Vec::new());
    save(&table, "bob", "sip:a@h", 2000, 1).await;
    disk.is_full.store(true, Ordering::Relaxed);
    // One more, a refresh, and the end of all.
    let not_kept = RegisterError::NotKept {
        why: "broken".to_owned(),
    };
    let more = begin(&table, "bob", "sip:b@h", 2000, 1);
    assert_eq!(more.registered.len(), 2, "it counts at once");
    assert_eq!(table.kept(more).await, Err(not_kept.clone()));
    let again = begin(&table, "bob", "sip:a@h", 3000, 2);
    assert_eq!(table.kept(again).await, Err(not_kept.clone()));
    let gone = begin(&table, "bob", "sip:a@h", 0, 3);
    assert!(uris(&table, "bob").is_empty());
    assert_eq!(table.kept(gone).await, Err(not_kept.clone()));
    let found = table.lookup("bob@example.com", NOW);
    let found: Vec<_> = found
        .iter()
        .map(|one| (&*one.uri, one.expires_at.seconds()))
        .collect();
    assert_eq!(found, [("sip:a@h", 2000)]);
    assert_eq!(table.len(), 1);
    // Two on their way at once: the second says what counts.
    let first = begin(&table, "bob", "sip:b@h", 2000, 1);
    disk.is_full.store(false, Ordering::Relaxed);
    let second = begin(&table, "bob", "sip:c@h", 2000, 1);
    assert_eq!(table.kept(first).await, Err(not_kept));
    table.kept(second).await.unwrap();
    assert_eq!(uris(&table, "bob"), ["sip:c@h", "sip:b@h", "sip:a@h"]);
    assert_eq!(table.len(), 3);
}

#[tokio::test]
async fn what_is_not_taken_at_all_changes_nothing() {
    let disk = Arc::new(Broken::default());
    let table = LocationTable::of_store(Config::default(), disk.clone(), Vec::new());
    save(&table, "bob", "sip:a@h", 1500, 1).await;
    disk.is_closed.store(true, Ordering::Relaxed);
    let aor = aor("bob");
    let update = Update::Save(vec![binding(&aor, "sip:b@h", 2000, 1)]);
    let refused = table.save(&aor, update, NOW).unwrap_err();
    assert_eq!(refused.status(), (500, "Registration Not Kept"));
    assert!(refused.header().is_some());
    assert_eq!((uris(&table, "bob").len(), table.len()), (1, 1));
    // What is over is over, whether that is kept or not.
    assert_eq!(table.expired(Timestamp::from_seconds(1500), 10).len(), 1);
    assert!(table.is_empty());
}
