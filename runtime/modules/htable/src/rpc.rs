//! The operator's hand: what the methods `htable.*` and `pv.shv*` answer. Names and arguments as
//! Kamailio's.

mod methods;

use std::sync::Arc;

use serde_json::{Value as Json, json};

pub(crate) use methods::METHODS;

use crate::{Expiry, HtableTenant, Stored, Table, TableId, WriteError};

/// How many entries one answer lists at most.
pub(crate) const DUMP_ENTRIES_MAX: usize = 10_000;
/// How many bytes of keys and values one answer lists, more by one entry at most: as text they take
/// up to six times as much, and many answers may be under way.
const DUMP_BYTES_MAX: usize = 1 << 20;

/// Why a method cannot do what it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum RpcRefusal {
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

/// `htable.dump TABLE [AFTER]`: entries by key, after that key; at most [`DUMP_ENTRIES_MAX`] and
/// about a MiB of them. Where some are omitted, `next` is the key after which to go on.
///
/// # Errors
/// [`RpcRefusal::NoTable`].
pub(crate) fn dump(
    tenant: &HtableTenant,
    table: &str,
    after: Option<&str>,
    now_us: u64,
) -> Result<Json, RpcRefusal> {
    let (_, table) = find(tenant, table)?;
    let seen = table.dump(DUMP_ENTRIES_MAX + 1, after, now_us);
    let (mut entries, mut bytes) = (Vec::new(), 0);
    for (key, seen) in seen.iter().take(DUMP_ENTRIES_MAX) {
        entries.push(entry(key, &seen.value, Some((seen.expiry, now_us))));
        bytes += key.len() + seen.value.bytes();
        if bytes >= DUMP_BYTES_MAX {
            break;
        }
    }
    let last = entries.len().checked_sub(1).and_then(|last| seen.get(last));
    let next = last
        .filter(|_| entries.len() < seen.len())
        .map(|(key, _)| &**key);
    let mut listed =
        json!({ "table": &**table.name(), "size": table.entries(), "entries": entries });
    if let (Some(next), Some(listed)) = (next, listed.as_object_mut()) {
        listed.insert("next".to_owned(), json!(next));
    }
    Ok(listed)
}

/// `htable.listTables`: name, number of entries and bytes of each table.
#[must_use]
pub(crate) fn list_tables(tenant: &HtableTenant) -> Json {
    let row = |table: &Table| json!({ "name": &**table.name(), "size": table.entries(), "bytes": table.bytes() });
    tenant.tables().iter().map(row).collect()
}

/// `htable.get TABLE KEY`.
///
/// # Errors
/// [`RpcRefusal::NoTable`], [`RpcRefusal::NoEntry`].
pub(crate) fn get(
    tenant: &HtableTenant,
    table: &str,
    key: &str,
    now_us: u64,
) -> Result<Json, RpcRefusal> {
    let (_, table) = find(tenant, table)?;
    let seen = table
        .get(key, now_us)
        .ok_or_else(|| RpcRefusal::NoEntry(key.to_owned()))?;
    Ok(entry(key, &seen.value, Some((seen.expiry, now_us))))
}

/// `htable.sets TABLE KEY VALUE` and `htable.seti TABLE KEY NUMBER`: writes at once, with the
/// table's own time to live.
///
/// # Errors
/// [`RpcRefusal::NoTable`], [`RpcRefusal::Write`].
pub(crate) fn set(
    tenant: &Arc<HtableTenant>,
    table: &str,
    key: &str,
    value: Stored,
    now_us: u64,
) -> Result<Json, RpcRefusal> {
    let (place, _) = find(tenant, table)?;
    tenant.write(place, key, Some(value), now_us)?;
    get(tenant, table, key, now_us)
}

/// `htable.delete TABLE KEY`.
///
/// # Errors
/// [`RpcRefusal::NoTable`], [`RpcRefusal::NoEntry`], [`RpcRefusal::Write`].
pub(crate) fn delete(
    tenant: &Arc<HtableTenant>,
    table: &str,
    key: &str,
    now_us: u64,
) -> Result<Json, RpcRefusal> {
    let (place, _) = find(tenant, table)?;
    match tenant.remove(place, key, now_us)? {
        true => Ok(json!({ "removed": key })),
        false => Err(RpcRefusal::NoEntry(key.to_owned())),
    }
}

