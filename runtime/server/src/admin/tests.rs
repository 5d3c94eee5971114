//! The operator's HTTP over a real socket.

mod feed;
mod tls;
mod tokens;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::rpc_answer::RPC_ANSWER_BYTES_MAX;
use super::{REQUESTS_MAX, RPC_CALLS_MAX, WAITING};
use crate::{
    Admin, AdminConfig, AdminParts, AuditLog, Config, HandlerList, HandlerStatus, Metrics, Ready,
    RpcError, RpcMethods, Shutdown, Status, Token, TokenStore, Vocabulary,
};
use evroute_certificates::CertificateFiles;
use evroute_event::{EventName, OutcomeKind};
use evroute_module_api::RpcScope;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// A server's HTTP, answering on a port of its own until it is dropped.
struct Running {
    address: SocketAddr,
    parts: AdminParts,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
    /// Where its tokens are kept.
    _folder: tempfile::TempDir,
}

impl Running {
    fn start(token: Option<&str>) -> Self {
        Self::with_deadline(token, Duration::from_millis(300))
    }

    fn with_deadline(token: Option<&str>, deadline: Duration) -> Self {
        Self::begin(token, None, deadline)
    }

    fn begin(token: Option<&str>, tls: Option<CertificateFiles>, deadline: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tokens = Arc::new(TokenStore::open(folder.path()).unwrap());
        let text = "[[tenant]]\nname = \"demo\"\ndomains = [\"example.com\"]\n";
        let config = Config::parse(Path::new("c.toml"), text, &Vocabulary::current()).unwrap();
        let parts = AdminParts {
            methods: Arc::new(methods()),
            metrics: Arc::new(Metrics::new()),
            status: Arc::new(Status::new(&config)),
            shutdown: Shutdown::new(),
            feed: Arc::default(),
            tokens,
            audit: Arc::new(AuditLog),
        };
        let stop = CancellationToken::new();
        let (tell, reported) = std::sync::mpsc::sync_channel(1);
        let admin = AdminConfig {
            address: ([127, 0, 0, 1], 0).into(),
            token: token.map(Token::new),
            tls,
            phone: true,
        };
        let (serving, until) = (parts.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut admin = Admin::bind(&admin).await.unwrap();
                admin.header_deadline = deadline;
                tell.send(admin.address()).unwrap();
                admin.serve(serving, until).await;
            });
        });
        Self {
            address: reported.recv().unwrap(),
            parts,
            stop,
            thread: Some(thread),
            _folder: folder,
        }
    }

    /// One HTTP/1.1 exchange, written by hand: status and body.
    fn exchange(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.exchange(
            &format!("GET {path} HTTP/1.1\r\nHost: {}", self.address),
            "",
        )
    }

    fn post(&self, body: &str) -> (u16, String) {
        self.exchange(
            &format!("POST /rpc HTTP/1.1\r\nHost: {}", self.address),
            body,
        )
    }

    fn rpc(&self, body: &str) -> Value {
        let (status, body) = self.post(body);
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        self.thread.take().unwrap().join().unwrap();
    }
}

fn methods() -> RpcMethods {
    let mut methods = RpcMethods::new();
    let add = methods.add(
        "test.add",
        "a b: their sum",
        RpcScope::CHANGES_SERVER,
        |params| async move {
            params.only(&["a", "b"])?;
            Ok(json!(params.integer(0, "a")? + params.integer(1, "b")?))
        },
    );
    add.unwrap();
    let refuse = methods.add(
        "test.refuse",
        "always refused",
        RpcScope::CHANGES_SERVER,
        |_| async { Err(RpcError::refused("no")) },
    );
    refuse.unwrap();
    let broken = methods.add(
        "test.break",
        "breaks",
        RpcScope::CHANGES_SERVER,
        |_| async { panic!("broken on purpose") },
    );
    broken.unwrap();
    let large = methods.add("test.large", "6 MiB", RpcScope::CHANGES_SERVER, |_| async {
        Ok(json!("\u{1}".repeat(1 << 20)))
    });
    large.unwrap();
    methods.mark_large("test.large");
    let wait = methods.add(
        "test.wait",
        "never answers",
        RpcScope::CHANGES_SERVER,
        |_| std::future::pending(),
    );
    wait.unwrap();
    methods.add_help().unwrap();
    methods
}

