//! How much of what people write compiles: the blocks of `corpus/blocks.cfg`, and the table of them
//! in the documentation.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, with functions beside those that are marked as one"
)]

use std::collections::BTreeSet;
use std::fmt::Write;

use evroute_kamailio::{Error, Source, compile};

const BLOCKS: &str = include_str!("corpus/blocks.cfg");
const HTTP: &str = include_str!("corpus/http.cfg");
const PAGE: &str = include_str!("../../../../docs/from-kamailio.md");

/// One of them, with the route that all may call.
struct Block {
    name: &'static str,
    event: &'static str,
    text: String,
}

fn blocks(file: &'static str) -> Vec<Block> {
    let mut parts = file.split("\n#- ");
    let shared = parts.next().unwrap();
    let block = |part: &'static str| {
        let (name, body) = part.split_once('\n').unwrap();
        let (_, event) = body.split_once('[').unwrap();
        Block {
            name,
            event: event.split_once(']').unwrap().0,
            text: format!("{shared}\n{body}"),
        }
    };
    parts.map(block).collect()
}

/// What is in the way of a text; nothing when it compiles.
fn faults(text: &str) -> Vec<String> {
    let compiled = compile(&Source::alone("b.cfg", text));
    match compiled {
        Ok(_) => Vec::new(),
        Err(Error::Diagnostics(faults)) => {
            let all = faults.all().iter();
            let all = all.map(|fault| match fault.instead.as_str() {
                "" => fault.what.clone(),
                instead => format!("{}; {instead}", fault.what),
            });
            let mut seen = BTreeSet::new();
            all.filter(|sentence| seen.insert(sentence.clone()))
                .collect()
        }
        Err(error @ Error::Internal(_)) => panic!("{error}"),
    }
}

/// The sentence and the rows as the page has them.
fn reported() -> String {
    let blocks = blocks(BLOCKS);
    let (mut there, mut compile_there, mut compile_in_the_end) = (0, 0, 0);
    let mut rows = String::new();
    for block in &blocks {
        let as_it_is = faults(&block.text);
        let is_unknown = as_it_is.iter().any(|fault| fault.contains("has no event"));
        let rest = match is_unknown {
            true => faults(&block.text.replace(block.event, "core:request")),
            false => as_it_is.clone(),
        };
        there += usize::from(!is_unknown);
        compile_there += usize::from(as_it_is.is_empty());
        compile_in_the_end += usize::from(rest.is_empty());
        let event = if is_unknown { "no such event" } else { "" };
        let rest = rest.iter().map(|fault| fault.replace('|', "\\|"));
        let all: Vec<_> = rest.collect();
        let separator = if event.is_empty() || all.is_empty() {
            ""
        } else {
            "; "
        };
        if !as_it_is.is_empty() {
            let (name, all) = (block.name, all.join("; "));
            writeln!(
                rows,
                "| `{}`: {name} | {event}{separator}{all} |",
                block.event
            )
            .unwrap();
        }
    }
    format!(
        "Of {} blocks in the manner of published ones, {there} are of events that there are; {compile_there} of these\n\
         compile. {compile_in_the_end} would if their events were there. What is in the way of the others:\n\n\
         | block | what is said |\n|---|---|\n{rows}",
        blocks.len()
    )
}

#[test]
fn the_page_says_how_much_compiles_and_what_is_in_the_way_of_the_rest() {
    let reported = reported();
    assert_eq!(blocks(BLOCKS).len(), 40);
    assert!(
        PAGE.contains(&reported),
        "docs/from-kamailio.md should have:\n{reported}"
    );
}

/// The same of blocks about HTTP: a row for each, those that compile first.
fn reported_http() -> String {
    let (mut compiled, mut refused) = (String::new(), String::new());
    let mut compile = 0;
    let blocks = blocks(HTTP);
    for Block { name, text, .. } in &blocks {
        let faults = faults(text);
        if faults.is_empty() {
            compile += 1;
            writeln!(compiled, "| {name} | compiles |").unwrap();
            continue;
        }
        let all: Vec<_> = faults
            .iter()
            .map(|fault| fault.replace('|', "\\|"))
            .collect();
        writeln!(refused, "| {name} | {} |", all.join("; ")).unwrap();
    }
    format!(
        "Of {} blocks of `xhttp:request` in the manner of published ones {compile} compile:\n\n\
         | block | what is said |\n|---|---|\n{compiled}{refused}",
        blocks.len()
    )
}

#[test]
fn the_page_says_which_blocks_about_http_compile() {
    let reported = reported_http();
    assert_eq!(blocks(HTTP).len(), 48);
    assert!(
        PAGE.contains(&reported),
        "docs/from-kamailio.md should have:\n{reported}"
    );
}
