//! HTTP as an event, by curl, openssl, a browser's WebSocket and a socket: on ports of SIP, and on
//! ports of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use evroute_tests::{
    PATIENCE, Server, TestCertificate, TlsClient, WebSocketPhone, eventually, evroute, free_port,
    repository,
};
use serde_json::json;
use tempfile::TempDir;

const OPTIONS: &str = "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP x.invalid;branch=z9hG4bK1\r\n\
    From: <sip:bob@127.0.0.1>;tag=1\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
    Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

/// A server with a handler of `xhttp:request`, and where it speaks HTTP alone.
struct Scene {
    server: Server,
    http: SocketAddr,
    https: SocketAddr,
    certificate: TestCertificate,
    _folder: TempDir,
}

fn scene(more: &str) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("routes.cfg");
    fs::copy(repository().join("tests/e2e/http/routes.cfg"), &source).unwrap();
    let built = Command::new(evroute().unwrap())
        .arg("build")
        .arg(&source)
        .output()
        .unwrap();
    assert!(built.status.success(), "{built:?}");
    let component: PathBuf = source.with_extension("wasm");
    let certificate = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let [http, https] = [(); 2].map(|()| SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())));
    let text = format!(
        "[tls]\n{}\n[websocket]\npath = \"/sip\"\n\n\
         [[listen]]\ntransport = \"http\"\naddress = \"{http}\"\n\n\
         [[listen]]\ntransport = \"https\"\naddress = \"{https}\"\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n{more}\n\
         [[tenant.handler]]\nname = \"pages\"\ncomponent = \"{}\"\ngrants = [\"log\", \"pv\", \"shv\"]\n",
        certificate.toml(),
        component.display()
    );
    Scene {
        server: Server::start(&text).unwrap(),
        http,
        https,
        certificate,
        _folder: folder,
    }
}

impl Scene {
    /// What curl prints, with these arguments.
    fn curl(&self, arguments: &[&str]) -> String {
        let certificate = self.certificate.certificate();
        let out = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "20", "--cacert"])
            .arg(certificate)
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success(), "{out:?}\n{}", self.server.log());
        text
    }

    fn requests(&self, outcome: &str) -> f64 {
        let labels = ["transport=\"tcp\"", &format!("outcome=\"{outcome}\"")];
        let metric = self
            .server
            .metric("evroute_sip_http_requests_total", &labels);
        metric.unwrap()
    }
}

/// All that comes for these bytes, until the connection is closed.
fn raw(to: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[test]
fn curl_is_answered_by_a_handler_on_every_port() {
    let scene = scene("");
    let sip = scene.server.sip;
    for base in [
        format!("http://{sip}"),
        format!("https://{sip}"),
        format!("http://{}", scene.http),
        format!("https://{}", scene.https),
    ] {
        let url = format!("{base}/a?b=c");
        assert_eq!(
            scene.curl(&["-H", "X-Id: 7", &url]),
            "GET /a?b=c 7 0 <null>\n"
        );
        // Twice over one connection, with a body.
        let twice = scene.curl(&["-d", "hello", &url, &url]);
        let one = "POST /a?b=c <null> 5 hello\n";
        assert_eq!(twice, [one, one].concat());
        let head = scene.curl(&["--head", &url]);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("Content-Length: 28\r\n"), "{head}");
        let waits = scene.curl(&["-H", "Expect: 100-continue", "-d", "hello", &url]);
        assert_eq!(waits, one);
        let status = ["-o", "/dev/null", "-w", "%{http_code} %{num_connects}"];
        for (path, expected) in [("/nobody", "404"), ("/empty", "204"), ("/close", "200")] {
            let url = format!("{base}{path}");
            let found = scene.curl(&[&status[..], &[&url]].concat());
            assert_eq!(found, format!("{expected} 1"));
        }
    }
    // What is decided is counted, and so is what is not.
    assert!(scene.requests("answered") > 9.5 && scene.requests("refused") > 1.5);
    assert!(scene.server.log().contains("GET /a?b=c from tls:127.0.0.1"));
}

#[test]
fn requests_that_come_together_are_answered_in_their_order() {
    let scene = scene("");
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    let last = "POST /last HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nend";
    let all = [&ask("/1"), &ask("/2"), &ask("/3"), last].concat();
    for to in [scene.server.sip, scene.http] {
        let answers = raw(to, &all);
        let bodies: Vec<_> = answers.lines().filter(|line| line.contains(" /")).collect();
        assert_eq!(bodies.len(), 4, "{answers}");
        let expected = [
            "GET /1 <null> 0 <null>",
            "GET /2 <null> 0 <null>",
            "GET /3 <null> 0 <null>",
            "POST /last <null> 3 end",
        ];
        assert_eq!(bodies, expected);
        assert_eq!(answers.matches("Connection: close").count(), 1, "{answers}");
    }
}

