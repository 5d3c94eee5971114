//! TLS to others: who is believed, by what name, and a Kamailio and a phone on the other side.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use evroute_tests::{
    Baresip, Kamailio, PATIENCE, Server, Sipp, Stunnel, TestCertificate, Transport, blocks,
    free_port,
};

/// The certificate of the server in these tests.
const OWN: &str = "DNS:localhost,IP:127.0.0.1";

/// A server that speaks TLS, believes this authority, and whose tenant has these sections besides.
fn server(authority: &TestCertificate, tenant: &str) -> (Server, SocketAddr, TestCertificate) {
    let own = TestCertificate::new(OWN).unwrap();
    let tls = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let text = format!(
        "[tls]\n{}ca_file = {:?}\n\n[[listen]]\ntransport = \"tls\"\naddress = \"{tls}\"\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n{tenant}",
        own.toml(),
        authority.certificate(),
    );
    (Server::start(&text).unwrap(), tls, own)
}

fn route(host: &str, port: u16) -> String {
    format!("\n[[tenant.route]]\nuser = \"service\"\nto = \"sip:{host}:{port};transport=tls\"\n")
}

fn handshakes(server: &Server, outcome: &str) -> f64 {
    let outcome = format!("outcome=\"{outcome}\"");
    server
        .metric("evroute_sip_tls_handshakes_total", &[&outcome])
        .unwrap()
}

/// Calls through a TLS peer at this host, with this certificate; whether they reach it.
fn reaches(names: &str, host: &str, tenant: impl FnOnce(&TestCertificate) -> String) -> bool {
    let certificate = TestCertificate::new(names).unwrap();
    let callee = Sipp::new("uas_call.xml")
        .over(Transport::Tcp)
        .calls(3)
        .listen()
        .unwrap();
    let stunnel = Stunnel::before(callee.port, &certificate, "").unwrap();
    let sections = tenant(&certificate) + &route(host, stunnel.address.port());
    let (server, _, _) = server(&certificate, &sections);
    let calls = Sipp::new("uac_call.xml")
        .user("service")
        .calls(3)
        .call(server.sip)
        .unwrap();
    assert_eq!(calls.successful + calls.failed, 3);
    if calls.successful == 3 {
        // One connection carries them all.
        assert!(
            (handshakes(&server, "done") - 1.0).abs() < 0.5,
            "{}",
            server.log()
        );
        let (calls, messages) = callee.finish().unwrap();
        assert_eq!((calls.successful, calls.failed), (3, 0), "{messages}");
        return true;
    }
    assert_eq!(calls.successful, 0, "{}", server.log());
    assert!(handshakes(&server, "done") < 0.5 && handshakes(&server, "failed") > 0.5);
    server.logged(&["a TLS handshake failed", host]).unwrap();
    false
}

#[test]
fn a_call_reaches_a_peer_whose_certificate_has_its_name() {
    assert!(reaches("DNS:localhost", "localhost", |_| String::new()));
}

#[test]
fn a_peer_with_a_certificate_for_another_name_gets_nothing() {
    assert!(!reaches("DNS:other.example", "localhost", |_| String::new()));
    assert!(!reaches("DNS:localhost", "127.0.0.1", |_| String::new()));
}

#[test]
fn a_sip_uri_in_a_certificate_goes_before_its_dns_names() {
    assert!(reaches(
        "URI:sip:localhost,DNS:other.example",
        "localhost",
        |_| String::new()
    ));
    let other = "URI:sip:other.example,DNS:localhost";
    assert!(!reaches(other, "localhost", |_| String::new()));
}

#[test]
fn a_peer_whose_authority_is_unknown_gets_nothing_unless_its_certificate_is_pinned() {
    let stranger = TestCertificate::new("DNS:stranger.example").unwrap();
    let believes =
        |ca: &TestCertificate| format!("\n[tenant.tls]\nca_file = {:?}\n", ca.certificate());
    assert!(!reaches("DNS:localhost", "localhost", |_| believes(
        &stranger
    )));
    let pinned = |certificate: &TestCertificate| {
        let pins = format!(
            "pins = {{ \"127.0.0.1\" = [{:?}] }}\n",
            certificate.fingerprint()
        );
        believes(&stranger) + &pins
    };
    assert!(reaches("DNS:other.example", "127.0.0.1", pinned));
    let other = |_: &TestCertificate| {
        let pins = format!(
            "pins = {{ \"localhost\" = [{:?}] }}\n",
            stranger.fingerprint()
        );
        format!("\n[tenant.tls]\n{pins}")
    };
    assert!(!reaches("DNS:localhost", "localhost", other));
}

#[test]
fn a_peer_that_asks_for_a_certificate_is_shown_the_tenants() {
    let [of_peer, of_tenant] =
        ["DNS:localhost", "DNS:demo.example"].map(|names| TestCertificate::new(names).unwrap());
    let callee = Sipp::new("uas_call.xml")
        .over(Transport::Tcp)
        .listen()
        .unwrap();
    let ca = of_tenant.certificate().display().to_string();
    let asks = format!("verifyPeer = yes\nCAfile = {ca}\n");
    let stunnel = Stunnel::before(callee.port, &of_peer, &asks).unwrap();
    let route = route("localhost", stunnel.address.port());
    let own = format!("\n[tenant.tls]\n{}", of_tenant.toml());
    let (shown, _, _) = server(&of_peer, &(own + &route));
    let calls = Sipp::new("uac_call.xml").user("service");
    let calls = calls.call(shown.sip).unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{}", shown.log());
    // The server's own is not what this peer takes; it says so behind the handshake.
    let (refused, _, _) = server(&of_peer, &route);
    let caller = Sipp::new("uac_call.xml").user("service");
    let _caller = caller.begin(refused.sip).unwrap();
    let line = refused.logged(&["a connection is broken", "received fatal alert"]);
    line.unwrap();
}

