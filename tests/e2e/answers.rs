//! Handlers' answers that say more than a code, as phones (SIPp) take them.

use std::net::UdpSocket;

use evroute_tests::{Calls, PATIENCE, Server, Sipp, Transport, eventually};
use tempfile::TempDir;

use crate::routes::{compiled, routes};

/// A server with the answers of `kamailio/answers.cfg`, and a route to a phone.
fn server(folder: &TempDir, service: u16) -> Server {
    let component = compiled(&routes("answers.cfg"), folder.path(), &[]);
    let tenant = format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n\
         [[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{service}\"\n\n\
         [[tenant.handler]]\nname = \"answers\"\ncomponent = \"{}\"\n\
         grants = [\"log\", \"sip\", \"pv\"]\n",
        component.display()
    );
    Server::start(&tenant).unwrap()
}

fn succeeded(calls: Calls) -> bool {
    (calls.successful, calls.failed) == (1, 0)
}

#[test]
fn a_phone_follows_the_contact_of_a_302() {
    let folder = TempDir::new().unwrap();
    for transport in [Transport::Udp, Transport::Tcp] {
        let callee = Sipp::new("uas_call.xml").listen().unwrap();
        let server = server(&folder, callee.port);
        let caller = Sipp::new("uac_redirected.xml")
            .over(transport)
            .user("moved");
        let called = caller.call(server.sip).unwrap();
        assert!(succeeded(called), "{called:?}\n{}", server.log());
        let (answered, _) = callee.finish().unwrap();
        assert!(succeeded(answered), "{answered:?}\n{}", server.log());
    }
}

#[test]
fn a_handler_accepts_refuses_and_challenges_with_fields_of_its_own() {
    let folder = TempDir::new().unwrap();
    let server = server(&folder, 9);
    for transport in [Transport::Udp, Transport::Tcp] {
        let caller = Sipp::new("uac_answers.xml").over(transport);
        let caller = caller.with(&["-au", "alice", "-ap", "secret"]);
        let called = caller.call(server.sip).unwrap();
        assert!(succeeded(called), "{called:?}\n{}", server.log());
    }
    let refused = server.metric("evroute_reply_fields_refused_total", &["tenant=\"demo\""]);
    assert!((refused.unwrap() - 2.0).abs() < 0.5, "{}", server.log());
    let is_told = || {
        let log = server.log();
        log.contains("append-header to the answer").then_some(())
    };
    eventually("a line about the refusal", is_told, || server.log()).unwrap();
}

#[test]
fn an_invite_that_a_handler_accepts_is_answered_500() {
    let folder = TempDir::new().unwrap();
    let server = server(&folder, 9);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let at = socket.local_addr().unwrap();
    let invite = format!(
        "INVITE sip:lie@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK-lie\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:lie@127.0.0.1>\r\n\
         Call-ID: lie\r\nCSeq: 1 INVITE\r\nContact: <sip:a@{at}>\r\nContent-Length: 0\r\n\r\n"
    );
    socket.send_to(invite.as_bytes(), server.sip).unwrap();
    let answer = loop {
        let mut datagram = [0; 4096];
        let (length, _) = socket.recv_from(&mut datagram).unwrap();
        let answer = String::from_utf8_lossy(&datagram[..length]).into_owned();
        if !answer.starts_with("SIP/2.0 100 ") {
            break answer;
        }
    };
    assert!(
        answer.starts_with("SIP/2.0 500 OK\r\n"),
        "{answer}\n{}",
        server.log()
    );
    let is_told = || {
        let log = server.log();
        log.contains("no handler can answer 200 to INVITE")
            .then_some(())
    };
    eventually("a line that says why", is_told, || server.log()).unwrap();
}
