//! The tenant that most of these tests talk to: the demo's, with its user `service` at another
//! port.

use evroute_tests::{Answer, Server, Sipp, example};
use serde_json::json;

const TENANT: &str = r#"
[[tenant]]
name = "demo"
domains = ["127.0.0.1", "localhost"]

[[tenant.table]]
name = "blocked"

[[tenant.table]]
name = "server"

[[tenant.database]]
name = "main"
url = "sqlite:main.db"

[[tenant.route]]
user = "service"
to = "sip:127.0.0.1:{service}"
"#;

/// An example handler with the grants that its README asks for.
pub(crate) fn handler(name: &str) -> String {
    let component = example(name)
        .expect("make guests has been run")
        .display()
        .to_string();
    let grants = match name {
        "call-guard" => r#"["log", "sip", "htable:blocked"]"#,
        "local-request" => r#"["log", "sip"]"#,
        "local-request-filter" => r#"["log", "sip", "pv", "htable:blocked", "sql:main"]"#,
        "mod-init" => r#"["pv", "shv", "htable:server", "sql:main"]"#,
        other => unreachable!("{other} is no example"),
    };
    format!(
        "\n[[tenant.handler]]\nname = \"{name}\"\ncomponent = \"{component}\"\ngrants = {grants}\n"
    )
}

/// A tenant that sends the user `service` to this place and has these handlers.
pub(crate) fn tenant(service: &str, handlers: &[&str]) -> String {
    let handlers: String = handlers.iter().map(|name| handler(name)).collect();
    TENANT.replace("{service}", service) + &handlers
}

/// A server with such a tenant.
pub(crate) fn server_with(service: &str, handlers: &[&str]) -> Server {
    Server::start(&tenant(service, handlers)).expect("the demo tenant starts")
}

/// A server with a handler on every request, and `blocked` on the list of those that it refuses.
pub(crate) fn server(service: &str) -> Server {
    let server = server_with(service, &["call-guard", "local-request"]);
    block(&server, "blocked");
    server
}

/// Puts a user on the list.
pub(crate) fn block(server: &Server, user: &str) {
    let answer = server
        .rpc("htable.sets", &json!(["blocked", user, "1"]))
        .expect("the server answers");
    assert!(matches!(answer, Answer::Result(_)), "{answer:?}");
}

/// Has a request of the server's own sent, with these header fields besides, to somebody who
/// answers it.
pub(crate) fn send_one(server: &Server, more: &str) {
    let phone = Sipp::new("uas_message.xml").listen().unwrap();
    let target = format!("sip:bob@127.0.0.1:{}", phone.port);
    let headers = format!("From: <sip:alice@127.0.0.1>\r\nTo: <sip:bob@127.0.0.1>\r\n{more}");
    let asked = json!(["MESSAGE", target, ".", ".", headers, "Watson, come here."]);
    server.rpc("tm.t_uac_start", &asked).unwrap();
    let (calls, messages) = phone.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{messages}");
}

/// How many runs of this event ended so.
pub(crate) fn runs(server: &Server, event: &str, outcome: &str) -> f64 {
    let labels = [
        format!("event=\"{event}\""),
        format!("outcome=\"{outcome}\""),
    ];
    let labels = labels.each_ref().map(String::as_str);
    server
        .metric("evroute_runs_total", &labels)
        .expect("metrics can be read")
}
