//! docs/testing-handlers.md is run: each block of cases against the handler before it. The runs of
//! these cases, which are of every event, are recorded and repeated as well.

use std::collections::BTreeSet;
use std::path::Path;

use evroute_cases::{Suite, record_runs, replay, run_suite};

/// A block between fences: what stands behind the fence, the line of that, and the text.
struct Block<'a> {
    info: &'a str,
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut is_open = false;
    for (place, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(info) => {
                is_open = !is_open;
                if is_open {
                    blocks.push(Block {
                        info,
                        line: place + 1,
                        text: String::new(),
                    });
                }
            }
            None if is_open => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    blocks
}

fn compiled(text: &str) -> Vec<u8> {
    let source = evroute_kamailio::Source::alone("routes.cfg", text);
    let compiled = evroute_kamailio::compile(&source);
    compiled
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
        .component
}

/// What is not repeated of the runs of these cases, once they are recorded.
fn unlike(handler: &[u8], suite: &Suite) -> Vec<String> {
    let recordings = record_runs(handler, suite, None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(recordings.len(), suite.cases());
    let mut complaints = Vec::new();
    for (name, recording) in recordings {
        let file = evroute_recording::write(&recording).unwrap();
        let recording = evroute_recording::read(&file).unwrap();
        let event = recording.event.as_ref().map(|event| event.name.as_str());
        assert_eq!(event, Some(suite.event()), "{name}");
        let replayed = replay(handler, &recording, None).unwrap_or_else(|why| panic!("{why}"));
        assert!(replayed.is_same_component, "{name}");
        let differences = replayed.differences();
        let event = suite.event();
        let told = differences
            .iter()
            .map(|one| format!("{event}, {name}, replayed: {one}"));
        complaints.extend(told);
    }
    complaints
}

#[test]
fn what_the_page_says_is_so_for_every_event_of_the_server() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/testing-handlers.md");
    let page = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut handler = None;
    let mut seen = BTreeSet::new();
    let mut complaints = Vec::new();
    for block in blocks(&page) {
        match block.info.split_once(' ').unwrap_or((block.info, "")) {
            ("kamailio", _) => handler = Some(compiled(&block.text)),
            ("sip", name) => {
                let path = folder.path().join(name);
                std::fs::write(path, block.text.replace('\n', "\r\n")).unwrap();
            }
            ("toml", _) => {
                let path = folder.path().join("cases.toml");
                std::fs::write(&path, &block.text).unwrap();
                let suite = Suite::open(&path).unwrap_or_else(|error| panic!("{error}"));
                seen.insert(suite.event().to_owned());
                let handler = handler.take().expect("a handler stands before its cases");
                let judged = run_suite(&handler, &suite).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(judged.len(), suite.cases());
                complaints.extend(unlike(&handler, &suite));
                let line = block.line;
                complaints.extend(judged.iter().flat_map(|case| {
                    let differences = case.differences.iter();
                    differences
                        .map(move |reported| format!("line {line}, {}: {reported}", case.name))
                }));
            }
            _ => {}
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let events = evroute_server::MODULES.iter().flat_map(|m| m.events());
    let events: BTreeSet<_> = events
        .map(|binding| binding.name().as_str().to_owned())
        .collect();
    assert_eq!(seen, events, "the page shows every event");
}
