//! Certificates that are renewed under a running server.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use evroute_tests::{
    Answer, Server, Sipp, Stunnel, TestCertificate, TlsClient, Transport, free_port,
};
use serde_json::{Value, json};

const NAMES: &str = "DNS:localhost,IP:127.0.0.1";
const RELOADS: usize = 200;
const CALLS: u32 = 200;

fn server(certificate: &TestCertificate, tenant: &str) -> (Server, SocketAddr) {
    let tls = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let text = format!(
        "[tls]\n{}\n[[listen]]\ntransport = \"tls\"\naddress = \"{tls}\"\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n{tenant}",
        certificate.toml()
    );
    (Server::start(&text).unwrap(), tls)
}

fn reload(server: &Server) -> Value {
    match server.rpc("tls.reload", &json!([])).unwrap() {
        Answer::Result(result) => result,
        refused => panic!("{refused:?}"),
    }
}

/// Whether a server shows this certificate to who asks for this name.
fn shows(tls: SocketAddr, name: &str, certificate: &TestCertificate) -> bool {
    let file = certificate.certificate().display().to_string();
    let arguments = [
        "-CAfile",
        &file,
        "-verify_return_error",
        "-servername",
        name,
    ];
    TlsClient::look(tls, &arguments).unwrap().code == Some(0)
}

#[test]
fn two_hundred_reloads_lose_no_call() {
    let [used, one, other] = [NAMES; 3].map(|names| TestCertificate::new(names).unwrap());
    let callee = Sipp::new("uas_call.xml")
        .over(Transport::Tcp)
        .calls(CALLS)
        .listen()
        .unwrap();
    let route = format!(
        "\n[[tenant.route]]\nuser = \"service\"\nto = \"sip:127.0.0.1:{};transport=tcp\"\n",
        callee.port
    );
    let (server, tls) = server(&used, &route);
    let stunnel = Stunnel::to_anybody(tls).unwrap();
    // A connection for each call, so that handshakes meet reloads.
    let rsa = stunnel.address.to_string();
    let caller = Sipp::new("uac_call.xml")
        .over(Transport::Tcp)
        .user("service")
        .calls(CALLS)
        .with(&["-t", "tn", "-max_socket", "300", "-r", "40", "-rsa", &rsa]);
    let caller = caller.begin(tls).unwrap();
    for round in 0..RELOADS {
        let next = if round % 2 == 0 { &one } else { &other };
        fs::copy(next.certificate(), used.certificate()).unwrap();
        fs::copy(next.key(), used.key()).unwrap();
        assert_eq!(
            reload(&server),
            json!({ "changed": [""], "failed": [] }),
            "{round}"
        );
    }
    assert!(shows(tls, "localhost", &other) && !shows(tls, "localhost", &one));
    let (calls, messages) = caller.finish().unwrap();
    assert_eq!(
        (calls.successful, calls.failed),
        (CALLS, 0),
        "{messages}\n{}",
        server.log()
    );
    let (calls, messages) = callee.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (CALLS, 0), "{messages}");
    let count = |outcome: &str| {
        let outcome = format!("outcome=\"{outcome}\"");
        server
            .metric("evroute_sip_tls_handshakes_total", &[&outcome])
            .unwrap()
    };
    assert!(count("done") >= f64::from(CALLS) && count("late") + count("evicted") < 0.5);
}

#[test]
fn a_tenants_certificate_is_renewed_and_a_broken_one_leaves_what_was() {
    let own = TestCertificate::new(NAMES).unwrap();
    let of_tenant = TestCertificate::new("DNS:demo.example").unwrap();
    let section = format!("\n[tenant.tls]\n{}", of_tenant.toml());
    let (server, tls) = server(&own, &section);
    assert!(shows(tls, "demo.example", &of_tenant));
    of_tenant.renew("DNS:demo.example,DNS:new.example").unwrap();
    assert!(!shows(tls, "demo.example", &of_tenant));
    assert_eq!(
        reload(&server),
        json!({ "changed": ["demo"], "failed": [] })
    );
    assert!(shows(tls, "demo.example", &of_tenant) && shows(tls, "new.example", &of_tenant));
    let good = fs::read(of_tenant.certificate()).unwrap();
    fs::write(of_tenant.certificate(), "nonsense").unwrap();
    let reloaded = reload(&server);
    let why = reloaded["failed"][0]["why"].as_str().unwrap();
    assert!(
        why.contains("cert.pem") && reloaded["failed"][0]["tenant"] == "demo",
        "{reloaded}"
    );
    server
        .logged(&[
            "ERROR",
            "the tenant keeps what it speaks TLS with",
            "cert.pem",
        ])
        .unwrap();
    let failures = server.metric("evroute_tls_reload_failures_total", &["tenant=\"demo\""]);
    assert!(failures.unwrap() > 0.5);
    fs::write(of_tenant.certificate(), good).unwrap();
    assert!(shows(tls, "demo.example", &of_tenant));
    let until = server.metric(
        "evroute_tls_certificate_not_after_seconds",
        &["tenant=\"\""],
    );
    assert!(until.unwrap() > 1.7e9);
    let listed = match server.rpc("tls.list", &json!([])).unwrap() {
        Answer::Result(listed) => listed,
        refused => panic!("{refused:?}"),
    };
    assert_eq!(listed[0]["names"], json!(["localhost"]));
    assert_eq!(listed[1]["tenant"], "demo");
}
