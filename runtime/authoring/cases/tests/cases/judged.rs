//! What is reported of handlers that do otherwise than their cases say.

use std::path::{Path, PathBuf};

use evroute_cases::{CaseResult, Recorded, Suite, record, run_suite};

/// Looks a caller up, and counts the call.
const LOOKUP: &str = r#"
modparam("sqlops", "sqlcon", "main=>sqlite:///x.db")

event_route[core:request] {
    sql_query("main", "select credit from accounts
        where name = '$fU'", "ra");
    if ($dbr(ra=>rows) == 0) {
        sl_send_reply("404", "Not Found");
        exit;
    }
    xlog("L_INFO", "credit $dbr(ra=>[0,0])\n");
    sql_query("main", "update accounts set calls = calls + 1 where name = '$fU'");
}
"#;

/// What is reported of a case that passes.
pub(crate) const NOTHING: [&str; 0] = [];

pub(crate) const CASE: &str = r#"event = "core:request"
grants = ["log", "pv", "sip", "sql:main"]
[[case]]
name = "a"
message = { method = "INVITE", uri = "sip:bob@example.org", from = "<sip:o'hara@example.com>;tag=1" }
"#;

const REQUEST: &str = "event = \"tm:local-request\"\ngrants = [\"log\", \"sip\"]\n[[case]]\nname = \"a\"\n\
                message = { method = \"OPTIONS\", uri = \"sip:b@example.org\", from = \"<sip:a@example.com>;tag=1\" }\n";

pub(crate) fn compiled(text: &str) -> Vec<u8> {
    let source = evroute_kamailio::Source::alone("routes.cfg", text);
    evroute_kamailio::compile(&source).unwrap().component
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// A guest of `tests/guests`.
fn guest(name: &str, world: &str) -> Vec<u8> {
    let file = root().join(format!("tests/guests/{name}.wat"));
    let text = std::fs::read(file).unwrap();
    let root = root();
    let wit: [PathBuf; 2] = [root.join("wit"), root.join("tests/guests/world.wit")];
    let wit = [wit[0].as_path(), wit[1].as_path()];
    evroute_componentize::componentize(&text, &wit, world).unwrap()
}

/// The one case of a text.
pub(crate) fn judged(component: &[u8], text: &str) -> CaseResult {
    let suite = Suite::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut judged = run_suite(component, &suite).unwrap();
    assert_eq!(judged.len(), 1);
    judged.remove(0)
}

pub(crate) fn reported(judged: &CaseResult) -> Vec<String> {
    judged.differences.iter().map(ToString::to_string).collect()
}

#[test]
fn a_call_without_an_answer_says_which_one_to_write_until_there_are_no_more() {
    let handler = compiled(LOOKUP);
    let mut text = format!("{CASE}verdict = \"pass\"\nlog = [\"INFO credit 12\"]\n");
    let mut written = 0;
    let last = loop {
        let judged = judged(&handler, &text);
        let sql = judged
            .differences
            .iter()
            .find(|reported| reported.what == "sql");
        let Some(sql) = sql else {
            break judged;
        };
        assert_eq!(sql.help[0], "write the answer into the case:");
        // A failed query is reported as well, whatever the handler makes of it.
        text.push_str(
            &sql.help[1..]
                .join("\n")
                .replace("rows = []", "rows = [[12]]"),
        );
        text.push('\n');
        written += 1;
        assert!(written < 3, "{text}");
    };
    assert_eq!(reported(&last), NOTHING);
    assert_eq!(written, 2, "one for the query, one for the update: {text}");
    let end = "  [[case.sql]]\n  database = \"main\"\n  execute = \"update accounts set calls = calls + 1 where name = ?\"\n  \
               parameters = [\"o'hara\"]\n  changed = 1\n";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn answers_that_are_not_asked_for_and_others_than_asked_are_reported() {
    let answer =
        |word: &str, rest: &str| format!("[[case.sql]]\ndatabase = \"main\"\n{word} = \"{rest}\n");
    let query = "select credit from accounts where name = ?\"\nparameters = ";
    let nothing = answer("query", &format!("{query}[\"o'hara\"]\nrows = []"));
    let text = format!("{CASE}verdict = \"reject 404 Not Found\"\n{nothing}");
    assert_eq!(reported(&judged(&compiled(LOOKUP), &text)), NOTHING);
    let twice = format!("{text}{nothing}");
    let line = "query main: select credit from accounts where name = ? [\"o'hara\"]";
    let found = reported(&judged(&compiled(LOOKUP), &twice));
    assert_eq!(
        found,
        [format!("sql (- expected, + found)\n    {line}\n  - {line}")]
    );
    // Another parameter is another question.
    let found = judged(
        &compiled(LOOKUP),
        &text.replace("[\"o'hara\"]", "[\"bob\"]"),
    );
    let sql = found
        .differences
        .iter()
        .find(|reported| reported.what == "sql");
    let lines = sql.unwrap().to_string();
    assert!(
        lines.contains("- query main: ") && lines.contains(&format!("+ {line}")),
        "{lines}"
    );
}

#[test]
fn answers_of_a_database_are_recorded_and_answer_in_its_place_later() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("calls.db");
    let url: Recorded = format!("main=sqlite:{}", database.display())
        .parse()
        .unwrap();
    let cases = folder.path().join("cases.toml");
    let text = format!(
        "{CASE}answers_file = \"a.answers\"\nverdict = \"pass\"\nlog = [\"INFO credit 12\"]\n"
    );
    std::fs::write(&cases, text).unwrap();
    let missing = Suite::open(&cases).unwrap_err().to_string();
    assert!(
        missing.contains("a.answers: it cannot be read") && missing.contains("--record LABEL=URL"),
        "{missing}"
    );
    let made = compiled(
        "modparam(\"sqlops\", \"sqlcon\", \"main=>sqlite:///x.db\")\nevent_route[htable:mod-init] {\n\
         sql_query(\"main\", \"create table accounts (name text, credit real, calls int)\");\n\
         sql_query(\"main\", \"insert into accounts values ('o''hara', 12, 0), ('bob', null, 0)\");\n}\n",
    );
    let start = "event = \"htable:mod-init\"\ngrants = [\"log\", \"pv\", \"sql:main\"]\n[[case]]\nname = \"a\"\n\
                 answers_file = \"b\"\nverdict = \"proceed\"\n";
    let begun = folder.path().join("begun.toml");
    std::fs::write(&begun, start).unwrap();
    let suite = Suite::open_to_record(&begun).unwrap();
    let begun = record(&made, &suite, std::slice::from_ref(&url), None).unwrap();
    assert!(begun[0].has_passed(), "{:?}", reported(&begun[0]));

    let suite = Suite::open_to_record(&cases).unwrap();
    let recorded = record(&compiled(LOOKUP), &suite, &[url], None).unwrap();
    let (path, text) = recorded[0].recording.as_ref().unwrap();
    assert!(
        text.contains("columns = [\"credit\"]\nrows = [[12.0]]\n"),
        "{text}"
    );
    assert!(text.contains("changed = 1\n"), "{text}");
    std::fs::write(path, text).unwrap();
    std::fs::remove_file(database).unwrap();
    let replayed = run_suite(&compiled(LOOKUP), &Suite::open(&cases).unwrap()).unwrap();
    assert_eq!(reported(&replayed[0]), reported(&recorded[0]));
    assert_eq!(replayed[0].log, recorded[0].log);
}

#[test]
fn a_recording_that_is_wrong_is_reported_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases.toml");
    let text = format!("{CASE}answers_file = \"a.answers\"\nverdict = \"pass\"\n");
    std::fs::write(&cases, text).unwrap();
    let path = folder.path().join("a.answers");
    for (wrong, begin) in [
        (
            "[[sql]]\ndatabas = 1\n",
            "a.answers:2: unknown field `databas`",
        ),
        (
            "\n[[sql]]\ndatabase = \"main\"\nquery = \"select 1\"\nchanged = 1\n",
            "a.answers:2: sql: answer a query with one of rows and error",
        ),
        (
            "[[sql]]\ndatabase = \"main\"\nquery = \"select 1\"\nrows = [[1], []]\n",
            "a.answers:1: sql: not every row has 1 values",
        ),
        (
            "[[sql]]\ndatabase = \"main\"\nquery = \"select 1\"\nerror = \"gone\"\n",
            "a.answers:1: sql: there is no error \"gone\"",
        ),
        (
            "[[sql]]\ndatabase = \"main\"\nrows = []\n",
            "a.answers:1: sql: write one of query and execute",
        ),
    ] {
        std::fs::write(&path, wrong).unwrap();
        let reported = Suite::open(&cases).unwrap_err().to_string();
        assert!(reported.contains(begin), "{reported}, not {begin}");
    }
}

#[test]
fn events_that_are_raised_are_reported() {
    let guest = guest("raise-again", "custom-event");
    let text = "event = \"custom:event\"\ngrants = [\"custom\"]\n[[case]]\nname = \"a\"\n\
                custom = { name = \"again\" }\nverdict = \"done\"\n";
    let found = reported(&judged(&guest, text));
    assert_eq!(found, ["raised (- expected, + found)\n  + again"]);
    let found = reported(&judged(
        &guest,
        &format!("{text}raised = [{{ name = \"again\" }}]\n"),
    ));
    assert_eq!(found, NOTHING);
    let with = "raised = [{ name = \"again\", parameters = { b = 1, a = \"x\" } }]\n";
    let found = reported(&judged(&guest, &format!("{text}{with}")));
    assert_eq!(
        found,
        ["raised (- expected, + found)\n  - again a = \"x\", b = 1\n  + again"]
    );
    let refused = text.replace("verdict = \"done\"", "error = \"again\"");
    let refused = format!("{refused}limits = {{ event_depth_max = 0 }}\n");
    assert_eq!(reported(&judged(&guest, &refused)), NOTHING);
    // What it is not granted it cannot raise.
    let text = text
        .replace("[\"custom\"]", "[\"custom:other\"]")
        .replace("verdict = \"done\"", "error = \"again\"");
    assert_eq!(reported(&judged(&guest, &text)), NOTHING);
}

#[test]
fn budgets_are_for_fuel_and_memory() {
    let handler = compiled(LOOKUP);
    let text = format!("{CASE}databases = []\nverdict = \"reject 404 Not Found\"\n");
    let free = judged(&handler, &text);
    assert!(free.fuel > 100 && free.memory_bytes > 100, "{free:?}");
    let with = |fuel: u64, memory: u64| {
        let judged = judged(
            &handler,
            &format!("{text}fuel_max = {fuel}\nmemory_max = {memory}\n"),
        );
        assert_eq!(
            (judged.fuel, judged.memory_bytes),
            (free.fuel, free.memory_bytes)
        );
        let whats = judged.differences.iter().map(|reported| reported.what);
        whats
            .filter(|what| ["fuel", "memory"].contains(what))
            .collect::<Vec<_>>()
    };
    assert_eq!(with(free.fuel, free.memory_bytes), Vec::<&str>::new());
    assert_eq!(with(free.fuel - 1, free.memory_bytes), ["fuel"]);
    assert_eq!(with(free.fuel, free.memory_bytes - 1), ["memory"]);
}

#[test]
fn a_run_that_is_cut_short_is_reported_with_its_place() {
    let guest = guest("deep-recursion", "local-request");
    let found = judged(&guest, &format!("{REQUEST}verdict = \"send\"\n"));
    assert_eq!(found.differences[0].what, "verdict");
    assert!(
        found.differences[0].found[0].starts_with("Trap"),
        "{found:?}"
    );
    assert!(found.at.contains(" < "), "{found:?}");
    let found = judged(&guest, &format!("{REQUEST}outcome = \"Trap\"\n"));
    assert_eq!(reported(&found), NOTHING);
    // The limits are the file's, and the case's in their place.
    let ends = ["limits = { run_fuel_max = 100 }\n", ""].map(|of_file| {
        let text = format!("{of_file}{REQUEST}outcome = \"OutOfFuel\"\n");
        let of_case = format!("{text}limits = {{ run_fuel_max = {} }}\n", 10_000_000);
        [
            reported(&judged(&guest, &text)).len(),
            reported(&judged(&guest, &of_case)).len(),
        ]
    });
    assert_eq!(ends, [[0, 1], [1, 1]]);
    let found = judged(&guest, &format!("{REQUEST}outcome = \"OutOfFuel\"\n"));
    assert_eq!(found.differences[0].what, "outcome");
}

/// Gives up with sixteen letters, four random bits in each.
const RANDOM: &str = r#"(module
  (import "wasi:random/random@0.2.12" "get-random-u64" (func $random (result i64)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (local $bits i64) (local $place i32)
    (local.set $bits (call $random))
    (loop $next
      (i32.store8 offset=64 (local.get $place)
        (i32.add (i32.const 97) (i32.wrap_i64 (i64.and (local.get $bits) (i64.const 15)))))
      (local.set $bits (i64.shr_u (local.get $bits) (i64.const 4)))
      (local.set $place (i32.add (local.get $place) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $place) (i32.const 16))))
    (i32.store8 (i32.const 16) (i32.const 1))
    (i32.store (i32.const 20) (i32.const 64))
    (i32.store (i32.const 24) (i32.const 16))
    (i32.const 16)))"#;