/// `pv.shvGet [NAME]`: one shared variable, or all that were written.
#[must_use]
pub(crate) fn shv_get(tenant: &HtableTenant, name: Option<&str>) -> Json {
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
/// [`RpcRefusal::Write`].
pub(crate) fn shv_set(
    tenant: &Arc<HtableTenant>,
    name: &str,
    value: Stored,
) -> Result<Json, RpcRefusal> {
    tenant.write(TableId::Shared, name, Some(value), 0)?;
    Ok(shv_get(tenant, Some(name)))
}

fn find<'a>(tenant: &'a HtableTenant, name: &str) -> Result<(TableId, &'a Table), RpcRefusal> {
    let found = tenant
        .find(name)
        .and_then(|place| Some((place, tenant.at(place)?)));
    found.ok_or_else(|| RpcRefusal::NoTable(name.to_owned()))
}

/// One entry. `expire_seconds` is 0 for one that stays for good, and missing where nothing expires.
fn entry(name: &str, value: &Stored, lives: Option<(Expiry, u64)>) -> Json {
    let (kind, value) = match value {
        Stored::Int(number) => ("int", json!(number)),
        Stored::Text(text) => ("str", json!(&**text)),
        Stored::Octets(bytes) => ("octets", json!(hex(bytes))),
    };
    match lives {
        None => json!({ "name": name, "type": kind, "value": value }),
        Some((expiry, now_us)) => {
            let left = expiry.seconds_left(now_us);
            json!({ "name": name, "type": kind, "value": value, "expire_seconds": left })
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SECOND, table, tenant};

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
        let all = dump(&tenant, "short", None, 2 * SECOND + 1).unwrap();
        let bytes = json!({ "name": "b", "type": "octets", "value": "ff01", "expire_seconds": 9 });
        let text = json!({ "name": "k", "type": "str", "value": "yes", "expire_seconds": 9 });
        assert_eq!(
            all,
            json!({ "table": "short", "size": 2, "entries": [bytes, text] })
        );
        let rest = dump(&tenant, "short", Some("b"), SECOND).unwrap();
        assert_eq!(rest["entries"].as_array().unwrap().len(), 1);
        assert_eq!(rest["entries"][0]["name"], "k");
        assert_eq!(
            delete(&tenant, "short", "k", SECOND).unwrap(),
            json!({ "removed": "k" })
        );
        let gone = Err(RpcRefusal::NoEntry("k".to_owned()));
        assert_eq!(get(&tenant, "short", "k", SECOND), gone);
        assert_eq!(delete(&tenant, "short", "k", SECOND), gone);
    }

    /// The keys of all pages, and how many pages there were.
    fn pages(tenant: &HtableTenant) -> (Vec<String>, usize) {
        let (mut keys, mut pages, mut after) = (Vec::new(), 0, None::<String>);
        loop {
            let page = dump(tenant, "plain", after.as_deref(), 0).unwrap();
            let entries = page["entries"].as_array().unwrap();
            keys.extend(
                entries
                    .iter()
                    .map(|entry| entry["name"].as_str().unwrap().to_owned()),
            );
            let bytes: usize = entries
                .iter()
                .map(|entry| entry["value"].to_string().len())
                .sum();
            assert!(bytes < 2 * DUMP_BYTES_MAX, "{bytes} bytes in one answer");
            pages += 1;
            match page.get("next") {
                Some(next) => after = Some(next.as_str().unwrap().to_owned()),
                None => return (keys, pages),
            }
        }
    }

    #[test]
    fn a_large_table_is_listed_in_pages() {
        let large = crate::TableConfig {
            bytes_max: 10 << 20,
            ..table("plain", 0, 1000)
        };
        let tenant = Arc::new(HtableTenant::new(
            vec![large],
            crate::ShvConfig {
                entries_max: 1,
                bytes_max: 1,
            },
        ));
        let value = Stored::Text("x".repeat(60_000).as_str().into());
        let mut keys: Vec<_> = (0..40).map(|number| format!("k{number}")).collect();
        for key in &keys {
            set(&tenant, "plain", key, value.clone(), 0).unwrap();
        }
        keys.sort();
        // Eighteen of them are more than a MiB.
        assert_eq!(pages(&tenant), (keys, 3));
    }

    #[test]
    fn what_is_not_there_or_has_no_room_is_said() {
        let tenant = Arc::new(tenant());
        assert_eq!(
            dump(&tenant, "no", None, 0),
            Err(RpcRefusal::NoTable("no".to_owned()))
        );
        let set = |key: &str| set(&tenant, "tiny", key, Stored::Int(1), 0);
        set("a").unwrap();
        set("b").unwrap();
        assert_eq!(set("c"), Err(RpcRefusal::Write(WriteError::Full)));
        assert_eq!(tenant.writes_full(), 1);
        assert_eq!(set(""), Err(RpcRefusal::Write(WriteError::KeyLength)));
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
