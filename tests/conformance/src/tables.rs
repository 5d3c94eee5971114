//! The tables and shared variables of a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use evroute_module_htable::{HtableTenant, Place, ShvConfig, TableConfig};

use crate::Error;
use crate::case::{Case, Cell, Entries};

/// More entries than any case has.
const ENTRIES_MAX: usize = 1000;

/// When every event of every case happens, microseconds since 1970.
pub(crate) const NOW_US: u64 = 1_700_000_000_000_000;

/// The tables as a case begins with them.
pub(crate) fn before(case: &Case) -> Result<Arc<HtableTenant>, Error> {
    let table = |name: &String| TableConfig {
        name: name.clone(),
        expire_seconds: 0,
        entries_max: ENTRIES_MAX as u64,
        bytes_max: 1 << 20,
    };
    let shared = ShvConfig {
        entries_max: ENTRIES_MAX as u64,
        bytes_max: 1 << 20,
    };
    let tables = case.tables.keys().map(table).collect();
    let tenant = Arc::new(HtableTenant::new(tables, shared));
    for (name, entries) in &case.tables {
        let place = tenant.find(name).ok_or("a table is lost")?;
        write(&tenant, place, entries)?;
    }
    write(&tenant, Place::Shared, &case.shared)?;
    Ok(tenant)
}

fn write(tenant: &Arc<HtableTenant>, place: Place, entries: &Entries) -> Result<(), Error> {
    for (key, cell) in entries {
        tenant.write(place, key, Some(cell.stored()), NOW_US)?;
    }
    Ok(())
}

/// Complaints about what they hold now.
pub(crate) fn complaints(tenant: &HtableTenant, case: &Case) -> Vec<String> {
    let mut complaints = Vec::new();
    let found: BTreeMap<String, Entries> = tenant
        .tables()
        .iter()
        .map(|table| {
            let entries = table.dump(ENTRIES_MAX, None, NOW_US).into_iter();
            let cells = entries.map(|(key, seen)| (key.to_string(), Cell::of_stored(&seen.value)));
            (table.name().to_string(), cells.collect())
        })
        .collect();
    let mut expected = case.tables.clone();
    expected.extend(case.after.tables.clone());
    if found != expected {
        complaints.push(format!("the tables hold {found:?}, not {expected:?}"));
    }
    let variables = tenant.shared().dump(ENTRIES_MAX).into_iter();
    let found: Entries = variables
        .map(|(name, value)| (name.to_string(), Cell::of_stored(&value)))
        .collect();
    let expected = case.after.shared.as_ref().unwrap_or(&case.shared);
    if found != *expected {
        complaints.push(format!(
            "the shared variables are {found:?}, not {expected:?}"
        ));
    }
    complaints
}
