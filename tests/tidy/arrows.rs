//! Who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, none, sources};

/// The crates from the wire to the command line. Each may use those in earlier rows.
const ORDER: &[&[&str]] = &[
    &[
        "evroute-atomic-file",
        "evroute-clock",
        "evroute-compile-bombs",
        "evroute-confine",
        "evroute-database-file",
        "evroute-log-throttle",
        "evroute-sip",
        "evroute-tenant",
        "evroute-abi",
        "evroute-lines",
        "evroute-contract",
        "evroute-digest-auth",
        "evroute-http",
    ],
    &[
        "evroute-aot",
        "evroute-certificates",
        "evroute-journal",
        "evroute-tap",
    ],
    &["evroute-componentize", "evroute-executor"],
    &[
        "evroute-transport",
        "evroute-transaction",
        "evroute-event",
        "evroute-bindings",
        "evroute-recording",
        "evroute-kamailio",
    ],
    &["evroute-proxy", "evroute-project", "evroute-wit-bindgen"],
    &["evroute-identity", "evroute-deploy", "evroute-usage"],
    &["evroute-resolver", "evroute-transaction-layer"],
    &["evroute-module-api"],
    // The modules that others may name, see MODULES_NAMED.
    &["evroute-module-*"],
    &["evroute-sandbox"],
    &["evroute-compile"],
    &["evroute-cell"],
    &["evroute-dispatch"],
    &["evroute-server"],
    &["evroute-cases", "evroute-selftest"],
    &["evroute-fuzz"],
    &["evroute-compare"],
    &["evroute"],
    &["evroute-tests"],
    &[
        "evroute-bench",
        "evroute-bench-events",
        "evroute-conformance",
        "evroute-readers",
        "evroute-sdks",
    ],
    &["evroute-skeletons"],
];

/// Which module names which: only these.
const MODULES_NAMED: &[(&str, &str)] = &[
    // Routing is the core's: it forwards by transactions.
    ("evroute-module-core", "evroute-module-tm"),
];

/// Words that a crate's product dependencies must not contain.
const ABSENT: &[(&str, &[&str])] = &[
    ("evroute-sip", &["tokio", "socket2", "wasmtime"]),
    ("evroute-digest-auth", &["tokio", "socket2", "wasmtime"]),
    ("evroute-transaction", &["tokio", "socket2", "wasmtime"]),
    ("evroute-tenant", &["tokio", "wasmtime"]),
    ("evroute-http", &["tokio", "socket2", "wasmtime"]),
    ("evroute-event", &["wasmtime"]),
    ("evroute-proxy", &["tokio", "socket2", "wasmtime"]),
    ("evroute-deploy", &["tokio", "socket2", "wasmtime"]),
    ("evroute-usage", &["tokio", "socket2", "wasmtime"]),
    ("evroute-componentize", &["wasmtime"]),
];

struct Crate {
    name: String,
    path: String,
    dependencies: Vec<String>,
    lints_from_workspace: bool,
}

fn crates() -> Vec<Crate> {
    let mut manifests = sources("runtime", &["Cargo.toml"]);
    manifests.extend(sources("tests", &["Cargo.toml"]));
    manifests
        .into_iter()
        .filter(|file| !is_outside(&file.path))
        .map(read)
        .collect()
}

/// Targets of cargo-fuzz, and LibAFL beside our own fuzzer, stand outside the workspace.
fn is_outside(path: &str) -> bool {
    let outside = ["/sandbox/fuzz/", "/readers/fuzz/", "/authoring/yardstick/"];
    outside.iter().any(|folder| path.contains(folder))
}

fn read(file: Source) -> Crate {
    let manifest: toml::Table = file.text.parse().expect("cargo has read it already");
    let names = |section: &str| -> Vec<String> {
        let table = manifest.get(section).and_then(toml::Value::as_table);
        table
            .map(|table| table.keys().cloned().collect())
            .unwrap_or_default()
    };
    let lints = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"));
    let name = manifest["package"]["name"]
        .as_str()
        .expect("a package has a name");
    Crate {
        name: name.to_owned(),
        path: file.path,
        dependencies: [names("dependencies"), names("build-dependencies")].concat(),
        lints_from_workspace: lints.and_then(toml::Value::as_bool) == Some(true),
    }
}

