use super::*;

#[tokio::test]
async fn the_names_of_columns_count_as_much_as_values() {
    let sqlite = memory().await;
    let name = "n".repeat(50_000);
    done(&sqlite, &format!("create table t (\"{name}\")")).await;
    done(
        &sqlite,
        &format!("create view v as select \"{name}\" from t"),
    )
    .await;
    assert!(
        all(&sqlite, "select * from v, v as w")
            .await
            .unwrap()
            .is_empty()
    );
    let many = (0..20).map(|number| format!("v as v{number}"));
    let many = format!("select * from {}", many.collect::<Vec<_>>().join(", "));
    assert_eq!(all(&sqlite, &many).await.unwrap_err(), Error::TooLarge);
    done(&sqlite, "insert into t values (1)").await;
    assert_eq!(all(&sqlite, &many).await.unwrap_err(), Error::TooLarge);
}

#[tokio::test]
async fn what_each_connection_keeps_of_the_schema_is_bounded() {
    let sqlite = memory().await;
    let name = "n".repeat(50_000);
    let mut made = 0;
    for number in 0..20 {
        let create = format!("create table t{number} (\"{name}\")");
        match sqlite.execute(call(&create, Vec::new(), PATIENCE)).await {
            Ok(_) => made += 1,
            Err(Error::Refused(why)) => assert!(why.contains("too many or too long"), "{why}"),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(made, 5);
    let tables = all(&sqlite, "select count(*) from sqlite_schema").await;
    assert_eq!(format!("{tables:?}"), "Ok([[Value::Int(5)]])");
    for number in 0..5 {
        done(&sqlite, &format!("drop table t{number}")).await;
    }
    for number in 0..500 {
        done(&sqlite, &format!("create table t{number} (a)")).await;
    }
    let why = refusal(&sqlite, "create table beyond (a)").await;
    assert!(why.contains("500"), "{why}");
    let why = refusal(&sqlite, "create index beyond on t1 (a)").await;
    assert!(why.contains("500"), "{why}");
}

/// Each view is its predecessor twice.
#[tokio::test]
async fn views_that_multiply_are_refused_before_they_take_memory() {
    let sqlite = memory().await;
    let charged = charges(&sqlite);
    done(&sqlite, "create table v0 (a)").await;
    for number in 1..40 {
        let before = number - 1;
        let view = format!("create view v{number} as select x.a from v{before} x, v{before} y");
        done(&sqlite, &view).await;
    }
    for text in [
        "select * from v39",
        "explain select * from v39",
        "delete from v39",
    ] {
        charged.lock().unwrap().clear();
        let answer = all(&sqlite, text).await;
        assert!(
            matches!(answer, Err(Error::Refused(_) | Error::TooLarge)),
            "{text}: {answer:?}"
        );
        let took: Duration = charged.lock().unwrap().iter().sum();
        assert!(took < Duration::from_secs(2), "{text}: {took:?}");
    }
}

#[tokio::test]
async fn statements_without_end_are_refused_or_ended() {
    let sqlite = memory().await;
    done(&sqlite, "create table t (a)").await;
    let repeat = |piece: &str, count: usize, with: &str| vec![piece; count].join(with);
    for text in [
        format!("select {}", repeat("hex(a)", 201, ", ")),
        format!("select * from t where {}", repeat("a like 'x'", 21, " or ")),
        format!("select {}", repeat("(select 1)", 101, ", ")),
        repeat("select 1", 51, " union all "),
        format!("select 1{}", " + 1".repeat(300)),
        format!("select coalesce({})", repeat("1", 21, ", ")),
        format!(
            "create table x ({})",
            (0..201)
                .map(|n| format!("c{n}"))
                .collect::<Vec<_>>()
                .join(",")
        ),
        format!("select 'a' like '{}'", "%a".repeat(26)),
    ] {
        let answer = all(&sqlite, &text).await;
        assert!(
            matches!(answer, Err(Error::Refused(_) | Error::TooLarge)),
            "{text}: {answer:?}"
        );
    }
    for text in [
        "create table x (a, b as (a like 'x%'))",
        "create table x (a, check (json_valid(a)))",
        "create index x on t (a -> '$.a')",
        "create index x on t (a) where a glob 'x*'",
        "alter table t add column b as (a like 'x%')",
        "alter table t add column b as (json_patch(a, a))",
        "alter table t add column b check (b is null or json_pretty(b) <> '')",
    ] {
        refusal(&sqlite, text).await;
        assert!(all(&sqlite, "select b from t").await.is_err(), "{text}");
    }
    // A definition that could not be read again, and was not looked at.
    let name = "n".repeat(60_000);
    done(&sqlite, &format!("create table long (\"{name}\")")).await;
    let more = "m".repeat(5700);
    let more = format!("alter table long add column \"{more}\" as (json_patch('1', '2'))");
    refusal(&sqlite, &more).await;
    done(&sqlite, "drop table long").await;
    // What a handler may well write.
    let rows = repeat("(?)", 1000, ", ");
    let values = vec![Value::Int(1); 1000];
    let insert = call(&format!("insert into t values {rows}"), values, PATIENCE);
    assert_eq!(sqlite.execute(insert).await, Ok(1000));
    let list = repeat("?", 1000, ", ");
    let values = vec![Value::Int(1); 1000];
    let select = call(
        &format!("select count(*) from t where a in ({list})"),
        values,
        PATIENCE,
    );
    assert_eq!(
        format!("{:?}", sqlite.query(select).await.unwrap().next(1)),
        "[[Value::Int(1000)]]"
    );
}

#[tokio::test]
async fn the_engine_counts_statements_and_parameters_itself() {
    let sqlite = memory().await;
    done(&sqlite, "create table t (a)").await;
    for (text, parameters) in [
        ("select 1; select 2", 0),
        ("select 1; drop table t", 0),
        ("select 1; pragma query_only = 1", 0),
        ("", 0),
        (" -- nothing", 0),
        ("select ?", 0),
        ("select ?", 2),
        ("select :a", 1),
        ("select ?7", 7),
    ] {
        let values = vec![Value::Int(1); parameters];
        let answer = sqlite.query(call(text, values, PATIENCE)).await;
        assert!(
            matches!(answer, Err(Error::Refused(_))),
            "{text}: {answer:?}"
        );
    }
    assert!(all(&sqlite, "select * from t").await.is_ok());
    assert_eq!(all(&sqlite, "select 1; -- more").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_page_is_as_large_as_it_is_and_counted_so() {
    let folder = tempfile::tempdir().unwrap();
    let config = DatabaseConfig {
        bytes_max: 4 << 20,
        ..in_folder(&folder)
    };
    let operator = rusqlite::Connection::open(folder.path().join("t.db")).unwrap();
    operator
        .execute_batch("pragma page_size = 65536; create table t (a)")
        .unwrap();
    drop(operator);
    let sqlite = open(&config).await;
    let mut rows = 0;
    let insert = "insert into t values (zeroblob(60000))";
    while sqlite
        .execute(call(insert, Vec::new(), PATIENCE))
        .await
        .is_ok()
    {
        rows += 1;
        assert!(rows < 1000);
    }
    // 48 pages of 65,536 bytes, of which some are SQLite's.
    assert!((40..48).contains(&rows), "{rows}");
}

/// The longest stretches without a jump, at which alone SQLite lets somebody look.
#[tokio::test]
async fn steps_that_nobody_looks_after_are_few_whatever_they_do() {
    let sqlite = memory().await;
    let charged = charges(&sqlite);
    let most = usize::try_from(limits::VALUE_BYTES_MAX).unwrap();
    let fill = "insert into t (a) values (?)";
    let sum = vec!["a"; 190].join(" + ");
    let joined = vec!["a"; 190].join(" || '' || ");
    let sums = |count: usize| vec![format!("({sum})"); count].join(", ");
    let columns: Vec<_> = (0..190)
        .map(|number| format!("g{number} as (hex(a) || {number})"))
        .collect();
    let tables = [
        "create table t (a)".to_owned(),
        format!("create table computed (a, {})", columns.join(", ")),
    ];
    for table in tables {
        done(&sqlite, &table).await;
    }
    let digits = Value::Text("9".repeat(most - 100));
    sqlite
        .execute(call(fill, vec![digits.clone()], PATIENCE))
        .await
        .unwrap();
    let quadratic = "(a || 'b') like '%99999999999999999999999999999999999999999c'";
    for text in [
        format!("select {} from t", sums(10)),
        format!("select {} from t", sums(25)),
        format!("select length({joined}) from t"),
        format!("select {} from t", vec![quadratic; 20].join(", ")),
        format!(
            "select {} from t",
            vec!["hex(substr(a, 1, 30000))"; 190].join(", ")
        ),
        format!(
            "select {} from t",
            vec!["json_array(a, a, a, a, a, a, a, a, a, a)"; 20].join(", ")
        ),
        format!(
            "select {} from t",
            vec!["cast(a as integer)"; 190].join(", ")
        ),
        format!(
            "select {} from t",
            vec!["upper(a) = lower(a) collate nocase"; 90].join(", ")
        ),
        "insert into computed (a) select substr(a, 1, 30000) from t".to_owned(),
        "select * from computed".to_owned(),
    ] {
        charged.lock().unwrap().clear();
        let soon = Duration::from_millis(1);
        // Ended or not, it does not go on.
        let _ = sqlite.query(call(&text, Vec::new(), soon)).await;
        assert!(all(&sqlite, "select 1").await.is_ok());
        let took: Duration = charged.lock().unwrap().iter().sum();
        let begin: String = text.chars().take(60).collect();
        println!("{took:?}: {begin}");
        assert!(took < Duration::from_secs(2), "{begin}: {took:?}");
    }
}
