//! Times, and the race between a handler that decides and others that write.

use super::{S, at, put, table};
use crate::{Settlement, TableConfig, Value};

fn autoexpire(seconds: u32, update_expire: bool) -> TableConfig {
    TableConfig {
        expire_seconds: seconds,
        update_expire,
        ..TableConfig::named("t")
    }
}

#[test]
fn an_entry_is_invisible_from_the_moment_its_time_is_over() {
    let table = table(autoexpire(10, true));
    put(&table, "k", 1, None, 5 * S);
    assert_eq!(table.get("k", 15 * S - 1), Some(Value::Int(1)));
    assert_eq!(table.get("k", 15 * S), None);
    assert_eq!(table.dump(14 * S, 9)[0].seconds_left, Some(1));
    assert_eq!(table.dump(15 * S, 9), []);
    assert_eq!(table.entries(), 1, "it counts until it is settled");
}

#[test]
fn a_lifetime_of_its_own_wins_over_the_tables() {
    let table = table(autoexpire(10, true));
    put(&table, "short", 1, Some(3), 0);
    put(&table, "for good", 1, Some(0), 0);
    assert_eq!(table.get("short", 3 * S), None);
    assert_eq!(table.get("for good", u64::MAX - 1), Some(Value::Int(1)));
}

#[test]
fn writing_again_starts_the_time_anew_unless_the_table_says_otherwise() {
    for (update_expire, visible) in [(true, Some(Value::Int(2))), (false, None)] {
        let table = table(autoexpire(10, update_expire));
        put(&table, "k", 1, None, 0);
        put(&table, "k", 2, None, 6 * S);
        assert_eq!(table.get("k", 12 * S), visible, "{update_expire}");
    }
}

#[test]
fn counting_does_not_make_an_entry_immortal() {
    let table = table(TableConfig::named("t"));
    put(&table, "n", 1, Some(10), 0);
    let mut run = at(&table, 5 * S);
    run.add("n", 1).unwrap();
    run.finish().unwrap();
    assert_eq!(table.get("n", 9 * S), Some(Value::Int(2)));
    assert_eq!(table.get("n", 10 * S), None);
}

#[test]
fn a_run_can_change_the_time_of_an_entry_alone() {
    let table = table(autoexpire(10, true));
    put(&table, "k", 1, None, 0);
    let mut run = at(&table, 5 * S);
    assert_eq!(run.seconds_left("k"), Some(Some(5)));
    assert!(run.expire("k", 60).unwrap());
    assert!(!run.expire("other", 60).unwrap());
    assert_eq!(run.seconds_left("k"), Some(Some(60)));
    assert_eq!(run.seconds_left("other"), None);
    run.finish().unwrap();
    assert_eq!(table.get("k", 64 * S), Some(Value::Int(1)));
    assert_eq!(table.get("k", 65 * S), None);
}

#[test]
fn writing_an_expired_entry_begins_a_new_one() {
    let table = table(autoexpire(10, false));
    put(&table, "n", 5, None, 0);
    let mut run = at(&table, 20 * S);
    assert_eq!(run.add("n", 1), Ok(1), "what is over does not count");
    run.finish().unwrap();
    assert_eq!(table.get("n", 29 * S), Some(Value::Int(1)));
    assert_eq!(table.expired(29 * S, 9).len(), 0);
}

#[test]
fn an_expired_entry_is_named_once_and_removed_when_settled() {
    let table = table(autoexpire(10, true));
    put(&table, "k", 7, None, 0);
    assert_eq!(table.expired(10 * S - 1, 9).len(), 0);
    let mut found = table.expired(10 * S, 9);
    assert_eq!(table.expired(11 * S, 9).len(), 0, "named once");
    let entry = found.pop().unwrap();
    assert_eq!((&*entry.key, &entry.value), ("k", &Value::Int(7)));
    assert!(table.settle(entry, Settlement::Remove, 11 * S));
    assert_eq!((table.entries(), table.bytes()), (0, 0));
}

#[test]
fn an_extended_entry_is_back_and_is_named_again_later() {
    let table = table(autoexpire(10, true));
    put(&table, "k", 7, None, 0);
    let entry = table.expired(10 * S, 9).pop().unwrap();
    assert!(table.settle(entry, Settlement::Extend(5), 10 * S));
    assert_eq!(table.get("k", 14 * S), Some(Value::Int(7)));
    let entry = table.expired(15 * S, 9).pop().unwrap();
    assert!(
        table.settle(entry, Settlement::Extend(0), 15 * S),
        "0 removes"
    );
    assert_eq!(table.entries(), 0);
}

