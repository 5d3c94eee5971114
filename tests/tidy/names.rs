//! A name of the workspace's surface stands for one thing.

use std::collections::BTreeMap;

use crate::source::{none, sources};

/// Names that are read with their crate: `transport::Config`.
const PER_CRATE: [&str; 2] = ["Config", "Error"];

#[test]
fn no_two_public_types_share_a_name() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in sources("runtime", &[".rs"]) {
        if file.is_test() || file.is_generated() {
            continue;
        }
        for name in public_types(file.product_part()) {
            let places = places.entry(name.to_owned()).or_default();
            places.push(file.path.clone());
        }
    }
    let twice = places
        .iter()
        .filter(|(name, places)| places.len() > 1 && !PER_CRATE.contains(&name.as_str()));
    none(
        &twice
            .map(|(name, places)| format!("{name}: {}", places.join(", ")))
            .collect::<Vec<_>>(),
    );
}

/// Types that a file declares for others. Indented ones are associated types, whose names a trait
/// decides.
fn public_types(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ")?;
        let line = line.strip_prefix("unsafe ").unwrap_or(line);
        let rest = ["struct ", "enum ", "trait ", "type ", "union "]
            .iter()
            .find_map(|word| line.strip_prefix(word))?;
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
    })
}

#[test]
fn public_types_are_told_from_the_others() {
    let text = "pub struct A<T>(T);\npub(crate) enum B {}\npub fn c() {}\n    pub type D = u8;\n\
                pub trait E: Send {}\n// pub struct F\n";
    assert_eq!(public_types(text).collect::<Vec<_>>(), ["A", "E"]);
}
