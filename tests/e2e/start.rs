//! From the first event to the last answer: mod-init, Ctrl-C.

use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use evroute_tests::{Answer, Callee, Server, Sipp, eventually, free_port};
use serde_json::json;

use crate::demo::{runs, server, server_with, tenant};

#[test]
fn mod_init_has_left_its_three_traces_before_calls_are_taken() {
    let server = server_with("9", &["mod-init"]);
    assert!(
        (runs(&server, "htable:mod-init", "Returned") - 1.0).abs() < 0.5,
        "{}",
        server.log()
    );
    let table = format!(
        "{:?}",
        server.rpc("htable.dump", &json!(["server"])).unwrap()
    );
    assert!(table.contains("started"), "{table}");
    let counter = server.rpc("pv.shvGet", &json!(["starts"])).unwrap();
    let one = json!({ "name": "starts", "type": "int", "value": 1 });
    assert!(
        matches!(&counter, Answer::Result(found) if *found == one),
        "{counter:?}"
    );
    assert_eq!(crate::rows::restarts(&server), 1);
}

/// A server whose mod-init handler waits for a database that takes connections and says nothing.
fn waiting_for_a_database() -> (Server, TcpListener) {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("postgres://a:b@{}/c", silent.local_addr().unwrap());
    let tenant = tenant("9", &["mod-init"]).replace(
        "url = \"sqlite:main.db\"",
        &format!("url = \"{url}\"\ndeadline_ms = 60000"),
    ) + "limits = { run_deadline_ms = 60000 }\n";
    let server = Server::begin(&tenant).unwrap();
    (server, silent)
}

#[test]
fn a_server_that_starts_says_so_and_answers_its_operator() {
    let (server, silent) = waiting_for_a_database();
    let (mut asked, _) = silent.accept().unwrap();
    let starting = (503, "{\"status\":\"starting\"}".to_owned());
    assert_eq!(server.health_page(), Some(starting));
    let uptime = server.command(&["rpc", "core.uptime"]).unwrap();
    assert_eq!(uptime.code, Some(0), "{uptime:?}");
    let early = server.command(&["rpc", "htable.dump", "server"]).unwrap();
    let expected = "there is no method \"htable.dump\" while the server starts; try again later";
    assert!(early.err.contains(expected), "{early:?}");

    // The database goes; the example's handler carries on without it.
    drop(silent);
    std::io::Write::write_all(&mut asked, b"x").unwrap();
    drop(asked);
    let ready = || {
        let ok = (200, "{\"status\":\"ok\"}".to_owned());
        (server.health_page() == Some(ok)).then_some(())
    };
    eventually("readiness", ready, || server.log()).unwrap();
}