#[test]
fn a_decision_about_an_entry_that_was_written_meanwhile_changes_nothing() {
    for settlement in [Settlement::Remove, Settlement::Extend(1000)] {
        let table = table(autoexpire(10, true));
        put(&table, "k", 1, None, 0);
        let entry = table.expired(10 * S, 9).pop().unwrap();
        put(&table, "k", 2, None, 11 * S);
        assert!(!table.settle(entry, settlement, 12 * S));
        assert_eq!(table.get("k", 12 * S), Some(Value::Int(2)));
        assert_eq!(table.get("k", 21 * S), None, "its own time holds");
        assert_eq!(table.expired(21 * S, 9).len(), 1);
    }
}

#[test]
fn a_decision_about_an_entry_that_came_and_went_meanwhile_changes_nothing() {
    let table = table(autoexpire(10, true));
    put(&table, "k", 1, None, 0);
    let entry = table.expired(10 * S, 9).pop().unwrap();
    put(&table, "k", 2, None, 11 * S);
    let mut run = at(&table, 11 * S);
    run.remove("k").unwrap();
    run.finish().unwrap();
    assert!(!table.settle(entry, Settlement::Extend(1000), 12 * S));
    assert_eq!((table.get("k", 12 * S), table.entries()), (None, 0));
}

#[test]
fn removing_what_is_expired_leaves_it_to_be_told() {
    let table = table(autoexpire(10, true));
    put(&table, "k", 1, None, 0);
    let mut run = at(&table, 10 * S);
    assert!(!run.remove("k").unwrap(), "nobody sees it any more");
    run.finish().unwrap();
    assert_eq!(table.expired(10 * S, 9).len(), 1);
}

#[test]
fn a_run_that_began_before_the_end_and_commits_after_it_loses_no_accounting() {
    let table = table(autoexpire(10, true));
    put(&table, "n", 1, None, 0);
    let mut run = at(&table, 9 * S);
    run.add("n", 1).unwrap();
    let entry = table.expired(10 * S, 9).pop().unwrap();
    run.finish().unwrap();
    assert!(
        !table.settle(entry, Settlement::Remove, 10 * S),
        "it was written"
    );
    assert_eq!(table.get("n", 18 * S), Some(Value::Int(2)));
    assert_eq!((table.entries(), table.bytes()), (1, 9));
}

#[test]
fn the_sweep_takes_no_more_than_it_is_told_and_forgets_nothing() {
    let table = table(autoexpire(1, true));
    for n in 0..100 {
        put(&table, &format!("k{n}"), n, None, 0);
    }
    let mut seen = Vec::new();
    loop {
        let found = table.expired(2 * S, 7);
        if found.is_empty() {
            break;
        }
        assert!(found.len() <= 7);
        for entry in found {
            seen.push(entry.key.to_string());
            table.settle(entry, Settlement::Remove, 2 * S);
        }
    }
    seen.sort();
    seen.dedup();
    assert_eq!((seen.len(), table.entries()), (100, 0));
}

#[test]
fn threads_that_write_and_threads_that_sweep_agree_in_the_end() {
    let table = table(autoexpire(1, true));
    let settled = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let (table, settled) = (&table, &settled);
            scope.spawn(move || {
                for round in 0..300u64 {
                    let now = round * S / 10;
                    let value = i64::try_from(round).unwrap();
                    put(table, &format!("k{}", round % 20), value, None, now);
                    for entry in table.expired(now, 5 + usize::try_from(thread).unwrap()) {
                        let keep = entry.key.ends_with('3');
                        let settlement = if keep {
                            Settlement::Extend(2)
                        } else {
                            Settlement::Remove
                        };
                        let done = table.settle(entry, settlement, now);
                        settled.fetch_add(u64::from(done), std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    for entry in table.expired(u64::MAX - 1, usize::MAX) {
        assert!(
            table.settle(entry, Settlement::Remove, 0),
            "nothing is left unsettled"
        );
    }
    assert_eq!((table.entries(), table.bytes()), (0, 0));
    assert!(settled.into_inner() > 0);
}
