//! A tenant with a handler that it should not have trusted.

use std::path::Path;

use evroute_tests::{Answer, Callee, Server, Waiting};
use serde_json::json;
use tempfile::TempDir;

/// One tenant with one hostile guest of `tests/guests` on `tm:local-request`. `more` are further
/// keys of the handler.
pub(crate) fn tenant(guest: &str, world: &str, folder: &TempDir, more: &str) -> String {
    tenant_of(
        &evroute_tests::hostile(guest, world, folder.path()).unwrap(),
        more,
    )
}

/// The same with a component that is there already.
pub(crate) fn tenant_of(component: &Path, more: &str) -> String {
    format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n[[tenant.table]]\nname = \"blocked\"\n\n\
         [[tenant.handler]]\nname = \"hostile\"\ncomponent = \"{}\"\n\
         grants = [\"log\", \"sip\", \"pv\", \"shv\", \"htable\", \"custom\"]\n{more}\n",
        component.display()
    )
}

/// Asks the server for a request of its own to this phone.
pub(crate) fn send(server: &Server, callee: &Callee) -> Answer {
    let headers = "From: <sip:alice@127.0.0.1>\r\nX-Own: kept\r\n";
    let target = format!("sip:bob@127.0.0.1:{}", callee.port);
    server
        .rpc(
            "tm.t_uac_start",
            &json!(["MESSAGE", target, ".", ".", headers, "Watson"]),
        )
        .unwrap()
}

/// The same, answered by the phone: what it got.
pub(crate) fn send_and_accept(server: &Server, callee: &Callee) -> Waiting {
    let answered = std::thread::scope(|scope| {
        let asked = scope.spawn(|| send(server, callee));
        let request = callee
            .next()
            .unwrap_or_else(|error| panic!("{error}\n{}", server.log()));
        callee.accept(&request).unwrap();
        (asked.join().unwrap(), request)
    });
    let (answer, request) = answered;
    assert!(
        matches!(answer, Answer::Result(_)),
        "{answer:?}\n{}",
        server.log()
    );
    request
}

/// How many runs of `tm:local-request` ended so.
pub(crate) fn runs(server: &Server, outcome: &str) -> f64 {
    let outcome = format!("outcome=\"{outcome}\"");
    server
        .metric(
            "evroute_runs_total",
            &["event=\"tm:local-request\"", &outcome],
        )
        .unwrap()
}
