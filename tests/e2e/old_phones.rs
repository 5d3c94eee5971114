//! What TLS does not take: each is a line of the log, and stands with it on a page for operators.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use evroute_tests::{
    Server, Sipp, Stunnel, TestCertificate, TlsClient, Transport, free_port, run_to_end,
};

const PAGE: &str = include_str!("../../docs/operating/tls.md");

/// A line of the log that the page has.
fn told(server: &Server, error: &str) {
    server.logged(&["a TLS handshake failed", error]).unwrap();
    assert!(PAGE.contains(error), "{error} is not on the page");
}

fn server(authorities: &Path, tenant: &str) -> (Server, SocketAddr, TestCertificate) {
    let own = TestCertificate::new("DNS:localhost,IP:127.0.0.1").unwrap();
    let tls = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let text = format!(
        "[tls]\n{}ca_file = {authorities:?}\nhandshake_seconds_max = 1\n\n\
         [[listen]]\ntransport = \"tls\"\naddress = \"{tls}\"\n\n\
         [[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n{tenant}",
        own.toml(),
    );
    (Server::start(&text).unwrap(), tls, own)
}

#[test]
fn phones_that_cannot_are_told_as_the_page_says() {
    let any = TestCertificate::new("DNS:localhost").unwrap();
    let (server, tls, _own) = server(&any.certificate(), "");
    let none = "DEFAULT@SECLEVEL=0";
    let cases: [(&[&str], &str); 5] = [
        (
            &["-tls1", "-cipher", none],
            "SignatureAlgorithmsExtensionRequired",
        ),
        (
            &["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
            "NoKxGroupsInCommon",
        ),
        (
            &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"],
            "NoCipherSuitesInCommon",
        ),
        (
            &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"],
            "NoCipherSuitesInCommon",
        ),
        (&["-verify_return_error"], "received fatal alert: UnknownCA"),
    ];
    for (arguments, error) in cases {
        let refused = TlsClient::look(tls, arguments).unwrap();
        assert_ne!(refused.code, Some(0), "{arguments:?}: {refused:?}");
        told(&server, error);
    }
}

/// A certificate as somebody makes it by hand, in the files of one that was made well.
fn made_by_hand(extensions: &[&str]) -> TestCertificate {
    let certificate = TestCertificate::new("DNS:localhost").unwrap();
    let mut command = Command::new("openssl");
    command
        .current_dir(certificate.folder())
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj"])
        .args(["/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"]);
    for extension in extensions {
        command.args(["-addext", extension]);
    }
    let made = run_to_end(command).unwrap();
    assert_eq!(made.code, Some(0), "{made:?}");
    certificate
}

/// A certificate of before X.509 version 3, or one that has ended.
fn signed_by_hand(days: &str, extensions: Option<&str>) -> TestCertificate {
    let certificate = TestCertificate::new("DNS:localhost").unwrap();
    let folder = certificate.folder();
    let openssl = |arguments: &[&str]| {
        let mut command = Command::new("openssl");
        command.current_dir(folder).args(arguments);
        let made = run_to_end(command).unwrap();
        assert_eq!(made.code, Some(0), "{made:?}");
    };
    openssl(&[
        "req",
        "-new",
        "-key",
        "key.pem",
        "-subj",
        "/CN=localhost",
        "-out",
        "csr.pem",
    ]);
    let mut sign = vec![
        "x509", "-req", "-in", "csr.pem", "-signkey", "key.pem", "-days", days,
    ];
    sign.extend(["-out", "cert.pem"]);
    if let Some(extensions) = extensions {
        std::fs::write(folder.join("extensions"), extensions).unwrap();
        sign.extend(["-extfile", "extensions"]);
    }
    openssl(&sign);
    certificate
}

#[test]
fn peers_that_cannot_are_told_as_the_page_says_and_may_be_pinned() {
    let stranger = TestCertificate::new("DNS:localhost").unwrap();
    let leaf = "basicConstraints=critical,CA:FALSE";
    let name = "subjectAltName=DNS:localhost";
    let cases = [
        (
            made_by_hand(&["subjectAltName=DNS:other.example", leaf]),
            "certificate not valid for name",
            true,
        ),
        (
            made_by_hand(&[leaf]),
            "certificate is not valid for any names",
            true,
        ),
        (
            made_by_hand(&[name, "basicConstraints=critical,CA:TRUE"]),
            "CaUsedAsEndEntity",
            true,
        ),
        (signed_by_hand("2", None), "UnsupportedCertVersion", false),
        (
            signed_by_hand("-1", Some(&format!("{name}\n{leaf}\n"))),
            "Expired",
            true,
        ),
    ];
    for (certificate, error, may_be_pinned) in cases {
        let itself = certificate.certificate();
        assert!(!reaches(&certificate, &itself, "", error), "{error}");
        let pins = format!(
            "\n[tenant.tls]\npins = {{ localhost = [{:?}] }}\n",
            certificate.fingerprint()
        );
        let pinned = reaches(&certificate, &stranger.certificate(), &pins, error);
        assert_eq!(pinned, may_be_pinned, "{error}");
    }
    let good = made_by_hand(&[name, leaf]);
    assert!(!reaches(
        &good,
        &stranger.certificate(),
        "",
        "UnknownIssuer"
    ));
    assert!(reaches(&good, &good.certificate(), "", ""));
}

/// Whether a call reaches a peer with this certificate; if not, the log has this error.
fn reaches(certificate: &TestCertificate, ca: &Path, section: &str, error: &str) -> bool {
    let callee = Sipp::new("uas_message.xml")
        .over(Transport::Tcp)
        .listen()
        .unwrap();
    let stunnel = Stunnel::before(callee.port, certificate, "").unwrap();
    let route = format!(
        "\n[[tenant.route]]\nuser = \"service\"\nto = \"sip:localhost:{};transport=tls\"\n",
        stunnel.address.port()
    );
    let (server, _, _own) = server(ca, &(section.to_owned() + &route));
    let calls = Sipp::new("uac_message.xml")
        .user("service")
        .call(server.sip)
        .unwrap();
    if calls.successful == 1 {
        return true;
    }
    told(&server, error);
    false
}
