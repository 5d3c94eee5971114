//! What tenants used, over a kill, and what they may send in a second.

use evroute_tests::{Answer, Server, eventually};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;
use tempfile::TempDir;

use crate::demo::tenant;

/// Asks the server to send an OPTIONS to a port where nobody listens; whether it did.
fn sends(server: &Server) -> bool {
    let ask = json!([
        "OPTIONS",
        "sip:bob@127.0.0.1:9",
        ".",
        ".",
        "From: <sip:a@127.0.0.1>\r\n"
    ]);
    match server.rpc("tm.t_uac_start", &ask).unwrap() {
        Answer::Result(_) => true,
        Answer::Refused(_, why) => {
            let key = "outgoing_requests_per_second_max in [tenant.quota]";
            assert!(why.contains(key), "{why}");
            false
        }
    }
}

/// How many requests left for `demo` and how many did not, as the database has it.
fn kept(folder: &TempDir) -> Option<(i64, i64)> {
    let file = folder.path().join("usage.db");
    let book = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    let columns = "select outgoing_requests, outgoing_refused from usage where tenant = 'demo'";
    let numbers = book.query_row(columns, [], |row| Ok((row.get(0)?, row.get(1)?)));
    numbers.ok()
}

#[test]
fn what_a_tenant_used_outlives_a_kill_and_has_its_price() {
    let data = TempDir::new().unwrap();
    let start = || {
        let demo = tenant("9", &[]).replace("url = \"sqlite:main.db\"", "url = \"sqlite:m.db\"");
        let own = format!("data_dir = {:?}\n", data.path());
        let quota = "\n[tenant.quota]\noutgoing_requests_per_second_max = 1\n";
        Server::start(&(own + &demo + quota)).unwrap()
    };
    let server = start();
    let mut sent = 0;
    let refused = || {
        let has_left = sends(&server);
        sent += i64::from(has_left);
        (!has_left).then_some(())
    };
    eventually("a second request in one second", refused, || server.log()).unwrap();
    assert!(sent >= 1);
    let written = || kept(&data).filter(|kept| *kept == (sent, 1));
    eventually("the usage on disk", written, || server.log()).unwrap();
    // Ends it by a kill.
    drop(server);
    let server = start();
    let price = "million_outgoing_requests=1000000";
    let words = [
        "tenants",
        "--usage",
        "--json",
        "--price",
        price,
        "--currency",
        "EUR",
    ];
    let told = server.command(&words).unwrap();
    assert_eq!(told.code, Some(0), "{told:?}");
    let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let demo = &told["tenants"][0];
    assert_eq!(demo["tenant"], json!("demo"));
    assert_eq!(demo["outgoing_requests"], json!(sent));
    assert_eq!(demo["outgoing_refused"], json!(1));
    assert_eq!(
        demo["amount"].as_f64(),
        Some(f64::from(i32::try_from(sent).unwrap()))
    );
    assert_eq!(told["currency"], json!("EUR"));
    let csv = server.command(&["usage", "demo", "--csv"]).unwrap();
    assert!(csv.out.starts_with("tenant,since,events,"), "{csv:?}");
}
