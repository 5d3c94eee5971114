//! Every event of the contract is raised by what Kamailio raises it by, and reaches a handler.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::path::Path;

use evroute_tests::{
    Answer, Callee, PATIENCE, Server, Sipp, TestCertificate, WebSocketPhone, eventually, free_port,
    trapping, witness,
};
use serde_json::json;
use tempfile::TempDir;

use crate::demo::runs;

const TENANT: &str = r#"
[websocket]

[[tenant]]
name = "demo"
domains = ["127.0.0.1", "localhost"]

[tenant.registrar]
min_expires_seconds = 1

[[tenant.table]]
name = "short"
expire_seconds = 1

[[tenant.timer]]
name = "sweep"
interval_ms = 50

[[tenant.route]]
user = "service"
to = "sip:127.0.0.1:{service}"

[[tenant.handler]]
name = "witness"
component = "{component}"
grants = ["log", "sip", "pv", "htable", "custom"]
"#;

const OPTIONS: &str = "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP x.invalid;branch=z9hG4bK1\r\n\
    From: <sip:bob@127.0.0.1>;tag=1\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
    Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

/// A server with a handler of every event.
fn witnessed(service: u16) -> (Server, TempDir) {
    witnessed_with(service, "")
}

/// The same, with more of its tenant.
fn witnessed_with(service: u16, more: &str) -> (Server, TempDir) {
    witnessed_in(service, more, "")
}

/// The same, with more of the server.
fn witnessed_in(service: u16, more: &str, of_server: &str) -> (Server, TempDir) {
    let folder = TempDir::new().unwrap();
    let component = witness(folder.path()).unwrap().display().to_string();
    let tenant = TENANT
        .replace("{service}", &service.to_string())
        .replace("{component}", &component);
    let text = [of_server, &tenant, more].concat();
    (Server::start(&text).unwrap(), folder)
}

/// Waits until a run of this event has returned.
fn is_seen(server: &Server, event: &str) {
    let seen = || (runs(server, event, "Returned") >= 1.0).then_some(());
    eventually(&format!("a run of {event}"), seen, || server.log()).unwrap();
}

fn datagram(server: &Server, text: &str) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.send_to(text.as_bytes(), server.sip).unwrap();
}

#[test]
fn htable_mod_init_is_raised_at_start() {
    let (server, _folder) = witnessed(9);
    is_seen(&server, "htable:mod-init");
}

#[test]
fn a_call_raises_core_pre_routing_core_request_and_core_reply() {
    let phone = Sipp::new("uas").listen().unwrap();
    let (server, _folder) = witnessed(phone.port);
    let calls = Sipp::new("uac").user("service").call(server.sip).unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{}", server.log());
    for event in ["core:pre-routing", "core:request", "core:reply"] {
        is_seen(&server, event);
    }
}

#[test]
fn what_is_no_message_raises_core_receive_parse_error() {
    let (server, _folder) = witnessed(9);
    datagram(&server, "HELLO sip:world\r\nthis is not SIP\r\n\r\n");
    is_seen(&server, "core:receive-parse-error");
    assert!(runs(&server, "core:request", "Returned") < 1.0);
}

#[test]
fn who_sends_a_tenant_too_much_raises_core_source_blocked() {
    let pike = "\n[tenant.pike]\nrequests_per_second_max = 1\nburst_max = 0\n";
    let (server, _folder) = witnessed_with(9, pike);
    register(&server, 1, 60);
    is_seen(&server, "usrloc:contact-added");
    assert!(runs(&server, "core:source-blocked", "Returned") < 1.0);
    // Those that come within the same second.
    for cseq in 2..12 {
        register(&server, cseq, 60);
    }
    is_seen(&server, "core:source-blocked");
}

#[test]
fn a_request_of_http_raises_xhttp_request() {
    let (server, _folder) = witnessed(9);
    let mut stream = TcpStream::connect(server.sip).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    // As without a handler.
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    is_seen(&server, "xhttp:request");
}

