//! What a handler says of itself, beside its imports: the tables and databases that its code names,
//! and its blocks.

use std::collections::BTreeSet;

/// The name of the custom section. A line for each: `table NAME`, `database NAME`, `event NAME`.
pub(crate) const SECTION: &str = "evroute-declared";

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

    /// What is in the section.
    pub(crate) fn lines(&self) -> String {
        self.0.iter().map(|line| format!("{line}\n")).collect()
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
        assert_eq!(declared.lines(), "event timer:a\ntable b\n");
    }
}
