use std::collections::BTreeMap;

use super::*;
use crate::backend::sqlite::allowed::{functions, is_allowed_function};

/// How long a processor may be busy with one function: thousands of times what the largest argument
/// takes to be read, and a thousandth of what work that grows with its square takes.
const FUNCTION_TIME_MAX: Duration = Duration::from_secs(1);

/// A function and how many arguments it takes; -1: any number.
fn known() -> BTreeMap<String, Vec<(i64, String)>> {
    let connection = unrestricted();
    let query = "select name, narg, type from pragma_function_list";
    let mut statement = connection.prepare(query).unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, i64>(1)?,
            row.get::<_, String>(2)?,
        ))
    };
    let mut known: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for function in statement.query_map([], read).unwrap() {
        let (name, arguments, kind) = function.unwrap();
        known.entry(name).or_default().push((arguments, kind));
    }
    assert!(known.len() > 100, "{known:?}");
    known
}

/// A call of a function with so many arguments, all of them placeholders.
fn called(name: &str, arguments: usize, kind: &str) -> String {
    if name.starts_with("->") {
        return format!("? {name} ?");
    }
    let placeholders = vec!["?"; arguments].join(", ");
    match (name, kind) {
        ("current_date" | "current_time" | "current_timestamp", _) => name.to_owned(),
        ("likelihood", _) => "likelihood(?, 0.5)".to_owned(),
        // A window function that is no aggregate.
        (_, "w") if placeholders.is_empty() || !is_aggregate(name) => {
            format!("{name}({placeholders}) over ()")
        }
        _ => format!("{name}({placeholders})"),
    }
}

fn is_aggregate(name: &str) -> bool {
    [
        "avg",
        "count",
        "group_concat",
        "max",
        "min",
        "string_agg",
        "sum",
        "total",
    ]
    .contains(&name)
        || name.starts_with("json")
}

fn arguments_of(name: &str, arguments: i64) -> Vec<usize> {
    match usize::try_from(arguments) {
        Ok(arguments) => vec![arguments],
        Err(_) if name.starts_with("current_") => vec![0],
        Err(_) => vec![1, 2, 3, 4, 5, 20],
    }
}

#[tokio::test]
async fn a_function_that_is_not_listed_is_refused_wherever_it_stands() {
    let sqlite = memory().await;
    done(&sqlite, "create table t (a)").await;
    let mut refused = 0;
    for (name, forms) in known() {
        if is_allowed_function(&name) {
            continue;
        }
        for (arguments, kind) in forms {
            let arguments = *arguments_of(&name, arguments).first().unwrap();
            let call = called(&name, arguments, &kind).replace('?', "'x'");
            for text in [
                format!("select {call}"),
                format!("explain select {call}"),
                format!("explain query plan select {call}"),
                format!("select 1 where 0 and {call}"),
                format!("with c as (select {call} as x) select * from c"),
                format!("insert into t values ((select {call}))"),
                format!("update t set a = (select {call})"),
                format!("create table made as select {call}"),
            ] {
                let why = refusal(&sqlite, &text).await;
                let is_authorizer = why.contains("not for handlers") || why.contains("RETURNING");
                // Some are no functions outside of a virtual table's statements, or not with these
                // arguments.
                let is_parser = why.contains("no such function")
                    || why.contains("wrong number of arguments")
                    || why.contains("unable to use function")
                    || why.contains("misuse of");
                assert!(is_authorizer || is_parser, "{text}: {why}");
                refused += usize::from(is_authorizer);
            }
            let view = format!("create view v_{refused} as select {call}");
            if sqlite
                .execute(super::call(&view, Vec::new(), PATIENCE))
                .await
                .is_ok()
            {
                refusal(&sqlite, &format!("select * from v_{refused}")).await;
                done(&sqlite, &format!("drop view v_{refused}")).await;
            }
            for text in [
                format!("create table x (a, check ({call}))"),
                format!("create table x (a, b as ({call}))"),
                format!("create index x on t ({call})"),
                format!("create index x on t (a) where {call}"),
                format!("create table x (a default ({call}))"),
            ] {
                let made = sqlite
                    .execute(super::call(&text, Vec::new(), PATIENCE))
                    .await;
                // A default is looked at when it is used.
                if made.is_ok() && text.contains("default") {
                    refusal(&sqlite, "insert into x default values").await;
                    done(&sqlite, "drop table x").await;
                } else {
                    assert!(matches!(made, Err(Error::Refused(_))), "{text}: {made:?}");
                }
            }
        }
    }
    assert!(refused > 100, "{refused}");
    for file in [
        "load_extension",
        "sqlite_log",
        "last_insert_rowid",
        "json_group_array",
    ] {
        assert!(
            known().contains_key(file) && !is_allowed_function(file),
            "{file}"
        );
    }
}

#[test]
fn the_list_is_in_order_and_names_functions_that_exist_or_are_compiled_elsewhere() {
    assert!(functions().is_sorted(), "binary search");
    let known = known();
    let unknown = functions()
        .iter()
        .filter(|name| !known.contains_key(**name));
    // Mathematical functions and some of the newest are options of SQLite's build.
    let unknown: Vec<_> = unknown.collect();
    assert!(unknown.len() < 45, "{unknown:?}");
}

