//! Tables over the end of a server.

use super::*;
use crate::testing::{SECOND, table};
use crate::{Config, ShvConfig, Stored, TableConfig, TableId, TotalConfig};

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

    /// A tenant with a table that outlives the server, or not, and one that does not.
    async fn tables(&self, persist: bool) -> Arc<HtableTenant> {
        let kept = TableConfig {
            persist,
            ..table("kept", 0, 1000)
        };
        let config = Config {
            tables: vec![table("lost", 0, 1000), kept],
            total: TotalConfig {
                entries_max: 1000,
                bytes_max: 1 << 20,
            },
            shared: ShvConfig {
                entries_max: 1,
                bytes_max: 1,
            },
        };
        let journal = Arc::clone(&self.journal);
        let id = "acme".parse().unwrap();
        let open = move || HtableTenant::open(config, &journal, &id, &TenantQuota::default());
        Arc::new(tokio::task::spawn_blocking(open).await.unwrap().unwrap())
    }
}

const LOST: TableId = TableId::Table(0);
const KEPT: TableId = TableId::Table(1);

fn put(tables: &Arc<HtableTenant>, place: TableId, key: &str, number: i64) {
    let value = Some(Stored::Int(number));
    tables.write(place, key, value, SECOND).unwrap();
}

fn value(tables: &HtableTenant, place: TableId, key: &str) -> Option<Stored> {
    Some(tables.at(place)?.get(key, SECOND)?.value)
}

#[tokio::test]
async fn entries_are_there_after_a_restart_and_those_that_were_removed_are_not() {
    let disk = Disk::new();
    let tables = disk.tables(true).await;
    for number in 0..600 {
        put(&tables, KEPT, &format!("k{number}"), number);
    }
    put(&tables, LOST, "k", 1);
    tables.flush().await.unwrap();
    put(&tables, KEPT, "k0", 7);
    assert!(tables.remove(KEPT, "k1", SECOND).unwrap());
    tables.flush().await.unwrap();
    drop(tables);
    let disk = disk.restarted();
    let tables = disk.tables(true).await;
    assert_eq!(value(&tables, KEPT, "k0"), Some(Stored::Int(7)));
    assert_eq!(value(&tables, KEPT, "k1"), None);
    assert_eq!(value(&tables, KEPT, "k599"), Some(Stored::Int(599)));
    assert_eq!(value(&tables, LOST, "k"), None);
    let kept = tables.at(KEPT).unwrap();
    assert_eq!(kept.entries(), 599);
    // A table that is not to be kept any more is empty from then on.
    drop(tables);
    let disk = disk.restarted();
    drop(disk.tables(false).await);
    assert_eq!(disk.tables(true).await.at(KEPT).unwrap().entries(), 0);
}

#[tokio::test]
async fn what_changes_is_kept_by_a_task_beside_the_runs() {
    let disk = Disk::new();
    let tables = disk.tables(true).await;
    let stop = CancellationToken::new();
    let id: TenantId = "acme".parse().unwrap();
    let kept = tables.kept_tables().first().unwrap();
    let keeping = kept.keep(&tables, &id, stop.clone());
    let writing = async {
        let before = disk.journal.tenant_totals().remove(0).kept_bytes;
        put(&tables, KEPT, "k", 1);
        while disk.journal.tenant_totals().remove(0).kept_bytes == before
            || tables
                .at(KEPT)
                .unwrap()
                .unkept()
                .is_some_and(|unkept| !unkept.is_empty())
        {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    tokio::join!(keeping, writing);
    // Whatever is on its way is written before the journal closes.
    let disk = disk.restarted();
    let tables = disk.tables(true).await;
    assert_eq!(value(&tables, KEPT, "k"), Some(Stored::Int(1)));
}

#[tokio::test]
async fn what_the_disk_does_not_take_is_tried_again() {
    let disk = Disk::new();
    let tables = disk.tables(true).await;
    put(&tables, KEPT, "k", 1);
    let journal = Arc::clone(&disk.journal);
    let removed = tokio::task::spawn_blocking(move || journal.remove_tenant("acme"));
    removed.await.unwrap().unwrap();
    assert!(
        tables.flush().await.is_err(),
        "the journal takes nothing of it any more"
    );
    let table = tables.at(KEPT).unwrap();
    assert!(!table.unkept().unwrap().is_empty());
    assert_eq!(value(&tables, KEPT, "k"), Some(Stored::Int(1)));
}
