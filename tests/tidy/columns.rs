//! Comments and prose fit a terminal and a review side by side: 100 columns, as rustfmt has it for
//! code.

use crate::source::{Source, none, sources};

/// Columns of a line, line end not counted.
const COLUMNS_MAX: usize = 100;

#[test]
fn no_comment_is_wider_than_100_columns() {
    let mut all = sources("", &[".rs", ".toml", ".sh", ".wit", ".wat", "Makefile"]);
    all.extend(sources(".ci", &[""]));
    all.retain(|file| !file.is_generated() && !is_foreign(&file.path));
    let complaints = all.iter().flat_map(|file| {
        let marks = marks(file);
        let wide = file
            .text
            .lines()
            .enumerate()
            .filter(move |(_, line)| is_wide_comment(line, marks));
        wide.map(|(number, _)| format!("{}:{}: a wide comment", file.path, number + 1))
    });
    none(&complaints.collect::<Vec<_>>());
}

#[test]
fn no_line_of_prose_is_wider_than_100_columns() {
    let mut complaints = Vec::new();
    for file in sources("", &[".md"]) {
        if is_foreign(&file.path) {
            continue;
        }
        for number in wide_prose(&file.text) {
            complaints.push(format!("{}:{number}: a wide line", file.path));
        }
    }
    none(&complaints);
}

/// Written by others: the released contract, which stays as it was released, and the WIT of WASI;
/// and what is printed from the contract.
fn is_foreign(path: &str) -> bool {
    ["wit/", "runtime/modules/wasi/wit/", "guest-examples/"]
        .iter()
        .any(|folder| path.starts_with(folder) && !path.ends_with(".md"))
        || path.contains("/node_modules/")
        || path.starts_with("tests/torture/")
}

/// What begins a comment in such a file.
fn marks(file: &Source) -> &'static [&'static str] {
    match file.name().rsplit('.').next() {
        Some("rs" | "wit") => &["//"],
        Some("wat") => &[";;"],
        _ => &["#"],
    }
}

/// Whether the line is a comment that could have been wrapped: a table of a docstring and a word
/// that is as long as that cannot.
fn is_wide_comment(line: &str, marks: &[&str]) -> bool {
    let text = line.trim_start();
    let Some(text) = marks.iter().find_map(|mark| text.strip_prefix(mark)) else {
        return false;
    };
    let text = text.trim_start_matches(['/', '!', '#', ';']);
    // An attribute is code: rustfmt sees to it.
    let is_code = text.starts_with('[');
    line.chars().count() > COLUMNS_MAX && !is_code && is_wrappable(text)
}

/// The numbers of the lines that are too wide, tables and code aside.
fn wide_prose(text: &str) -> Vec<usize> {
    let mut is_code = false;
    let mut wide = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if !is_code && line.chars().count() > COLUMNS_MAX && is_wrappable(line) {
            wide.push(number + 1);
        }
    }
    wide
}

fn is_wrappable(text: &str) -> bool {
    let text = text.trim();
    let is_table = text.starts_with('|');
    let is_reference = text.starts_with('[') && text.contains("]: ");
    !is_table && !is_reference && text.contains(' ')
}

#[test]
fn tables_code_and_addresses_may_be_wide() {
    let wide = "a ".repeat(60);
    let text = format!("{wide}\n| {wide} |\n```\n{wide}\n```\n[x]: {wide}\n- {wide}\nshort\n");
    assert_eq!(wide_prose(&text), [1, 7]);
    assert!(is_wide_comment(&format!("    /// {wide}"), &["//"]));
    assert!(!is_wide_comment(&format!("//! | {wide} |"), &["//"]));
    assert!(!is_wide_comment(&format!("let a = 1; // {wide}"), &["//"]));
    assert!(!is_wide_comment(&format!("#[allow({wide})]"), &["#"]));
    assert!(is_wide_comment(&format!("# {wide}"), &["#"]));
}