#[test]
fn a_connection_that_is_gone_raises_tcp_closed() {
    let (server, _folder) = witnessed(9);
    let mut stream = TcpStream::connect(server.sip).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(OPTIONS.as_bytes()).unwrap();
    assert!(stream.read(&mut [0; 512]).unwrap() > 0);
    assert!(runs(&server, "tcp:closed", "Returned") < 1.0);
    drop(stream);
    is_seen(&server, "tcp:closed");
}

#[test]
fn a_connection_over_tls_raises_tls_connection_out_before_it_is_dialled() {
    let certificate = TestCertificate::new("DNS:demo.example").unwrap();
    let more = format!(
        "\n[[tenant.route]]\nuser = \"secure\"\nto = \"sip:127.0.0.1:{};transport=tls\"\n",
        free_port()
    );
    let (server, _folder) = witnessed_in(9, &more, &format!("[tls]\n{}", certificate.toml()));
    let phone = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let secure = OPTIONS.replacen("127.0.0.1", "secure@127.0.0.1", 1);
    let options = secure.replace("SIP/2.0/TCP", "SIP/2.0/UDP");
    phone.send_to(options.as_bytes(), server.sip).unwrap();
    is_seen(&server, "tls:connection-out");
}

#[test]
fn a_websocket_that_is_gone_raises_websocket_closed() {
    let (server, _folder) = witnessed(9);
    let url = format!("ws://{}/", server.sip);
    let mut phone = WebSocketPhone::connect(&url, None, None).unwrap();
    assert_eq!(phone.event().unwrap(), json!({ "opened": "sip" }));
    assert!(runs(&server, "websocket:closed", "Returned") < 1.0);
    drop(phone);
    is_seen(&server, "websocket:closed");
}

#[test]
fn a_request_of_our_own_raises_tm_local_request() {
    let callee = Callee::new().unwrap();
    let (server, _folder) = witnessed(9);
    let target = format!("sip:bob@127.0.0.1:{}", callee.port);
    let answer = server
        .rpc("tm.t_uac_start", &json!(["OPTIONS", target]))
        .unwrap();
    assert!(matches!(answer, Answer::Result(_)), "{answer:?}");
    callee.accept(&callee.next().unwrap()).unwrap();
    is_seen(&server, "tm:local-request");
}

#[test]
fn an_answer_of_our_own_raises_tm_local_response() {
    let (server, _folder) = witnessed(9);
    let calls = Sipp::new("uac_unknown_user_404.xml")
        .user("nobody")
        .call(server.sip)
        .unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{}", server.log());
    is_seen(&server, "tm:local-response");
}

#[test]
fn an_entry_whose_time_is_over_raises_htable_expired() {
    let (server, _folder) = witnessed(9);
    let answer = server
        .rpc("htable.sets", &json!(["short", "key", "value"]))
        .unwrap();
    assert!(matches!(answer, Answer::Result(_)), "{answer:?}");
    is_seen(&server, "htable:expired");
}

/// A REGISTER of bob's contact with this expiry.
fn register(server: &Server, cseq: u32, expires: u32) {
    let port = server.sip.port();
    datagram(
        server,
        &format!(
            "REGISTER sip:127.0.0.1:{port} SIP/2.0\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKevents{cseq}\r\n\
             From: <sip:bob@127.0.0.1>;tag=1\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: events@127.0.0.1\r\n\
             CSeq: {cseq} REGISTER\r\nContact: <sip:bob@127.0.0.1:9>;expires={expires}\r\nMax-Forwards: 70\r\n\
             Content-Length: 0\r\n\r\n"
        ),
    );
}

#[test]
fn a_contact_raises_usrloc_contact_added_contact_updated_and_contact_removed() {
    let (server, _folder) = witnessed(9);
    register(&server, 1, 60);
    is_seen(&server, "usrloc:contact-added");
    register(&server, 2, 60);
    is_seen(&server, "usrloc:contact-updated");
    register(&server, 3, 0);
    is_seen(&server, "usrloc:contact-removed");
}

#[test]
fn a_contact_whose_time_is_over_raises_usrloc_contact_expired() {
    let (server, _folder) = witnessed(9);
    register(&server, 1, 1);
    is_seen(&server, "usrloc:contact-expired");
}

