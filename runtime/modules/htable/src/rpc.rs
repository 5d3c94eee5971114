//! The operator's hand: what the methods `htable.*` and `pv.shv*` answer. Names and arguments as Kamailio's.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::{Expiry, HtableTenant, Place, Stored, Table, WriteError};

/// How many entries one answer lists at most.
pub const DUMP_ENTRIES_MAX: usize = 10_000;

/// Why a method cannot do what it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such table.
    #[error("there is no table {0:?}")]
    NoTable(String),
    /// The table has no such entry.
    #[error("there is no entry {0:?}")]
    NoEntry(String),
    /// The write is not possible.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// `htable.dump TABLE`: up to `limit` entries, at most [`DUMP_ENTRIES_MAX`], sorted by key.
///
/// # Errors
/// [`Refusal::NoTable`].
pub fn dump(
    tenant: &HtableTenant,
    table: &str,
    limit: usize,
    now_us: u64,
) -> Result<Json, Refusal> {
    let (_, table) = find(tenant, table)?;
    let seen = table.dump(limit.min(DUMP_ENTRIES_MAX), now_us);
    let entries: Vec<_> = seen
        .iter()
        .map(|(key, seen)| entry(key, &seen.value, Some((seen.expiry, now_us))))
        .collect();
    Ok(json!({ "table": &**table.name(), "size": table.entries(), "entries": entries }))
}

/// `htable.listTables`: name, number of entries and octets of each table.
#[must_use]
pub fn list_tables(tenant: &HtableTenant) -> Json {
    let row = |table: &Table| json!({ "name": &**table.name(), "size": table.entries(), "bytes": table.bytes() });
    tenant.tables().iter().map(row).collect()
}

/// `htable.get TABLE KEY`.
///
/// # Errors
/// [`Refusal::NoTable`], [`Refusal::NoEntry`].
pub fn get(tenant: &HtableTenant, table: &str, key: &str, now_us: u64) -> Result<Json, Refusal> {
    let (_, table) = find(tenant, table)?;
    let seen = table
        .get(key, now_us)
        .ok_or_else(|| Refusal::NoEntry(key.to_owned()))?;
    Ok(entry(key, &seen.value, Some((seen.expiry, now_us))))
}

/// `htable.sets TABLE KEY VALUE` and `htable.seti TABLE KEY NUMBER`: writes at once, with the table's own time to live.
///
/// # Errors
/// [`Refusal::NoTable`], [`Refusal::Write`].
pub fn set(
    tenant: &Arc<HtableTenant>,
    table: &str,
    key: &str,
    value: Stored,
    now_us: u64,
) -> Result<Json, Refusal> {
    let (place, _) = find(tenant, table)?;
    tenant.write(place, key, Some(value), now_us)?;
    get(tenant, table, key, now_us)
}

/// `htable.delete TABLE KEY`.
///
/// # Errors
/// [`Refusal::NoTable`], [`Refusal::NoEntry`], [`Refusal::Write`].
pub fn delete(
    tenant: &Arc<HtableTenant>,
    table: &str,
    key: &str,
    now_us: u64,
) -> Result<Json, Refusal> {
    let (place, _) = find(tenant, table)?;
    match tenant.remove(place, key, now_us)? {
        true => Ok(json!({ "removed": key })),
        false => Err(Refusal::NoEntry(key.to_owned())),
    }
}

/// `pv.shvGet [NAME]`: one shared variable, or all that were written.
#[must_use]
pub fn shv_get(tenant: &HtableTenant, name: Option<&str>) -> Json {
    match name {
        Some(name) => entry(name, &tenant.shared().get(name), None),
        None => {
            let all = tenant.shared().dump(DUMP_ENTRIES_MAX);
            all.iter()
                .map(|(name, value)| entry(name, value, None))
                .collect()
        }
    }
}

/// `pv.shvSet NAME TYPE VALUE`: writes at once.
///
/// # Errors
/// [`Refusal::Write`].
pub fn shv_set(tenant: &Arc<HtableTenant>, name: &str, value: Stored) -> Result<Json, Refusal> {
    tenant.write(Place::Shared, name, Some(value), 0)?;
    Ok(shv_get(tenant, Some(name)))
}

