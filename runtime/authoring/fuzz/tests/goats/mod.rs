//! The handlers of tests/sipgoat, as components.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use evroute_fuzz::{Campaign, Campaigned, FuzzTarget, Property, Sense};

/// Imports, by the name that goats call them.
const IMPORTS: [(&str, &str, &str, &str); 14] = [
    (
        "$header",
        "evroute:sip/types@0.1.0",
        "[method]message.header",
        "(param i32 i32 i32 i32)",
    ),
    (
        "$headers",
        "evroute:sip/types@0.1.0",
        "[method]message.headers",
        "(param i32 i32 i32 i32 i32)",
    ),
    (
        "$body",
        "evroute:sip/types@0.1.0",
        "[method]message.body",
        "(param i32 i32)",
    ),
    (
        "$from_user",
        "evroute:sip/types@0.1.0",
        "[method]message.from-user",
        "(param i32 i32)",
    ),
    (
        "$cseq",
        "evroute:sip/types@0.1.0",
        "[method]message.cseq",
        "(param i32) (result i32)",
    ),
    (
        "$set_header",
        "evroute:sip/types@0.1.0",
        "[method]message.set-header",
        "(param i32 i32 i32 i32 i32 i32)",
    ),
    (
        "$log",
        "evroute:log/log@0.1.0",
        "log",
        "(param i32 i32 i32)",
    ),
    (
        "$open",
        "evroute:sql/sql@0.1.0",
        "[static]connection.open",
        "(param i32 i32 i32)",
    ),
    (
        "$query",
        "evroute:sql/sql@0.1.0",
        "[method]connection.query",
        "(param i32 i32 i32 i32 i32 i32)",
    ),
    (
        "$next_rows",
        "evroute:sql/sql@0.1.0",
        "[method]rows.next",
        "(param i32 i32 i32)",
    ),
    (
        "$table",
        "evroute:htable/htable@0.1.0",
        "[static]table.open",
        "(param i32 i32 i32)",
    ),
    (
        "$get",
        "evroute:htable/htable@0.1.0",
        "[method]table.get",
        "(param i32 i32 i32 i32)",
    ),
    (
        "$variable",
        "evroute:pv/pv@0.1.0",
        "get",
        "(param i32 i32 i32)",
    ),
    (
        "$message",
        "evroute:core/types@0.1.1",
        "[method]request-event.message",
        "(param i32) (result i32)",
    ),
];

/// A handler, with a bug or without one.
pub(crate) struct Goat {
    /// The name of its file; it begins with the tier, and with 0 when it has no bug.
    pub(crate) name: String,
    /// The oracles of which one has to find its bug.
    pub(crate) oracles: Vec<String>,
    /// The handler.
    pub(crate) component: Vec<u8>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// All goats, in the order of their names.
#[must_use]
pub(crate) fn goats() -> Vec<Goat> {
    let folder = root().join("tests/sipgoat");
    let entries = std::fs::read_dir(&folder).unwrap().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let mut goats = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let component = match path.extension().and_then(|end| end.to_str()) {
            Some("goat") => of_text(&folder, &text),
            Some("cfg") => of_routes(&text),
            Some("c") => of_c(&path),
            _ => continue,
        };
        let first = text.lines().next().unwrap_or_default();
        let about = first.trim_start_matches([';', '#', '/', ' ']);
        let oracle = about.split([':', ' ']).next().unwrap_or_default();
        let mut oracles = vec![oracle.to_owned()];
        if oracle == "complexity" {
            // A long message uses the fuel up.
            oracles.push("fuel".to_owned());
        }
        goats.push(Goat {
            name,
            oracles,
            component,
        });
    }
    goats
}

