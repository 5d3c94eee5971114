//! One file of routes in Kamailio and, compiled, in evroute: the same requests, and everything that
//! can be seen of them is the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evroute_tests::{Callee, Kamailio, Server, eventually, evroute, repository};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The cases of `kamailio/routes.cfg`, and whether the request is sent.
const CASES: [(&str, bool); 25] = [
    ("origin", true),
    ("null", true),
    ("types", true),
    ("operators", true),
    ("truth", true),
    ("flow", true),
    ("returned", true),
    ("loops", true),
    ("cases", true),
    ("texts", true),
    ("patterns", true),
    ("uris", true),
    ("parameters", true),
    ("message", true),
    ("private", true),
    ("tables", true),
    ("levels", true),
    ("sql", true),
    ("edit", true),
    ("drop", false),
    ("nested-drop", false),
    ("exit", true),
    ("zero", true),
    ("condition", true),
    ("none-of-these", true),
];

/// The same of `kamailio/values.cfg`.
const VALUES: [&str; 20] = [
    "codes",
    "empty",
    "folded",
    "escapes",
    "quoted",
    "split",
    "letters",
    "lists",
    "stacks",
    "times",
    "thirds",
    "method",
    "target",
    "fields",
    "rest",
    "selects",
    "substitutions",
    "fields-of-values",
    "inserted",
    "substituted",
];

/// Makes Kamailio send a request of its own.
fn ask(kamailio: &Kamailio, parameters: &Value) {
    let body =
        json!({ "jsonrpc": "2.0", "method": "tm.t_uac_start", "params": parameters, "id": 1 });
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut answer = agent
        .post(format!("http://{}/RPC", kamailio.sip))
        .send_json(&body)
        .unwrap();
    let answer = answer.body_mut().read_to_string().unwrap();
    // A request that its own route drops is an error without a name to Kamailio.
    let is_done = answer.contains("result") || answer.contains("No error");
    assert!(is_done, "{answer}\n{}", kamailio.log());
}

/// Routes compiled by the command.
pub(crate) fn compiled(source: &Path, folder: &Path, events: &[&str]) -> PathBuf {
    let target = folder.join("routes.wasm");
    let built = Command::new(evroute().unwrap())
        .args([
            "build",
            source.to_str().unwrap(),
            "-o",
            target.to_str().unwrap(),
        ])
        .args(events.iter().flat_map(|event| ["--event", *event]))
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    target
}

pub(crate) fn routes(name: &str) -> PathBuf {
    repository().join("tests/e2e/kamailio").join(name)
}

pub(crate) fn server(component: &Path) -> Server {
    let tenant = format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n[[tenant.table]]\nname = \"calls\"\n\n\
         [[tenant.database]]\nname = \"main\"\nurl = \"sqlite:routes.db\"\n\n\
         [[tenant.handler]]\nname = \"routes\"\ncomponent = \"{}\"\n\
         grants = [\"log\", \"sip\", \"pv\", \"shv\", \"htable:calls\", \"sql:main\"]\n\
         [tenant.handler.limits]\nrun_log_lines_max = 400\nrun_log_bytes_max = 65536\n",
        component.display()
    );
    Server::start(&tenant).unwrap()
}

/// METHOD REQUEST-URI NEXT-HOP SOCKET HEADERS BODY
fn parameters(case: &str, port: u16, user: &str) -> Value {
    let target = format!("sip:bob@127.0.0.1:{port}");
    let headers = format!(
        "From: \"Alice A\" <sip:{user}@127.0.0.1>\r\nTo: <sip:bob@127.0.0.1>\r\nX-Case: {case}\r\n\
         X-Twice: first\r\nX-Twice: second\r\nContent-Type: text/plain\r\n"
    );
    json!(["MESSAGE", target, ".", ".", headers, "Watson"])
}

/// The request line and the headers of the case that arrived; nothing when nothing did.
fn arrived(callee: &Callee, is_sent: bool) -> Vec<String> {
    if !is_sent {
        assert!(callee.hears_nothing(), "it was dropped");
        return Vec::new();
    }
    let request = callee.next().unwrap();
    callee.accept(&request).unwrap();
    let mut seen: Vec<String> = request.text.lines().take(1).map(str::to_owned).collect();
    seen.extend(
        request
            .text
            .lines()
            .filter(|line| line.starts_with("X-"))
            .map(|line| line.trim_end().to_owned()),
    );
    seen.extend(request.text.split("\r\n\r\n").nth(1).map(str::to_owned));
    seen
}

/// Fields sorted by their names, those of one name in their order.
fn by_name(mut fields: Vec<String>) -> Vec<String> {
    fields.sort_by(|one, other| one.split(':').next().cmp(&other.split(':').next()));
    fields
}

