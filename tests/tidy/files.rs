//! Sizes, names and habits.

use std::path::Path;

use crate::source::{Source, none, root, sources};

/// Lines of a file, tests aside.
const FILE_LINES_MAX: usize = 400;

/// Files that are longer, with their length. The list may only shrink, and so may the numbers.
const LONGER: [(&str, usize); 0] = [];

/// Names that say that a thing has no single responsibility yet.
const BANNED: [&str; 11] = [
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "manager",
    "processor",
    "base",
    "wrapper",
    "info",
];

/// Banned only as a whole name: fine as part of one.
const BANNED_ALONE: [&str; 2] = ["data", "service"];

fn rust() -> Vec<Source> {
    let mut all = sources("runtime", &[".rs"]);
    all.extend(sources("tests", &[".rs"]));
    all.extend(sources("guest-examples", &[".rs"]));
    all.retain(|file| !file.is_generated());
    all
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let mut complaints = Vec::new();
    for file in rust() {
        let is_test_of_a_crate = file.is_test() && !file.path.starts_with("tests/");
        let lines = file.product_part().lines().count();
        let lines = if file.path.starts_with("tests/") {
            file.text.lines().count()
        } else {
            lines
        };
        let allowed = LONGER
            .iter()
            .find(|(path, _)| *path == file.path)
            .map(|(_, lines)| *lines);
        match allowed {
            None if lines > FILE_LINES_MAX && !is_test_of_a_crate => {
                complaints.push(format!("{}: {lines} lines; split it by noun", file.path));
            }
            Some(allowed) if lines != allowed => {
                complaints.push(format!(
                    "{}: {lines} lines, listed with {allowed}; only ever lower it",
                    file.path
                ));
            }
            None | Some(_) => {}
        }
    }
    none(&complaints);
}

#[test]
fn no_file_or_type_has_a_name_that_says_nothing() {
    let mut complaints = Vec::new();
    for file in rust() {
        let stem = file.name().trim_end_matches(".rs").to_owned();
        let words: Vec<&str> = stem.split('_').collect();
        let alone = BANNED_ALONE.contains(&stem.as_str());
        if alone || words.iter().any(|word| BANNED.contains(word)) {
            complaints.push(format!("{}: a name that says nothing", file.path));
        }
        for name in declared_types(&file.text) {
            let words = camel_words(name);
            let alone = words.len() == 1
                && words
                    .iter()
                    .any(|word| BANNED_ALONE.contains(&word.as_str()));
            if alone || words.iter().any(|word| BANNED.contains(&word.as_str())) {
                complaints.push(format!("{}: {name}: a name that says nothing", file.path));
            }
        }
    }
    none(&complaints);
}

fn declared_types(text: &str) -> impl Iterator<Item = &str> {
    // Indented types are associated ones, whose names a foreign trait decides.
    text.lines().filter_map(|line| {
        let line = line
            .strip_prefix("pub(crate) ")
            .or(line.strip_prefix("pub(super) "))
            .unwrap_or(line);
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let rest = ["struct ", "enum ", "trait ", "type "]
            .iter()
            .find_map(|word| line.strip_prefix(word))?;
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
    })
}

fn camel_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for character in name.chars() {
        match words.last_mut() {
            Some(word) if !character.is_uppercase() => word.push(character),
            _ => words.push(character.to_lowercase().collect()),
        }
    }
    words
}

#[test]
fn camel_case_is_split_into_words() {
    assert_eq!(camel_words("RunLimits"), ["run", "limits"]);
    assert_eq!(
        declared_types("pub(crate) struct Held<'a> {\nenum X {\n  type Data = u8;")
            .collect::<Vec<_>>(),
        ["Held", "X"]
    );
}

