//! What one tenant's handlers decide about the others.

use std::net::TcpListener;

use evroute_tests::{Answer, Error, Server, Sipp, eventually};
use serde_json::json;
use tempfile::TempDir;

use crate::tenant::tenant;

/// `$EVROUTE_TEST_CELLS` puts the handlers of these suites into cells: they are nowhere else then.
#[test]
fn handlers_run_where_the_suite_wants_them() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(&tenant("endless-loop", "local-request", &folder, "")).unwrap();
    let started = server.metric("evroute_cell_runners_started_total", &[]);
    let in_cells = std::env::var_os("EVROUTE_TEST_CELLS").is_some();
    assert_eq!(started.unwrap() > 0.5, in_cells, "{}", server.log());
}

/// A tenant whose handler does not want it to start.
fn unwilling(folder: &TempDir) -> String {
    tenant("abort-startup", "mod-init", folder, "")
        .replace("name = \"demo\"", "name = \"mallory\"")
        .replace("127.0.0.1", "mallory.example")
}

#[test]
fn a_tenant_that_does_not_start_is_disabled_and_the_others_are_served() {
    let folder = TempDir::new().unwrap();
    let phone = Sipp::new("uas").listen().unwrap();
    let server = Server::start(&(unwilling(&folder) + &honest(phone.port))).unwrap();
    server
        .logged(&["ERROR", "tenant=mallory", "does not start"])
        .unwrap();
    let (code, health) = server.health_page().unwrap();
    assert_eq!(code, 200, "{health}");
    assert!(health.contains("\"tenants_disabled\":1"), "{health}");
    is_served(&server);
    // The tenant that is left out is not served by halves: neither its callers nor its operator get
    // through.
    let answer = asked(&server, "sip:bob@mallory.example");
    assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
    let from = "From: <sip:mallory@mallory.example>\r\n";
    let ask = json!(["OPTIONS", "sip:bob@127.0.0.1:9", ".", ".", from]);
    let refused = server.rpc("tm.t_uac_start", &ask).unwrap();
    assert!(!matches!(refused, Answer::Result(_)), "{refused:?}");
}

/// A tenant of this name, with a domain of its own and one handler of this component.
fn broken(name: &str, component: &str, more: &str) -> String {
    format!(
        "[[tenant]]\nname = \"{name}\"\ndomains = [\"{name}.example\"]\n\n\
         [[tenant.handler]]\nname = \"hostile\"\ncomponent = \"{component}\"\n{more}\n"
    )
}