/// The body of `handle`, with what it needs around it.
fn of_text(folder: &Path, body: &str) -> Vec<u8> {
    let prelude = std::fs::read_to_string(folder.join("prelude.wat")).unwrap();
    let (mut data, mut locals, mut code) = (String::new(), String::new(), String::new());
    for line in body.lines() {
        match line {
            line if line.starts_with("(data") => data.push_str(line),
            line if line.starts_with("(local ") => locals.push_str(line),
            line => {
                code.push_str(line);
                code.push('\n');
            }
        }
    }
    let own = "(local.set $m (call $message (local.get $event)))";
    let whole = format!(
        "{prelude}\n{data}\n(func (export \"evroute:core/request@0.1.1#handle\") (param $event i32) \
         (result i32) (local $m i32) {locals} {own}\n{code})"
    );
    let is_called = |name: &str| whole.contains(&format!("(call {name} "));
    let imports = IMPORTS.iter().filter(|(name, ..)| is_called(name));
    let imports: String = imports
        .map(|(name, interface, function, ty)| {
            format!("(import \"{interface}\" \"{function}\" (func {name} {ty}))\n")
        })
        .collect();
    of_module(format!("(module {imports}{whole})").as_bytes())
}

/// A core module, binary or text, as a component.
fn of_module(module: &[u8]) -> Vec<u8> {
    let wit = [root().join("wit"), root().join("tests/guests/world.wit")];
    let wit = [wit[0].as_path(), wit[1].as_path()];
    evroute_componentize::componentize(module, &wit, "request").unwrap()
}

fn of_c(source: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("goat.wasm");
    let mut clang = Command::new("clang-22");
    clang.args(["--target=wasm32", "-nostdlib", "-ffreestanding", "-O1"]);
    clang.args(["-Wall", "-Wextra", "-Werror", "-Wno-int-to-pointer-cast"]);
    clang.args(["-fuse-ld=/usr/bin/wasm-ld-22", "-Wl,--no-entry", "-o"]);
    let built = clang.args([&module, source]).output();
    let built = built.map_err(|why| format!("clang-22: {why}; apt-get install clang-22 lld-22"));
    let built = built.unwrap();
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(built.status.success(), "{}: {said}", source.display());
    of_module(&std::fs::read(module).unwrap())
}

fn of_routes(text: &str) -> Vec<u8> {
    let source = evroute_kamailio::Source::alone("routes.cfg", text);
    evroute_kamailio::compile(&source).unwrap().component
}

impl Goat {
    /// The tier of its bug, 0 when it has none.
    #[must_use]
    pub(crate) fn tier(&self) -> u32 {
        self.name
            .chars()
            .next()
            .and_then(|first| first.to_digit(10))
            .unwrap_or_default()
    }

    /// Searches it with one thread: the same on every machine.
    #[must_use]
    pub(crate) fn search(&self, executions: u64, seed: u64) -> Campaigned {
        let target = Arc::new(FuzzTarget::new(&self.component, 1, None).unwrap());
        let campaign = Campaign {
            until_finding: self.tier() > 0,
            properties: self.properties(),
            steady: self.name == "2-night",
            ..campaign(target, executions, seed)
        };
        campaign.run(&mut |_| ()).unwrap()
    }

    fn properties(&self) -> Vec<Property> {
        let emergency = "verdict != drop || header(Priority) != emergency";
        match self.name.as_str() {
            "1-drop-nobody" => vec![Property::never("drop").unwrap()],
            "3-hole" => vec![Property::parse(emergency, Sense::Always).unwrap()],
            _ => Vec::new(),
        }
    }
}

/// One that asks for nothing in particular, in one thread.
#[must_use]
pub(crate) fn campaign(target: Arc<FuzzTarget>, executions: u64, seed: u64) -> Campaign {
    Campaign {
        target,
        against: None,
        seed,
        threads: 1,
        executions: Some(executions),
        time: None,
        until_finding: false,
        corpus: None,
        findings: None,
        events: Vec::new(),
        domains: vec!["example.org".to_owned()],
        seeds: Vec::new(),
        properties: Vec::new(),
        off: Vec::new(),
        steady: false,
    }
}
