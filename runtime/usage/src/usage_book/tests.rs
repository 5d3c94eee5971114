use super::*;

fn used(runs: u64) -> LedgerTotals {
    LedgerTotals {
        runs,
        fuel: 1 << 40,
        ..LedgerTotals::default()
    }
}

fn rows(named: &[(&str, u64)]) -> Vec<(String, LedgerTotals)> {
    let row = |(name, runs): &(&str, u64)| ((*name).to_owned(), used(*runs));
    named.iter().map(row).collect()
}

#[test]
fn what_was_kept_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    let book = UsageBook::open(&path).unwrap();
    assert_eq!(book.used("acme"), None);
    assert_eq!(
        book.keep(100, &rows(&[("acme", 1), ("beta", 2)])).unwrap(),
        2
    );
    assert_eq!(
        book.keep(110, &rows(&[("acme", 5), ("beta", 2)])).unwrap(),
        1,
        "what differs"
    );
    // Nothing is closed in order: as after a kill.
    std::mem::forget(book);
    let book = UsageBook::open(&path).unwrap();
    let acme = UsageRecord {
        since: 100,
        written: 110,
        used: used(5),
    };
    assert_eq!(book.used("acme"), Some(acme));
    let all = book.all();
    let all: Vec<_> = all
        .iter()
        .map(|(tenant, one)| (tenant.as_str(), one.written))
        .collect();
    assert_eq!(all, [("acme", 110), ("beta", 100)]);
    book.purge("acme").unwrap();
    assert_eq!(UsageBook::open(&path).unwrap().used("acme"), None);
}

#[test]
fn the_file_does_not_grow_with_what_tenants_do_nor_with_how_many_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    let book = UsageBook::open_with(&path, 10).unwrap();
    let bytes = || {
        let files = ["usage.db", "usage.db-wal"].map(|name| folder.path().join(name));
        let bytes = files.map(|file| std::fs::metadata(file).map_or(0, |file| file.len()));
        bytes.into_iter().sum::<u64>()
    };
    for time in 0..50 {
        let name = format!("tenant-{time}");
        let live = rows(&[("always", 1), (&name, time)]);
        assert!(book.keep(1000 + time, &live).unwrap() > 0);
    }
    assert_eq!(book.all().len(), 10, "the oldest that are gone went");
    assert!(book.used("always").is_some() && book.used("tenant-41").is_some());
    assert!(book.used("tenant-40").is_none());
    for runs in 0..600 {
        book.keep(2000, &rows(&[("always", runs), ("tenant-49", runs)]))
            .unwrap();
    }
    // The write-ahead log is begun anew at 1,000 pages of 4 KiB.
    assert!(bytes() < 6 << 20, "{}", bytes());
}

#[test]
fn what_a_later_version_wrote_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    drop(UsageBook::open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 2).unwrap();
    drop(other);
    let refused = UsageBook::open(&path).unwrap_err().to_string();
    assert!(refused.contains("version 2"), "{refused}");
    std::fs::write(
        &path,
        "no database at all, but some text that is long enough",
    )
    .unwrap();
    let broken = UsageBook::open(&path).unwrap_err();
    assert!(matches!(broken, UsageError::File(_)), "{broken}");
}

#[test]
fn what_could_not_be_written_is_written_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.db");
    let book = UsageBook::open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    let refuse =
        "CREATE TRIGGER full BEFORE INSERT ON usage BEGIN SELECT RAISE(ABORT, 'full'); END";
    other.execute_batch(refuse).unwrap();
    let failed = book
        .keep(100, &rows(&[("acme", 1)]))
        .unwrap_err()
        .to_string();
    assert!(failed.contains("full"), "{failed}");
    assert_eq!(book.used("acme"), None);
    other.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(book.keep(100, &rows(&[("acme", 1)])).unwrap(), 1);
}