/// Nobody repeats what was sent over a connection.
#[test]
fn a_request_over_a_connection_during_the_start_is_told_to_come_back_and_not_swallowed() {
    let (server, silent) = waiting_for_a_database();
    let (_asked, _) = silent.accept().unwrap();
    let mut stream = TcpStream::connect(server.sip).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    for number in 1..=2 {
        let (at, to) = (stream.local_addr().unwrap(), server.sip);
        let request = format!(
            "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/TCP {at};branch=z9hG4bKearly{number}\r\nMax-Forwards: 70\r\n\
             From: <sip:early@127.0.0.1>;tag=1\r\nTo: <sip:{to}>\r\nCall-ID: early@127.0.0.1\r\n\
             CSeq: {number} OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let mut answer = [0; 4096];
        let length = std::io::Read::read(&mut stream, &mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
        assert!(answer.contains("Retry-After: "), "{answer}");
        assert!(
            answer.contains(&format!("CSeq: {number} OPTIONS")),
            "{answer}"
        );
    }
}

#[test]
fn ctrl_c_during_the_start_is_obeyed_at_once() {
    let (server, silent) = waiting_for_a_database();
    let (_asked, _) = silent.accept().unwrap();
    // The database never answers: whoever waited for it would be here for good.
    server.interrupt().unwrap();
    let (status, log) = server.ended().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(
        log.contains("SIGINT: stopping before the start is over"),
        "{log}"
    );
    let last = "stopped: the start was not over, and nobody had been let in";
    assert!(log.trim_end().ends_with(last), "{log}");
}

#[test]
fn ctrl_c_stops_an_idle_server_with_code_0() {
    let server = server(&free_port().to_string());
    server.interrupt().unwrap();
    let (status, log) = server.ended().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn ctrl_c_lets_a_request_that_is_under_way_be_answered() {
    let callee = Callee::new().unwrap();
    let server = server(&callee.port.to_string());
    let caller = Sipp::new("uac_message.xml")
        .user("service")
        .begin(server.sip)
        .unwrap();
    let request = callee.next().unwrap();

    server.interrupt().unwrap();
    let draining = || {
        server
            .health()
            .is_some_and(|code| code == 503)
            .then_some(())
    };
    eventually("the drain", draining, || server.log()).unwrap();
    let page = server.health_page().map(|(_, page)| page);
    assert_eq!(page.as_deref(), Some("{\"status\":\"draining\"}"));
    let refused = ask_options(&server);
    assert!(refused.starts_with("SIP/2.0 503 "), "{refused}");
    assert!(refused.contains("Retry-After: "), "{refused}");
    callee.accept(&request).unwrap();

    let (calls, messages) = caller.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{messages}");
    let (status, log) = server.ended().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn ctrl_c_between_an_answer_and_its_ack_lets_the_ack_pass() {
    let callee = Callee::new().unwrap();
    let server = server(&callee.port.to_string());
    let caller = Caller::of(&server);
    caller.send("INVITE", "");
    let invite = callee.next().unwrap();
    callee.accept(&invite).unwrap();
    let answer = caller.hears("SIP/2.0 200 ");

    server.interrupt().unwrap();
    let draining = || (server.health() == Some(503)).then_some(());
    eventually("the drain", draining, || server.log()).unwrap();
    // Long enough for a server that has nothing to wait for.
    std::thread::sleep(Duration::from_millis(500));
    let route = answer
        .lines()
        .find_map(|line| line.strip_prefix("Record-Route: "))
        .unwrap();
    caller.send("ACK", &format!("Route: {route}\r\n"));
    let ack = callee.next().unwrap();
    assert!(ack.text.starts_with("ACK "), "{}", ack.text);

    let (status, log) = server.ended().unwrap();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("everything under way was finished"), "{log}");
}

/// A phone that says one request after the other.
struct Caller {
    socket: UdpSocket,
    to: std::net::SocketAddr,
}

impl Caller {
    fn of(server: &Server) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let patience = Some(Duration::from_secs(10));
        socket.set_read_timeout(patience).unwrap();
        let to = server.sip;
        Self { socket, to }
    }

    /// A request to the user `service`; the callee's tag is there from the ACK on.
    fn send(&self, method: &str, more: &str) {
        let (at, to) = (self.socket.local_addr().unwrap(), self.to);
        let tag = if method == "INVITE" {
            ""
        } else {
            ";tag=callee"
        };
        let request = format!(
            "{method} sip:service@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{method}\r\nMax-Forwards: 70\r\n\
             From: <sip:caller@127.0.0.1>;tag=1\r\nTo: <sip:service@{to}>{tag}\r\nCall-ID: late@127.0.0.1\r\n\
             CSeq: 1 {method}\r\nContact: <sip:caller@{at}>\r\n{more}Content-Length: 0\r\n\r\n"
        );
        self.socket.send_to(request.as_bytes(), to).unwrap();
    }

    fn hears(&self, start: &str) -> String {
        loop {
            let mut heard = [0; 4096];
            let length = self.socket.recv(&mut heard).unwrap();
            let heard = String::from_utf8_lossy(&heard[..length]).into_owned();
            if heard.starts_with(start) {
                return heard;
            }
            assert!(heard.starts_with("SIP/2.0 1"), "{heard}");
        }
    }
}

/// The server's answer to an OPTIONS of its own.
fn ask_options(server: &Server) -> String {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let patience = Some(Duration::from_secs(10));
    socket.set_read_timeout(patience).unwrap();
    let (port, to) = (socket.local_addr().unwrap().port(), server.sip);
    let request = format!(
        "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKlate\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:{to}>\r\nCall-ID: late@127.0.0.1\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    );
    socket.send_to(request.as_bytes(), to).unwrap();
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}
