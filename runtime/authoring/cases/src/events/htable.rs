//! Events of tables.

use evroute_module_htable::events::{Expired, ModInit};

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<ModInit>(), kind::<Expired>()]
}

impl InCases for ModInit {
    const EXAMPLE: &'static str = "";

    fn build(case: &Case) -> Result<Self, String> {
        Ok(Self {
            subject: quiet(case),
        })
    }
}

impl InCases for Expired {
    const EXAMPLE: &'static str = r#"expired = { table = "blocked", key = "alice", value = 1 }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let entry = case.expired.as_ref();
        let entry = entry.ok_or_else(|| missing("expired = { table, key, value }"))?;
        Ok(Self {
            subject: quiet(case),
            table: entry.table.as_str().into(),
            key: entry.key.as_str().into(),
            value: entry.value.stored()?,
        })
    }
}