/// The largest arguments of every sort that some function likes least.
fn large() -> Vec<(&'static str, Value)> {
    let most = usize::try_from(limits::VALUE_BYTES_MAX).unwrap() - 64;
    let text = |piece: &str| Value::Text(piece.repeat(most / piece.len()));
    vec![
        ("a", text("a")),
        ("ab", Value::Text("a".repeat(most / 2) + "b")),
        ("spaces", text(" ")),
        ("nested", text("[")),
        (
            "array",
            Value::Text(format!("[{}1]", "1,".repeat(most / 2 - 8))),
        ),
        ("object", Value::Text(object(most))),
        ("percent", text("%d%s")),
        ("digits", text("9")),
        ("quotes", text("'")),
        ("control", text("\u{1}")),
        ("zeros", Value::Octets(vec![0; most])),
        ("number", Value::Int(i64::MAX)),
        ("path", Value::Text("$.k9".to_owned())),
        ("pattern", Value::Text("%a%a%a%_%_%_%ab".to_owned())),
        ("glob", Value::Text("*a*[^b]*[^c]*?*?*ab".to_owned())),
    ]
}

fn object(most: usize) -> String {
    let members = (0..most / 14).map(|key| format!("\"k{key}\":{key}"));
    let members: Vec<_> = members.collect();
    let mut object = format!("{{{}}}", members.join(","));
    assert!(object.len() > most / 2);
    object.truncate(most);
    object
}

/// Which arguments a call is tried with: all alike, and each pair in turn.
fn choices(arguments: usize) -> Vec<Vec<Value>> {
    let large = large();
    let mut choices = Vec::new();
    for (_, first) in &large {
        for (_, second) in &large {
            let second = if arguments > 3 { first } else { second };
            let pair = [first.clone(), second.clone()];
            let all = pair.into_iter().cycle().take(arguments);
            choices.push(all.collect::<Vec<_>>());
            // Of more than three, all alike: each is read by itself.
            if !(2..=3).contains(&arguments) {
                break;
            }
        }
        if arguments == 0 {
            break;
        }
    }
    choices
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_function_comes_back_soon_whatever_its_arguments() {
    let sqlite = memory().await;
    let charged = charges(&sqlite);
    let mut slowest = (Duration::ZERO, String::new());
    for (name, forms) in known() {
        if !is_allowed_function(&name) {
            continue;
        }
        for (count, kind) in forms {
            for arguments in arguments_of(&name, count) {
                let text = format!("select octet_length({})", called(&name, arguments, &kind));
                let placeholders = text.matches('?').count();
                for parameters in choices(placeholders) {
                    charged.lock().unwrap().clear();
                    // Too large, malformed, refused: whatever it is, it is soon.
                    let _ = sqlite.query(super::call(&text, parameters, PATIENCE)).await;
                    let took = charged.lock().unwrap().iter().sum();
                    assert!(took < FUNCTION_TIME_MAX, "{text}: {took:?}");
                    if took > slowest.0 {
                        slowest = (took, text.clone());
                    }
                }
            }
        }
    }
    println!("slowest: {slowest:?}");
}

/// Values of each type, and numbers that are written in different ways.
const VALUES: [&str; 45] = [
    "null",
    "''",
    "'a'",
    "'aa'",
    "'aaa'",
    "'abcabc'",
    "'bc'",
    "'é'",
    "'aéaéa'",
    "'日本日本'",
    "'本'",
    "' a '",
    "' '",
    "x''",
    "x'61'",
    "x'616263'",
    "x'00'",
    "x'c3a9'",
    "x'a9'",
    "x'61c3a961'",
    "0",
    "1",
    "-1",
    "123123",
    "12",
    "1.5",
    "-0.0",
    "0.1",
    "1e15",
    "1e16",
    "1e17",
    "1.5e18",
    "123456789012345678.0",
    "1e-4",
    "1e-5",
    "1.25e-7",
    "1e100",
    "9e999",
    "-9e999",
    "0.30000000000000004",
    "3.141592653589793",
    "2.5e-310",
    "'.'",
    "'0'",
    "'e+'",
];

#[test]
fn functions_that_were_made_anew_answer_what_sqlites_own_answer() {
    let (own, anew) = (unrestricted(), unrestricted());
    crate::backend::sqlite::functions::replace(&anew).unwrap();
    let answer = |connection: &rusqlite::Connection, call: &str| {
        let query = format!("select typeof({call}), quote({call})");
        let read =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        connection
            .query_row(&query, [], read)
            .map_err(|error| error.to_string())
    };
    for a in VALUES {
        for b in VALUES {
            let calls = [
                format!("instr({a}, {b})"),
                format!("trim({a}, {b})"),
                format!("ltrim({a}, {b})"),
                format!("rtrim({a}, {b})"),
            ];
            let replaced = VALUES
                .iter()
                .step_by(5)
                .map(|c| format!("replace({a}, {b}, {c})"));
            for call in calls.into_iter().chain(replaced) {
                assert_eq!(answer(&own, &call), answer(&anew, &call), "{call}");
            }
        }
    }
}

#[tokio::test]
async fn a_value_that_grows_beyond_the_limit_is_too_large() {
    let sqlite = memory().await;
    let most = limits::VALUE_BYTES_MAX;
    for text in [
        format!("select zeroblob({})", most + 1),
        format!("select replace(hex(zeroblob({})), '0', 'abc')", most / 4),
        format!("select hex(zeroblob({most}))"),
        format!("select printf('%{}s', 'x')", most + 1),
    ] {
        assert_eq!(
            all(&sqlite, &text).await.unwrap_err(),
            Error::TooLarge,
            "{text}"
        );
    }
}
