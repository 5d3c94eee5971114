//! What handlers write into embedded databases is to be said by their cases.

use evroute_cases::Suite;

use crate::judged::{CASE, NOTHING, compiled, judged, reported};

/// Writes into one of two databases.
fn writes(database: &str, statement: &str) -> Vec<u8> {
    compiled(&format!(
        "modparam(\"sqlops\", \"sqlcon\", \"main=>sqlite:///x.db\")\n\
         modparam(\"sqlops\", \"sqlcon\", \"other=>sqlite:///y.db\")\n\
         event_route[core:request] {{ sql_query(\"{database}\", \"{statement}\"); }}\n"
    ))
}

/// A case whose two databases have a table with a row.
fn two_databases(rows: &str) -> String {
    let case = CASE.replace("\"sql:main\"", "\"sql\"");
    let databases = "databases = [\"main\", \"other\"]\n\
                     setup = [\"create table t (x text)\", \"insert into t values ('a')\"]\n[[case]]";
    let case = case.replacen("[[case]]", databases, 1);
    format!("{case}verdict = \"pass\"\n{rows}")
}

#[test]
fn what_is_written_into_an_embedded_database_and_no_rows_ask_for_is_reported() {
    let insert = "insert into t values ('b')";
    let help = "\n  say in the case what the database holds afterwards:\n    rows = { database = ";
    for (database, statement, lines) in [
        ("main", insert, "    main.t: \"a\"\n  + main.t: \"b\""),
        ("other", "delete from t", "  - other.t: \"a\""),
        (
            "other",
            "update t set x = 'c'",
            "  - other.t: \"a\"\n  + other.t: \"c\"",
        ),
        (
            "main",
            "create table u (y)",
            "  + main.u: CREATE TABLE u (y)",
        ),
        (
            "main",
            "drop table t",
            "  - main.t: CREATE TABLE t (x text)\n  - main.t: \"a\"",
        ),
    ] {
        let found = reported(&judged(&writes(database, statement), &two_databases("")));
        let [found] = found.as_slice() else {
            panic!("{statement}: {found:?}");
        };
        assert!(found.starts_with("rows (- expected, + found)\n"), "{found}");
        let expected = format!("{lines}{help}\"{database}\"");
        assert!(found.contains(&expected), "{found}, not {expected}");
    }
    for statement in ["select x from t", "delete from t where x = 'z'"] {
        let found = judged(&writes("main", statement), &two_databases(""));
        assert_eq!(reported(&found), NOTHING, "{statement}");
    }
}

#[test]
fn rows_answer_for_the_database_that_they_ask_and_for_no_other() {
    let insert = "insert into t values ('b')";
    let all = "query = \"select x from t\"";
    let written = "are = [[\"a\"], [\"b\"]]";
    let first = format!("rows = {{ {all}, {written} }}\n");
    let other = format!("rows = {{ database = \"other\", {all}, {written} }}\n");
    let both = format!(
        "rows = [{{ {all}, are = [[\"a\"]] }}, {{ database = \"other\", {all}, {written} }}]\n"
    );
    for (database, rows, differences) in [
        ("main", &first, 0),
        ("main", &other, 2),
        ("main", &both, 2),
        ("other", &other, 0),
        ("other", &both, 0),
        ("other", &first, 2),
    ] {
        let found = reported(&judged(&writes(database, insert), &two_databases(rows)));
        assert_eq!(found.len(), differences, "{database}, {rows}: {found:?}");
    }
    let nowhere = "rows = { database = \"third\", query = \"select 1\", are = [] }\n";
    let found = reported(&judged(
        &writes("main", "select 1"),
        &two_databases(nowhere),
    ));
    assert!(
        found[0].contains("the case has no database \"third\""),
        "{found:?}"
    );
    let wrong = Suite::parse(&two_databases("rows = 1\n")).unwrap_err();
    let why = wrong.to_string();
    assert!(why.contains("or a list of these"), "{why}");
}

#[test]
fn a_table_that_cannot_be_compared_fails_a_case_that_does_not_ask_for_it() {
    let row = ", (hex(zeroblob(30000)))".repeat(5);
    let long = format!("insert into t values ('a'){row}");
    let large = "[\"create table t (x text)\", ";
    let setup = |rows: &str| {
        let text = two_databases(rows);
        text.replace(large, &format!("{large}\"{long}\", "))
    };
    let handler = writes("main", "select 1");
    let found = reported(&judged(&handler, &setup("")));
    assert_eq!(found.len(), 2, "one of each database: {found:?}");
    assert!(found[0].contains("it cannot be compared"), "{found:?}");
    let count = "query = \"select count(*) from t\", are = [[7]] }";
    let rows = format!("rows = [{{ {count}, {{ database = \"other\", {count}]\n");
    assert_eq!(reported(&judged(&handler, &setup(&rows))), NOTHING);
}
