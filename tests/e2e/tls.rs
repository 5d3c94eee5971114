//! TLS: phones that are not ours, certificates by name, and what cannot be agreed on.

use std::net::{Ipv4Addr, SocketAddr};

use evroute_tests::{
    Server, Sipp, Stunnel, TestCertificate, TlsClient, Transport, eventually, free_port,
};

/// A server that speaks TLS at a port of its own with this certificate, and its tenants.
fn server(certificate: &TestCertificate, more: &str) -> (Server, SocketAddr) {
    let tls = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let text = format!(
        "[tls]\n{}handshake_seconds_max = 1\n\n[[listen]]\ntransport = \"tls\"\naddress = \"{tls}\"\n\n{more}",
        certificate.toml()
    );
    (Server::start(&text).unwrap(), tls)
}

fn tenant(name: &str, domain: &str) -> String {
    format!("[[tenant]]\nname = \"{name}\"\ndomains = [\"{domain}\"]\n")
}

fn request(method: &str, uri: &str, more: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bK{method}\r\n\
         From: <sip:alice@127.0.0.1>;tag=1\r\nTo: <sip:alice@127.0.0.1>\r\nCall-ID: {method}\r\n\
         CSeq: 1 {method}\r\nMax-Forwards: 70\r\n{more}Content-Length: 0\r\n\r\n"
    )
}

#[test]
fn openssl_asks_and_registers_over_tls() {
    let certificate = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let (server, tls) = server(&certificate, &tenant("demo", "127.0.0.1"));
    // It is good for two days.
    server
        .logged(&["WARN", "the server's certificate ends soon"])
        .unwrap();
    let file = certificate.certificate().display().to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        let verified = [
            "-CAfile",
            &file,
            "-verify_return_error",
            "-verify_ip",
            "127.0.0.1",
        ];
        let mut arguments = verified.to_vec();
        arguments.push(version);
        let mut client = TlsClient::connect(tls, &arguments).unwrap();
        let options = client
            .ask(&request("OPTIONS", "sip:127.0.0.1", ""))
            .unwrap();
        assert!(options.starts_with("SIP/2.0 200 "), "{options}");
        assert!(
            options.contains("Via: SIP/2.0/TLS 127.0.0.1:9;"),
            "{options}"
        );
        let contact = "Contact: <sip:alice@127.0.0.1:9;transport=tls>\r\n";
        // Each is a phone of its own.
        let register = request("REGISTER", "sip:127.0.0.1", contact);
        let register = register.replace("Call-ID: ", &format!("Call-ID: {version}"));
        let registered = client.ask(&register).unwrap();
        assert!(registered.starts_with("SIP/2.0 200 "), "{registered}");
        assert!(
            registered.contains("sip:alice@127.0.0.1:9;transport=tls"),
            "{registered}"
        );
    }
    let done = server
        .metric("evroute_sip_tls_handshakes_total", &["done"])
        .unwrap();
    assert!((done - 2.0).abs() < 0.5, "{done}");
}

#[test]
fn a_phone_of_before_tls_1_2_is_refused_with_a_line_in_the_log() {
    let certificate = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let (server, tls) = server(&certificate, &tenant("demo", "127.0.0.1"));
    let old = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"];
    let refused = TlsClient::look(tls, &old).unwrap();
    assert_ne!(refused.code, Some(0), "{refused:?}");
    server
        .logged(&["a TLS handshake failed", "incompatible", "127.0.0.1"])
        .unwrap();
    let failed = server
        .metric("evroute_sip_tls_handshakes_total", &["failed"])
        .unwrap();
    assert!((failed - 1.0).abs() < 0.5, "{failed}");
}

#[test]
fn two_tenants_on_one_port_each_show_their_certificate() {
    let certificates = ["DNS:server.example", "DNS:a.example", "DNS:*.b.example"];
    let [own, of_a, of_b] = certificates.map(|names| TestCertificate::new(names).unwrap());
    let tenants = [("a", "a.example", &of_a), ("b", "b.example", &of_b)].map(
        |(name, domain, certificate)| {
            format!(
                "{}\n[tenant.tls]\n{}\n",
                tenant(name, domain),
                certificate.toml()
            )
        },
    );
    let (server, tls) = server(&own, &tenants.concat());
    let shows = |name: &str, certificate: &TestCertificate| {
        let file = certificate.certificate().display().to_string();
        let arguments = [
            "-CAfile",
            &file,
            "-verify_return_error",
            "-servername",
            name,
        ];
        let shown = TlsClient::look(tls, &arguments).unwrap();
        assert_eq!(shown.code, Some(0), "{name}: {shown:?}");
    };
    shows("a.example", &of_a);
    shows("A.Example", &of_a);
    // Its domain, though the certificate has another name.
    shows("b.example", &of_b);
    shows("sip.b.example", &of_b);
    shows("c.example", &own);
    let removed = server.command(&["tenant", "remove", "a"]).unwrap();
    // Tenants of the configuration's file are removed there.
    assert_eq!(removed.code, Some(1), "{removed:?}");
}

#[test]
fn sipp_calls_through_tls_on_the_callers_side() {
    let certificate = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let callee = Sipp::new("uas_call.xml")
        .over(Transport::Tcp)
        .calls(20)
        .listen()
        .unwrap();
    let route = format!(
        "\n[[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{};transport=tcp\"\n",
        callee.port
    );
    let (server, tls) = server(&certificate, &(tenant("demo", "127.0.0.1") + &route));
    let stunnel = Stunnel::to(tls, &certificate, "localhost").unwrap();
    // It calls the server's own address, by way of stunnel.
    let way = stunnel.address.to_string();
    let caller = Sipp::new("uac_call.xml")
        .over(Transport::Tcp)
        .user("service")
        .calls(20)
        .with(&["-rsa", &way]);
    let calls = caller.call(tls).unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (20, 0),
        "{}",
        server.log()
    );
    let (calls, messages) = callee.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (20, 0), "{messages}");
    assert!(
        messages.contains("SIP/2.0 200") && messages.contains(";transport=tls;"),
        "{messages}"
    );
}

#[test]
fn what_is_no_handshake_is_closed_in_time_and_counted() {
    use std::io::{Read, Write};
    let certificate = TestCertificate::new("DNS:localhost").unwrap();
    let (server, tls) = server(&certificate, &tenant("demo", "127.0.0.1"));
    let connect = || std::net::TcpStream::connect(tls).unwrap();
    // A scanner, half a handshake, and silence.
    let mut scanner = connect();
    scanner
        .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        .unwrap();
    let mut half = connect();
    half.write_all(&[0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3])
        .unwrap();
    let silent = connect();
    for mut stream in [scanner, half, silent] {
        stream
            .set_read_timeout(Some(evroute_tests::PATIENCE))
            .unwrap();
        let mut rest = Vec::new();
        // An alert may come first; a reset is an end, too.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.len() < 16, "{rest:?}");
    }
    let count = |outcome: &str| {
        let name = "evroute_sip_tls_handshakes_total";
        server
            .metric(name, &[&format!("outcome=\"{outcome}\"")])
            .unwrap()
    };
    let counted = || (count("failed") > 0.5 && count("late") > 1.5).then_some(());
    eventually("the ends of three handshakes", counted, || server.log()).unwrap();
    server
        .logged(&["a TLS handshake failed", "it took too long"])
        .unwrap();
}
