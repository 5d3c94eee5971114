//! Who comes in with what, over a real socket.

use serde_json::{Value, json};

use super::Running;
use crate::{NewToken, RpcError, TokenSecret};

fn token(running: &Running, tenant: Option<&str>) -> TokenSecret {
    let new = NewToken {
        name: "ci".to_owned(),
        tenant: tenant.map(str::to_owned),
        reads_only: false,
        expires: None,
        by: "test".to_owned(),
    };
    running.parts.tokens.create(new, 1_800_000_000).unwrap()
}

fn get(running: &Running, path: &str, token: &str) -> (u16, String) {
    let host = running.address;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}");
    running.exchange(&head, "")
}

fn call(running: &Running, token: &str, body: &Value) -> (u16, Value) {
    let host = running.address;
    let head = format!("POST /rpc HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}");
    let (status, answer) = running.exchange(&head, &body.to_string());
    (status, serde_json::from_str(&answer).unwrap_or_default())
}

fn add() -> Value {
    json!({ "jsonrpc": "2.0", "method": "test.add", "params": [1, 1], "id": 1 })
}

#[test]
fn loopback_is_the_operator_until_an_operators_token_exists() {
    let running = Running::start(None);
    let (status, _) = running.get("/");
    assert_eq!(status, 200);
    let of_tenant = token(&running, Some("demo"));
    assert_eq!(running.get("/").0, 200);
    let of_operator = token(&running, None);
    for path in ["/", "/metrics", "/rpc", "/nowhere", "//health"] {
        assert_eq!(running.get(path).0, 401, "{path}");
    }
    assert_eq!(running.get("/health").0, 503);
    assert_eq!(get(&running, "/", of_operator.text()).0, 200);
    assert_eq!(get(&running, "/", of_tenant.text()).0, 403);
    // Nor does it open again when that token is gone.
    running.parts.tokens.revoke("ci", None).unwrap();
    assert_eq!(get(&running, "/", of_operator.text()).0, 401);
    assert_eq!(running.get("/").0, 401);
}

#[test]
fn who_shows_a_token_is_whom_it_names_where_none_is_asked_for_as_well() {
    let running = Running::start(None);
    let of_tenant = token(&running, Some("demo"));
    let wrong = format!("evr_000000000000_{}", "0".repeat(64));
    for token in [wrong.as_str(), "something"] {
        assert_eq!(get(&running, "/", token).0, 401);
    }
    let (status, body) = get(&running, "/", of_tenant.text());
    assert_eq!(status, 403);
    assert!(body.starts_with("this is for operators"), "{body}");
    let (status, own) = get(&running, "/metrics", of_tenant.text());
    assert_eq!(status, 200);
    assert!(!own.contains("evroute_start_time_seconds "), "{own}");
    let other = get(&running, "/metrics?tenant=other", of_tenant.text());
    assert_eq!(other.0, 403);
    assert_eq!(get(&running, "/nowhere", of_tenant.text()).0, 404);
    let (status, answer) = call(&running, of_tenant.text(), &add());
    assert_eq!(
        (status, &answer["error"]["code"]),
        (200, &json!(RpcError::FORBIDDEN))
    );
    let help = json!({ "jsonrpc": "2.0", "method": "system.listMethods", "id": 1 });
    let (_, reached) = call(&running, of_tenant.text(), &help);
    let expected = json!(["core.help", "system.listMethods", "system.methodHelp"]);
    assert_eq!(reached["result"], expected);
}

#[test]
fn a_token_calls_so_often_and_costs_others_nothing() {
    let running = Running::start(None);
    let (loud, quiet) = (
        token(&running, Some("demo")),
        token(&running, Some("other")),
    );
    let batch = Value::Array(vec![add(); 100]);
    let statuses: Vec<_> = (0..20)
        .map(|_| call(&running, loud.text(), &batch).0)
        .collect();
    assert_eq!(statuses.first(), Some(&200));
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(call(&running, quiet.text(), &add()).0, 200);
    let (_, metrics) = running.get("/metrics");
    let line = "evroute_admin_requests_refused_total{reason=\"rate\"} ";
    assert!(metrics.contains(line), "{metrics}");
}

#[test]
fn wrong_tokens_of_an_address_are_answered_so_often_and_right_ones_always() {
    let running = Running::start(None);
    let right = token(&running, None);
    let statuses: Vec<_> = (0..100).map(|_| get(&running, "/", "wrong").0).collect();
    assert_eq!(statuses.first(), Some(&401));
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(get(&running, "/", right.text()).0, 200);
}
