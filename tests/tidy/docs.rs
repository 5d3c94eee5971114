//! Documents that stay true.

use std::fs;

use crate::source::{Source, none, root, sources};

/// The parts of a decision record, in their order.
const HEADINGS: [&str; 5] = [
    "## Context",
    "## Decision",
    "## Why not the others",
    "## Consequences",
    "## How we would know we were wrong",
];

/// One page.
const RECORD_LINES_MAX: usize = 90;

#[test]
fn every_link_in_a_document_leads_somewhere() {
    let mut complaints = Vec::new();
    for file in sources("", &[".md"]) {
        for target in links(&file.text) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
                continue;
            }
            let folder = root().join(&file.path);
            let folder = folder.parent().expect("a file lies in a folder");
            if !folder.join(path).exists() {
                complaints.push(format!("{}: {target} is not there", file.path));
            }
        }
    }
    none(&complaints);
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains(' '))
}

fn records() -> Vec<Source> {
    let mut records = sources("docs/adr", &[".md"]);
    records.retain(|file| file.name() != "README.md");
    records
}

#[test]
fn every_decision_record_is_listed_has_five_parts_and_fits_a_page() {
    let index = fs::read_to_string(root().join("docs/adr/README.md")).unwrap();
    let mut complaints = Vec::new();
    for record in records() {
        if !index.contains(&format!("]({})", record.name())) {
            complaints.push(format!("{}: not listed in docs/adr/README.md", record.path));
        }
        let headings: Vec<&str> = record
            .text
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        if headings != HEADINGS {
            complaints.push(format!("{}: its parts are {headings:?}", record.path));
        }
        let lines = record.text.lines().count();
        if lines > RECORD_LINES_MAX {
            complaints.push(format!(
                "{}: {lines} lines are more than a page",
                record.path
            ));
        }
    }
    none(&complaints);
    assert!(
        records().len() >= 10,
        "the decisions taken are written down"
    );
}

/// Branches take their numbers before they land, so that there may be gaps for a while.
#[test]
fn decision_records_are_numbered_once() {
    let numbers: Vec<String> = records()
        .iter()
        .map(|record| record.name().chars().take(5).collect())
        .collect();
    for (number, record) in numbers.iter().zip(records()) {
        let (digits, dash) = number.split_at(number.len().min(4));
        let is_number = digits.bytes().all(|digit| digit.is_ascii_digit()) && dash == "-";
        let times = numbers.iter().filter(|other| *other == number).count();
        assert!(
            is_number && times == 1,
            "{}: its number is none, or another's too",
            record.path
        );
    }
}

#[test]
fn every_make_verb_that_a_document_names_exists() {
    let makefile = fs::read_to_string(root().join("Makefile")).unwrap();
    let mut complaints = Vec::new();
    for file in sources("", &[".md"]) {
        for rest in file.text.split("`make ").skip(1) {
            let verb: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
                .collect();
            if !verb.is_empty() && !makefile.contains(&format!("\n{verb}:")) {
                complaints.push(format!("{}: there is no make {verb}", file.path));
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_table_for_kamailio_users_has_every_event() {
    let table = fs::read_to_string(root().join("docs/from-kamailio.md")).unwrap();
    let missing = crate::wit::events()
        .into_iter()
        .filter(|event| !table.contains(&event.interface()));
    none(&missing.map(|event| event.interface()).collect::<Vec<_>>());
}
