//! TLS of the admin port, with what operators have at hand: openssl and curl.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use super::Running;
use evroute_certificates::CertificateFiles;

/// Runs a program that `make test` has installed.
fn run(program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    let command = command.args(arguments).stdin(Stdio::null());
    let output = command.output();
    output.unwrap_or_else(|error| panic!("{program}: {error}; apt-get install {program}"))
}

/// A certificate for localhost that signs itself.
fn certificate(folder: &Path, name: &str) -> CertificateFiles {
    let files = CertificateFiles {
        certificate: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    };
    // Made aside, and put in place as an operator's tools do.
    let aside = tempfile::tempdir_in(folder).unwrap();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.ci/certificate");
    let made = run(
        program,
        &[aside.path().to_str().unwrap(), name, "DNS:localhost"],
    );
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    fs::rename(aside.path().join("key.pem"), &files.key).unwrap();
    fs::rename(aside.path().join("cert.pem"), &files.certificate).unwrap();
    files
}

fn subject(running: &Running) -> String {
    let to = format!("localhost:{}", running.address.port());
    let shown = run(
        "openssl",
        &["s_client", "-connect", &to, "-servername", "localhost"],
    );
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    let subject = shown.lines().find_map(|line| line.strip_prefix("subject="));
    subject
        .unwrap_or_else(|| panic!("{shown}"))
        .replace(' ', "")
}

#[test]
fn curl_verifies_the_server_and_a_plain_request_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path(), "one");
    let running = Running::begin(None, Some(files.clone()), Duration::from_secs(10));
    let url = format!("https://localhost:{}/health", running.address.port());
    let ca = files.certificate.to_str().unwrap();
    let shown = run("curl", &["-sS", "--noproxy", "*", "--cacert", ca, &url]);
    let body = String::from_utf8_lossy(&shown.stdout);
    assert_eq!(
        body,
        r#"{"status":"starting"}"#,
        "{}",
        String::from_utf8_lossy(&shown.stderr)
    );
    let stranger = run("curl", &["-sS", "--noproxy", "*", &url]);
    assert_eq!(
        stranger.status.code(),
        Some(60),
        "not verified without its certificate"
    );
    let plain = url.replace("https", "http");
    let refused = run("curl", &["-sS", "--noproxy", "*", &plain]);
    assert!(!refused.status.success());
}

#[test]
fn a_handshake_that_does_not_end_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path(), "one");
    let running = Running::begin(None, Some(files), Duration::from_millis(300));
    let mut silent = std::net::TcpStream::connect(running.address).unwrap();
    let mut half = std::net::TcpStream::connect(running.address).unwrap();
    // The beginning of a TLS record that never comes.
    std::io::Write::write_all(&mut half, &[22, 3, 1, 2, 0, 1, 0]).unwrap();
    for stream in [&mut silent, &mut half] {
        let mut rest = Vec::new();
        // Ends when the server has closed it, in whatever way.
        let _ = std::io::Read::read_to_end(stream, &mut rest);
    }
}

#[test]
fn files_that_do_not_fit_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path(), "one");
    files.check().unwrap();
    let other = tempfile::tempdir().unwrap();
    let mixed = CertificateFiles {
        key: certificate(other.path(), "two").key,
        ..files.clone()
    };
    let wrong = mixed.check().unwrap_err().to_string();
    assert!(
        wrong.contains("key.pem: it does not fit the certificate"),
        "{wrong}"
    );
    fs::write(&files.certificate, "nothing").unwrap();
    let wrong = files.check().unwrap_err().to_string();
    assert!(
        wrong.contains("cert.pem: there is no certificate in it"),
        "{wrong}"
    );
}

#[test]
fn new_connections_have_the_new_certificate_and_a_broken_one_leaves_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let files = certificate(folder.path(), "one");
    let tls = super::super::admin_tls::AdminTls::open(&files).unwrap();
    let before = std::sync::Arc::as_ptr(tls.acceptor().config());
    fs::write(&files.certificate, "nothing").unwrap();
    tls.reload().unwrap_err();
    assert_eq!(std::sync::Arc::as_ptr(tls.acceptor().config()), before);
    certificate(folder.path(), "two");
    tls.reload().unwrap();
    assert_ne!(std::sync::Arc::as_ptr(tls.acceptor().config()), before);
    let running = Running::begin(None, Some(files), Duration::from_secs(10));
    assert_eq!(subject(&running), "CN=two");
}
