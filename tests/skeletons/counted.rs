//! A throw-away event and a throw-away module in a copy of the tree: what is written by hand and
//! what is printed is what docs/architecture.md says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is a test, with functions beside those that are marked as one"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use evroute_skeletons::{Change, EventName, MARK, ModuleName, Origin, Tree, event, module};
use tempfile::TempDir;

/// Folders that no skeleton is in, and that are large.
const LEFT_OUT: &[&str] = &[".git", "target", "data", "node_modules"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !LEFT_OUT.iter().any(|left| *left == name) {
            copy(&path, &to.join(&name));
        } else if kind.is_file() {
            fs::copy(&path, to.join(&name)).unwrap();
        }
    }
}

/// A copy of the tree, files only.
fn copied() -> TempDir {
    let copy_of = TempDir::new().unwrap();
    for folder in ["docs", "guest-examples", "runtime", "tests", "wit"] {
        copy(&root().join(folder), &copy_of.path().join(folder));
    }
    fs::copy(root().join("Cargo.toml"), copy_of.path().join("Cargo.toml")).unwrap();
    copy_of
}

fn begun(folder: &Path, begin: impl FnOnce(&mut Tree)) -> Vec<Change> {
    let mut tree = Tree::at(folder);
    begin(&mut tree);
    tree.commit().unwrap()
}

fn paths(changes: &[Change], origin: Origin) -> BTreeSet<&str> {
    let own = changes.iter().filter(|change| change.origin == origin);
    own.map(|change| change.path.as_str()).collect()
}

/// The numbers in the row of docs/architecture.md that begins so: by hand, printed.
fn promised(row: &str) -> [usize; 2] {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let start = format!("| {row} | ");
    let found = page.lines().find_map(|line| line.strip_prefix(&start));
    let found = found.unwrap_or_else(|| panic!("docs/architecture.md has no row {row}"));
    let mut cells = found.split(" | ").map(|cell| cell.parse().unwrap());
    [cells.next().unwrap(), cells.next().unwrap()]
}

#[test]
fn an_event_takes_as_many_files_as_the_page_says() {
    let folder = copied();
    let name = EventName::parse("usrloc:contact-seen").unwrap();
    let changes = begun(folder.path(), |tree| event(tree, &name).unwrap());
    let written = paths(&changes, Origin::Author);
    assert_eq!(
        written,
        BTreeSet::from([
            "docs/from-kamailio.md",
            "docs/testing-handlers.md",
            "runtime/authoring/cases/src/events/usrloc.rs",
            "runtime/modules/usrloc/src/capability.rs",
            "runtime/modules/usrloc/src/events.rs",
            "tests/e2e/events.rs",
            "wit/deps/usrloc@0.1.1/usrloc.wit",
        ])
    );
    for path in &written {
        let text = fs::read_to_string(folder.path().join(path)).unwrap();
        let names = ["contact-seen", "ContactSeen"].map(|name| text.matches(name).count());
        assert!(names.iter().sum::<usize>() > 0, "{path}");
    }
    let printed = paths(&changes, Origin::Printed);
    assert!(printed.contains("wit/world.wit"), "{printed:?}");
    // Beside the skeletons there is the line that raises it, and docs/reference.md is printed by
    // the server.
    assert_eq!([written.len() + 1, printed.len() + 1], promised("an event"));
}

#[test]
fn a_module_takes_as_many_files_as_the_page_says() {
    let folder = copied();
    let name = ModuleName::parse("dialog").unwrap();
    let changes = begun(folder.path(), |tree| module(tree, &name).unwrap());
    let own = |path: &&str| path.starts_with("runtime/modules/dialog/");
    let (own, others): (Vec<_>, Vec<_>) =
        paths(&changes, Origin::Author).into_iter().partition(own);
    assert_eq!(
        others,
        [
            "Cargo.toml",
            "runtime/server/Cargo.toml",
            "runtime/server/src/modules.rs"
        ]
    );
    assert_eq!(paths(&changes, Origin::Printed).len(), 0);
    assert_eq!([own.len() + others.len(), 0], promised("a module"));
}

#[test]
fn a_module_gets_its_first_event_and_a_second_one() {
    let folder = copied();
    let name = ModuleName::parse("dialog").unwrap();
    begun(folder.path(), |tree| module(tree, &name).unwrap());
    for event_name in ["dialog:start", "dialog:end"] {
        let name = EventName::parse(event_name).unwrap();
        begun(folder.path(), |tree| event(tree, &name).unwrap());
    }
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    let capability = read("runtime/modules/dialog/src/capability.rs");
    assert_eq!(capability.matches("types::Host for DialogView").count(), 1);
    let host = read("wit/world.wit");
    for line in [
        "export evroute:dialog/start@0.1.0;",
        "export evroute:dialog/end@0.1.0;",
    ] {
        assert!(host.contains(line), "{host}");
    }
    assert_eq!(host.matches("evroute:dialog/types@0.1.0").count(), 1);
    assert_eq!(
        read("runtime/modules/dialog/src/capability.rs")
            .matches("Capability::of::<")
            .count(),
        1
    );
    assert_eq!(
        read("runtime/modules/dialog/src/events.rs")
            .matches("TypedBinding::<")
            .count(),
        2
    );
    assert_eq!(
        read("runtime/authoring/cases/src/events.rs")
            .matches("dialog::kinds()")
            .count(),
        1
    );
    assert_eq!(
        read("runtime/authoring/cases/src/events/dialog.rs")
            .matches("kind::<")
            .count(),
        2
    );
    assert!(
        read("guest-examples/rust/evroute-guest/src/events/rows.rs").contains("pub mod dialog")
    );
}

#[test]
fn what_is_there_already_is_refused_and_nothing_is_written() {
    let folder = copied();
    let mut tree = Tree::at(folder.path());
    let refused = |name: &str, tree: &mut Tree| {
        event(tree, &EventName::parse(name).unwrap())
            .unwrap_err()
            .to_string()
    };
    assert!(refused("usrloc:contact-expired", &mut tree).contains("already"));
    assert!(refused("dialog:start", &mut tree).contains("make new-module NAME=dialog"));
    assert!(refused("log:written", &mut tree).contains("raises nothing yet"));
    let usrloc = ModuleName::parse("usrloc").unwrap();
    assert!(
        module(&mut tree, &usrloc)
            .unwrap_err()
            .to_string()
            .contains("already")
    );
    assert_eq!(Tree::at(folder.path()).commit().unwrap(), []);
}

/// `tests/tidy` looks for the same mark.
#[test]
fn the_mark_is_in_every_skeleton_that_has_something_to_say() {
    let folder = copied();
    let name = EventName::parse("timer:late").unwrap();
    let changes = begun(folder.path(), |tree| event(tree, &name).unwrap());
    let marked = paths(&changes, Origin::Author).into_iter().filter(|path| {
        fs::read_to_string(folder.path().join(path))
            .unwrap()
            .contains(MARK)
    });
    // All but the getter's, which is whole as it is.
    assert_eq!(marked.count(), 6);
}
