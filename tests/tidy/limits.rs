//! Every limit has an attack that meets it, and the threat model has the table of them.

use std::collections::BTreeSet;

use toml::Value;

use crate::source::{none, root, sources};

const TABLE: &str = "tests/guests/attacks.toml";
const THREAT_MODEL: &str = "docs/threat-model.md";
const BEGIN: &str = "<!-- tests/guests/attacks.toml -->\n";
const END: &str = "<!-- end -->";

/// Where limits are declared: the file, and the beginning of the block.
const DECLARED: &[(&str, &str)] = &[
    ("runtime/tenant/src/limits.rs", "pub struct RunLimits {"),
    ("runtime/tenant/src/quota.rs", "pub struct TenantQuota {"),
    (
        "runtime/tenant/src/event_rates.rs",
        "pub struct EventRateLimits {",
    ),
    (
        "runtime/sandbox/src/component_limits.rs",
        "pub struct ComponentLimits {",
    ),
    (
        "runtime/sandbox/src/component_limits.rs",
        "impl ComponentLimits {",
    ),
];

/// Declared beside limits, and none: what a tenant gets at least, and limits that are named
/// elsewhere.
const NO_LIMITS: &[&str] = &["share_weight", "run_ms_per_second_min", "event_rates"];

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows() -> Vec<Value> {
    let table: toml::Table = text(TABLE).parse().unwrap();
    table["attack"].as_array().unwrap().clone()
}

fn word<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    row.get(key).and_then(Value::as_str)
}

/// The names that a block declares as `pub name: type` or `pub const NAME: type`.
fn names(block: &str) -> impl Iterator<Item = &str> {
    block.lines().filter_map(|line| {
        let declared = line.trim().strip_prefix("pub ")?;
        let declared = declared.strip_prefix("const ").unwrap_or(declared);
        let (name, _) = declared.split_once(": ")?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        name.chars().all(is_name).then_some(name)
    })
}

#[test]
fn every_limit_has_an_attack_that_meets_it() {
    let rows = rows();
    let met: BTreeSet<&str> = rows.iter().filter_map(|row| word(row, "limit")).collect();
    let mut complaints = Vec::new();
    for (path, begin) in DECLARED {
        let source = text(path);
        let (_, rest) = source.split_once(begin).unwrap();
        let (block, _) = rest.split_once("\n}\n").unwrap();
        let mut declared = names(block).peekable();
        assert!(
            declared.peek().is_some(),
            "{path} declares nothing behind {begin:?}"
        );
        let unmet = declared.filter(|name| !met.contains(name) && !NO_LIMITS.contains(name));
        complaints.extend(unmet.map(|name| format!("{path}: {name} has no row in {TABLE}")));
    }
    none(&complaints);
}

#[test]
fn what_shows_an_attack_is_there() {
    let mut complaints = Vec::new();
    for row in rows() {
        let name = word(&row, "name").unwrap();
        if let Some(path) = word(&row, "shown_by") {
            let is_there = root().join(path).is_file();
            // What it is about has to be in it.
            let about = word(&row, "limit").unwrap_or(name);
            let about = about
                .trim_end_matches("_max")
                .split(['_', '-'])
                .next()
                .unwrap();
            if !is_there || !text(path).contains(about) {
                complaints.push(format!("{TABLE}: {name}: {path} is not about {about}"));
            }
        }
    }
    none(&complaints);
}

/// Whether a line of the log has these words: a sentence of the server's, or how a run ended and by
/// which limit.
fn is_logged(words: &str, limit: Option<&str>, sources: &str) -> bool {
    let by_limit =
        words.split_once(": ").map_or(
            words,
            |(outcome, by)| {
                if Some(by) == limit { outcome } else { words }
            },
        );
    sources.contains(by_limit)
}

#[test]
fn what_counts_an_attack_and_what_tells_of_it_is_there() {
    let reference = text("docs/reference.md");
    let sources: String = sources("runtime", &[".rs"])
        .into_iter()
        .map(|source| source.text)
        .collect();
    let mut complaints = Vec::new();
    for row in rows() {
        let name = word(&row, "name").unwrap();
        let [Some(metric), Some(log)] = ["metric", "log"].map(|key| word(&row, key)) else {
            complaints.push(format!(
                "{TABLE}: {name} does not say what counts it or tells of it"
            ));
            continue;
        };
        let (family, _) = metric.split_once('{').unwrap_or((metric, ""));
        if !metric.is_empty() && !reference.contains(&format!("| `{family}` |")) {
            complaints.push(format!("{TABLE}: {name}: there is no metric {metric}"));
        }
        if !is_logged(log, word(&row, "limit"), &sources) {
            complaints.push(format!("{TABLE}: {name}: no line of the log says {log:?}"));
        }
    }
    none(&complaints);
}

/// What must come of an attack, for people.
fn must(row: &Value) -> String {
    let mut parts = Vec::new();
    if let Some(words) = word(row, "refused") {
        parts.push(format!("refused: {words}"));
    }
    parts.extend(word(row, "ends").map(str::to_owned));
    if let Some(code) = row.get("answers") {
        parts.push(format!("rejects with {code}"));
    }
    parts.extend(word(row, "shown_by").map(|path| format!("shown by `{path}`")));
    parts.join(", ")
}

#[test]
fn the_threat_model_has_the_table_of_attacks() {
    let mut table = "| attack | tries | meets | must come to | counted by | logged as |\n\
                     |---|---|---|---|---|---|\n"
        .to_owned();
    for row in rows() {
        let (name, tries) = (word(&row, "name").unwrap(), word(&row, "tries").unwrap());
        let limit = word(&row, "limit").map_or(String::new(), |limit| format!("`{limit}`"));
        let quoted = |key| match word(&row, key) {
            None | Some("") => String::new(),
            Some(words) => format!("`{words}`"),
        };
        let (metric, log) = (quoted("metric"), quoted("log"));
        table += &format!(
            "| `{name}` | {tries} | {limit} | {} | {metric} | {log} |\n",
            must(&row)
        );
    }
    let page = text(THREAT_MODEL);
    let written = page
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END));
    let written = written.map_or("", |(written, _)| written);
    assert!(
        written == table,
        "{THREAT_MODEL}: between {BEGIN:?} and {END:?} must stand\n{table}"
    );
}
