//! What a handler says of itself, beside its imports: the tables and databases that its code names,
//! and its blocks.

use std::collections::BTreeSet;

/// The name of the custom section. A line for each: `table NAME`, `database NAME`, `event NAME`.
const SECTION: &str = "evroute-declared";

/// Collected while code is made, since what no block reaches is not needed.
#[derive(Default)]
pub(crate) struct Declared(BTreeSet<String>);

impl Declared {
    pub(crate) fn table(&mut self, name: &str) {
        self.0.insert(format!("table {name}"));
    }

    pub(crate) fn database(&mut self, name: &str) {
        self.0.insert(format!("database {name}"));
    }

    pub(crate) fn event(&mut self, name: &str) {
        self.0.insert(format!("event {name}"));
    }

    /// The section in text form.
    pub(crate) fn section(&self) -> String {
        let lines: String = self.0.iter().map(|line| format!("{line}\n")).collect();
        let bytes = lines.bytes().map(|byte| format!("\\{byte:02x}"));
        format!("(@custom \"{SECTION}\" \"{}\")", bytes.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_line_once() {
        let mut declared = Declared::default();
        declared.table("b");
        declared.table("b");
        declared.event("timer:a");
        let hex = "\\65\\76\\65\\6e\\74\\20\\74\\69\\6d\\65\\72\\3a\\61\\0a\\74\\61\\62\\6c\\65\\20\\62\\0a";
        let section = format!("(@custom \"evroute-declared\" \"{hex}\")");
        assert_eq!(declared.section(), section);
    }
}
