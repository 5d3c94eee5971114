use super::*;

const FIRST: DatabaseSchema<'_> = DatabaseSchema {
    version: 1,
    create: "CREATE TABLE one (a TEXT);",
    changes: &[],
};

const THIRD: DatabaseSchema<'_> = DatabaseSchema {
    version: 3,
    create: "CREATE TABLE one (a TEXT, b TEXT, c TEXT);",
    changes: &[
        "ALTER TABLE one ADD COLUMN b TEXT;",
        "ALTER TABLE one ADD COLUMN c TEXT;",
    ],
};

fn version(connection: &Connection) -> i64 {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

fn insert(connection: &Connection) {
    let sql = "INSERT INTO one (a, b, c) VALUES ('1', '2', '3')";
    connection.execute(sql, []).unwrap();
}

#[test]
fn a_file_is_made_with_its_folder_and_keeps_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("below/a.db");
    for _ in 0..2 {
        let connection = open(&path, &FIRST, Synchronous::Full).unwrap();
        assert_eq!(version(&connection), 1);
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }
}

#[test]
fn an_earlier_version_gets_what_it_lacks_and_a_new_file_has_it_all() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("old.db"), folder.path().join("new.db"));
    drop(open(&old, &FIRST, Synchronous::Normal).unwrap());
    for path in [old, new] {
        let connection = open(&path, &THIRD, Synchronous::Normal).unwrap();
        assert_eq!(version(&connection), 3);
        insert(&connection);
    }
}

#[test]
fn a_later_version_is_refused_and_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    drop(open(&path, &THIRD, Synchronous::Normal).unwrap());
    let refused = open(&path, &FIRST, Synchronous::Normal).unwrap_err();
    let refused = refused.to_string();
    assert!(
        refused.contains("is of version 3, and this server knows version 1"),
        "{refused}"
    );
    insert(&open(&path, &THIRD, Synchronous::Normal).unwrap());
}

#[test]
fn what_is_no_database_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    std::fs::write(&path, "certainly not a database, however long it is").unwrap();
    let refused = open(&path, &FIRST, Synchronous::Normal).unwrap_err();
    assert!(refused.to_string().contains("a.db"), "{refused}");
    std::fs::write(folder.path().join("file"), "").unwrap();
    let below = open(
        &folder.path().join("file/a.db"),
        &FIRST,
        Synchronous::Normal,
    );
    assert!(matches!(below, Err(DatabaseFileError::Folder { .. })));
}