/// A Kamailio that speaks TLS, and sends what comes from us to this port and the rest to us.
fn kamailio(
    certificate: &TestCertificate,
    ours: &str,
    authority: &TestCertificate,
    callee: u16,
) -> (Kamailio, u16) {
    let port = free_port();
    let text = include_str!("kamailio/tls.cfg")
        .replace("TLS_PORT", &port.to_string())
        .replace(
            "CERTIFICATE",
            &certificate.certificate().display().to_string(),
        )
        .replace("PRIVATE_KEY", &certificate.key().display().to_string())
        .replace("AUTHORITY", &authority.certificate().display().to_string())
        .replace("NEXT_HOP", ours)
        .replace("CALLEE_PORT", &callee.to_string());
    (Kamailio::start_text(&text).unwrap(), port)
}

#[test]
fn kamailio_calls_us_and_we_call_it_over_tls() {
    let theirs = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let callee = Sipp::new("uas_call.xml").calls(20).listen().unwrap();
    // The port of one is in the configuration of the other; whoever starts first waits for nobody.
    let (own, port) = (TestCertificate::new(OWN).unwrap(), free_port());
    let ours = format!("127.0.0.1:{port}");
    let (kamailio, their_port) = kamailio(&theirs, &ours, &own, callee.port);
    let tenant = format!(
        "[tls]\n{}ca_file = {:?}\n\n[[listen]]\ntransport = \"tls\"\naddress = \"127.0.0.1:{port}\"\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n{}",
        own.toml(),
        theirs.certificate(),
        route("localhost", their_port),
    );
    let server = Server::start(&tenant).unwrap();
    // Ours to Kamailio, by the caller's first hop.
    let caller = || Sipp::new("uac_call.xml").user("service").calls(10);
    let calls = caller().call(server.sip).unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (10, 0),
        "{}\n{}",
        server.log(),
        kamailio.log()
    );
    // The caller's first hop is Kamailio, which sends `service` to us, and we to it again.
    let calls = caller().call(kamailio.sip).unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (10, 0),
        "{}\n{}",
        server.log(),
        kamailio.log()
    );
    let (calls, messages) = callee.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (20, 0), "{messages}");
    // Those that we dialled, by its name and by the address in its Record-Route, and the one that
    // Kamailio did: both ends were verified.
    assert!(handshakes(&server, "done") > 2.5, "{}", server.log());
    assert!(handshakes(&server, "failed") < 0.5, "{}", server.log());
}

#[test]
fn two_phones_register_call_and_hang_up_over_tls() {
    let (server, tls, own) = server(&TestCertificate::new(OWN).unwrap(), "");
    let [bob, alice] = ["bob", "alice"].map(|user| {
        let phone = Baresip::start(user, tls, &own).unwrap();
        phone.wrote("registered successfully").unwrap();
        phone
    });
    alice.command(&format!("/dial sip:bob@{tls}")).unwrap();
    alice.wrote("Call established").unwrap();
    alice.command("/hangup").unwrap();
    bob.wrote("BYE sip:bob").unwrap();
    // Bob's contact is where he listens, and shows a certificate of nobody's: the BYE went over
    // the connection that he registered over.
    assert!(handshakes(&server, "failed") < 0.5, "{}", server.log());
    assert!(
        (handshakes(&server, "done") - 2.0).abs() < 0.5,
        "{}",
        server.log()
    );
}

/// The first line of what the server answers a MESSAGE to `service`, by UDP.
fn message(server: &Server, number: u32) -> String {
    let phone = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    phone.set_read_timeout(Some(PATIENCE)).unwrap();
    let text = format!(
        "MESSAGE sip:service@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{number}\r\n\
         From: <sip:alice@127.0.0.1>;tag=1\r\nTo: <sip:service@127.0.0.1>\r\nCall-ID: {number}\r\n\
         CSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        phone.local_addr().unwrap()
    );
    phone.send_to(text.as_bytes(), server.sip).unwrap();
    let mut answer = vec![0; 4096];
    let length = phone.recv(&mut answer).unwrap();
    answer.truncate(length);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_handler_stops_a_connection_before_it_is_dialled() {
    let folder = tempfile::tempdir().unwrap();
    let block = "event_route[tls:connection-out] {\n    \
                 xlog(\"L_INFO\", \"to $sndto(proto):$sndto(ip)\\n\");\n    drop;\n}\n";
    let component = blocks(block, folder.path()).unwrap();
    let peer = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    peer.set_nonblocking(true).unwrap();
    let handler = format!(
        "\n[[tenant.handler]]\nname = \"guard\"\ncomponent = {component:?}\ngrants = [\"log\", \"pv\"]\n"
    );
    let more = handler + &route("localhost", peer.local_addr().unwrap().port());
    let authority = TestCertificate::new("DNS:localhost").unwrap();
    let (server, _, _) = server(&authority, &more);
    let answer = message(&server, 1);
    assert!(
        answer.starts_with("SIP/2.0 5"),
        "{answer}\n{}",
        server.log()
    );
    server.logged(&["to tls:127.0.0.1"]).unwrap();
    assert!((handshakes(&server, "dropped") - 1.0).abs() < 0.5);
    let nobody = peer.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(nobody, Err(ErrorKind::WouldBlock), "it was knocked at");
}
