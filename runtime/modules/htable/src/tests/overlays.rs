//! One run's view, and many at the same time.

use std::sync::Arc;

use super::{at, put, table, tenant};
use crate::{Error, KEY_BYTES_MAX, Overlay, SharedVariables, TableConfig, Value};

#[test]
fn a_run_sees_its_own_writes_and_others_do_not_until_it_commits() {
    let table = table(TableConfig::named("t"));
    put(&table, "old", 1, None, 0);
    let mut run = at(&table, 0);
    run.set("new", Value::text("x"), None).unwrap();
    assert!(run.remove("old").unwrap());
    assert!(!run.remove("old").unwrap(), "it is gone for this run");
    assert_eq!(run.get("new"), Some(Value::text("x")));
    assert_eq!(run.get("old"), None);

    let other = at(&table, 0);
    assert_eq!(
        (other.get("new"), other.get("old")),
        (None, Some(Value::Int(1)))
    );

    run.finish().unwrap();
    assert_eq!(
        (other.get("new"), other.get("old")),
        (Some(Value::text("x")), None)
    );
}

#[test]
fn a_run_that_does_not_commit_leaves_no_trace() {
    let table = table(TableConfig::named("t"));
    put(&table, "a", 1, None, 0);
    let mut run = at(&table, 0);
    run.set("b", Value::Int(2), None).unwrap();
    run.add("a", 5).unwrap();
    run.reserve().unwrap();
    drop(run);
    assert_eq!(table.get("a", 0), Some(Value::Int(1)));
    assert_eq!(table.get("b", 0), None);
    assert_eq!(
        (table.entries(), table.bytes()),
        (1, 9),
        "what was set aside was given back"
    );
}

#[test]
fn additions_of_runs_at_the_same_time_all_count() {
    let table = table(TableConfig::named("t"));
    let (mut one, mut two) = (at(&table, 0), at(&table, 0));
    assert_eq!(one.add("calls", 1), Ok(1));
    assert_eq!(two.add("calls", 10), Ok(10));
    assert_eq!(one.add("calls", 2), Ok(3));
    one.finish().unwrap();
    assert_eq!(
        two.get("calls"),
        Some(Value::Int(13)),
        "three of them and ten of its own"
    );
    two.finish().unwrap();
    assert_eq!(table.get("calls", 0), Some(Value::Int(13)));
}

#[test]
fn what_was_written_before_an_addition_in_the_same_run_is_added_to() {
    let table = table(TableConfig::named("t"));
    put(&table, "n", 100, None, 0);
    let mut run = at(&table, 0);
    run.set("n", Value::Int(5), None).unwrap();
    assert_eq!(run.add("n", 2), Ok(7));
    run.remove("n").unwrap();
    assert_eq!(run.add("n", 3), Ok(3), "removed first: it counts from 0");
    run.finish().unwrap();
    assert_eq!(table.get("n", 0), Some(Value::Int(3)));
}

#[test]
fn adding_to_text_is_refused_and_changes_nothing() {
    let table = table(TableConfig::named("t"));
    let mut run = at(&table, 0);
    run.set("a", Value::text("x"), None).unwrap();
    assert_eq!(run.add("a", 1), Err(Error::NotANumber));
    assert_eq!(run.get("a"), Some(Value::text("x")));
}

#[test]
fn an_addition_to_what_became_text_meanwhile_leaves_what_the_run_saw() {
    let table = table(TableConfig::named("t"));
    put(&table, "a", 1, None, 0);
    let mut run = at(&table, 0);
    assert_eq!(run.add("a", 1), Ok(2));
    let mut other = at(&table, 0);
    other.set("a", Value::text("x"), None).unwrap();
    other.finish().unwrap();
    run.finish().unwrap();
    assert_eq!(table.get("a", 0), Some(Value::Int(2)));
}

