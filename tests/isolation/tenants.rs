//! What one tenant's handlers decide about the others.

use evroute_tests::{Answer, Error, Server, Sipp};
use serde_json::json;
use tempfile::TempDir;

use crate::tenant::tenant;

/// A tenant whose handler does not want it to start.
fn unwilling(folder: &TempDir) -> String {
    tenant("abort-startup", "mod-init", folder, "")
        .replace("name = \"demo\"", "name = \"mallory\"")
        .replace("127.0.0.1", "mallory.example")
}

#[test]
fn a_tenant_that_does_not_start_is_left_out_and_the_others_are_served() {
    let folder = TempDir::new().unwrap();
    let phone = Sipp::new("uas").listen().unwrap();
    let honest = format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n\
         [[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{}\"\n\n",
        phone.port
    );
    let server = Server::start(&(unwilling(&folder) + &honest)).unwrap();
    server
        .logged(&["ERROR", "tenant=mallory", "does not start"])
        .unwrap();
    let (code, health) = server.health_page().unwrap();
    assert_eq!(code, 200, "{health}");
    assert!(health.contains("\"tenants_left_out\":1"), "{health}");
    let called = Sipp::new("uac").user("service").call(server.sip).unwrap();
    assert_eq!(
        (called.successful, called.failed),
        (1, 0),
        "{}",
        server.log()
    );
    // The tenant that is left out is not served by halves: neither its callers nor its operator get through.
    let answer = asked(&server, "sip:bob@mallory.example");
    assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
    let from = "From: <sip:mallory@mallory.example>\r\n";
    let ask = json!(["OPTIONS", "sip:bob@127.0.0.1:9", ".", ".", from]);
    let refused = server.rpc("tm.t_uac_start", &ask).unwrap();
    assert!(!matches!(refused, Answer::Result(_)), "{refused:?}");
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
