use std::collections::BTreeMap;

use super::*;

/// Those that tell what was written, by their nature; the one that is set anew for each statement;
/// and those that list what was named once, the temporary database and tables of pragmas, though it
/// was refused.
const OF_CONTENTS: [&str; 12] = [
    "busy_timeout",
    "data_version",
    "database_list",
    "freelist_count",
    "integrity_check",
    "module_list",
    "optimize",
    "page_count",
    "quick_check",
    "schema_version",
    "table_list",
    "wal_checkpoint",
];

fn pragmas() -> Vec<String> {
    let pragmas = listed("select name from pragma_pragma_list");
    assert!(pragmas.len() > 60, "{pragmas:?}");
    pragmas
}

/// Every spelling in which a statement can reach a pragma.
fn spellings(pragma: &str) -> Vec<String> {
    let plain = [
        format!("pragma {pragma}"),
        format!("pragma {pragma} = 1"),
        format!("pragma {pragma}(1)"),
        format!("pragma {pragma} = '/nonexistent'"),
        format!("pragma main.{pragma} = 1"),
        format!("pragma temp.{pragma} = 1"),
        format!("PRAGMA \"{pragma}\" = off"),
    ];
    let table = format!("select * from pragma_{pragma}");
    let tables = [
        table.clone(),
        format!("{table}(1)"),
        format!("{table}('x', 'main')"),
        format!("{table} where 0"),
        format!("select count(*) from pragma_{pragma}"),
        format!("select * from \"PRAGMA_{pragma}\""),
        format!("with a as ({table}), b as (select * from a) select * from b"),
        format!("select 1 where exists ({table})"),
        format!("insert into t {table}"),
        format!("create table made as {table}"),
    ];
    let all = plain.into_iter().chain(tables);
    all.flat_map(|text| {
        let explained = format!("explain {text}");
        let planned = format!("explain query plan {text}");
        [text, explained, planned]
    })
    .collect()
}

/// What can be read of a connection by pragmas.
type Readings = BTreeMap<String, String>;

async fn readings(sqlite: &Sqlite) -> Readings {
    let read = sqlite.ask(Instant::now() + PATIENCE, |session| {
        session.map(|session| Ok(session.readings(&pragmas())))
    });
    let mut readings = read.await.unwrap();
    readings.retain(|pragma, _| !OF_CONTENTS.contains(&pragma.as_str()));
    readings
}

#[tokio::test]
async fn no_pragma_is_reached_in_any_spelling_and_none_changes() {
    let (mallory, alice) = (memory().await, memory().await);
    done(&mallory, "create table t (a)").await;
    let before = (readings(&mallory).await, readings(&alice).await);
    assert!(before.0.len() > 30, "{:?}", before.0);
    for pragma in pragmas() {
        for text in spellings(&pragma) {
            let answer = all(&mallory, &text).await;
            let is_refused = matches!(answer, Err(Error::Refused(_)));
            // Some have no table: then there is none.
            assert!(is_refused, "{text}: {answer:?}");
        }
        // A view's and a trigger's statements are looked at when they are used.
        let view = format!("create view v_{pragma} as select * from pragma_{pragma}");
        let trigger = format!(
            "create trigger t_{pragma} after insert on t begin select * from pragma_{pragma}; end"
        );
        if mallory
            .execute(call(&view, Vec::new(), PATIENCE))
            .await
            .is_ok()
        {
            refusal(&mallory, &format!("select * from v_{pragma}")).await;
            refusal(&mallory, &format!("explain select * from v_{pragma}")).await;
            done(&mallory, &format!("drop view v_{pragma}")).await;
        }
        if mallory
            .execute(call(&trigger, Vec::new(), PATIENCE))
            .await
            .is_ok()
        {
            refusal(&mallory, "insert into t values (1)").await;
            done(&mallory, &format!("drop trigger t_{pragma}")).await;
        }
    }
    let after = (readings(&mallory).await, readings(&alice).await);
    let differs = |(before, after): (&Readings, &Readings)| {
        let mut differs = before
            .iter()
            .filter(|(name, read)| after.get(*name) != Some(read));
        differs.next().map(|(name, _)| name.clone())
    };
    assert_eq!(differs((&before.0, &after.0)), None, "mallory");
    assert_eq!(differs((&before.1, &after.1)), None, "alice");
    done(&alice, "create table t (a)").await;
    done(&alice, "insert into t values (zeroblob(60000))").await;
    done(&mallory, "insert into t values (1)").await;
}