fn error(code: i32, message: &str, id: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

#[test]
fn a_call_is_answered_with_its_id_by_position_and_by_name() {
    let running = Running::start(None);
    for (params, id) in [
        ("[2, 3]", "7"),
        (r#"{"b": 3, "a": 2}"#, "\"x\""),
        ("[2, 3]", "null"),
    ] {
        let body =
            format!(r#"{{"jsonrpc":"2.0","method":"test.add","params":{params},"id":{id}}}"#);
        let id: Value = serde_json::from_str(id).unwrap();
        assert_eq!(
            running.rpc(&body),
            json!({ "jsonrpc": "2.0", "id": id, "result": 5 })
        );
    }
}

#[test]
fn each_mistake_in_a_call_has_its_code() {
    let running = Running::start(None);
    running.parts.status.set_ready(Ready::default());
    let cases = [
        (
            r#"{"jsonrpc":"2.0","method":"no","id":1}"#,
            -32601,
            "there is no method \"no\"; system.listMethods lists them",
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"test.add","params":[1],"id":1}"#,
            -32602,
            "parameter 2 (b) is missing",
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"test.add","params":{"c":1},"id":1}"#,
            -32602,
            "no parameter is named \"c\"; taken: a, b",
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"test.refuse","id":"r"}"#,
            -32000,
            "no",
            json!("r"),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"test.break","id":1}"#,
            -32603,
            "the method broke; the server's log says more",
            json!(1),
        ),
        (
            r#"{"method":"test.add","id":1}"#,
            -32600,
            "\"jsonrpc\" must be \"2.0\"",
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":5,"id":1}"#,
            -32600,
            "\"method\" must be a text",
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"test.add","params":3,"id":1}"#,
            -32600,
            "\"params\" must be a list or an object",
            json!(1),
        ),
        (
            r#"{"jsonrpc":"2.0","method":"test.add","id":{}}"#,
            -32600,
            "\"id\" must be a text, a number or null",
            Value::Null,
        ),
        ("3", -32600, "a call is a JSON object", Value::Null),
        ("[]", -32600, "the batch is empty", Value::Null),
    ];
    for (body, code, message, id) in cases {
        assert_eq!(running.rpc(body), error(code, message, &id), "{body}");
    }
}

#[test]
fn bodies_that_are_no_json_are_answered() {
    let running = Running::start(None);
    let deep = "[".repeat(100_000);
    for body in ["", "{", "\u{0}", deep.as_str(), r#"{"jsonrpc":"2.0",}"#] {
        let answer = running.rpc(body);
        assert_eq!(answer["error"]["code"], -32700, "{answer}");
        assert_eq!(answer["id"], Value::Null);
    }
}

#[test]
fn a_batch_is_answered_in_order_without_its_notifications() {
    let running = Running::start(None);
    let answer = running.rpc(
        r#"[{"jsonrpc":"2.0","method":"test.add","params":[1,1],"id":1},
            {"jsonrpc":"2.0","method":"test.add","params":[1,1]},
            4,
            {"jsonrpc":"2.0","method":"test.refuse","id":2}]"#,
    );
    let expected = json!([
        { "jsonrpc": "2.0", "id": 1, "result": 2 },
        error(-32600, "a call is a JSON object", &Value::Null),
        error(-32000, "no", &json!(2)),
    ]);
    assert_eq!(answer, expected);
    let one = r#"{"jsonrpc":"2.0","method":"test.add","params":[1,1]}"#;
    for body in [one.to_owned(), format!("[{one},{one}]")] {
        assert_eq!(running.post(&body), (204, String::new()));
    }
}

#[test]
fn batches_and_bodies_have_a_limit() {
    let running = Running::start(None);
    let call = r#"{"jsonrpc":"2.0","method":"test.add","params":[1,1],"id":1}"#;
    let batch = |count: usize| format!("[{}]", vec![call; count].join(","));
    assert_eq!(running.rpc(&batch(100)).as_array().map(Vec::len), Some(100));
    let expected = error(
        -32600,
        "a batch has at most 100 calls, this one has 101",
        &Value::Null,
    );
    assert_eq!(running.rpc(&batch(101)), expected);
    let (status, body) = running.post(&format!("\"{}\"", "x".repeat(1024 * 1024)));
    assert_eq!(status, 413);
    assert!(
        body.contains("the body is larger than 1048576 octets"),
        "{body}"
    );
}