fn place(name: &str) -> Option<usize> {
    let fits = |row: &&[&str]| {
        row.iter().any(|known| match known.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix) && name != "evroute-module-api",
            None => *known == name,
        })
    };
    ORDER.iter().position(fits)
}

#[test]
fn no_arrow_points_upstream() {
    let mut complaints = Vec::new();
    for from in crates() {
        let Some(own) = place(&from.name) else {
            complaints.push(format!(
                "{}: {} has no place in the order; give it one",
                from.path, from.name
            ));
            continue;
        };
        for to in from
            .dependencies
            .iter()
            .filter(|name| name.starts_with("evroute"))
        {
            let is_named = MODULES_NAMED.contains(&(from.name.as_str(), to.as_str()));
            if place(to).is_none_or(|other| other >= own) && !is_named {
                complaints.push(format!(
                    "{}: {} must not depend on {to}",
                    from.path, from.name
                ));
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_list_of_modules_that_name_each_other_only_shrinks() {
    let crates = crates();
    let is_used = |(from, to): &&(&str, &str)| {
        let named =
            |one: &Crate| one.name == *from && one.dependencies.iter().any(|name| name == to);
        crates.iter().any(named)
    };
    let unused = MODULES_NAMED.iter().filter(|pair| !is_used(pair));
    none(
        &unused
            .map(|(from, to)| format!("{from} no longer names {to}: take the pair out"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn what_a_crate_knows_nothing_of_is_not_among_its_dependencies() {
    let crates = crates();
    let mut complaints = Vec::new();
    for (name, words) in ABSENT {
        let one = crates
            .iter()
            .find(|one| one.name == *name)
            .expect("the table names crates that exist");
        let found = one
            .dependencies
            .iter()
            .filter(|dependency| words.contains(&dependency.as_str()));
        complaints
            .extend(found.map(|word| format!("{}: {name} knows nothing of {word}", one.path)));
    }
    none(&complaints);
}

#[test]
fn only_the_message_crate_names_rsip() {
    let naming = crates()
        .into_iter()
        .filter(|one| one.dependencies.iter().any(|name| name == "rsip"));
    let others: Vec<_> = naming
        .filter(|one| one.name != "evroute-sip")
        .map(|one| one.path)
        .collect();
    none(&others);
}

/// The SIP answer, the log level and the metric depend on the error, so errors are enums.
#[test]
fn no_crate_hides_its_errors_in_anyhow() {
    let hiding = crates()
        .into_iter()
        .filter(|one| one.dependencies.iter().any(|name| name == "anyhow"));
    none(&hiding.map(|one| one.path).collect::<Vec<_>>());
}

/// The one crate that may say `unsafe`, in one file, so often: ADR 0051.
const UNSAFE_CRATE: &str = "evroute-aot";
const UNSAFE_FILE: &str = "runtime/aot/src/load.rs";
const UNSAFE_EXPRESSIONS: usize = 2;

#[test]
fn unsafe_is_said_in_one_file_and_counted_there() {
    let mut complaints = Vec::new();
    let mut files = sources("runtime", &[".rs"]);
    files.extend(sources("tests", &[".rs"]));
    for file in files {
        // Words and keywords of other languages are in strings and comments.
        let count = |words: &str| {
            file.text
                .lines()
                .filter(|line| is_said(line, words))
                .count()
        };
        let allowed = if file.path == UNSAFE_FILE {
            UNSAFE_EXPRESSIONS
        } else {
            0
        };
        for words in [concat!("unsafe", " {"), concat!("unsafe", "_code,")] {
            if count(words) != allowed {
                complaints.push(format!(
                    "{}: \"{words}\" {} times, not {allowed}",
                    file.path,
                    count(words)
                ));
            }
        }
        for words in ["fn", "impl", "trait", "extern"] {
            let words = format!("{} {words}", "unsafe");
            if count(&words) > 0 {
                complaints.push(format!("{}: {words}", file.path));
            }
        }
    }
    none(&complaints);
}

fn is_said(line: &str, words: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//") && !line.starts_with('"') && line.contains(words)
}

/// Its lints are the workspace's but for that one.
#[test]
fn the_crate_that_may_say_unsafe_denies_all_else() {
    let root = crate::source::root();
    let read = |path: &str| -> toml::Table {
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        text.parse().unwrap()
    };
    let mut expected = read("Cargo.toml")["workspace"]["lints"].clone();
    expected["rust"]["unsafe_code"] = "deny".into();
    assert_eq!(read("runtime/aot/Cargo.toml")["lints"], expected);
}

#[test]
fn every_crate_takes_the_workspace_lints_which_forbid_unsafe() {
    let others = crates().into_iter().filter(|one| one.name != UNSAFE_CRATE);
    let without = others.filter(|one| !one.lints_from_workspace);
    none(
        &without
            .map(|one| format!("{}: add [lints] workspace = true", one.path))
            .collect::<Vec<_>>(),
    );
    let workspace = std::fs::read_to_string(crate::source::root().join("Cargo.toml")).unwrap();
    let workspace: toml::Table = workspace.parse().unwrap();
    assert_eq!(
        workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(),
        Some("forbid")
    );
}

#[test]
fn only_the_server_the_command_line_and_tests_read_the_environment() {
    let allowed = [
        "runtime/server/",
        "runtime/cli/",
        "runtime/authoring/componentize/",
    ];
    let reads = |file: &Source| {
        let text = file.product_part();
        let words = [
            "env::var(",
            "env::var_os(",
            "env::args(",
            "env::args_os(",
            "env::current_dir(",
        ];
        words.iter().any(|word| text.contains(word))
    };
    // Cargo speaks to what builds a crate through the environment.
    let builds = |file: &Source| file.path.ends_with("/build.rs");
    let others = sources("runtime", &[".rs"]).into_iter().filter(|file| {
        !file.is_test()
            && !builds(file)
            && !is_outside(&file.path)
            && !allowed.iter().any(|start| file.path.starts_with(start))
            && reads(file)
    });
    none(&others.map(|file| file.path).collect::<Vec<_>>());
}

/// Where the server names a module, beside its list of modules: where it puts the SIP stack
/// together, reads the clock, and has its own log. All else goes through the traits of
/// `module-api`.
const SERVER_NAMES: [(&str, &[&str]); 4] = [
    ("lib.rs", &["log"]),
    ("logging.rs", &["log"]),
    ("sip_stack.rs", &["core", "tm"]),
    ("sip_tenants.rs", &["core", "sip"]),
];

/// A module needs no line in the server but the one in its list: what it does is in its directory.
#[test]
fn the_server_names_modules_only_in_its_list_and_around_the_sip_stack() {
    let folder = "runtime/server/src/";
    let mut complaints = Vec::new();
    let mut listed = BTreeMap::from(SERVER_NAMES.map(|(name, modules)| (name.to_owned(), modules)));
    for file in sources(folder, &[".rs"]) {
        let name = file.path.trim_start_matches(folder);
        if name == "modules.rs" || file.is_test() {
            continue;
        }
        let found: Vec<_> = modules_named(file.product_part()).into_iter().collect();
        let known = listed.remove(name).unwrap_or_default();
        if found != known {
            complaints.push(format!(
                "{}: names the modules {found:?}, listed with {known:?}; give the module what it \
                 needs by a trait of module-api, or correct the list downwards",
                file.path
            ));
        }
    }
    complaints.extend(
        listed
            .keys()
            .map(|name| format!("{folder}{name}: listed and not there")),
    );
    none(&complaints);
}

/// `htable` of `evroute_module_htable::Config`.
fn modules_named(text: &str) -> BTreeSet<&str> {
    let end = |rest: &str| {
        let other = |c: char| !c.is_ascii_lowercase();
        rest.find(other).unwrap_or(rest.len())
    };
    let after = text.split("evroute_module_").skip(1);
    let named = after.filter_map(|rest| rest.get(..end(rest)));
    named.filter(|name| *name != "api").collect()
}
