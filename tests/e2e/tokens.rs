//! What a tenant's token reaches of a running server.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use evroute_tests::{Answer, Server, evroute};
use serde_json::{Value, json};

use crate::demo::tenant;

const TENANTS: &str = r#"
[[tenant]]
name = "acme"
domains = ["acme.example"]

[[tenant.table]]
name = "calls"

[[tenant]]
name = "beta"
domains = ["beta.example"]

[[tenant.table]]
name = "calls"
"#;

/// As `evroute_module_api::RpcError` has it.
const FORBIDDEN: i64 = -32003;

fn made(server: &Server, arguments: &[&str]) -> String {
    let create = ["token", "create"];
    let made = server.command(&[&create, arguments].concat()).unwrap();
    assert_eq!(made.code, Some(0), "{}", made.err);
    made.out.trim().to_owned()
}

fn methods(listed: Answer) -> Vec<String> {
    match listed {
        Answer::Result(Value::Array(names)) => {
            let names = names.iter().map(|name| name.as_str().unwrap().to_owned());
            names.collect()
        }
        other => panic!("{other:?}"),
    }
}

fn is_forbidden(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(FORBIDDEN, _))
}

#[test]
fn a_tenants_token_reaches_its_own_tenant_by_every_method_and_no_other_by_any() {
    let server = Server::start(TENANTS).unwrap();
    let token = made(&server, &["ci", "--tenant", "acme"]);
    let call = |method: &str, params: Value| server.rpc_as(&token, method, &params).unwrap();
    let all = methods(server.rpc("system.listMethods", &json!([])).unwrap());
    let reached = methods(call("system.listMethods", json!([])));
    assert!(reached.contains(&"htable.dump".to_owned()) && reached.len() < all.len());
    // A batch of all would be one call too many for the others: each is asked for itself.
    for method in &all {
        let named = |name: &str| match call(method, json!({ "tenant": name })) {
            Answer::Refused(code, text) => (code, text.replace(name, "NAME")),
            Answer::Result(result) => (0, result.to_string().replace(name, "NAME")),
        };
        let (foreign, unknown) = (named("beta"), named("nobody"));
        assert_eq!(foreign, unknown, "{method}");
        assert_ne!(foreign.0, 0, "{method}");
        let is_listed = reached.contains(method);
        let own = call(method, json!({ "tenant": "acme", "no such parameter": 1 }));
        assert_eq!(is_forbidden(&own), !is_listed, "{method}: {own:?}");
    }
    let dump = call("htable.dump", json!(["calls", "beta"]));
    assert!(is_forbidden(&dump), "{dump:?}");
    server
        .logged(&["evroute::audit", "refused", "caller=ci#", "tenant=beta"])
        .unwrap();
}

#[test]
fn what_a_tenant_writes_is_its_own() {
    let server = Server::start(TENANTS).unwrap();
    let token = made(&server, &["ci", "--tenant", "acme"]);
    let reader = made(&server, &["reader", "--tenant", "acme", "--read"]);
    let write = json!(["calls", "alice", "1"]);
    let written = server.rpc_as(&token, "htable.sets", &write).unwrap();
    assert!(matches!(written, Answer::Result(_)), "{written:?}");
    let refused = server.rpc_as(&reader, "htable.sets", &write).unwrap();
    assert!(is_forbidden(&refused), "{refused:?}");
    let get = |tenant: &str| {
        let params = json!({ "table": "calls", "key": "alice", "tenant": tenant });
        server.rpc("htable.get", &params).unwrap()
    };
    assert!(matches!(get("acme"), Answer::Result(_)));
    assert!(matches!(get("beta"), Answer::Refused(..)));
    server
        .logged(&["evroute::audit", "done", "htable.sets", "tenant=acme"])
        .unwrap();
}

