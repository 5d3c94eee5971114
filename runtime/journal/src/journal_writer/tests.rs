use super::*;
use crate::tenant_share::TenantShare;
use crate::{Commit, RowChange};

/// A writer whose batches are written by hand, with room for so many pages.
struct Bench {
    _folder: tempfile::TempDir,
    writer: JournalWriter,
    share: Arc<TenantShare>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let writer = JournalWriter::open(&path, &Arc::default(), &Arc::default());
        Self {
            _folder: folder,
            writer: writer.unwrap(),
            share: Arc::new(TenantShare::new("acme", 1, 0)),
        }
    }

    /// As a disk on which there is no room for more: the same error of the same engine.
    fn fill(&self) {
        let open = self.writer.open.as_ref().unwrap();
        let pages: i64 = open
            .connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        open.connection
            .pragma_update(None, "max_page_count", pages)
            .unwrap();
    }

    fn write(&mut self, durability: Durability, rows: usize) -> Result<(), JournalError> {
        let row = |number: usize| RowChange::put(number.to_be_bytes(), vec![7; 1000]);
        let what = QueuedWhat::Rows(1, (0..rows).map(row).collect());
        let (change, commit): (_, Commit) =
            QueuedChange::new(what, durability, &self.share).unwrap();
        self.writer.write(vec![change]);
        commit.wait()
    }

    fn rows(&self) -> i64 {
        let connection = Connection::open(&self.writer.path).unwrap();
        let count = "SELECT count(*) FROM rows";
        connection.query_row(count, [], |row| row.get(0)).unwrap()
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_is_kept_until_there_is_room() {
    let mut bench = Bench::new();
    bench.write(Durability::Process, 1).unwrap();
    bench.fill();
    let full = bench.write(Durability::Process, 50).unwrap_err();
    assert!(full.to_string().contains("is full"), "{full}");
    assert_eq!(bench.rows(), 1);
    assert_eq!(bench.share.kept(), 1040, "what is not kept is not counted");
    bench.write(Durability::Process, 50).unwrap();
    assert_eq!(bench.rows(), 50);
    assert_eq!(bench.writer.counts.failures.load(Ordering::Relaxed), 1);
}

#[test]
fn a_disk_that_is_read_only_is_told_and_tried_again() {
    let mut bench = Bench::new();
    let open = bench.writer.open.as_ref().unwrap();
    open.connection
        .pragma_update(None, "query_only", true)
        .unwrap();
    let refused = bench.write(Durability::Power, 1).unwrap_err();
    assert!(refused.to_string().contains("readonly"), "{refused}");
    bench.write(Durability::Power, 1).unwrap();
    assert_eq!(bench.rows(), 1);
}

#[test]
fn a_file_that_is_gone_is_told_and_another_is_made() {
    let mut bench = Bench::new();
    bench.write(Durability::Process, 1).unwrap();
    // As after a failure: what it is opened for again is not there.
    bench.writer.open = None;
    let path = bench.writer.path.clone();
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let refused = bench.write(Durability::Process, 1).unwrap_err();
    assert!(matches!(refused, JournalError::Unusable(_)), "{refused}");
    std::fs::remove_dir(&path).unwrap();
    bench.write(Durability::Process, 1).unwrap();
    assert_eq!(bench.rows(), 1);
}
