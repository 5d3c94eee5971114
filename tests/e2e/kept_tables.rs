//! Tables that persist outlive the server; the others do not.

use evroute_tests::{Answer, Server, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;

const TABLES: &str = r#"
[[tenant]]
name = "demo"
domains = ["127.0.0.1"]

[[tenant.table]]
name = "kept"
persist = true

[[tenant.table]]
name = "lost"
"#;

/// A server whose data outlives it.
fn start(data: &TempDir) -> Server {
    Server::start(&format!("data_dir = {:?}\n{TABLES}", data.path())).unwrap()
}

fn put(server: &Server, table: &str, key: &str, value: &str) {
    let answer = server
        .rpc("htable.sets", &json!([table, key, value]))
        .unwrap();
    assert!(matches!(answer, Answer::Result(_)), "{answer:?}");
}

/// The value of an entry; none where there is no entry.
fn value(server: &Server, table: &str, key: &str) -> Option<Value> {
    match server.rpc("htable.get", &json!([table, key])).unwrap() {
        Answer::Result(mut entry) => Some(entry["value"].take()),
        Answer::Refused(_, why) => {
            assert!(why.contains(key), "{why}");
            None
        }
    }
}

#[test]
fn what_was_written_before_an_orderly_end_is_there_after_it() {
    let data = TempDir::new().unwrap();
    let server = start(&data);
    for number in 0..500 {
        put(&server, "kept", &format!("key{number}"), "old");
    }
    put(&server, "kept", "key7", "new");
    put(&server, "lost", "key", "value");
    let removed = server.rpc("htable.delete", &json!(["kept", "key8"]));
    assert!(matches!(removed.unwrap(), Answer::Result(_)));
    server.interrupt().unwrap();
    let (status, log) = server.ended().unwrap();
    assert!(status.success(), "{log}");
    let server = start(&data);
    assert_eq!(value(&server, "kept", "key7"), Some(json!("new")));
    assert_eq!(value(&server, "kept", "key8"), None);
    assert_eq!(value(&server, "kept", "key499"), Some(json!("old")));
    assert_eq!(value(&server, "lost", "key"), None);
}

#[test]
fn what_is_on_the_disk_is_there_after_a_kill() {
    let data = TempDir::new().unwrap();
    let server = start(&data);
    let changes = || server.metric("evroute_journal_changes_total", &[]).unwrap();
    let before = changes();
    put(&server, "kept", "key", "value");
    let is_kept = || (changes() > before).then_some(());
    eventually("the entry is on the disk", is_kept, || server.log()).unwrap();
    // Ends it by a kill.
    drop(server);
    let server = start(&data);
    assert_eq!(value(&server, "kept", "key"), Some(json!("value")));
}
