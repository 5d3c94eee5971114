//! A handler that breaks on every event, and what its tenant pays for it.

use evroute_tests::{Answer, Callee, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tenant::{runs, send, send_and_accept, tenant};

/// Three runs are enough, and nothing is tried again while the test lasts.
const BREAKER: &str = "\n[tenant.handler.breaker]\nfallback = \"closed\"\nruns_min = 3\nopen_seconds = 86400\n\n\
                       [tariff]\ncurrency = \"EUR\"\nmillion_events = 1000000.0\n";

fn result(server: &Server, method: &str, params: &Value) -> Value {
    match server.rpc(method, params).unwrap() {
        Answer::Result(result) => result,
        other => panic!("{method}: {other:?}\n{}", server.log()),
    }
}

#[test]
fn a_handler_that_traps_is_out_after_its_minimum_until_it_is_reset_and_is_billed_for_its_runs() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(&tenant(
        "trap-after-edit",
        "local-request",
        &folder,
        BREAKER,
    ));
    let server = server.unwrap();
    let callee = Callee::new().unwrap();
    let listed = || result(&server, "breaker.list", &json!(["demo"]));
    assert_eq!(listed()[0]["breaker"]["state"], "closed");
    for _ in 0..3 {
        // Its fail policy is open.
        send_and_accept(&server, &callee);
    }
    // From now on the fallback of its breaker counts, and nothing runs.
    for _ in 0..2 {
        let dropped = send(&server, &callee);
        assert!(!matches!(dropped, Answer::Result(_)), "{dropped:?}");
    }
    assert!((runs(&server, "Trap") - 3.0).abs() < 0.5);
    let breaker = &listed()[0]["breaker"];
    assert_eq!(breaker["state"], "open", "{breaker}");
    assert_eq!(breaker["reason"], "traps");
    assert_eq!(breaker["events_instead"], 2);
    let open = server.metric("evroute_breakers_open", &["handler=\"hostile\""]);
    assert!((open.unwrap() - 1.0).abs() < 0.5);
    server
        .logged(&["handler=hostile", "circuit breaker open"])
        .unwrap();

    result(&server, "breaker.reset", &json!(["demo", "hostile"]));
    send_and_accept(&server, &callee);
    let usage = result(&server, "tenant.usage", &json!([]));
    let used = &usage["tenants"][0];
    let numbers = ["events", "events_failed", "events_refused"].map(|key| &used[key]);
    assert_eq!(numbers, [4, 4, 0], "{usage}");
    assert!(used["work"].as_u64() > used["fuel"].as_u64(), "{usage}");
    assert_eq!(
        (&used["amount"], &usage["currency"]),
        (&json!(4.0), &json!("EUR"))
    );
}
