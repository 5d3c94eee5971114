//! Requests that arrive at Kamailio and, compiled, at evroute: where they come from, and whether
//! they are meant for us.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

use evroute_tests::{Kamailio, Server, eventually, free_port};
use tempfile::TempDir;

use crate::routes::{compiled, difference, lines, routes};

/// A server with two tenants: the domain of one is not the other's.
fn server(component: &Path) -> Server {
    Server::start(&format!(
        "[[tenant]]\nname = \"demo\"\ndomains = [\"example.com\"]\n\n\
         [[tenant.handler]]\nname = \"routes\"\ncomponent = \"{}\"\n\
         grants = [\"log\", \"sip\", \"pv\"]\n\n\
         [[tenant]]\nname = \"other\"\ndomains = [\"foreign.example\"]\n",
        component.display()
    ))
    .unwrap()
}

/// Sends a MESSAGE from a port of its own. Ports have five digits, so that messages are of one
/// length.
fn send(to: SocketAddr) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
    let from = socket.local_addr().unwrap();
    let message = format!(
        "MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK1\r\n\
         From: <sip:alice@example.com>;tag=f\r\nTo: <sip:bob@foreign.example>\r\nCall-ID: c\r\n\
         CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Length: 6\r\n\r\nWatson",
    );
    socket.send_to(message.as_bytes(), to).unwrap();
}

/// What was logged about it.
fn said(what: &str, log: impl Fn() -> String) -> Vec<String> {
    let all = || {
        let lines = lines(&log());
        lines
            .iter()
            .any(|line| line.ends_with(" end"))
            .then_some(lines)
    };
    eventually(what, all, &log).unwrap()
}

#[test]
fn the_same_is_said_of_a_request_that_arrives_in_kamailio_and_here() {
    let folder = TempDir::new().unwrap();
    let source = routes("requests.cfg");
    let component = compiled(&source, folder.path(), &["core:request"]);
    let kamailio = Kamailio::start_text(&fs::read_to_string(source).unwrap()).unwrap();
    let server = server(&component);
    send(kamailio.sip);
    send(server.sip);
    let there = said("Kamailio's lines", || kamailio.log());
    let here = said("our lines", || server.log());
    let complaints = difference("arrived", &here, &there);
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(here.len() > 25, "{here:#?}");
}