#[tokio::test]
async fn what_reaches_other_files_or_outlasts_the_call_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = open(&in_folder(&folder)).await;
    done(&sqlite, "create table t (a)").await;
    let other = folder.path().join("other.db");
    for text in [
        format!("attach '{}' as o", other.display()),
        "attach ':memory:' as o".to_owned(),
        "attach '' as o".to_owned(),
        "detach main".to_owned(),
        format!("vacuum into '{}'", other.display()),
        "vacuum".to_owned(),
        "begin".to_owned(),
        "begin immediate".to_owned(),
        "commit".to_owned(),
        "rollback".to_owned(),
        "savepoint s".to_owned(),
        "release s".to_owned(),
        "create temp table x (a)".to_owned(),
        "create temp view x as select 1".to_owned(),
        "create temp trigger x after insert on t begin select 1; end".to_owned(),
        "create table temp.x (a)".to_owned(),
        "create virtual table x using fts5(a)".to_owned(),
        "create virtual table x using fts4(a)".to_owned(),
        "create virtual table x using rtree(a, b, c)".to_owned(),
        "create virtual table temp.x using fts5(a)".to_owned(),
        "select * from dbstat".to_owned(),
        "select count(*) from \"DBSTAT\"".to_owned(),
        "select load_extension('x')".to_owned(),
        "update sqlite_schema set sql = 'x'".to_owned(),
        "insert into sqlite_schema values (1, 2, 3, 4, 5)".to_owned(),
        "delete from sqlite_master".to_owned(),
    ] {
        for text in [format!("explain {text}"), text] {
            let answer = all(&sqlite, &text).await;
            // VACUUM is explained, and does nothing then.
            let is_explained = text.starts_with("explain vacuum") && answer.is_ok();
            let is_refused = matches!(answer, Err(Error::Refused(_)));
            assert!(is_refused || is_explained, "{text}: {answer:?}");
        }
    }
    let files = std::fs::read_dir(folder.path()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let strange: Vec<_> = names.filter(|name| !name.starts_with("t.db")).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[tokio::test]
async fn what_is_allowed_of_the_schema_goes_on() {
    let sqlite = memory().await;
    for text in [
        "create table t (a integer primary key, b text not null default 'x', check (a > 0))",
        "create index i on t (b)",
        "create unique index u on t (lower(b)) where b is not null",
        "insert into t (a, b) values (1, 'B')",
        "alter table t add column c integer not null default 7 check (c > 0)",
        "alter table t rename column c to d",
        "alter table t rename to s",
        "create view v as select a, instr(b, 'B') as at from s",
        "create trigger g after insert on s begin update s set d = d + 1 where a <> new.a; end",
        "insert into s (a, b) values (2, 'C') returning a",
        "insert into s (a, b) select 3, value from json_each('[\"D\"]')",
        "analyze",
        "reindex",
        "create table copied as select * from v",
        "drop trigger g",
        "alter table s drop column d",
    ] {
        done(&sqlite, text).await;
    }
    let rows = all(&sqlite, "select a, at from copied order by a").await;
    assert_eq!(
        format!("{rows:?}"),
        "Ok([[Value::Int(1), Value::Int(1)], [Value::Int(2), Value::Int(0)], \
         [Value::Int(3), Value::Int(0)]])"
    );
    for text in [
        "insert into sqlite_stat1 values ('s', 'i', '1 1')",
        "update sqlite_stat1 set stat = '1'",
        "delete from sqlite_stat1",
    ] {
        refusal(&sqlite, text).await;
    }
}