#[test]
fn the_methods_explain_themselves() {
    let running = Running::start(None);
    let names = running.rpc(r#"{"jsonrpc":"2.0","method":"system.listMethods","id":1}"#);
    let expected = [
        "core.help",
        "system.listMethods",
        "system.methodHelp",
        "test.add",
        "test.break",
        "test.large",
        "test.refuse",
        "test.wait",
    ];
    assert_eq!(names["result"], json!(expected));
    let help = running.rpc(r#"{"jsonrpc":"2.0","method":"core.help","id":1}"#);
    assert_eq!(help["result"]["test.add"], "a b: their sum");
    assert_eq!(
        help["result"].as_object().map(serde_json::Map::len),
        Some(expected.len())
    );
    for method in ["core.help", "system.methodHelp"] {
        let one = running.rpc(&format!(
            r#"{{"jsonrpc":"2.0","method":"{method}","params":["core.help"],"id":1}}"#
        ));
        assert_eq!(one["result"], "[METHOD]: what all methods, or one, do");
    }
    let none = running.rpc(r#"{"jsonrpc":"2.0","method":"core.help","params":["x"],"id":1}"#);
    assert_eq!(none["error"]["message"], "there is no method \"x\"");
}

#[test]
fn two_methods_of_one_name_are_refused() {
    let mut methods = methods();
    let second = methods.add("test.add", "another", RpcScope::READS_SERVER, |_| async {
        Ok(Value::Null)
    });
    assert_eq!(
        second.unwrap_err().to_string(),
        "two RPC methods are named test.add"
    );
}

#[test]
fn health_follows_the_life_of_the_server() {
    let running = Running::start(None);
    assert_eq!(
        running.get("/health"),
        (503, r#"{"status":"starting"}"#.to_owned())
    );
    running.parts.status.set_ready(Ready::default());
    assert_eq!(
        running.get("/health"),
        (200, r#"{"status":"ok"}"#.to_owned())
    );
    running.parts.shutdown.begin();
    assert_eq!(
        running.get("/health"),
        (503, r#"{"status":"draining"}"#.to_owned())
    );
}

#[test]
fn a_call_under_way_is_answered_when_waiting_is_cut_short() {
    let running = Running::start(None);
    let tasks = running.parts.shutdown.clone();
    let cutter = std::thread::spawn(move || {
        while tasks.tasks().is_empty() {
            std::thread::yield_now();
        }
        tasks.cut_short();
    });
    let answer = running.rpc(r#"{"jsonrpc":"2.0","method":"test.wait","id":1}"#);
    cutter.join().unwrap();
    assert_eq!(answer, error(-32000, "the server stops", &json!(1)));
}

#[test]
fn connections_that_do_not_finish_their_header_give_way_to_newer_ones() {
    // Silence alone would cost an hour.
    let running = Running::with_deadline(None, Duration::from_secs(3600));
    let halves: Vec<_> = (0..400)
        .map(|_| {
            let mut stream = TcpStream::connect(running.address).unwrap();
            stream.write_all(b"GET / HT").unwrap();
            stream
        })
        .collect();
    for _ in 0..3 {
        let (_, health) = running.get("/health");
        assert!(health.contains("status"), "{health}");
    }
    let (_, metrics) = running.get("/metrics");
    let evicted = metrics
        .lines()
        .find_map(|line| line.strip_prefix("evroute_admin_connections_evicted_total "));
    let evicted: usize = evicted.unwrap().parse().unwrap();
    assert!(evicted >= halves.len() - WAITING.per_source, "{evicted}");
}

#[test]
fn health_has_requests_of_its_own() {
    let running = Running::with_deadline(None, Duration::from_secs(3600));
    let waiting: Vec<_> = (0..REQUESTS_MAX)
        .map(|_| {
            let mut stream = TcpStream::connect(running.address).unwrap();
            let host = running.address;
            // Its body never comes.
            let head = format!("POST /rpc HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    // Until all of them are there; one that comes before is simply answered.
    while running.get("/metrics").0 != 503 {}
    let (_, health) = running.get("/health");
    assert!(health.contains("status"), "{health}");
    drop(waiting);
}

#[test]
fn a_batch_of_large_results_is_answered_up_to_a_limit() {
    let running = Running::start(None);
    let call = r#"{"jsonrpc":"2.0","method":"test.large","id":1}"#;
    let batch = format!("[{}]", vec![call; 100].join(","));
    let (status, body) = running.post(&batch);
    assert_eq!(status, 200);
    let size = body.len();
    assert!(size <= RPC_ANSWER_BYTES_MAX + (1 << 16), "{size}");
    let parts: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!(parts.len(), 100);
    let is_too_large = |part: &&Value| part["error"]["code"] == json!(RpcError::TOO_LARGE);
    let too_large = parts.iter().filter(is_too_large).count();
    assert!((97..100).contains(&too_large), "{too_large}");
}

#[test]
fn calls_that_take_long_leave_room_for_who_asks_how_the_server_is() {
    let running = Running::start(None);
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"test.wait"}"#;
    let waiting: Vec<_> = (0..RPC_CALLS_MAX)
        .map(|_| {
            let mut stream = TcpStream::connect(running.address).unwrap();
            let (host, length) = (running.address, call.len());
            let head = format!("POST /rpc HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}");
            write!(stream, "{head}\r\n\r\n{call}").unwrap();
            stream
        })
        .collect();
    // The places are taken one by one; a call that comes before all are taken is simply answered.
    let refused = loop {
        let (status, body) =
            running.post(r#"{"jsonrpc":"2.0","id":1,"method":"test.add","params":[1,2]}"#);
        if status == 503 {
            break body;
        }
    };
    assert!(refused.contains("try again later"), "{refused}");
    let of_the_process = |method| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}"}}"#);
    let (help, names) = (
        of_the_process("core.help"),
        of_the_process("system.listMethods"),
    );
    assert_eq!(running.post(&help).0, 200);
    assert_eq!(running.post(&format!("[{help},{names}]")).0, 200);
    assert_eq!(running.post(&format!("[{help},{call}]")).0, 503);
    let (_, health) = running.get("/health");
    assert!(health.contains("status"), "{health}");
    drop(waiting);
}

#[test]
fn metrics_and_the_status_page_show_what_runs() {
    let running = Running::start(None);
    let event = EventName::new("tm:local-request");
    let (tenant, handler) = ("demo".parse().unwrap(), "guard".parse().unwrap());
    let runs = running.parts.metrics.runs(&tenant, &handler, event);
    runs.count(
        OutcomeKind::OutOfFuel,
        10,
        std::time::Duration::from_micros(5),
    );
    let handler = HandlerStatus {
        tenant: "demo".into(),
        name: "<guard>".into(),
        revision: 3,
        events: vec!["tm:local-request".into()],
    };
    running.parts.status.set_ready(Ready {
        methods: None,
        starts: Arc::default(),
        listeners: Vec::new(),
        handlers: HandlerList::new(move || vec![handler.clone()]),
        deploys: None,
    });
    let (status, metrics) = running.get("/metrics");
    assert_eq!(status, 200);
    let line = "evroute_runs_total{tenant=\"demo\",handler=\"guard\",event=\"tm:local-request\",outcome=\"OutOfFuel\"} 1\n";
    assert!(metrics.contains(line), "{metrics}");
    let (status, page) = running.get("/");
    assert_eq!(status, 200);
    assert!(
        page.contains("<td>demo<td>&lt;guard&gt;<td>3<td>tm:local-request"),
        "{page}"
    );
    assert!(
        !page.contains("http://") && !page.contains("<script"),
        "{page}"
    );
}

#[test]
fn without_the_token_nothing_but_one_word_is_shown() {
    let token = "0123456789abcdef";
    let running = Running::start(Some(token));
    let call = r#"{"jsonrpc":"2.0","method":"test.add","params":[1,1],"id":1}"#;
    let with = |header: &str| {
        let host = running.address;
        running
            .exchange(
                &format!("POST /rpc HTTP/1.1\r\nHost: {host}\r\n{header}"),
                call,
            )
            .0
    };
    for path in ["/", "/metrics", "/rpc", "/nowhere", "//health", "/health/"] {
        assert_eq!(running.get(path).0, 401, "{path}");
    }
    assert_eq!(running.get("/health").0, 503);
    for header in [
        "X: y",
        "Authorization: Bearer",
        "Authorization: Bearer 0123456789abcdeX",
        "Authorization: Basic 0123456789abcdef",
    ] {
        assert_eq!(with(header), 401, "{header}");
    }
    assert_eq!(with(&format!("Authorization: Bearer {token}")), 200);
    assert_eq!(with(&format!("authorization: bearer {token}")), 200);
}

#[test]
fn pages_of_other_origins_cannot_call() {
    let running = Running::start(None);
    let call = r#"{"jsonrpc":"2.0","method":"test.add","params":[1,1],"id":1}"#;
    let host = running.address;
    let with = |headers: String| {
        running
            .exchange(&format!("POST /rpc HTTP/1.1\r\n{headers}"), call)
            .0
    };
    assert_eq!(with(format!("Host: {host}\r\nOrigin: http://{host}")), 200);
    assert_eq!(
        with(format!("Host: {host}\r\nOrigin: http://evil.example")),
        403
    );
    assert_eq!(with("Host: evil.example".to_owned()), 403);
}

#[test]
fn other_paths_and_methods_are_reported_so() {
    let running = Running::start(None);
    assert_eq!(running.get("/nowhere").0, 404);
    assert_eq!(running.get("/rpc").0, 405);
}

#[test]
fn a_taken_address_names_the_address_and_the_fix() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let config = AdminConfig {
        address,
        token: None,
        tls: None,
        phone: false,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let error = runtime.block_on(Admin::bind(&config)).unwrap_err();
    let expected = format!(
        "cannot listen on {address}: Address already in use (os error 98); stop whoever has it (ss -lptun 'sport = \
         :{}' shows who) or choose another in [admin] address",
        address.port()
    );
    assert_eq!(error.to_string(), expected);
    assert!(!error.is_our_fault());
}