/// A tenant in the way of nobody, with a phone behind it.
fn honest(phone: u16) -> String {
    format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n\
         [[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{phone}\"\n\n"
    )
}

fn is_served(server: &Server) {
    let called = Sipp::new("uac").user("service").call(server.sip).unwrap();
    let (ok, log) = ((called.successful, called.failed), server.log());
    assert_eq!(ok, (1, 0), "{log}");
}

/// Tenants that do not start, each for another reason, and a word of what is said of it.
fn unfit(folder: &TempDir) -> Vec<(String, &'static str)> {
    let guest = |name: &str, world: &str| {
        let path = evroute_tests::hostile(name, world, folder.path()).unwrap();
        path.display().to_string()
    };
    let log = "grants = [\"log\"]";
    let all = "grants = [\"log\", \"sip\", \"pv\", \"shv\", \"htable\", \"custom\"]";
    let none = folder.path().join("none.wasm");
    std::fs::write(&none, "no component").unwrap();
    let bomb = folder.path().join("bomb.wasm");
    std::fs::write(&bomb, evroute_compile_bombs::multiplied(0, 12)).unwrap();
    let handles = guest("endless-loop", "local-request");
    let database = "[[tenant.database]]\nname = \"main\"\nurl = \"sqlite:/dev/null/no/main.db\"";
    let filter = format!(
        "{all}\non = [\"timer:tick\"]\n[[tenant.timer]]\nname = \"tick\"\ninterval_ms = 1000"
    );
    let rows = [
        (guest("endless-start", "local-request"), all, "OutOfFuel"),
        (
            guest("trap-at-start", "local-request"),
            all,
            "breaks before any event",
        ),
        (
            guest("large-start", "local-request"),
            all,
            "within its limits",
        ),
        (
            guest("call-at-start", "local-request"),
            all,
            "by handlers only",
        ),
        (guest("curious", "curious"), all, "evroute:secrets/secrets"),
        (guest("log-lines", "local-request"), "", "not granted"),
        ("nowhere.wasm".to_owned(), log, "cannot be read"),
        (folder.path().display().to_string(), log, "cannot be read"),
        (none.display().to_string(), log, "no WebAssembly binary"),
        (bomb.display().to_string(), log, "inside each other"),
        (guest("abort-startup", "mod-init"), all, "htable:mod-init"),
        (handles.clone(), &filter, "does not handle"),
        (handles, database, "main"),
    ];
    let names = (0..).map(|number| format!("mallory-{number}"));
    let rows = names.zip(rows);
    rows.map(|(name, (component, more, word))| (broken(&name, &component, more), word))
        .collect()
}

#[test]
fn whatever_keeps_a_tenant_from_starting_keeps_no_other() {
    let folder = TempDir::new().unwrap();
    let phone = Sipp::new("uas").listen().unwrap();
    let unfit = unfit(&folder);
    let tenants: String = unfit.iter().map(|(tenant, _)| tenant.as_str()).collect();
    let server = Server::start(&(tenants + &honest(phone.port))).unwrap();
    let (code, health) = server.health_page().unwrap();
    let expected = format!("{{\"status\":\"ok\",\"tenants_disabled\":{}}}", unfit.len());
    assert_eq!((code, health), (200, expected));
    is_served(&server);
    for (number, (_, word)) in unfit.iter().enumerate() {
        let name = format!("mallory-{number}");
        let label = format!("tenant={name} ");
        server
            .logged(&["ERROR", &label, "does not start", word])
            .unwrap();
        let answer = asked(&server, &format!("sip:bob@{name}.example"));
        assert!(answer.starts_with("SIP/2.0 503 "), "{name}: {answer}");
        assert!(answer.contains("Retry-After: "), "{name}: {answer}");
        let labels = [format!("tenant=\"{name}\"")];
        let labels = labels.each_ref().map(String::as_str);
        let served = server.metric("evroute_tenant_served", &labels).unwrap();
        assert!(served < 0.5, "{name}");
        let raised = server
            .rpc("custom.raise", &json!(["tick", {}, name]))
            .unwrap();
        assert!(!matches!(raised, Answer::Result(_)), "{raised:?}");
    }
    let served = server.metric("evroute_tenant_served", &["tenant=\"demo\""]);
    assert!(served.unwrap() > 0.5);
}

/// A tenant whose handler waits for a database that takes connections and says nothing.
fn waiting(folder: &TempDir, database: &TcpListener) -> String {
    let component = evroute_tests::hostile("waiting-start", "mod-init", folder.path()).unwrap();
    let database = format!(
        "grants = [\"sql\"]\n[[tenant.database]]\nname = \"main\"\nurl = \"postgres://a:b@{}/c\"\n",
        database.local_addr().unwrap()
    );
    broken("mallory", &component.display().to_string(), &database)
}

#[test]
fn a_tenant_that_takes_long_to_start_keeps_nobody_waiting() {
    let folder = TempDir::new().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let phone = Sipp::new("uas").listen().unwrap();
    // Longer than this test may take.
    let limit = "tenant_start_seconds_max = 3600\n".to_owned();
    let server = Server::begin(&(limit + &waiting(&folder, &silent) + &honest(phone.port)));
    let server = server.unwrap();
    let _asked = silent.accept().unwrap();
    let is_ready = || (server.health() == Some(200)).then_some(());
    eventually("readiness", is_ready, || server.log()).unwrap();
    let starting = (200, "{\"status\":\"ok\",\"tenants_starting\":1}".to_owned());
    assert_eq!(server.health_page(), Some(starting));
    is_served(&server);
    let answer = asked(&server, "sip:bob@mallory.example");
    assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
}

#[test]
fn a_tenant_whose_start_takes_too_long_is_disabled() {
    let folder = TempDir::new().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let phone = Sipp::new("uas").listen().unwrap();
    let limit = "tenant_start_seconds_max = 1\n".to_owned();
    let tenants = limit + &waiting(&folder, &silent) + &honest(phone.port);
    let server = Server::start(&tenants).unwrap();
    let words = [
        "ERROR",
        "tenant=mallory",
        "htable:mod-init was not over after 1 s",
    ];
    server.logged(&words).unwrap();
    is_served(&server);
}

#[test]
fn a_server_whose_only_tenant_does_not_start_does_not_start() {
    let folder = TempDir::new().unwrap();
    match Server::start(&unwilling(&folder)) {
        Err(Error::NotStarted { status, log }) => {
            assert_eq!(status, "exit status: 1", "{log}");
            assert!(log.contains("htable:mod-init"), "{log}");
        }
        other => panic!("{other:?}"),
    }
}

/// What the server answers to a request for this URI.
fn asked(server: &Server, uri: &str) -> String {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(std::time::Duration::from_secs(10)))
        .unwrap();
    let own = socket.local_addr().unwrap();
    let request = format!(
        "OPTIONS {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKleft\r\nMax-Forwards: 70\r\n\
         From: <{uri}>;tag=1\r\nTo: <{uri}>\r\nCall-ID: left\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    socket.send_to(request.as_bytes(), server.sip).unwrap();
    let mut answer = [0; 2000];
    let length = socket.recv(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}