fn find<'a>(tenant: &'a HtableTenant, name: &str) -> Result<(Place, &'a Table), Refusal> {
    let found = tenant
        .find(name)
        .and_then(|place| Some((place, tenant.at(place)?)));
    found.ok_or_else(|| Refusal::NoTable(name.to_owned()))
}

/// One entry. `expire_seconds` is 0 for one that stays for good, and missing where nothing expires.
fn entry(name: &str, value: &Stored, lives: Option<(Expiry, u64)>) -> Json {
    let (kind, value) = match value {
        Stored::Int(number) => ("int", json!(number)),
        Stored::Text(text) => ("str", json!(&**text)),
        Stored::Octets(octets) => ("octets", json!(hex(octets))),
    };
    match lives {
        None => json!({ "name": name, "type": kind, "value": value }),
        Some((expiry, now_us)) => {
            let left = expiry.seconds_left(now_us);
            json!({ "name": name, "type": kind, "value": value, "expire_seconds": left })
        }
    }
}

fn hex(octets: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    octets
        .iter()
        .flat_map(|octet| [digit(octet >> 4), digit(octet & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SECOND, tenant};

    #[test]
    fn what_is_set_is_shown_with_its_time_and_can_be_deleted() {
        let tenant = Arc::new(tenant());
        let text = Stored::Text("yes".into());
        let shown = set(&tenant, "short", "k", text, SECOND).unwrap();
        let wanted = json!({ "name": "k", "type": "str", "value": "yes", "expire_seconds": 10 });
        assert_eq!(shown, wanted);
        set(
            &tenant,
            "short",
            "b",
            Stored::Octets([0xff, 0x01].into()),
            SECOND,
        )
        .unwrap();
        let all = dump(&tenant, "short", 10, 2 * SECOND + 1).unwrap();
        let octets = json!({ "name": "b", "type": "octets", "value": "ff01", "expire_seconds": 9 });
        let text = json!({ "name": "k", "type": "str", "value": "yes", "expire_seconds": 9 });
        assert_eq!(
            all,
            json!({ "table": "short", "size": 2, "entries": [octets, text] })
        );
        assert_eq!(
            dump(&tenant, "short", 1, SECOND).unwrap()["entries"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            delete(&tenant, "short", "k", SECOND).unwrap(),
            json!({ "removed": "k" })
        );
        let gone = Err(Refusal::NoEntry("k".to_owned()));
        assert_eq!(get(&tenant, "short", "k", SECOND), gone);
        assert_eq!(delete(&tenant, "short", "k", SECOND), gone);
    }

    #[test]
    fn what_is_not_there_or_has_no_room_is_said() {
        let tenant = Arc::new(tenant());
        assert_eq!(
            dump(&tenant, "no", 1, 0),
            Err(Refusal::NoTable("no".to_owned()))
        );
        let set = |key: &str| set(&tenant, "tiny", key, Stored::Int(1), 0);
        set("a").unwrap();
        set("b").unwrap();
        assert_eq!(set("c"), Err(Refusal::Write(WriteError::Full)));
        assert_eq!(set(""), Err(Refusal::Write(WriteError::KeyLength)));
        assert_eq!(
            set("a").unwrap()["value"],
            1,
            "a full table can be overwritten"
        );
        let sizes: Vec<_> = list_tables(&tenant)
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["size"].clone())
            .collect();
        assert_eq!(sizes, [0, 0, 2]);
    }

    #[test]
    fn a_shared_variable_is_zero_until_it_is_set() {
        let tenant = Arc::new(tenant());
        assert_eq!(
            shv_get(&tenant, Some("n")),
            json!({ "name": "n", "type": "int", "value": 0 })
        );
        assert_eq!(shv_get(&tenant, None), json!([]));
        shv_set(&tenant, "n", Stored::Int(5)).unwrap();
        assert_eq!(
            shv_get(&tenant, None),
            json!([{ "name": "n", "type": "int", "value": 5 }])
        );
    }
}
