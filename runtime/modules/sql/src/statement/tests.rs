use super::*;

const BOTH: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

fn read(text: &str, dialect: Dialect, parameters: usize) -> Result<String, Fault> {
    Statement::read(text, dialect, parameters).map(|statement| statement.text)
}

#[test]
fn placeholders_are_translated_for_postgres_only() {
    let text = "insert into t values (?, ?)";
    assert_eq!(read(text, Dialect::Sqlite, 2).unwrap(), text);
    assert_eq!(
        read(text, Dialect::Postgres, 2).unwrap(),
        "insert into t values ( $1 ,  $2 )"
    );
}

#[test]
fn what_is_quoted_or_commented_holds_no_placeholders_and_no_statements() {
    for dialect in BOTH {
        for text in [
            "select ';?', 'it''s ;?'",
            "select \";?\" from t",
            "select 1 -- ;?\n",
            "select 1 -- ;?",
            "select /* ;? ' */ 1",
            "select /**/ 1",
            "select '--', 1",
            "select '/*', 1 /*/;?*/",
            "select 'é;?'",
        ] {
            assert_eq!(read(text, dialect, 0).unwrap(), text, "{dialect:?}");
        }
    }
    for text in ["select [;?] from t", "select `;?` from t"] {
        assert_eq!(read(text, Dialect::Sqlite, 0).unwrap(), text);
    }
    for text in [
        "select $$;?$$",
        "select $a$;?$$;$b$;$a$",
        "select e'\\';?'",
        "select E'\\é;?\\\\'",
        "select /* /* ;? */ ;? */ 1",
    ] {
        assert_eq!(read(text, Dialect::Postgres, 0).unwrap(), text);
    }
}

#[test]
fn a_second_statement_is_refused_however_it_hides() {
    for dialect in BOTH {
        for text in [
            "select 1; select 2",
            "select 1;select 2",
            "select 1;/**/drop table t",
            "select ''';'; drop table t",
            "select '--'; drop table t",
            "select '/*'; drop table t --*/",
            "select /*'*/ 1; drop table t --'",
            "select 1 -- '\n; drop table t -- '",
            "select \"\"\"\"; drop table t",
            ";select 1",
            "select 1;;'",
        ] {
            assert_eq!(
                read(text, dialect, 0),
                Err(Fault::Stacked),
                "{dialect:?} {text:?}"
            );
        }
    }
}

#[test]
fn each_database_is_read_by_its_own_rules() {
    // A backslash is a letter to SQLite, and to PostgreSQL without an E.
    let backslash = "select '\\'; drop table t --'";
    for dialect in BOTH {
        assert_eq!(read(backslash, dialect, 0), Err(Fault::Stacked));
    }
    let escape = "select e'\\'; drop table t --'";
    assert_eq!(read(escape, Dialect::Sqlite, 0), Err(Fault::Stacked));
    assert_eq!(read(escape, Dialect::Postgres, 0).unwrap(), escape);
    // Comments nest in PostgreSQL only; a CR ends a comment in PostgreSQL only.
    let nested = "select /* /* */ 1; select 2 */ */ 3";
    assert_eq!(read(nested, Dialect::Sqlite, 0), Err(Fault::Stacked));
    let carriage_return = "select 1 -- \r; '\n; drop table t --'";
    for dialect in BOTH {
        assert_eq!(read(carriage_return, dialect, 0), Err(Fault::Stacked));
    }
    let hidden = "select 1 -- \r '\n; drop table t --'";
    assert_eq!(read(hidden, Dialect::Sqlite, 0), Err(Fault::Stacked));
    // A bracket is a quote in SQLite, a backquote too.
    assert_eq!(
        read("select [']; drop table t --']", Dialect::Sqlite, 0),
        Err(Fault::Stacked)
    );
    assert_eq!(
        read("select `'`; drop table t --'", Dialect::Sqlite, 0),
        Err(Fault::Stacked)
    );
    assert!(read("select a[1] from t", Dialect::Postgres, 0).is_ok());
    // A dollar in a name does not begin a quote.
    assert_eq!(
        read("select a$b$; select $b$", Dialect::Postgres, 0),
        Err(Fault::Stacked)
    );
}

#[test]
fn a_semicolon_at_the_end_is_no_second_statement() {
    for dialect in BOTH {
        assert_eq!(read("select 1;", dialect, 0).unwrap(), "select 1");
        assert_eq!(
            read("select 1 ; ; -- done\n /* ; */ ", dialect, 0)
                .unwrap()
                .trim_end(),
            { "select 1   -- done\n /* ; */" }
        );
    }
}

#[test]
fn parameters_with_names_or_numbers_are_refused() {
    for text in ["select ?1", "select $1", "select ?0"] {
        for dialect in BOTH {
            assert_eq!(
                read(text, dialect, 1),
                Err(Fault::Named),
                "{dialect:?} {text}"
            );
        }
    }
    for text in [
        "select :a",
        "select @a",
        "select $a",
        "select $a::b(;)",
        "select #1",
    ] {
        assert_eq!(read(text, Dialect::Sqlite, 1), Err(Fault::Named), "{text}");
    }
    assert_eq!(
        read("select ?::int", Dialect::Postgres, 1).unwrap(),
        "select  $1 ::int"
    );
}

