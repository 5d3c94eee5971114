//! A message meets one revision in each of its events, whatever is deployed between them.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;

use evroute_tests::{PATIENCE, eventually, waiting_at_gate};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::deploys::Scene;

/// A tenant that may deploy what writes into two databases.
fn tenant(folder: &Path) -> String {
    let database = |name: &str| {
        format!(
            "[[tenant.database]]\nname = \"{name}\"\nurl = \"sqlite://{}/{name}.db\"\n\
             deadline_ms = 60000\n",
            folder.display()
        )
    };
    format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n[tenant.deploy]\n\
         grants = [\"sql:main\", \"sql:gate\"]\n\n{}{}",
        database("main"),
        database("gate")
    )
}

fn numbers(database: &Connection, table: &str) -> Vec<u8> {
    let mut rows = database
        .prepare(&format!("select number from {table}"))
        .unwrap();
    let rows = rows.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The request is held between the two events of it by a lock that the test has, so that the deploy
/// comes between them on every machine.
#[test]
fn a_deploy_between_the_two_events_of_a_request_is_not_met_by_it() {
    let folder = TempDir::new().unwrap();
    let open = |name: &str| Connection::open(folder.path().join(name)).unwrap();
    let (main, gate) = (open("main.db"), open("gate.db"));
    // As the server has it: readers are not in the way of whoever writes.
    for database in [&main, &gate] {
        database.pragma_update(None, "journal_mode", "wal").unwrap();
    }
    main.execute_batch("create table before (number int); create table after (number int)")
        .unwrap();
    gate.execute_batch("create table gate (number int)")
        .unwrap();
    let scene = Scene::of(&tenant(folder.path()));
    let deploy = |number| {
        let component = waiting_at_gate(number, scene.components.path()).unwrap();
        let ended = scene.try_deploy(&component, &["--grants", "sql:main,sql:gate"]);
        assert_eq!(ended.code, Some(0), "{ended:?}\n{}", scene.server.log());
    };
    deploy(1);
    gate.execute_batch("begin immediate").unwrap();
    let phone = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    let from = phone.local_addr().unwrap();
    let message = format!(
        "MESSAGE sip:nobody@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK1\r\n\
         From: <sip:a@127.0.0.1>;tag=f\r\nTo: <sip:nobody@127.0.0.1>\r\nCall-ID: c\r\n\
         CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    phone.send_to(message.as_bytes(), scene.server.sip).unwrap();
    let is_at_gate = || (numbers(&main, "before") == [1]).then_some(());
    eventually("the request at the gate", is_at_gate, || scene.server.log()).unwrap();
    deploy(2);
    let revisions = scene.said(&["revisions", "guard"]);
    assert!(revisions.contains("r2    in force"), "{revisions}");
    assert!(numbers(&gate, "gate").is_empty() && numbers(&main, "after").is_empty());
    gate.execute_batch("rollback").unwrap();
    let mut answer = [0; 2000];
    let length = phone.recv(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("SIP/2.0 404 "), "{answer}");
    let met = [numbers(&main, "before"), numbers(&gate, "gate")];
    assert_eq!(met, [[1], [1]]);
    assert_eq!(
        numbers(&main, "after"),
        [1],
        "the request met half a deploy"
    );
    // The next one meets the new one.
    let next = message
        .replace("z9hG4bK1", "z9hG4bK2")
        .replace(": c\r", ": d\r");
    phone.send_to(next.as_bytes(), scene.server.sip).unwrap();
    phone.recv(&mut [0; 2000]).unwrap();
    assert_eq!(numbers(&main, "after"), [1, 2]);
}
