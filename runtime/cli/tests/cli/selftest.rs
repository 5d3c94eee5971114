//! `evroute selftest`

use serde_json::Value;

use crate::command::{evroute, write};
use crate::server::{CONFIG, TENANT};

#[test]
fn every_attack_comes_to_what_it_must() {
    let ended = evroute(&["selftest", "--json"]);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let rows = report["attacks"].as_array().unwrap();
    let failed: Vec<_> = rows.iter().filter(|row| row["holds"] != true).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(rows.len() > 50, "{}", rows.len());
    assert_eq!(
        (ended.code, &report["holds"]),
        (Some(0), &Value::Bool(true))
    );
}

/// A node whose limits of components are wider than the defaults: what holds follows it.
#[test]
fn the_settings_are_those_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let server = "[server]\ncomponent_functions_max = 70000\ncore_module_backend = false\n";
    let text = CONFIG.replace("[server]\n", server);
    let path = write(folder.path(), "c.toml", text + TENANT);
    let ended = evroute(&["selftest", &path, "--verbose"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let reported = "it has 70001 functions, more than 70000, which component_functions_max";
    assert!(ended.stdout.contains(reported), "{}", ended.stdout);
}

#[test]
fn a_configuration_that_cannot_be_read_is_reported() {
    let ended = evroute(&["selftest", "nowhere.toml"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("nowhere.toml"), "{}", ended.stderr);
}