#[test]
fn placeholders_and_parameters_must_be_as_many() {
    for dialect in BOTH {
        for parameters in [0, 1, 3] {
            assert_eq!(
                read("select ?, ?", dialect, parameters),
                Err(Fault::Parameters {
                    placeholders: 2,
                    parameters
                })
            );
        }
    }
}

#[test]
fn what_belongs_to_a_connection_or_reaches_files_is_refused() {
    for dialect in BOTH {
        for text in [
            "begin",
            "COMMIT",
            "rollback",
            "savepoint a",
            "release a",
            "end",
            "attach 'x' as y",
            "/**/ pragma query_only",
            "set statement_timeout = 0",
            "reset all",
            "prepare a as select 1",
            "copy t to stdout",
            "listen a",
            "discard all",
            "lock table t",
            "declare c cursor for select 1",
            "vacuum into 'x'",
            "detach y",
            "\u{feff}select 1",
            "?",
            "'select'",
        ] {
            let refused = matches!(
                read(text, dialect, usize::from(text == "?")),
                Err(Fault::Beginning(_))
            );
            assert!(
                refused || (dialect, text) == (Dialect::Postgres, "vacuum into 'x'"),
                "{text}"
            );
        }
    }
    for text in ["call p()", "DO $$ begin commit; end $$"] {
        let refused = read(text, Dialect::Postgres, 0);
        assert!(matches!(refused, Err(Fault::Beginning(_))), "{text}");
    }
    assert!(read("(select 1) union (select 2)", Dialect::Postgres, 0).is_ok());
}

#[test]
fn what_is_temporary_is_refused_however_it_is_spelled() {
    for dialect in BOTH {
        for text in [
            "create temp table t (a)",
            "CREATE TEMPORARY VIEW v as select 1",
            "create /* */ temp -- \n trigger x",
            "create or replace temp view v as select 1",
        ] {
            assert_eq!(read(text, dialect, 0), Err(Fault::Temporary), "{text}");
        }
        for text in [
            "create table temp (temp int)",
            "create table t (a int, temp int)",
            "select temp, temperature from temp",
            "select temp from t where a = 'temp.x'",
            "insert into t (temp) values (1)",
            "create index temporary on t (a)",
        ] {
            assert!(read(text, dialect, 0).is_ok(), "{dialect:?} {text}");
        }
    }
    for text in [
        "create table temp.t (a)",
        "create table if not exists Temp . t (a)",
        "create trigger \"temp\".x after insert on t begin select 1; end",
        "create virtual table [temp].x using fts5(a)",
        "create view `temp`.v as select 1",
        "create table 'temp'/**/.t (a)",
        "insert into temp.t values (1)",
    ] {
        let refused = read(text, Dialect::Sqlite, 0);
        assert_eq!(refused, Err(Fault::Temporary), "{text}");
    }
    for text in ["create local temp table t ()", "create table pg_temp.t ()"] {
        let refused = read(text, Dialect::Postgres, 0);
        assert_eq!(refused, Err(Fault::Temporary), "{text}");
    }
}

#[test]
fn what_tells_of_another_runs_statement_is_refused() {
    for text in [
        "select last_insert_rowid()",
        "select Changes ( /* */ )",
        "select \"total_changes\"()",
        "select [changes](*)",
        "select `changes`(distinct)",
        "create view v as select changes(all)",
    ] {
        let refused = read(text, Dialect::Sqlite, 0);
        assert_eq!(refused, Err(Fault::EarlierStatement), "{text}");
        assert_ne!(
            read(text, Dialect::Postgres, 0),
            Err(Fault::EarlierStatement)
        );
    }
    for text in [
        "create table changes (a)",
        "insert into changes (a) values (1)",
        "select changes, 'changes()' from t where last_insert_rowid = (1)",
    ] {
        assert!(read(text, Dialect::Sqlite, 0).is_ok(), "{text}");
    }
}

#[test]
fn texts_that_are_no_statement_are_refused() {
    for dialect in BOTH {
        for text in ["", "  ", ";", "-- select", "/* select"] {
            assert_eq!(read(text, dialect, 0), Err(Fault::Empty), "{text:?}");
        }
        assert_eq!(
            read("select 1\0; drop table t", dialect, 0),
            Err(Fault::Nul)
        );
        let long = format!("select '{}'", "x".repeat(STATEMENT_BYTES_MAX));
        assert_eq!(read(&long, dialect, 0), Err(Fault::TooLong));
        assert_eq!(
            read("select 1", dialect, 1001),
            Err(Fault::TooManyParameters)
        );
    }
}

#[test]
fn no_text_is_too_odd_to_be_read() {
    let pieces = [
        "select", "e'", "\\", "é", "$", "$$", "$é$", "'", "\"", "[", "/*", "*/", "--", "\n", "?",
        ";",
    ];
    for a in pieces {
        for b in pieces {
            for c in pieces {
                let text = format!("select {a}{b}{c}");
                for dialect in BOTH {
                    // What comes out is what went in, or a reason.
                    if let Ok(read) = read(&text, dialect, 0) {
                        let kept = text.trim_end_matches([';', '\n', ' ']);
                        assert!(
                            read.starts_with(kept) || text.contains(';'),
                            "{text:?} {read:?}"
                        );
                    }
                }
            }
        }
    }
}
