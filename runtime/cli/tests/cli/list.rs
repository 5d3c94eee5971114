//! `evroute list`, and the page that is printed with it.

use std::path::Path;

use crate::command::evroute;

#[test]
fn the_reference_is_what_the_registries_print() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference.md");
    let page = std::fs::read_to_string(page).unwrap();
    for table in ["events", "variables", "capabilities"] {
        let printed = evroute(&["list", table]);
        assert_eq!(printed.code, Some(0), "{}", printed.stderr);
        assert!(printed.stdout.lines().count() > 10, "{}", printed.stdout);
        let section = format!(
            "<!-- evroute list {table} -->\n{}<!-- end -->\n",
            printed.stdout
        );
        assert!(
            page.contains(&section),
            "docs/reference.md is not up to date: make reference"
        );
    }
}

#[test]
fn a_table_that_does_not_exist_is_a_usage_error() {
    let ended = evroute(&["list", "modules"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("variables"), "{}", ended.stderr);
}
