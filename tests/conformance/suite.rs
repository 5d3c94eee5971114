//! The languages that `make guests` always builds conform; and a component that does not is
//! noticed.

#[cfg(test)]
mod blocks;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use evroute_conformance::{
    Error, Example, LANGUAGES, NewProject, Suite, lost, measure, run_suite, standard_library,
    uncompiled, uneasy, unsaid, untold,
};
use evroute_project::{Language, StartingEvent};

/// Two cases of which nothing is true.
const LIES: &str = r#"
event = "tm:local-request"
grants = ["log", "pv", "sip", "htable:blocked", "sql:main"]
databases = ["main"]
setup = ["""create table local_requests
    (at integer, method text, from_uri text, request_uri text, call_id text, outcome text)"""]

[[case]]
name = "one"
message = { method = "OPTIONS", uri = "sip:bob@example.org", from = "<sip:alice@example.com>;tag=1" }
tables.blocked = { bob = 1 }
shared = { x = 1 }
verdict = "drop"
log = ["INFO nothing"]
added = []
after.tables.blocked = {}
after.shared = {}
rows = { query = "select outcome from local_requests", are = [["dropped"]] }

[[case]]
name = "two"
message = { method = "OPTIONS", uri = "sip:bob@example.org", from = "<sip:alice@example.com>;tag=1" }
error = "table left: "
"#;

fn complaints(language: &'static str) -> Result<Vec<String>, Error> {
    let mut complaints = Vec::new();
    let examples = Example::all(&[language])?;
    assert!(examples.len() >= 5, "{examples:?}");
    for example in examples {
        let component = example.component()?;
        let found = run_suite(&component, &example.suite)?;
        let named = found
            .into_iter()
            .map(|why| format!("{}: {why}", example.name));
        complaints.extend(named);
    }
    Ok(complaints)
}

fn guests() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../../guest-examples")
}

