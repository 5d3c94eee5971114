//! What was released of the contract stays: the packages of `wit/deps` beside the copies in
//! `wit/released`.

use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;
use tempfile::TempDir;
use wit_component::{WitPrinter, semver_check};
use wit_parser::{PackageId, PackageName, Resolve, WorldId};

use crate::source::{none, root};

/// What the versions of the copies get, so that both can be looked at side by side. Build metadata:
/// what is compared are the numbers before it (`@since` asks for no later version than the
/// package's).
const MARK: &str = "+released";

/// Whether a handler that was built against one version loads where the other is: Wasmtime's rule.
fn stands_for(released: &Version, current: &Version) -> bool {
    let track = |version: &Version| match (version.major, version.minor, version.patch) {
        (0, 0, patch) => (0, 0, patch),
        (0, minor, _) => (0, minor, 0),
        (major, ..) => (major, 0, 0),
    };
    let number = |version: &Version| (version.major, version.minor, version.patch);
    track(released) == track(current) && number(released) <= number(current)
}

fn is_same(released: &Version, current: &Version) -> bool {
    released.to_string().trim_end_matches(MARK) == current.to_string()
}

fn version(name: &PackageName) -> &Version {
    name.version.as_ref().expect("every package has a version")
}

/// The files of a folder of packages, `<name>@<version>/<file>.wit`.
fn files(packages: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder of packages");
        entries.map(|entry| entry.expect("can be read").path())
    };
    let all = entries(packages).flat_map(|package| entries(&package).collect::<Vec<_>>());
    all.filter(|path| path.extension().is_some_and(|end| end == "wit"))
        .collect()
}

/// A folder of packages, each file's text changed, below a root that can be parsed.
fn copy(packages: &Path, name: &str, change: impl Fn(&str) -> String) -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = format!("package compared:{name}@0.0.0;\n");
    fs::write(folder.path().join("root.wit"), root).unwrap();
    for file in files(packages) {
        let place = file.strip_prefix(packages).unwrap();
        let place = folder.path().join("deps").join(place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, change(&fs::read_to_string(file).unwrap())).unwrap();
    }
    folder
}

/// `use evroute:sip/types@0.1.0.{message};` and `package evroute:sip@0.1.0;` with the mark behind
/// the version.
fn marked(text: &str) -> String {
    let mut marked = String::new();
    let mut parts = text.split('@');
    marked.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = |c: char| c.is_ascii_digit() || c == '.';
        let end = part.find(|c| !digits(c)).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        let (number, dot) = match number.strip_suffix('.') {
            Some(number) => (number, "."),
            None => (number, ""),
        };
        let mark = if number.is_empty() { "" } else { MARK };
        marked.push_str(&format!("@{number}{mark}{dot}{rest}"));
    }
    marked
}

/// Packages of both folders in one place.
fn parsed(released: &Path, current: &Path) -> Resolve {
    let mut resolve = Resolve::default();
    for folder in [
        copy(released, "released", marked),
        copy(current, "current", str::to_owned),
    ] {
        resolve.push_dir(folder.path()).expect("the packages parse");
    }
    resolve
}

/// A world in which all of these interfaces of a package are imported, or exported where they have
/// a function `handle`: an event. `number` tells the worlds of two versions apart, whose packages
/// must have one name to be compared.
fn world(resolve: &mut Resolve, package: PackageId, interfaces: &[String], number: u8) -> WorldId {
    let package = &resolve.packages[package];
    let name = &package.name;
    let items = interfaces.iter().map(|interface| {
        let id = package.interfaces[interface];
        let is_event = resolve.interfaces[id].functions.contains_key("handle");
        let word = if is_event { "export" } else { "import" };
        let version = version(name);
        format!(
            "{word} {}:{}/{interface}@{version};",
            name.namespace, name.name
        )
    });
    let text = format!(
        "package compared:{}@{number}.0.0; world handlers {{ {} }}",
        name.name,
        items.collect::<String>()
    );
    let package = resolve.push_source("handlers.wit", &text);
    let package = package.expect("the world parses");
    resolve.packages[package].worlds["handlers"]
}

fn printed(resolve: &Resolve, package: PackageId) -> String {
    let mut printer = WitPrinter::default();
    printer.emit_docs(false);
    let printed = printer.print(resolve, package, &[]);
    printed.expect("a package can be printed");
    printer.output.to_string().replace(MARK, "")
}