#[test]
fn what_a_handler_says_ends_its_answer_nowhere_but_where_the_server_says() {
    let scene = scene("");
    let ask = |path: &str| {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        raw(scene.http, &request)
    };
    let answer = ask("/smuggle");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK  X-Split: yes\r\n"),
        "{answer}"
    );
    assert!(answer.contains("\r\nX-Seen: yes\r\n"), "{answer}");
    assert!(
        !answer.contains("\r\nX-Split") && !answer.contains("chunked"),
        "{answer}"
    );
    assert!(answer.contains("\r\nContent-Length: 6\r\n") && answer.ends_with("\r\n\r\nwhole\n"));
    assert!(ask("/twice").ends_with("\r\n\r\nfirst\n"));
    assert_eq!(ask("/drop"), "", "it is closed without an answer");
    let closed = raw(scene.http, "GET /close HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert!(
        closed.contains("\r\nConnection: close\r\n") && closed.ends_with("bye\n"),
        "{closed}"
    );
}

#[test]
fn what_cannot_be_read_or_is_too_much_is_told_why() {
    let scene = scene("[tenant.xhttp]\nbody_bytes_max = 10\nanswer_bytes_max = 60\n");
    let long = "x".repeat(9000);
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(),
            400,
        ),
        ("BREW\r\n\r\n".to_owned(), 400),
        (format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"), 431),
        ("POST / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 411),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world".to_owned(),
            413,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
                .to_owned(),
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
            501,
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n".to_owned(),
            417,
        ),
        (
            format!(
                "GET /{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "y".repeat(60)
            ),
            500,
        ),
    ] {
        let answer = raw(scene.http, &request);
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{expected}: {answer}");
        assert!(answer.contains("\r\nConnection: close\r\n"), "{answer}");
    }
    for limit in ["body_bytes_max", "answer_bytes_max"] {
        let label = format!("limit=\"{limit}\"");
        let counted = scene
            .server
            .metric("evroute_xhttp_refused_total", &[&label]);
        assert!(counted.unwrap() > 0.5, "{limit}");
    }
    // None of them has cost a connection that is at work.
    let answer = raw(scene.http, "GET / HTTP/1.0\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn a_websocket_is_let_in_beside_requests_and_may_be_refused_by_a_handler() {
    let scene = scene("");
    let ask = |base: String, origin: Option<&str>| {
        let mut phone = WebSocketPhone::connect(&base, origin, Some(&scene.certificate)).unwrap();
        let event = phone.event().unwrap();
        (phone, event)
    };
    let mut number = 0;
    for (scheme, port) in [
        ("ws", scene.server.sip),
        ("wss", scene.server.sip),
        ("ws", scene.http),
        ("wss", scene.https),
    ] {
        for path in ["/sip", "/elsewhere"] {
            let (mut phone, event) = ask(format!("{scheme}://{port}{path}"), None);
            assert_eq!(event, json!({ "opened": "sip" }), "{}", scene.server.log());
            let options = OPTIONS.replace("/TCP", if scheme == "ws" { "/WS" } else { "/WSS" });
            number += 1;
            let options = options.replace("z9hG4bK1", &format!("z9hG4bK1{number}"));
            let answer = phone.ask(&options).unwrap();
            assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        }
        let (_, event) = ask(format!("{scheme}://{port}/nowhere"), None);
        assert_eq!(event, json!({ "refused": 404 }));
        let evil = Some("https://evil.example");
        let (_, event) = ask(format!("{scheme}://{port}/sip"), evil);
        assert_eq!(event, json!({ "refused": 403 }));
    }
    assert!(scene.requests("websocket") > 3.5);
    // All of them are gone, and each was told of.
    let told = || {
        let log = scene.server.log();
        let told = ["gone: ws at ", "gone: wss at "].map(|words| log.matches(words).count());
        (told == [4, 4]).then_some(())
    };
    eventually("the end of eight WebSockets", told, || scene.server.log()).unwrap();
}

#[test]
fn sip_goes_on_beside_http_and_not_where_http_is_alone() {
    let scene = scene("");
    let mut tls = TlsClient::connect(scene.server.sip, &[]).unwrap();
    let answer = tls.ask(&OPTIONS.replace("/TCP", "/TLS")).unwrap();
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let mut stream = TcpStream::connect(scene.server.sip).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(OPTIONS.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"SIP/2.0 200 ");
    assert!(raw(scene.http, OPTIONS).starts_with("HTTP/1.1 400 "));
    // What is under way is given back.
    let gone = || {
        let left = scene
            .server
            .metric("evroute_xhttp_requests_under_way", &["demo"]);
        (left.unwrap() < 0.5).then_some(())
    };
    eventually("no request under way", gone, || scene.server.log()).unwrap();
}
