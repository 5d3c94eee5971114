//! Files that change under a server, made by openssl.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking; clippy only knows functions marked as tests"
)]

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use evroute_certificates::{
    Authorities, CertificateFiles, CertificateTable, ChosenCertificate, ClientSettings,
    ClientVerification, ServerSettings, TlsSource,
};
use evroute_tenant::{TenantIndex, VerifiedBy};

fn make(folder: &Path, names: &str) {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.ci/certificate");
    let made = Command::new(program)
        .arg(folder)
        .args(["test", names])
        .output();
    let made = made.expect("apt-get install openssl");
    assert!(made.status.success(), "{made:?}");
}

fn files(folder: &Path) -> CertificateFiles {
    CertificateFiles {
        certificate: folder.join("cert.pem"),
        key: folder.join("key.pem"),
    }
}

/// As an operator's tool does: other bytes in the same file, which looks changed.
fn rewrite(path: &Path, bytes: &[u8], seconds: u64) {
    fs::write(path, bytes).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    let time = SystemTime::now() + std::time::Duration::from_secs(seconds);
    file.set_modified(time).unwrap();
}

#[test]
fn a_certificate_says_its_names_and_its_end() {
    let folder = tempfile::tempdir().unwrap();
    make(
        folder.path(),
        "DNS:A.example,DNS:*.b.example,IP:127.0.0.1,URI:sip:c.example",
    );
    let certificate = files(folder.path()).read().unwrap();
    assert_eq!(certificate.names, ["a.example", "*.b.example"]);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let left = certificate.not_after.unwrap() - now;
    assert!((86_400..=2 * 86_400).contains(&left), "{left}");
    let end = certificate.not_after.unwrap();
    let days = |before_end: u64| certificate.days_left(end - before_end);
    assert_eq!(days(86_400), Some(1));
    assert_eq!(days(86_399), Some(0));
    assert_eq!(certificate.days_left(end + 1), Some(0), "it has ended");
}

#[test]
fn files_are_read_again_when_they_are_others_and_what_is_broken_leaves_what_was() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "DNS:one.example");
    let files = files(folder.path());
    let client = ClientSettings {
        authorities: Authorities::File(files.certificate.clone()),
        files: None,
        pins: HashMap::new(),
    };
    let server = ServerSettings {
        files: files.clone(),
        clients: None,
    };
    let (source, loaded) = TlsSource::open(Some(server), Some(client)).unwrap();
    assert!(loaded.client.is_some());
    let names = || source.certificate().unwrap().names.clone();
    assert!(source.look(false).unwrap().is_none() && source.look(true).unwrap().is_none());
    // Written again as they were.
    let same = fs::read(&files.certificate).unwrap();
    rewrite(&files.certificate, &same, 1);
    assert!(source.look(false).unwrap().is_none());
    rewrite(&files.certificate, b"-----BEGIN NONSENSE-----", 2);
    let error = source.look(false).unwrap_err().to_string();
    assert!(error.contains("cert.pem"), "{error}");
    // It is told once for each change, or when somebody asks.
    assert!(source.look(false).unwrap().is_none());
    assert!(source.look(true).is_err());
    assert_eq!(
        (names(), source.failures()),
        (vec!["one.example".to_owned()], 2)
    );
    make(folder.path(), "DNS:two.example");
    let loaded = source.look(false).unwrap().unwrap();
    assert_eq!(loaded.certificate.unwrap().names, ["two.example"]);
    assert_eq!(
        (names(), source.failures()),
        (vec!["two.example".to_owned()], 2)
    );
    // Certificate and key of two pairs.
    let key = fs::read(&files.key).unwrap();
    make(folder.path(), "DNS:three.example");
    rewrite(&files.key, &key, 3);
    assert!(source.look(false).is_err());
    assert_eq!(names(), ["two.example"]);
    fs::remove_file(&files.key).unwrap();
    assert!(source.look(false).is_err());
}

#[test]
fn what_clients_are_verified_by_is_read_again_too() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), "DNS:one.example");
    let files = files(folder.path());
    let authorities = folder.path().join("ca.pem");
    let certificate = fs::read(&files.certificate).unwrap();
    fs::write(&authorities, &certificate).unwrap();
    let mut clients = ClientVerification {
        authorities: authorities.clone(),
        is_required: true,
        revoked: None,
    };
    let settings = |clients: &ClientVerification| ServerSettings {
        files: files.clone(),
        clients: Some(clients.clone()),
    };
    let (source, loaded) = TlsSource::open(Some(settings(&clients)), None).unwrap();
    let config = &loaded.certificate.unwrap().config;
    assert_eq!(
        config.send_tls13_tickets, 0,
        "each handshake is verified anew"
    );
    rewrite(&authorities, b"", 1);
    let error = source.look(false).unwrap_err().to_string();
    assert!(
        error.contains("ca.pem") && error.contains("no certificate"),
        "{error}"
    );
    rewrite(&authorities, &[&certificate[..], b"\n"].concat(), 2);
    assert!(source.look(false).unwrap().is_some());
    clients.revoked = Some(authorities);
    let error = TlsSource::open(Some(settings(&clients)), None).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("ca.pem") && error.contains("no list of revoked"),
        "{error}"
    );
}

#[test]
fn a_name_that_nobody_has_is_shown_the_servers_or_nothing() {
    let [own, of_tenant] = ["DNS:own.example,DNS:*.own.example", "DNS:a.example"].map(|names| {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), names);
        std::sync::Arc::new(files(folder.path()).read().unwrap())
    });
    let table = CertificateTable::new(Some(own));
    let tenant = TenantIndex::new(3);
    table.put(
        (table.owner(), tenant),
        &["b.example".to_owned()],
        of_tenant,
    );
    let by = |chosen: Option<ChosenCertificate>| chosen.map(|chosen| chosen.verified_by);
    let (server, of_tenant) = (Some(VerifiedBy::Server), Some(VerifiedBy::Tenant(tenant)));
    for (name, any, known) in [
        (None, server, None),
        (Some("c.example"), server, None),
        (Some("Own.Example."), server, server),
        (Some("x.own.example"), server, server),
        (Some("x.y.own.example"), server, None),
        (Some("A.example"), of_tenant, of_tenant),
        (Some("b.example"), of_tenant, of_tenant),
    ] {
        assert_eq!(by(table.choose(name)), any, "{name:?}");
        assert_eq!(by(table.choose_by_name(name)), known, "{name:?}");
    }
}
