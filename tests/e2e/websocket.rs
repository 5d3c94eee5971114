//! WebSocket, and all that is spoken at one port.

use std::io::{Read, Write};
use std::net::TcpStream;

use evroute_tests::{
    PATIENCE, Server, Sipp, TestCertificate, TlsClient, WebSocketPhone, accepted, eventually,
};
use serde_json::json;

const ORIGIN: &str = "https://phone.example";

/// A server with WebSocket at `/sip`, and a certificate.
fn server(certificate: &TestCertificate) -> Server {
    let text = format!(
        "[tls]\n{}\n[websocket]\npath = \"/sip\"\norigins = [\"{ORIGIN}\"]\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n",
        certificate.toml()
    );
    Server::start(&text).unwrap()
}

fn request(method: &str, transport: &str, more: &str) -> String {
    format!(
        "{method} sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} x.invalid;branch=z9hG4bK{method}\r\n\
         From: <sip:bob@127.0.0.1>;tag=1\r\nTo: <sip:bob@127.0.0.1>\r\nCall-ID: {method}\r\n\
         CSeq: 1 {method}\r\nMax-Forwards: 70\r\n{more}Content-Length: 0\r\n\r\n"
    )
}

#[test]
fn a_phone_in_a_browser_registers_and_is_called() {
    let certificate = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let server = server(&certificate);
    let port = server.sip.port();
    for (scheme, transport) in [("ws", "WS"), ("wss", "WSS")] {
        let url = format!("{scheme}://127.0.0.1:{port}/sip");
        let mut phone = WebSocketPhone::connect(&url, Some(ORIGIN), Some(&certificate)).unwrap();
        assert_eq!(phone.event().unwrap(), json!({ "opened": "sip" }));
        let contact = "Contact: <sip:bob@x.invalid;transport=ws>;expires=60\r\n";
        let registered = phone.ask(&request("REGISTER", transport, contact)).unwrap();
        assert!(registered.starts_with("SIP/2.0 200 "), "{registered}");
        let caller = Sipp::new("uac_message.xml")
            .user("bob")
            .begin(server.sip)
            .unwrap();
        let message = phone.message().unwrap();
        assert!(
            message.starts_with("MESSAGE sip:bob@x.invalid;transport=ws SIP/2.0\r\n"),
            "{message}"
        );
        let via = format!("Via: SIP/2.0/{transport} 127.0.0.1:{port};");
        assert!(message.contains(&via), "{message}");
        phone.send(&accepted(&message)).unwrap();
        let (calls, messages) = caller.finish().unwrap();
        assert_eq!(
            (calls.successful, calls.failed),
            (1, 0),
            "{messages}\n{}",
            server.log()
        );
        // It goes, and with it the way to it.
        let gone = request("REGISTER", transport, "Contact: *\r\nExpires: 0\r\n");
        let gone = phone
            .ask(
                &gone
                    .replace("CSeq: 1 ", "CSeq: 2 ")
                    .replace("bKREG", "bK2REG"),
            )
            .unwrap();
        assert!(gone.starts_with("SIP/2.0 200 "), "{gone}");
    }
}

#[test]
fn a_call_to_a_phone_in_a_browser_goes_to_its_end() {
    let certificate = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let server = server(&certificate);
    let url = format!("wss://{}/sip", server.sip);
    let mut phone = WebSocketPhone::connect(&url, Some(ORIGIN), Some(&certificate)).unwrap();
    assert_eq!(phone.event().unwrap(), json!({ "opened": "sip" }));
    let contact = "Contact: <sip:bob@x.invalid;transport=ws>\r\n";
    phone.ask(&request("REGISTER", "WSS", contact)).unwrap();
    let caller = Sipp::new("uac_call.xml").user("bob").begin(server.sip);
    let caller = caller.unwrap();
    let invite = phone.message().unwrap();
    assert!(invite.starts_with("INVITE "), "{invite}");
    let contact = "Contact: <sip:bob@x.invalid;transport=ws;ob>\r\nContent-Length";
    phone
        .send(&accepted(&invite).replace("Content-Length", contact))
        .unwrap();
    // Nobody can look such a host up.
    let ack = phone.message().unwrap();
    assert!(
        ack.starts_with("ACK sip:bob@x.invalid;transport=ws;ob "),
        "{ack}"
    );
    let bye = phone.message().unwrap();
    assert!(bye.starts_with("BYE sip:bob@x.invalid;"), "{bye}");
    let answer = accepted(&bye).replace(";tag=callee;tag=callee", ";tag=callee");
    phone.send(&answer).unwrap();
    let (calls, messages) = caller.finish().unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (1, 0),
        "{messages}\n{}",
        server.log()
    );
}

#[test]
fn a_handshake_that_may_not_is_refused_and_counted() {
    let certificate = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let server = server(&certificate);
    let ask = |path: &str, origin: Option<&str>| {
        let url = format!("ws://{}{path}", server.sip);
        WebSocketPhone::connect(&url, origin, None)
            .unwrap()
            .event()
            .unwrap()
    };
    assert_eq!(
        ask("/sip", Some("https://evil.example")),
        json!({ "refused": 403 })
    );
    assert_eq!(ask("/other", Some(ORIGIN)), json!({ "refused": 404 }));
    assert_eq!(ask("/sip", None), json!({ "opened": "sip" }));
    let count = |outcome: &str| {
        let labels = ["transport=\"tcp\"", &format!("outcome=\"{outcome}\"")];
        server
            .metric("evroute_sip_http_requests_total", &labels)
            .unwrap()
    };
    assert!((count("refused") - 2.0).abs() < 0.5 && (count("websocket") - 1.0).abs() < 0.5);
}

#[test]
fn the_first_bytes_tell_what_is_spoken_at_a_port() {
    let certificate = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let server = server(&certificate);
    let mut tls = TlsClient::connect(server.sip, &[]).unwrap();
    let answer = tls.ask(&request("OPTIONS", "TLS", "")).unwrap();
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let plain = |text: &str| {
        let mut stream = TcpStream::connect(server.sip).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = vec![0; 4096];
        let length = stream.read(&mut answer).unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    };
    assert!(plain(&request("OPTIONS", "TCP", "")).starts_with("SIP/2.0 200 "));
    // Scanners; with a length and without, which would pass for SIP to framing.
    for http in [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /x HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
    ] {
        let answer = plain(http);
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    }
    // And behind TLS.
    let answer = tls_get(&server);
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let refused = || {
        let refused = server
            .metric("evroute_sip_http_requests_total", &["refused"])
            .unwrap();
        (refused > 2.5).then_some(())
    };
    eventually("three refusals", refused, || server.log()).unwrap();
}

fn tls_get(server: &Server) -> String {
    let mut tls = TlsClient::connect(server.sip, &[]).unwrap();
    tls.ask("GET /health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap()
}
