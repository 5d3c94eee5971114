//! A table of the file, read key by key.

use std::cell::RefCell;

use serde::de::{DeserializeOwned, IgnoredAny};
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::{At, Findings};

/// A table of the file, read key by key: each part of the server takes what is its own. What nobody
/// has read is an unknown key.
#[derive(Debug)]
pub struct Section<'t> {
    /// Where the table stands.
    place: At<()>,
    entries: DeTable<'t>,
    /// Keys that were asked for, there or not.
    known: RefCell<Vec<&'static str>>,
}

impl<'t> Section<'t> {
    /// The whole file; empty when the text is not TOML, which is noted.
    #[must_use]
    pub fn file(text: &'t str, findings: &mut Findings) -> Self {
        let root = DeTable::parse(text).unwrap_or_else(|error| {
            findings.unreadable(&error);
            At::new(0..0, DeTable::new())
        });
        Self::new(At::new(root.span(), ()), root.into_inner())
    }

    fn new(place: At<()>, entries: DeTable<'t>) -> Self {
        Self {
            place,
            entries,
            known: RefCell::default(),
        }
    }

    /// Where the table stands.
    #[must_use]
    pub fn place(&self) -> &At<()> {
        &self.place
    }

    fn entry(&self, key: &str) -> Option<&At<DeValue<'t>>> {
        let mut entries = self.entries.iter();
        entries.find_map(|(name, value)| (name.get_ref() == key).then_some(value))
    }

    /// The value of a key; none when it is not there, and when it is of another type, which is
    /// noted.
    pub fn read<T: DeserializeOwned>(
        &self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<T> {
        self.known.borrow_mut().push(key);
        let value = self.entry(key)?.clone();
        let read = T::deserialize(ValueDeserializer::from(value));
        read.map_err(|error| findings.unreadable(&error)).ok()
    }

    /// The value of a key that must be there.
    pub fn need<T: DeserializeOwned>(
        &self,
        key: &'static str,
        findings: &mut Findings,
    ) -> Option<T> {
        if self.entry(key).is_none() {
            findings.missing_key(&self.place, key);
        }
        self.read(key, findings)
    }

    /// The tables of `[[key]]`, in their order, to be read one by one.
    pub fn sections(&self, key: &'static str, findings: &mut Findings) -> Vec<Section<'t>> {
        // Whether they are tables is for the reader to find, in its own words.
        let are_tables =
            self.read::<Vec<std::collections::BTreeMap<String, IgnoredAny>>>(key, findings);
        let tables = self.entry(key).filter(|_| are_tables.is_some());
        let tables = tables.and_then(|tables| tables.get_ref().as_array());
        let section = |table: &At<DeValue<'t>>| {
            let entries = table.get_ref().as_table()?.clone();
            Some(Section::new(At::new(table.span(), ()), entries))
        };
        tables
            .into_iter()
            .flat_map(|tables| tables.iter())
            .filter_map(section)
            .collect()
    }

    /// The names of the tables of `[[key]]`, right or wrong as they may be otherwise.
    pub fn names(&self, key: &str) -> impl Iterator<Item = &str> {
        let tables = self
            .entry(key)
            .and_then(|tables| tables.get_ref().as_array());
        let tables = tables.into_iter().flat_map(|tables| tables.iter());
        tables.filter_map(|table| table.get_ref().get("name")?.get_ref().as_str())
    }

    /// Notes the keys that nobody has read.
    pub fn finish(&self, findings: &mut Findings) {
        let known = self.known.borrow();
        for key in self.entries.keys() {
            if !known.iter().any(|known| known == key.get_ref()) {
                let key = At::new(key.span(), key.get_ref().as_ref());
                findings.unknown_key(&key, &known);
            }
        }
    }
}