#[test]
fn a_trunk_raises_uac_failed_and_uac_registered() {
    let carrier = Callee::new().unwrap();
    let trunk = format!(
        "\n[[tenant.trunk]]\nname = \"carrier\"\nregistrar = \"sip:127.0.0.1:{}\"\n\
         user = \"4420\"\npassword = \"secret\"\n",
        carrier.port
    );
    let (server, _folder) = witnessed_with(9, &trunk);
    let first = carrier.next().unwrap();
    carrier.answer(&first, "403 Forbidden", "").unwrap();
    is_seen(&server, "uac:failed");
    assert!(runs(&server, "uac:registered", "Returned") < 1.0);
    let asked = server.rpc("uac.reg_refresh", &json!(["carrier"])).unwrap();
    assert!(matches!(asked, Answer::Result(_)), "{asked:?}");
    carrier.accept(&carrier.next().unwrap()).unwrap();
    is_seen(&server, "uac:registered");
}

#[test]
fn an_interval_that_is_over_raises_timer() {
    let (server, _folder) = witnessed(9);
    is_seen(&server, "timer");
}

#[test]
fn an_operator_raises_a_custom_event() {
    let (server, _folder) = witnessed(9);
    let ended = server.command(&["raise", "hello", "who=world"]).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    is_seen(&server, "custom:event");
}

#[test]
fn an_event_that_nobody_handles_is_refused_and_the_ones_that_are_handled_are_named() {
    let filter = "on = [\"custom:event:night\", \"custom:event:day\"]\n";
    let (server, _folder) = witnessed_with(9, filter);
    let ended = server.command(&["raise", "nihgt"]).unwrap();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let why =
        "no handler of tenant demo handles custom:event:nihgt; its handlers handle day, night";
    assert!(ended.err.contains(why), "{ended:?}");
    let ended = server.command(&["raise", "night"]).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    is_seen(&server, "custom:event");
}

/// Deploys, with these further words.
fn deployed(server: &Server, component: &Path, more: &[&str]) {
    let component = component.to_str().unwrap();
    let words = [
        "deploy",
        component,
        "--handler",
        "other",
        "--tenant",
        "demo",
    ];
    let ended = server.command(&[&words, more].concat()).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}\n{}", server.log());
}

#[test]
fn a_revision_that_is_put_in_force_raises_deploy_activated() {
    let (server, folder) = witnessed(9);
    deployed(&server, &folder.path().join("witness.wasm"), &[]);
    is_seen(&server, "deploy:activated");
}

#[test]
fn a_revision_that_is_taken_back_raises_deploy_rolled_back() {
    let (server, folder) = witnessed(9);
    for _ in 0..2 {
        deployed(&server, &folder.path().join("witness.wasm"), &[]);
    }
    let rollback = ["rollback", "other", "--tenant", "demo"];
    let ended = server.command(&rollback).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    is_seen(&server, "deploy:rolled-back");
}

#[test]
fn a_revision_whose_runs_trap_raises_deploy_breaker_open() {
    let (server, folder) = witnessed(9);
    let component = trapping("trapping", &["custom/event"], folder.path()).unwrap();
    deployed(&server, &component, &["--breaker", "runs_min=1"]);
    let ended = server.command(&["raise", "hello"]).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    is_seen(&server, "deploy:breaker-open");
}

#[test]
fn tls_certificate_expiring_is_raised_when_its_days_begin() {
    // Good for two days.
    let certificate = TestCertificate::new("DNS:demo.example").unwrap();
    let section = format!("\n[tenant.tls]\n{}", certificate.toml());
    let (server, _folder) = witnessed_with(9, &section);
    is_seen(&server, "tls:certificate-expiring");
    let line = server.logged(&["WARN", "certificate ends soon", "demo.example"]);
    let line = line.unwrap();
    let is_told = ["days_left=1", "days_left=2"]
        .iter()
        .any(|days| line.contains(days));
    assert!(is_told, "{line}");
}
