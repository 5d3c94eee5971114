//! The tables against what they promise.

mod expiry;
mod model;
mod overlays;
mod quota;

use std::sync::Arc;

use crate::{Config, HtableTenant, Overlay, Table, TableConfig, Value};

/// One second.
const S: u64 = 1_000_000;

fn tenant(tables: Vec<TableConfig>) -> HtableTenant {
    HtableTenant::new(&Config {
        tables,
        ..Config::default()
    })
}

/// A table of its own tenant.
fn table(config: TableConfig) -> Arc<Table> {
    let tenant = tenant(vec![config]);
    Arc::clone(tenant.table(0).unwrap())
}

fn at(table: &Arc<Table>, now_us: u64) -> Overlay {
    Overlay::new(Arc::clone(table), now_us)
}

/// Writes with a lifetime, at once.
fn put(table: &Arc<Table>, key: &str, value: i64, lifetime: Option<u32>, now_us: u64) {
    let mut overlay = at(table, now_us);
    overlay.set(key, Value::Int(value), lifetime).unwrap();
    overlay.finish().unwrap();
}
