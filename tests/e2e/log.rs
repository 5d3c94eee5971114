//! The operator's log: one format and one filter for the server's lines and for those of handlers.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;

use evroute_tests::Server;
use serde_json::Value;

use crate::demo::{send_one, tenant};

/// A server whose handler `local-request` writes a line for every request of the server's own.
fn server(more: impl FnOnce(&mut Command)) -> Server {
    Server::start_with(&tenant("9", &["local-request"]), more).unwrap()
}

/// Stops the server and returns everything that it has written.
fn whole(server: Server) -> String {
    server.interrupt().unwrap();
    server.ended().unwrap().1
}

#[test]
fn every_line_is_one_json_object_where_that_is_asked_for() {
    let server = server(|command| {
        command.args(["--log-format", "json"]);
    });
    send_one(&server, "");
    let log = whole(server);
    let objects: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for object in &objects {
        for key in ["timestamp", "level", "target", "message"] {
            assert!(object[key].is_string(), "{key} is not in {object}");
        }
    }
    let said = objects
        .iter()
        .find(|object| object["target"] == "evroute::handler")
        .unwrap();
    assert_eq!(said["tenant"], "demo");
    assert_eq!(said["event"], "tm:local-request");
    assert_eq!(said["handler"], "local-request");
    assert_eq!(said["level"], "INFO");
    assert!(said["call_id"].as_str().unwrap().len() > 8, "{said}");
    let message = said["message"].as_str().unwrap();
    assert!(message.starts_with("request [MESSAGE] from "), "{said}");
}

#[test]
fn a_log_that_is_off_is_off_for_handlers_too() {
    let server = server(|command| {
        command.env("EVROUTE_LOG", "off");
    });
    send_one(&server, "");
    assert_eq!(whole(server), "");
}

#[test]
fn handlers_have_a_target_of_their_own() {
    let loud = server(|command| {
        command.env("EVROUTE_LOG", "off,evroute::handler=info");
    });
    send_one(&loud, "");
    let log = whole(loud);
    assert_eq!(log.lines().count(), 1, "{log}");
    let words = "  INFO evroute::handler: tenant=demo event=tm:local-request handler=local-request call_id=";
    assert!(log.contains(words), "{log}");

    let quiet = server(|command| {
        command.env("EVROUTE_LOG", "warn,evroute_server=debug");
    });
    send_one(&quiet, "");
    let log = whole(quiet);
    assert!(log.contains("INFO evroute_server::wiring: ready"), "{log}");
    assert!(!log.contains("evroute::handler"), "{log}");
}

#[test]
fn a_line_about_a_request_says_whose_it_is_and_which() {
    let to_nowhere = tenant("9", &[]).replace("sip:127.0.0.1:9", "sip:nowhere.invalid");
    let server = Server::start(&to_nowhere).unwrap();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (from, to) = (socket.local_addr().unwrap(), server.sip);
    let request = format!(
        "OPTIONS sip:service@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKnowhere\r\nMax-Forwards: 70\r\n\
         From: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:service@{to}>\r\nCall-ID: lost@{from}\r\n\
         CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    socket.send_to(request.as_bytes(), to).unwrap();
    let call_id = format!(" tenant=demo call_id=lost@{from} ");
    let line = server.logged(&["a request has no next hop"]).unwrap();
    assert!(line.contains(&call_id), "{line}");
}
