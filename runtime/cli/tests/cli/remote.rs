//! `evroute rpc` and `evroute raise` against a running server.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::command::{Ended, command, evroute, write, wrong};
use crate::server::Server;

fn done(stdout: &str) -> Ended {
    Ended {
        code: Some(0),
        stdout: format!("{stdout}\n"),
        stderr: String::new(),
    }
}

#[test]
fn a_method_is_called_by_position_and_by_name() {
    let server = Server::start("");
    let rpc =
        |arguments: &[&str]| evroute(&[&["rpc", "--admin", &server.admin], arguments].concat());
    let version = format!("evroute {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(rpc(&["core.version"]), done(&version));
    let help = "for how many seconds the server has been running";
    assert_eq!(rpc(&["core.help", "core.uptime"]), done(help));
    assert_eq!(rpc(&["core.help", "method=core.uptime"]), done(help));
    assert_eq!(
        rpc(&["core.help", "--params", "[\"core.uptime\"]"]),
        done(help)
    );
    let names = rpc(&["system.listMethods"]);
    assert!(names.stdout.contains("\n  \"core.help\",\n"), "{names:?}");
    let unknown = "no parameter is named \"x\"; taken: method (-32602)";
    assert_eq!(rpc(&["core.help", "x=1"]), wrong(unknown));
    let missing = "there is no method \"core.no\"; system.listMethods lists them (-32601)";
    assert_eq!(rpc(&["core.no"]), wrong(missing));
    for params in ["3", "{"] {
        assert_eq!(rpc(&["core.help", "--params", params]).code, Some(2));
    }
    server.signal("TERM");
    assert_eq!(server.end().0.code(), Some(0));
}

#[test]
fn the_environment_names_the_server_unless_the_command_line_does() {
    let server = Server::start("token_file = \"token\"");
    let token = server.folder.path().join("token");
    let rpc = |admin: &str, more: &[&str]| -> Ended {
        let arguments = [&["rpc", "core.version"], more].concat();
        let mut command = command(&arguments);
        command
            .env("EVROUTE_ADMIN", admin)
            .env("EVROUTE_TOKEN_FILE", &token);
        command.output().unwrap().into()
    };
    assert_eq!(rpc(&server.admin, &[]).code, Some(0));
    assert_eq!(rpc("http://", &["--admin", &server.admin]).code, Some(0));
    assert_eq!(rpc("http://", &[]).code, Some(1));
    server.signal("TERM");
    assert_eq!(server.end().0.code(), Some(0));
}

#[test]
fn a_server_can_be_stopped_by_a_call() {
    let server = Server::start("");
    assert_eq!(
        evroute(&["rpc", "core.kill", "--admin", &server.admin]),
        done("draining")
    );
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn a_token_is_shown_and_asked_for() {
    let server = Server::start("token_file = \"token\"");
    let admin = format!("http://{}", server.admin);
    let rpc =
        |more: &[&str]| evroute(&[&["rpc", "core.version", "--admin", &admin], more].concat());
    let expected = format!(
        "{admin} asks for a token; give the right one with --token-file FILE, or log in with evroute login"
    );
    assert_eq!(rpc(&[]), wrong(&expected));
    let bad = write(server.folder.path(), "bad", "0123456789abcdeX");
    assert_eq!(rpc(&["--token-file", &bad]), wrong(&expected));
    let empty = write(server.folder.path(), "empty", "\n");
    let expected = format!("--token-file {empty} does not hold a token: one word is expected");
    assert_eq!(rpc(&["--token-file", &empty]), wrong(&expected));
    let good = server.folder.path().join("token");
    assert_eq!(rpc(&["--token-file", good.to_str().unwrap()]).code, Some(0));
    server.signal("TERM");
    assert_eq!(server.end().0.code(), Some(0));
}

#[test]
fn a_server_that_is_not_there_is_one_line_that_names_the_fix() {
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let expected = format!(
        "no server answers at http://{unused} (Connection refused (os error 111)); start one with \"evroute run -c \
         guest-examples/demo.toml\" or name another with --admin"
    );
    let admin = unused.to_string();
    assert_eq!(
        evroute(&["rpc", "core.version", "--admin", &admin]),
        wrong(&expected)
    );
    assert_eq!(
        evroute(&["raise", "x", "--admin", &admin]),
        wrong(&expected)
    );
}

#[test]
fn addresses_that_are_none_are_refused() {
    let rpc = |admin: &str| evroute(&["rpc", "core.version", "--admin", admin]);
    let other =
        "--admin ftp://127.0.0.1:1: ftp is not spoken here; write https://HOST:PORT, or http://";
    assert_eq!(rpc("ftp://127.0.0.1:1"), wrong(other));
    for admin in ["", "http://", "http://a/b", "u@127.0.0.1", "a b"] {
        let expected = format!("--admin {admin} is not an admin address; write https://HOST:PORT");
        assert_eq!(rpc(admin), wrong(&expected));
    }
}

/// Answers one request with this text and returns what was asked.
fn answer_once(answer: &'static str) -> (String, std::thread::JoinHandle<String>) {
    answer_once_with("200 OK", answer)
}

/// The same with another status than 200.
fn answer_once_with(
    status: &'static str,
    answer: &'static str,
) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut space = [0; 4096];
        while !request.ends_with(b"}") {
            let read = stream.read(&mut space).unwrap();
            assert_ne!(read, 0, "the request broke off");
            request.extend_from_slice(&space[..read]);
        }
        let length = answer.len();
        let head =
            format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all((head + answer).as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    (address, asked)
}

#[test]
fn raise_calls_custom_raise_with_event_tenant_and_parameters() {
    let (address, asked) = answer_once(r#"{"jsonrpc":"2.0","id":1,"result":"raised"}"#);
    let words = [
        "raise",
        "maintenance",
        "minutes=5",
        "reason=a=b",
        "--tenant",
        "demo",
        "--admin",
        &address,
    ];
    assert_eq!(evroute(&words), done("raised"));
    let request = asked.join().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /rpc HTTP/1.1\r\n"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["method"], "custom.raise");
    let expected = serde_json::json!({
        "event": "maintenance", "tenant": "demo", "parameters": { "minutes": 5, "reason": "a=b" }
    });
    assert_eq!(body["params"], expected);
}

#[test]
fn raise_refuses_words_that_are_no_parameters() {
    for words in [["raise", "x", "y"], ["raise", "x", "=y"]] {
        let ended = evroute(&words);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(
            ended.stderr.contains("is not a parameter; write KEY=VALUE"),
            "{ended:?}"
        );
    }
    let ended = evroute(&["raise", "x", "a=1", "a=2"]);
    assert_eq!(ended.stderr, "error: \"a=2\": this key is there twice\n");
}

#[test]
fn a_server_of_another_kind_is_recognised() {
    for answer in ["<html>", "{}", "[]"] {
        let (address, asked) = answer_once(answer);
        let ended = evroute(&["rpc", "core.version", "--admin", &address]);
        asked.join().unwrap();
        assert_eq!(ended.code, Some(1));
        assert!(
            ended
                .stderr
                .ends_with("is it an evroute admin address? (--admin)\n"),
            "{ended:?}"
        );
    }
}

#[test]
fn what_the_server_says_with_another_status_is_reported_and_its_own_fault_is_exit_code_4() {
    let busy =
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"48 calls are under way"}}"#;
    let (address, asked) = answer_once_with("503 Service Unavailable", busy);
    let ended = evroute(&["rpc", "tm.t_uac_start", "--admin", &address]);
    asked.join().unwrap();
    assert_eq!(ended, wrong("48 calls are under way (-32000)"));
    let (address, asked) = answer_once_with("502 Bad Gateway", "<html>");
    let ended = evroute(&["rpc", "core.version", "--admin", &address]);
    asked.join().unwrap();
    let expected =
        format!("http://{address} answered HTTP 502; is it an evroute admin address? (--admin)");
    assert_eq!(ended, wrong(&expected));
    let broken = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"the method broke"}}"#;
    let (address, asked) = answer_once(broken);
    let ended = evroute(&["rpc", "core.version", "--admin", &address]);
    asked.join().unwrap();
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (Some(4), "error: the method broke (-32603)\n")
    );
}

#[test]
fn an_answer_cannot_steer_the_terminal() {
    let (address, asked) = answer_once(r#"{"jsonrpc":"2.0","id":1,"result":"a\u001b[2J\r\nb"}"#);
    let ended = evroute(&["rpc", "core.version", "--admin", &address]);
    asked.join().unwrap();
    assert_eq!(ended, done("a\\u{1b}[2J\\r\nb"));
}