/// The lines that begin with ~, with their levels.
pub(crate) fn lines(log: &str) -> Vec<String> {
    let levels = [
        // The log here has five levels.
        ("CRITICAL", "ERROR"),
        ("ALERT", "ERROR"),
        ("BUG", "ERROR"),
        ("ERROR", "ERROR"),
        ("WARN", "WARN"),
        ("NOTICE", "NOTICE"),
        ("INFO", "INFO"),
    ];
    let mut lines = Vec::new();
    for line in log.lines() {
        let Some((before, text)) = line.split_once('~') else {
            continue;
        };
        let level = levels.iter().find(|(word, _)| before.contains(word));
        lines.push(format!(
            "{} {}",
            level.map_or("", |(_, level)| level),
            text.trim_end()
        ));
    }
    lines
}

/// What one of them said and the other did not.
pub(crate) fn difference(case: &str, here: &[String], there: &[String]) -> Vec<String> {
    let only = |whose: &str, own: &[String], other: &[String]| -> Vec<String> {
        let alone = own.iter().filter(|line| !other.contains(line));
        alone
            .map(|line| format!("{case}: only {whose}: {line}"))
            .collect()
    };
    let mut found = only("here", here, there);
    found.extend(only("in Kamailio", there, here));
    if found.is_empty() && here != there {
        found.push(format!("{case}: not in the same order: {here:?} {there:?}"));
    }
    found
}

/// Both servers, and how far their logs have been looked at.
struct Pair {
    kamailio: Kamailio,
    server: Server,
    callee: Callee,
    there: usize,
    here: usize,
    complaints: Vec<String>,
    compared: usize,
}

impl Pair {
    fn new(name: &str, events: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let source = routes(name);
        let component = compiled(&source, folder.path(), events);
        Self {
            kamailio: Kamailio::start_text(&fs::read_to_string(source).unwrap()).unwrap(),
            server: server(&component),
            callee: Callee::new().unwrap(),
            there: 0,
            here: 0,
            complaints: Vec::new(),
            compared: 0,
        }
    }

    /// Has both send the same request and compares what comes of it.
    fn compare(&mut self, case: &str, user: &str, is_sent: bool) {
        let asked = parameters(case, self.callee.port, user);
        ask(&self.kamailio, &asked);
        let there = arrived(&self.callee, is_sent);
        // Whether it was dropped is seen by what arrives; the answer says no more.
        let _ = self.server.rpc("tm.t_uac_start", &asked).unwrap();
        let here = arrived(&self.callee, is_sent);
        let (here, there) = match case {
            // Above the fields of the same name: the order of different names says nothing (RFC
            // 3261 7.3.1).
            "inserted" => (by_name(here), by_name(there)),
            _ => (here, there),
        };
        self.complaints.extend(difference(case, &here, &there));

        // A route that ends the run early says so before; every other case says that it is at its
        // end.
        let ends = ["~in ", "~end of ", "~request ["];
        let new = |log: &str, from: usize| {
            let all = lines(log);
            let is_over = all.iter().skip(from).any(|line| {
                ends.iter()
                    .any(|end| line.contains(end.trim_start_matches('~')))
            });
            (is_over || case == "drop").then_some(all)
        };
        let (kamailio, server) = (&self.kamailio, &self.server);
        let there =
            eventually(case, || new(&kamailio.log(), self.there), || kamailio.log()).unwrap();
        let here = eventually(case, || new(&server.log(), self.here), || server.log()).unwrap();
        self.complaints
            .extend(difference(case, &here[self.here..], &there[self.there..]));
        self.compared += here.len() - self.here;
        (self.there, self.here) = (there.len(), here.len());
    }
}

#[test]
fn the_same_routes_do_the_same_in_kamailio_and_here() {
    let mut pair = Pair::new("routes.cfg", &["htable:mod-init", "tm:local-request"]);
    for (case, is_sent) in CASES {
        pair.compare(case, "alice", is_sent);
    }
    pair.compare("origin", "blocked", false);
    assert!(pair.complaints.is_empty(), "{:#?}", pair.complaints);
    assert!(pair.compared > 150, "{} lines", pair.compared);
}

#[test]
fn values_are_the_same_in_kamailio_and_here() {
    let mut pair = Pair::new("values.cfg", &["tm:local-request"]);
    for case in VALUES {
        pair.compare(case, "alice", true);
    }
    assert!(pair.complaints.is_empty(), "{:#?}", pair.complaints);
    assert!(pair.compared > 600, "{} lines", pair.compared);
}
