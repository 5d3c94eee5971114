//! `evroute list`, and the page that is printed with it.

use std::path::Path;

use crate::command::evroute;

#[test]
fn the_reference_is_what_the_registries_print() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference.md");
    let page = std::fs::read_to_string(page).unwrap();
    for table in ["events", "variables", "capabilities", "metrics"] {
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

#[test]
fn the_page_about_the_configuration_names_every_key() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/configuration.md")).unwrap();
    let files = [
        "server/src/raw_config.rs",
        "modules/auth/src/config.rs",
        "modules/core/src/config.rs",
        "modules/htable/src/config.rs",
        "modules/sql/src/config/sections.rs",
        "modules/timer/src/config.rs",
        "modules/usrloc/src/config.rs",
    ];
    let texts = files.map(|file| std::fs::read_to_string(root.join("runtime").join(file)).unwrap());
    let keys: Vec<_> = texts
        .iter()
        .flat_map(|text| text.split("struct Raw").skip(1))
        .flat_map(|raw| raw.lines().skip(1).take_while(|line| *line != "}"))
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(key, _)| key.trim_start_matches("pub(crate) "))
        .collect();
    assert!(keys.len() > 50, "{keys:?}");
    let missing: Vec<_> = keys
        .iter()
        .filter(|key| !page.contains(&format!("`{key}`")) && !page.contains(&format!("{key}]")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/configuration.md does not name {missing:?}"
    );
}
