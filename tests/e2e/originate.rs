//! Requests that the server makes itself: `tm.t_uac_start` and the event `tm:local-request`.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use evroute_tests::{Answer, Phone, Server, Sipp, free_port};
use serde_json::json;

use crate::demo::{block, runs, server_with};

const BODY: &str = "Watson, come here.";

/// METHOD REQUEST-URI NEXT-HOP SOCKET HEADERS BODY
fn arguments(port: u16, from: &str) -> [String; 6] {
    let headers = format!("From: <sip:{from}@127.0.0.1>\r\nTo: <sip:bob@127.0.0.1>\r\n");
    let target = format!("sip:bob@127.0.0.1:{port}");
    [
        "MESSAGE".to_owned(),
        target,
        ".".to_owned(),
        ".".to_owned(),
        headers,
        BODY.to_owned(),
    ]
}

fn over_http(server: &Server, port: u16, from: &str) -> Answer {
    server
        .rpc("tm.t_uac_start", &json!(arguments(port, from)))
        .unwrap()
}

fn is_sent(answer: &Answer) -> bool {
    matches!(answer, Answer::Result(result) if result["sent"] == true && result["call_id"].is_string())
}

/// Every phone gets exactly one request, and it is as the handlers left it.
fn arrives(phone: Phone, server: &Server) -> String {
    let (calls, messages) = phone.finish().unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (1, 0),
        "{messages}\n{}",
        server.log()
    );
    assert_eq!(
        messages.matches("MESSAGE sip:bob@").count(),
        1,
        "{messages}"
    );
    messages
}

#[test]
fn a_request_of_our_own_is_logged_by_the_posts_handler_and_sent() {
    let server = server_with("9", &["local-request"]);
    let phone = Sipp::new("uas_message.xml").listen().unwrap();
    let target = format!("sip:bob@127.0.0.1:{}", phone.port);
    let answer = over_http(&server, phone.port, "alice");
    assert!(is_sent(&answer), "{answer:?}\n{}", server.log());
    arrives(phone, &server);
    let line = format!("request [MESSAGE] from [sip:alice@127.0.0.1] to [{target}]");
    server
        .logged(&[
            "tenant=demo",
            "event=tm:local-request",
            "handler=local-request",
            &line,
        ])
        .unwrap();
    assert!(
        (runs(&server, "tm:local-request", "Returned") - 1.0).abs() < 0.5,
        "raised once"
    );
}

#[test]
fn whoever_waits_is_told_the_final_answer() {
    let server = server_with("9", &["local-request"]);
    let phone = Sipp::new("uas_message.xml").listen().unwrap();
    let asked = json!(arguments(phone.port, "alice"));
    match server.rpc("tm.t_uac_wait", &asked).unwrap() {
        Answer::Result(result) => assert_eq!(result["code"], 200, "{result}"),
        Answer::Refused(code, sentence) => panic!("{code} {sentence}"),
    }
    arrives(phone, &server);
}

#[test]
fn the_command_line_does_the_same() {
    let server = server_with("9", &["local-request"]);
    let phone = Sipp::new("uas_message.xml").listen().unwrap();
    let arguments = arguments(phone.port, "alice");
    let mut words = vec!["rpc", "tm.t_uac_start"];
    words.extend(arguments.iter().map(String::as_str));
    let ended = server.command(&words).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}\n{}", server.log());
    assert!(ended.out.contains("\"sent\": true"), "{ended:?}");
    arrives(phone, &server);
}

#[test]
fn a_header_that_a_handler_added_is_on_the_wire_and_the_request_is_accounted() {
    let server = server_with("9", &["local-request", "local-request-filter"]);
    let phone = Sipp::new("uas_message.xml").listen().unwrap();
    let answer = over_http(&server, phone.port, "alice");
    assert!(is_sent(&answer), "{answer:?}\n{}", server.log());
    let messages = arrives(phone, &server);
    assert!(messages.contains("X-Accounted: yes"), "{messages}");
    let sent = "select count(*) from local_requests where outcome = 'sent' and method = 'MESSAGE'";
    assert_eq!(crate::rows::number(&server, sent), 1);
}

/// A phone that must hear nothing, and the asker who must be told.
fn is_dropped(server: &Server, from: &str) {
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, free_port())).unwrap();
    silent
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let port = silent.local_addr().unwrap().port();
    match over_http(server, port, from) {
        Answer::Refused(_, sentence) => assert!(sentence.contains("drop"), "{sentence}"),
        Answer::Result(result) => panic!("dropped, but the caller was told {result}"),
    }
    let ended = {
        let arguments = arguments(port, from);
        let mut words = vec!["rpc", "tm.t_uac_start"];
        words.extend(arguments.iter().map(String::as_str));
        server.command(&words).unwrap()
    };
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("drop"), "{ended:?}");
    let heard = silent.recv_from(&mut [0; 1024]);
    assert!(
        heard.is_err(),
        "nothing may be sent, but {heard:?} bytes came"
    );
}

#[test]
fn a_dropped_request_is_not_sent_and_whoever_asked_is_told() {
    let server = server_with("9", &["local-request"]);
    is_dropped(&server, "blocked");
}

#[test]
fn a_user_on_the_shared_list_is_dropped_and_accounted() {
    let server = server_with("9", &["local-request-filter"]);
    block(&server, "mallory");
    is_dropped(&server, "mallory");
    let dropped = "select count(*) from local_requests where outcome = 'dropped'";
    assert_eq!(crate::rows::number(&server, dropped), 2);
}
