//! The tables and shared variables of a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use evroute_module_htable::{HtableTenant, ShvConfig, TableConfig, TableId};

use crate::Error;
use crate::case::{Case, Entries};
use crate::cell::Cell;
use crate::mismatch::Mismatch;

/// More entries than any case has.
const ENTRIES_MAX: usize = 1000;

/// The tables as a case begins with them.
pub(crate) fn before(case: &Case) -> Result<Arc<HtableTenant>, Error> {
    let table = |name: &String| TableConfig {
        name: name.clone(),
        expire_seconds: 0,
        entries_max: ENTRIES_MAX as u64,
        bytes_max: 1 << 20,
        persist: false,
    };
    let shared = ShvConfig {
        entries_max: ENTRIES_MAX as u64,
        bytes_max: 1 << 20,
    };
    let tables = case.tables.keys().map(table).collect();
    let tenant = Arc::new(HtableTenant::new(tables, shared));
    for (name, entries) in &case.tables {
        let place = tenant.find(name).ok_or("a table is lost")?;
        write(&tenant, place, entries, case.time_us())?;
    }
    write(&tenant, TableId::Shared, &case.shared, case.time_us())?;
    Ok(tenant)
}

fn write(
    tenant: &Arc<HtableTenant>,
    place: TableId,
    entries: &Entries,
    now_us: u64,
) -> Result<(), Error> {
    for (key, cell) in entries {
        tenant.write(place, key, Some(cell.stored()?), now_us)?;
    }
    Ok(())
}

/// What they hold now that is not as the case says.
pub(crate) fn differences(tenant: &HtableTenant, case: &Case) -> Vec<Mismatch> {
    let found: BTreeMap<String, Entries> = tenant
        .tables()
        .iter()
        .map(|table| {
            let entries = table.dump(ENTRIES_MAX, None, case.time_us()).into_iter();
            let cells = entries.map(|(key, seen)| (key.to_string(), Cell::of_stored(&seen.value)));
            (table.name().to_string(), cells.collect())
        })
        .collect();
    let mut expected = case.tables.clone();
    expected.extend(case.after.tables.clone());
    let variables = tenant.shared().dump(ENTRIES_MAX).into_iter();
    let shared: Entries = variables
        .map(|(name, value)| (name.to_string(), Cell::of_stored(&value)))
        .collect();
    let expected_shared = case.after.shared.as_ref().unwrap_or(&case.shared);
    let of_tables = |tables: &BTreeMap<String, Entries>| -> Vec<String> {
        tables
            .iter()
            .flat_map(|(name, entries)| lines(&format!("{name}."), entries))
            .collect()
    };
    let tables = Mismatch::between("tables", of_tables(&expected), of_tables(&found));
    let shared = Mismatch::between("shared", lines("", expected_shared), lines("", &shared));
    tables.into_iter().chain(shared).collect()
}

/// Entries, one a line.
fn lines(before: &str, entries: &Entries) -> Vec<String> {
    let line = |(key, cell): (&String, &Cell)| format!("{before}{key} = {cell}");
    entries.iter().map(line).collect()
}