#[test]
fn random_numbers_are_the_same_every_time_and_others_with_another_seed() {
    let root = root();
    let wit = [
        "wit",
        "runtime/modules/wasi/wit",
        "tests/guests/wasi/world.wit",
    ];
    let wit = wit.map(|path| root.join(path));
    let wit = wit.each_ref().map(PathBuf::as_path);
    let guest = evroute_componentize::componentize(RANDOM.as_bytes(), &wit, "wasi").unwrap();
    let end = |seed: &str| {
        let text = format!("{REQUEST}error = \"\"\n{seed}\n");
        judged(&guest, &text).end
    };
    let ends = ["", "", "seed = 0", "seed = 1", "seed = 1"].map(end);
    assert!(ends[0].starts_with("GuestError: "), "{ends:?}");
    assert_eq!(
        (&ends[0], &ends[0], &ends[3]),
        (&ends[1], &ends[2], &ends[4])
    );
    assert_ne!(ends[0], ends[3]);
}

/// Asks who is meant and who it comes from.
const WHO: &str = r#"
event_route[core:request] {
    if (uri == myself) xlog("L_INFO", "ours\n");
    if (is_myself("sip:x@foreign.example")) xlog("L_INFO", "not ours\n");
    if (src_ip == [2001:db8::]/32 && src_ip != 2001:db8:1::/48) xlog("L_INFO", "inside\n");
    if (src_ip == "2001:db8:0:1::ffff:7") xlog("L_INFO", "this one\n");
    if (src_ip == 10.0.0.0/8) xlog("L_INFO", "of the other family\n");
}
"#;

#[test]
fn a_file_names_the_domains_of_the_tenant() {
    let component = compiled(WHO);
    let case = CASE.replace(
        "sql:main\"]\n",
        "sql:main\"]\ndomains = [\"example.org\"]\n",
    );
    let case = format!(
        "{case}source = \"udp:[2001:db8:0:1::ffff:7]:5060\"\nverdict = \"pass\"\n\
         log = [\"INFO ours\", \"INFO inside\", \"INFO this one\"]\n"
    );
    assert_eq!(reported(&judged(&component, &case)), NOTHING);
    let foreign = case
        .replace("domains = [\"example.org\"]\n", "")
        .replace("\"INFO ours\", ", "");
    assert_eq!(reported(&judged(&component, &foreign)), NOTHING);
}