#[test]
fn every_rust_example_conforms() {
    let complaints = complaints("rust").unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn every_c_example_conforms() {
    let complaints = complaints("c").unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn every_kamailio_example_conforms() {
    let complaints = complaints("kamailio").unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn a_server_compiles_every_example_within_its_default_memory() {
    for language in ["rust", "c", "kamailio"] {
        let complaints = uncompiled(language).unwrap();
        assert!(complaints.is_empty(), "{language}: {complaints:#?}");
    }
}

/// What is wrong with what `evroute new` makes in this language, by its own cases.
fn begun(language: Language) -> Result<Vec<String>, Error> {
    let mut complaints = Vec::new();
    for event in StartingEvent::ALL {
        let folder = tempfile::tempdir()?;
        let project = NewProject::build(language, event, folder.path())?;
        let found = run_suite(&project.component, &project.suite)?;
        if project.suite.cases() != 2 {
            complaints.push(format!("{}: other cases than two", project.name));
        }
        let named = found
            .into_iter()
            .map(|why| format!("{}: {why}", project.name));
        complaints.extend(named);
    }
    Ok(complaints)
}

#[test]
fn a_new_project_passes_its_cases_in_rust() {
    let complaints = begun(Language::Rust).unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn a_new_project_passes_its_cases_in_c() {
    let complaints = begun(Language::C).unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn a_new_project_passes_its_cases_in_kamailios_language() {
    let complaints = begun(Language::Kamailio).unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn it_is_reported_where_a_handler_broke() {
    for language in [Language::Rust, Language::C, Language::Kamailio] {
        let folder = tempfile::tempdir().unwrap();
        let untold = untold(language, folder.path()).unwrap();
        assert!(untold.is_empty(), "{language}: {untold:#?}");
    }
}

#[test]
fn what_a_handler_and_its_world_lack_is_said() {
    for language in [Language::Rust, Language::C] {
        let folder = tempfile::tempdir().unwrap();
        let unsaid = unsaid(language, folder.path()).unwrap();
        assert!(unsaid.is_empty(), "{language}: {unsaid:#?}");
    }
}

#[test]
fn text_that_is_not_utf_8_ends_no_run() {
    for language in [Language::Rust, Language::C, Language::Kamailio] {
        let folder = tempfile::tempdir().unwrap();
        let lost = lost(language, folder.path()).unwrap();
        assert!(lost.is_empty(), "{language}: {lost:#?}");
    }
}

#[test]
fn what_a_standard_library_does_is_as_the_docs_say() {
    for language in [Language::Rust, Language::C, Language::Kamailio] {
        let folder = tempfile::tempdir().unwrap();
        let rows = standard_library(language, folder.path()).unwrap();
        assert!(rows.len() > 1, "{language}: {rows:?}");
        let wrong: Vec<_> = rows.iter().filter(|row| row.found.is_err()).collect();
        assert!(wrong.is_empty(), "{language}: {wrong:#?}");
    }
}

#[test]
fn a_new_project_is_clean_in_an_editor() {
    for language in [Language::Rust, Language::C] {
        let folder = tempfile::tempdir().unwrap();
        let complaints = uneasy(language, folder.path()).unwrap();
        assert!(complaints.is_empty(), "{language}: {complaints:#?}");
    }
}

/// Fuel and memory are exact and the same on every machine; time is for the bench. What is compiled
/// from Rust is inlined and asks the table itself, so it may take less, but not less than half.
#[test]
fn a_compiled_block_costs_at_most_twice_what_the_same_in_rust_does() {
    for name in ["hello", "local-request", "call-guard"] {
        let [own, rust] = ["kamailio", "rust"].map(|language| {
            let mut examples = Example::all(&[language]).unwrap().into_iter();
            let example = examples.find(|example| example.name == name).unwrap();
            measure(&example.component().unwrap(), &example.suite).unwrap()
        });
        let reported = format!("{name}: {own:?}, in Rust {rust:?}");
        println!("{reported}");
        assert!(own.fuel <= rust.fuel * 2, "{reported}");
        assert!(own.memory_bytes <= rust.memory_bytes, "{reported}");
    }
}

#[test]
fn an_example_has_the_same_world_in_every_language() {
    let guests = guests();
    for example in Example::all(LANGUAGES).unwrap() {
        let world = |language| guests.join(language).join(example.name).join("world.wit");
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        if ["rust", "kamailio"].contains(&example.language) {
            continue;
        }
        let (own, c) = (world(example.language), world("c"));
        assert!(!read(&c).is_empty(), "{} is not there", c.display());
        assert_eq!(read(&own), read(&c), "{}", own.display());
    }
}

/// The interfaces that a text or a component names, without those of payloads.
fn interfaces(within: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(within);
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "/@.-".contains(c));
    let named = text.split("evroute:").skip(1);
    let named = named.filter_map(|rest| rest.split(ends).next());
    let named = named.filter_map(|name| name.split_once("@0.1.0"));
    named
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.contains('/') && !name.ends_with("/types"))
        .collect()
}

/// In Rust the world follows from the code.
#[test]
fn a_rust_example_asks_for_what_the_others_say() {
    for example in Example::all(&["rust"]).unwrap() {
        let world = guests().join("c").join(example.name).join("world.wit");
        let Ok(world) = std::fs::read(world) else {
            let in_rust_alone = ["local-request-filter", "http-status"];
            assert!(
                in_rust_alone.contains(&example.name),
                "C has no {}",
                example.name
            );
            continue;
        };
        let component = example.component().unwrap();
        assert_eq!(
            interfaces(&component),
            interfaces(&world),
            "{}",
            example.name
        );
    }
}

#[test]
fn no_language_is_forgotten() {
    let folders = std::fs::read_dir(guests()).unwrap();
    let languages = folders
        .map(|folder| folder.unwrap().path())
        .filter(|folder| folder.join("hello").is_dir());
    let mut names: Vec<_> = languages
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let mut known = LANGUAGES.to_vec();
    names.sort_unstable();
    known.sort_unstable();
    assert_eq!(names, known);
}

#[test]
fn whatever_is_not_as_the_cases_say_is_reported() {
    let suite = Suite::parse(LIES).unwrap();
    let mut examples = Example::all(&["rust"]).unwrap().into_iter();
    let filter = examples.find(|example| example.name == "local-request-filter");
    let component = filter.unwrap().component().unwrap();
    let complaints = run_suite(&component, &suite).unwrap();
    let reported = [
        "one: verdict (- expected, + found)\n  - drop\n  + send",
        "one: log (- expected, + found)\n  - INFO nothing",
        "one: added (- expected, + found)\n  + X-Accounted: yes",
        "one: tables (- expected, + found)\n  + blocked.bob = 1",
        "one: shared (- expected, + found)\n  + x = 1",
        "one: rows (- expected, + found)\n  - \"dropped\"\n  + \"sent\"",
        "two: error (- expected, + found)\n  - \"table left: \"\n  + ",
    ];
    assert_eq!(complaints.len(), reported.len(), "{complaints:#?}");
    for (complaint, begin) in complaints.iter().zip(reported) {
        assert!(complaint.starts_with(begin), "{complaint}");
    }
}

#[test]
fn a_component_that_handles_another_event_is_no_example() {
    let mut examples = Example::all(&["rust"]).unwrap().into_iter();
    let hello = examples.find(|example| example.name == "hello").unwrap();
    let component = hello.component().unwrap();
    let suite = Suite::parse(LIES).unwrap();
    let error = run_suite(&component, &suite).unwrap_err();
    assert_eq!(
        error.to_string(),
        "case \"one\": it does not handle tm:local-request"
    );
}