#[test]
fn sums_stop_at_the_end_of_64_bits() {
    let table = table(TableConfig::named("t"));
    let mut run = at(&table, 0);
    run.set("n", Value::Int(i64::MAX - 1), None).unwrap();
    assert_eq!(run.add("n", 5), Ok(i64::MAX));
    assert_eq!(run.add("m", i64::MIN), Ok(i64::MIN));
    assert_eq!(run.add("m", -1), Ok(i64::MIN));
    run.finish().unwrap();
    assert_eq!(table.get("m", 0), Some(Value::Int(i64::MIN)));
}

#[test]
fn a_key_that_is_too_long_is_refused() {
    let table = table(TableConfig::named("t"));
    let mut run = at(&table, 0);
    let long = "k".repeat(KEY_BYTES_MAX + 1);
    assert_eq!(run.set(&long, Value::Int(1), None), Err(Error::KeyTooLong));
    assert_eq!(run.add(&long, 1), Err(Error::KeyTooLong));
    assert_eq!(run.remove(&long), Err(Error::KeyTooLong));
    assert_eq!(run.get(&long), None);
    run.set(long.split_at(1).1, Value::Int(1), None).unwrap();
}

#[test]
fn threads_that_add_lose_nothing_and_commits_are_seen_whole() {
    let table = table(TableConfig::named("t"));
    let (threads, rounds) = (8, 500);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for round in 0..rounds {
                    let mut run = at(&table, 0);
                    for key in ["a", "b", "c", "d", "e", "f"] {
                        run.add(key, 1).unwrap();
                    }
                    run.set(&format!("own-{round}"), Value::Int(round), None)
                        .unwrap();
                    run.finish().unwrap();
                }
            });
        }
    });
    for key in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(table.get(key, 0), Some(Value::Int(threads * rounds)));
    }
    let rows = table.dump(0, usize::MAX);
    assert_eq!(rows.len() as u64, table.entries());
    let octets: u64 = rows.iter().map(|row| row.key.len() as u64 + 8).sum();
    assert_eq!(octets, table.bytes());
}

#[test]
fn shared_variables_begin_as_the_number_0_and_go_back_to_it() {
    let tenant = tenant(Vec::new());
    let variables = tenant.variables();
    assert_eq!(variables.get("starts"), Value::Int(0));
    let mut run = Overlay::new(Arc::clone(variables.table()), 7);
    assert_eq!(SharedVariables::seen(&run, "starts"), Value::Int(0));
    assert_eq!(run.add("starts", 1), Ok(1));
    run.set("mode", Value::text("night"), None).unwrap();
    assert_eq!(variables.get("starts"), Value::Int(0));
    run.finish().unwrap();
    assert_eq!(
        variables.dump(10),
        [
            ("mode".into(), Value::text("night")),
            ("starts".into(), Value::Int(1))
        ]
    );
    variables.set("starts", None).unwrap();
    assert_eq!(variables.get("starts"), Value::Int(0));
    assert_eq!(variables.dump(1).len(), 1, "the limit holds");
}

#[test]
fn the_operators_hand_reaches_each_table_by_its_name() {
    let tenant = tenant(vec![TableConfig::named("b"), TableConfig::named("a")]);
    tenant.set("a", "k", Value::text("1"), 0).unwrap();
    tenant.set("b", "k", Value::Int(2), 0).unwrap();
    assert_eq!(tenant.get("a", "k", 0), Ok(Some(Value::text("1"))));
    assert_eq!(tenant.get("a", "other", 0), Ok(None));
    assert_eq!(tenant.get("c", "k", 0), Err(Error::NotGranted));
    let rows = tenant.dump("b", 0, 10).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((&*rows[0].key, rows[0].seconds_left), ("k", None));
    assert_eq!(tenant.delete("b", "k", 0), Ok(true));
    assert_eq!(tenant.delete("b", "k", 0), Ok(false));
    let names: Vec<_> = tenant
        .tables()
        .iter()
        .map(|t| t.name().to_string())
        .collect();
    assert_eq!(names, ["a", "b"]);
}
