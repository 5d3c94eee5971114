//! Limits.

use std::sync::Arc;

use super::{S, at, put, table};
use crate::{Config, Error, HtableTenant, Settlement, TableConfig, Value};

fn small(entries_max: u64) -> TableConfig {
    TableConfig {
        entries_max,
        ..TableConfig::named("t")
    }
}

#[test]
fn a_full_table_refuses_the_next_entry_and_still_takes_changes() {
    let table = table(small(2));
    put(&table, "a", 1, None, 0);
    put(&table, "b", 1, None, 0);
    let mut run = at(&table, 0);
    let refused = run.set("c", Value::Int(1), None);
    assert_eq!(refused, Err(Error::QuotaExceeded));
    assert_eq!(run.get("c"), None, "what was refused was not written");
    assert_eq!(run.add("c", 1), Err(Error::QuotaExceeded));
    run.set("a", Value::Int(2), None).unwrap();
    run.add("b", 1).unwrap();
    run.finish().unwrap();
    assert_eq!(table.entries(), 2);
}

#[test]
fn a_run_can_put_one_entry_in_the_place_of_another() {
    let table = table(small(1));
    put(&table, "a", 1, None, 0);
    let mut run = at(&table, 0);
    run.remove("a").unwrap();
    run.set("b", Value::Int(2), None).unwrap();
    run.finish().unwrap();
    assert_eq!(table.get("b", 0), Some(Value::Int(2)));
    assert_eq!((table.entries(), table.bytes()), (1, 9));
}

#[test]
fn when_others_were_faster_nothing_of_the_run_is_committed() {
    let table = table(small(2));
    put(&table, "a", 1, None, 0);
    let mut run = at(&table, 0);
    run.set("a", Value::Int(5), None).unwrap();
    run.set("b", Value::Int(5), None).unwrap();
    put(&table, "c", 1, None, 0);
    assert_eq!(run.finish(), Err(Error::QuotaExceeded));
    assert_eq!(table.get("a", 0), Some(Value::Int(1)));
    assert_eq!((table.entries(), table.get("b", 0)), (2, None));
}

#[test]
fn what_one_run_has_set_aside_another_cannot_take() {
    let table = table(small(1));
    let (mut one, mut two) = (at(&table, 0), at(&table, 0));
    one.set("a", Value::Int(1), None).unwrap();
    two.set("b", Value::Int(1), None).unwrap();
    one.reserve().unwrap();
    assert_eq!(two.reserve(), Err(Error::QuotaExceeded));
    drop(one);
    two.reserve().unwrap();
    two.commit();
    assert_eq!((table.entries(), table.bytes()), (1, 9));
}

#[test]
fn the_octets_of_all_tables_of_a_tenant_are_counted_together() {
    let mut config = Config {
        tables: vec![TableConfig::named("a"), TableConfig::named("b")],
        ..Config::default()
    };
    config.quota.table_bytes_max = 100;
    let tenant = HtableTenant::new(&config);
    let sixty = Value::text(&"x".repeat(59));
    tenant.set("a", "k", sixty.clone(), 0).unwrap();
    let refused = tenant.set("b", "k", sixty.clone(), 0);
    assert_eq!(refused, Err(Error::QuotaExceeded));
    tenant.set("a", "k", Value::text("small"), 0).unwrap();
    tenant.set("b", "k", sixty, 0).unwrap();
}

#[test]
fn the_entries_of_all_tables_of_a_tenant_are_counted_together() {
    let mut config = Config {
        tables: vec![TableConfig::named("a"), TableConfig::named("b")],
        ..Config::default()
    };
    config.quota.table_entries_max = 1;
    let tenant = HtableTenant::new(&config);
    tenant.set("a", "k", Value::Int(1), 0).unwrap();
    let refused = tenant.set("b", "k", Value::Int(1), 0);
    assert_eq!(refused, Err(Error::QuotaExceeded));
    let shared = tenant.variables().set("v", Some(Value::Int(1)));
    assert_eq!(shared, Ok(()), "variables have limits of their own");
}

#[test]
fn shared_variables_have_limits() {
    let mut config = Config::default();
    config.quota.shv_entries_max = 1;
    config.quota.shv_bytes_max = 20;
    let tenant = HtableTenant::new(&config);
    let variables = tenant.variables();
    let long = Value::text(&"x".repeat(20));
    let refused = variables.set("v", Some(long));
    assert_eq!(refused, Err(Error::QuotaExceeded));
    variables.set("v", Some(Value::Int(1))).unwrap();
    let refused = variables.set("w", Some(Value::Int(1)));
    assert_eq!(refused, Err(Error::QuotaExceeded));
}

#[test]
fn expired_entries_hold_their_place_until_they_are_settled() {
    let table = table(small(1));
    put(&table, "a", 1, Some(1), 0);
    let mut run = at(&table, 5 * S);
    let refused = run.set("b", Value::Int(1), None);
    assert_eq!(refused, Err(Error::QuotaExceeded));
    run.set("a", Value::Int(2), Some(1)).unwrap();
    run.finish().unwrap();
    for entry in table.expired(9 * S, 9) {
        table.settle(entry, Settlement::Remove, 9 * S);
    }
    put(&table, "b", 1, None, 9 * S);
    assert_eq!(table.entries(), 1);
}

#[test]
fn a_full_table_stays_full_under_many_threads() {
    let table = table(small(50));
    let refused = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (table, refused) = (Arc::clone(&table), &refused);
            scope.spawn(move || {
                for round in 0..200 {
                    let mut run = at(&table, 0);
                    let key = format!("{thread}-{round}");
                    let written = run
                        .set(&key, Value::Int(1), None)
                        .and_then(|()| run.finish());
                    let full = u64::from(written.is_err());
                    refused.fetch_add(full, std::sync::atomic::Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(table.entries(), 50);
    assert_eq!(refused.into_inner(), 8 * 200 - 50);
}
