//! The languages that `make guests` always builds conform; and a component that does not is noticed.

use evroute_conformance::{Error, Example, Suite, judge};

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
    for example in Example::all(&[language])? {
        let component = component(&example)?;
        let found = judge(&component, &example.suite)?;
        let named = found
            .into_iter()
            .map(|why| format!("{}: {why}", example.name));
        complaints.extend(named);
    }
    Ok(complaints)
}

fn component(example: &Example) -> Result<Vec<u8>, Error> {
    let path = example.component();
    let missing = |error| format!("{}: {error}; make guests", path.display()).into();
    std::fs::read(&path).map_err(missing)
}

#[test]
fn every_rust_example_conforms() {
    let complaints = complaints("rust").unwrap();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn whatever_is_not_as_the_cases_say_is_told() {
    let suite = Suite::parse(LIES).unwrap();
    let mut examples = Example::all(&["rust"]).unwrap().into_iter();
    let filter = examples.find(|example| example.name == "local-request-filter");
    let component = component(&filter.unwrap()).unwrap();
    let complaints = judge(&component, &suite).unwrap();
    let told = [
        "one: it ended with \"send\", not \"drop\"",
        "one: it logged [], not [\"INFO nothing\"]",
        "one: the tables hold {\"blocked\": {\"bob\": Int(1)}}, not {\"blocked\": {}}",
        "one: the shared variables are {\"x\": Int(1)}, not {}",
        "one: it added [\"X-Accounted: yes\"], not []",
        "one: the rows are [[Text(\"sent\")]], not [[Text(\"dropped\")]]",
        "two: it ended with ",
    ];
    assert_eq!(complaints.len(), told.len(), "{complaints:#?}");
    for (complaint, begin) in complaints.iter().zip(told) {
        assert!(complaint.starts_with(begin), "{complaint}");
    }
}

#[test]
fn a_component_that_handles_another_event_is_no_example() {
    let mut examples = Example::all(&["rust"]).unwrap().into_iter();
    let hello = examples.find(|example| example.name == "hello").unwrap();
    let component = component(&hello).unwrap();
    let suite = Suite::parse(LIES).unwrap();
    let error = judge(&component, &suite).unwrap_err();
    assert_eq!(error.to_string(), "it does not handle tm:local-request");
}