#[test]
fn no_test_is_skipped() {
    let mark = concat!("#[ign", "ore");
    let skipping = rust().into_iter().filter(|file| file.text.contains(mark));
    none(
        &skipping
            .map(|file| format!("{}: a skipped test proves nothing", file.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn unit_tests_wait_on_no_wall_clock() {
    let mut complaints = Vec::new();
    for file in sources("runtime", &[".rs"]) {
        let tests = file.test_part();
        // Whoever starts a real server has to wait for it; there is no virtual time in another
        // process.
        let has_process = tests.contains("Command::new(");
        if tests.contains("thread::sleep(") && !has_process {
            complaints.push(format!("{}: a unit test sleeps", file.path));
        }
        let virtual_time = tests.contains("start_paused = true") || tests.contains("time::pause()");
        if tests.contains("time::sleep(") && !virtual_time {
            complaints.push(format!(
                "{}: a unit test sleeps on the wall clock; pause tokio's time",
                file.path
            ));
        }
    }
    none(&complaints);
}

#[test]
fn no_code_waits_for_an_issue_that_nobody_wrote() {
    let mark = concat!("TO", "DO");
    let lines = rust().into_iter().flat_map(|file| {
        let found = file
            .text
            .lines()
            .filter(|line| line.contains(mark) && !line.contains(&format!("{mark}(#")));
        found
            .map(|line| format!("{}: {}", file.path, line.trim()))
            .collect::<Vec<_>>()
    });
    none(&lines.collect::<Vec<_>>());
}

/// `make new-event` and `make new-module` leave marks where their user has to write something.
#[test]
fn no_skeleton_is_left_as_it_was_begun() {
    let mark = concat!("FILL", " IN");
    let mut all = sources("", &[".rs", ".wit", ".md", ".toml"]);
    all.retain(|file| !file.path.starts_with("tests/skeletons/"));
    let left = all.into_iter().flat_map(|file| {
        let lines = file.text.lines().enumerate();
        let found = lines.filter(|(_, line)| line.contains(mark));
        found
            .map(|(at, line)| format!("{}:{}: {}", file.path, at + 1, line.trim()))
            .collect::<Vec<_>>()
    });
    none(&left.collect::<Vec<_>>());
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    let marks = [
        concat!("/wo", "rk/"),
        concat!("/tmp", "/ev"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
    ];
    let all = sources(
        "",
        &[
            ".rs", ".toml", ".md", ".wit", ".sh", ".xml", ".cfg", ".wat", ".json", ".lua", ".py",
            "Makefile",
        ],
    );
    let mut all = all;
    all.extend(sources(".ci", &[""]));
    let naming = all.into_iter().flat_map(|file| {
        let found = marks.iter().filter(|mark| file.text.contains(**mark));
        found
            .map(|mark| format!("{}: names {mark}", file.path))
            .collect::<Vec<_>>()
    });
    none(&naming.collect::<Vec<_>>());
}

#[test]
fn no_path_leaves_the_repository() {
    let mut all = sources("", &[".rs", ".toml", ".md", ".sh", ".py", "Makefile"]);
    all.extend(sources(".ci", &[""]));
    all.retain(|file| !file.path.starts_with("tests/tidy/"));
    let leaving = all.into_iter().flat_map(|file| {
        let found = file.text.lines().filter(|line| leaves(&file.path, line));
        found
            .map(|line| format!("{}: a user has no such folder: {}", file.path, line.trim()))
            .collect::<Vec<_>>()
    });
    none(&leaving.collect::<Vec<_>>());
}

/// Whether a line of a file names a place above the repository's root. A path is taken from the
/// crate where the line says so, from the root where it says that, else from the file's own folder.
fn leaves(path: &str, line: &str) -> bool {
    let depth = match () {
        () if line.contains("repository()") => 0,
        () if line.contains("CARGO_MANIFEST_DIR") => crate_depth(path),
        () => path.matches('/').count(),
    };
    let up = "../";
    line.match_indices(up).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let goes_on = before.ends_with(up) || before.ends_with('/');
        let rest = line.get(at..).unwrap_or_default();
        let steps = rest.split(up).take_while(|part| part.is_empty()).count();
        !goes_on && steps > depth
    })
}

/// How deep the folder of a file's crate lies.
fn crate_depth(path: &str) -> usize {
    let folders = Path::new(path).ancestors().skip(1);
    let holds = |folder: &&Path| root().join(folder).join("Cargo.toml").is_file();
    let home = folders.into_iter().find(holds).unwrap_or(Path::new(""));
    home.components().count()
}

#[test]
fn a_path_that_leaves_is_seen() {
    let deep = "runtime/sip/tests/property.rs";
    assert!(leaves(
        deep,
        r#"env!("CARGO_MANIFEST_DIR")).join("../../../x")"#
    ));
    assert!(!leaves(
        deep,
        r#"env!("CARGO_MANIFEST_DIR")).join("../../x")"#
    ));
    assert!(leaves(deep, r#"repository().join("../x")"#));
    assert!(leaves("docs/page.md", "(../../x.md)"));
    assert!(!leaves("docs/adr/page.md", "(../../README.md)"));
}

#[test]
fn the_top_level_holds_what_the_house_plan_says_and_nothing_else() {
    let known = [
        ".ci",
        ".config",
        ".git",
        ".gitattributes",
        ".github",
        ".gitignore",
        ".vscode",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "Makefile",
        "README.md",
        "SECURITY.md",
        "clippy.toml",
        "data",
        "deny.toml",
        "docs",
        "guest-examples",
        "runtime",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "target",
        "tests",
        "wit",
    ];
    let entries = std::fs::read_dir(crate::source::root())
        .unwrap()
        .filter_map(Result::ok);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    none(
        &names
            .filter(|name| !known.contains(&name.as_str()))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_hostile_guest_is_put_to_work() {
    // The selftest makes every attack of the table.
    let table = sources("tests/guests", &["attacks.toml"]);
    let suite: String = sources("tests/isolation", &[".rs"])
        .into_iter()
        .chain(table)
        .map(|file| file.text)
        .collect();
    let idle = sources("tests/guests", &[".wat"])
        .into_iter()
        .filter(|guest| {
            let name = guest.name().trim_end_matches(".wat");
            !suite.contains(&format!("\"{name}\""))
        });
    none(
        &idle
            .map(|guest| {
                format!(
                    "{}: no test of tests/isolation and no attack of the table starts it",
                    guest.path
                )
            })
            .collect::<Vec<_>>(),
    );
}