/// What handlers that were built against this package would no longer find.
fn complaint(resolve: &Resolve, released: PackageId) -> Option<String> {
    let package = &resolve.packages[released];
    let name = package.name.to_string().replace(MARK, "");
    let mut others = resolve.packages.iter();
    let current = others.find(|(id, other)| {
        let is_other = *id != released && version(&other.name).build.is_empty();
        let is_of_name = (&other.name.namespace, &other.name.name)
            == (&package.name.namespace, &package.name.name);
        is_other && is_of_name && stands_for(version(&package.name), version(&other.name))
    });
    let Some((current, other)) = current else {
        return Some(format!(
            "{name} was released, and nothing in wit/deps stands for it"
        ));
    };
    if is_same(version(&package.name), version(&other.name)) {
        let is_equal = printed(resolve, released) == printed(resolve, current);
        let fix = "put it back, or raise the package's last number";
        return (!is_equal).then(|| format!("{name} was released and has changed: {fix}"));
    }
    let interfaces: Vec<String> = package.interfaces.keys().cloned().collect();
    let mut gone = interfaces
        .iter()
        .filter(|name| !other.interfaces.contains_key(*name));
    if let Some(gone) = gone.next() {
        return Some(format!(
            "{name} was released with {gone}, which {} lacks",
            other.name
        ));
    }
    let mut both = resolve.clone();
    let before = world(&mut both, released, &interfaces, 1);
    let after = world(&mut both, current, &interfaces, 2);
    let error = semver_check(both, before, after).err()?;
    let why = error.root_cause();
    Some(format!(
        "handlers built against {name} do not load with {}: {why}",
        other.name
    ))
}

/// What of the released packages the current ones break.
fn complaints(released: &Path, current: &Path) -> Vec<String> {
    let resolve = parsed(released, current);
    let packages = resolve
        .packages
        .iter()
        .map(|(id, package)| (id, &package.name));
    let copies =
        packages.filter(|(_, name)| name.version.as_ref().is_some_and(|v| !v.build.is_empty()));
    copies
        .filter_map(|(id, _)| complaint(&resolve, id))
        .collect()
}

#[test]
fn wit_released_packages_are_unchanged_or_have_a_compatible_successor() {
    let (released, current) = (root().join("wit/released"), root().join("wit/deps"));
    assert!(!files(&released).is_empty());
    none(&complaints(&released, &current));
}

/// The complaints about our contract with this change, in versions whose last number is one more.
fn after(from: &str, to: &str) -> Vec<String> {
    let contract = root().join("wit/deps");
    // Some have been raised before.
    let raised = |text: &str| text.replace("@0.1.1", "@0.1.2").replace("@0.1.0", "@0.1.1");
    let changed = copy(&contract, "changed", |text| raised(&text.replace(from, to)));
    let text = |folder: &Path| -> String {
        let read = |file| fs::read_to_string(file).unwrap();
        files(folder).into_iter().map(read).collect()
    };
    let changed = changed.path().join("deps");
    let was = raised(&text(&contract));
    assert!(from == to || was != text(&changed), "there is no {from}");
    complaints(&contract, &changed)
}

const LOG: &str = "interface log {";
const VERDICT: &str = "/// Send it, as edited.\n    send,";

#[test]
fn wit_changes_that_handlers_survive_pass() {
    none(&after("", ""));
    let function = "@since(version = 0.1.1) extra: func(text: string) -> u32;";
    none(&after(LOG, &format!("{LOG} {function}")));
    let interface = format!("@since(version = 0.1.1) interface more {{ {function} }}");
    none(&after(
        "package evroute:log@0.1.0;",
        &format!("package evroute:log@0.1.0; {interface}"),
    ));
    let getter = "@since(version = 0.1.1) extra: func() -> u32;";
    let payload = "resource local-request-event {";
    none(&after(payload, &format!("{payload} {getter}")));
}

#[test]
fn wit_changes_that_handlers_do_not_survive_fail() {
    for (from, to) in [
        // A case of an enum, even the last.
        (VERDICT, "send,\n    /// Later.\n    put-off,"),
        // Another type of a parameter, and one parameter more.
        (
            "log: func(level: level, text: string)",
            "log: func(level: level, text: list<u8>)",
        ),
        (
            "log: func(level: level, ",
            "log: func(level: level, more: option<u32>, ",
        ),
        // A second function of an event.
        (
            "interface local-request {",
            "interface local-request { @since(version = 0.1.1) more: func();",
        ),
        // An interface that is gone.
        ("interface local-response {", "interface local-answer {"),
    ] {
        let complaints = after(from, to);
        assert!(!complaints.is_empty(), "{from} -> {to}");
    }
}

#[test]
fn wit_changes_without_a_new_version_and_versions_without_a_successor_fail() {
    let contract = root().join("wit/deps");
    let extra = "@since(version = 0.1.0) extra: func();";
    let changed = copy(&contract, "changed", |text| {
        text.replace(LOG, &format!("{LOG} {extra}"))
    });
    let found = complaints(&contract, &changed.path().join("deps"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("evroute:log@0.1.0 was released and has changed"),
        "{found:?}"
    );
    let raised = copy(&contract, "raised", |text| {
        text.replace("@0.1.0", "@0.2.0").replace("@0.1.1", "@0.2.0")
    });
    let found = complaints(&contract, &raised.path().join("deps"));
    assert_eq!(found.len(), files(&contract).len(), "{found:?}");
    assert!(
        found[0].contains("nothing in wit/deps stands for it"),
        "{found:?}"
    );
}