#[test]
fn tokens_are_made_listed_and_revoked_and_the_first_operators_closes_the_door() {
    let server = Server::start(TENANTS).unwrap();
    let token = made(&server, &["ci", "--tenant", "acme", "--days", "1"]);
    // One that is made by another does not outlive it.
    let later = server.rpc_as(
        &token,
        "token.create",
        &json!({ "name": "later", "days": 99 }),
    );
    let Answer::Result(later) = later.unwrap() else {
        panic!("a tenant makes tokens of its own");
    };
    assert_eq!(later["tenant"], "acme");
    let listed = server.rpc_as(&token, "token.list", &json!([])).unwrap();
    let Answer::Result(Value::Array(listed)) = listed else {
        panic!("{listed:?}");
    };
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["expires"], listed[1]["expires"]);
    let unknown = server
        .command(&["token", "create", "x", "--tenant", "nobody"])
        .unwrap();
    assert_eq!(unknown.code, Some(1), "{}", unknown.err);
    let operator = made(&server, &["ops"]);
    let refused = server.command(&["token", "list"]).unwrap();
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(refused.err.contains("asks for a token"), "{}", refused.err);
    let file = server.folder().join("ops.token");
    std::fs::write(&file, &operator).unwrap();
    let file = file.to_str().unwrap();
    let listed = server
        .command(&["token", "list", "--token-file", file])
        .unwrap();
    let rows: Vec<_> = listed.out.lines().collect();
    assert_eq!(rows.len(), 4, "{}", listed.out);
    assert!(rows[0].starts_with("ID "), "{}", listed.out);
    let revoke = [
        "token",
        "revoke",
        "ci",
        "--tenant",
        "acme",
        "--token-file",
        file,
    ];
    let revoked = server.command(&revoke).unwrap();
    assert_eq!(revoked.code, Some(0), "{}", revoked.err);
    server.rpc_as(&token, "token.list", &json!([])).unwrap_err();
    // A running server's tokens are not changed behind its back.
    let data = server.folder().join("data");
    let offline = ["token", "create", "x", "--data-dir", data.to_str().unwrap()];
    let refused = server.command(&offline).unwrap();
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(
        refused.err.contains("if a server runs, ask it"),
        "{}",
        refused.err
    );
}

/// A command that goes on, and what it prints.
fn following(server: &Server, token: &str, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let file = server.folder().join("token");
    std::fs::write(&file, token).unwrap();
    let mut command = Command::new(evroute().unwrap());
    let command = command
        .args(arguments)
        .env("EVROUTE_ADMIN", format!("http://{}", server.admin))
        .env("EVROUTE_TOKEN_FILE", file)
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

#[test]
fn a_tenant_follows_its_lines_and_runs_and_is_told_of_the_servers_end() {
    let server = Server::start(&tenant("9", &["local-request"])).unwrap();
    let token = made(&server, &["ci", "--tenant", "demo", "--read"]);
    let (mut logs, mut lines) = following(&server, &token, &["logs", "-f"]);
    let (mut tail, mut runs) = following(&server, &token, &["tail", "tm:local-request"]);
    // When they read is not known: requests are sent until both have seen one.
    let seen = std::thread::spawn(move || {
        let (mut line, mut run) = (String::new(), String::new());
        lines.read_line(&mut line).unwrap();
        runs.read_line(&mut run).unwrap();
        (line, run, lines, runs)
    });
    while !seen.is_finished() {
        let headers = "From: <sip:alice@127.0.0.1>\r\nTo: <sip:bob@127.0.0.1>\r\n";
        let asked = json!(["MESSAGE", "sip:bob@127.0.0.1:9", ".", ".", headers, "hello"]);
        server.rpc("tm.t_uac_start", &asked).unwrap();
    }
    let (line, run, _lines, _runs) = seen.join().unwrap();
    assert!(line.contains(" local-request tm:local-request "), "{line}");
    assert!(line.contains("request [MESSAGE] from "), "{line}");
    assert!(run.contains(" tm:local-request local-request@1 "), "{run}");
    assert!(run.contains(" Returned fuel="), "{run}");
    server.interrupt().unwrap();
    server.ended().unwrap();
    for child in [&mut logs, &mut tail] {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}
