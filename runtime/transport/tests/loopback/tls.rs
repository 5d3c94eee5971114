use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use evroute_certificates::{
    CertificateFiles, CertificateTable, ServerCertificate, TlsTables, provider,
};
use evroute_transport::{Config, Listen, Proto, Target, TlsConfig, TransportError};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::{Bench, LOOPBACK, OPTIONS, PATIENCE, within};

/// A certificate for localhost that signs itself, and the folder that it is in.
struct Certificate(tempfile::TempDir);

impl Certificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.ci/certificate");
        let mut command = Command::new(program);
        let made = command
            .arg(folder.path())
            .args(["test", "DNS:localhost"])
            .output();
        let made = made.expect("apt-get install openssl");
        assert!(made.status.success(), "{made:?}");
        Self(folder)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::join(self.0.path(), name)
    }

    fn read(&self) -> ServerCertificate {
        let files = CertificateFiles {
            certificate: self.path("cert.pem"),
            key: self.path("key.pem"),
        };
        files.read().unwrap()
    }

    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(self.path("cert.pem")).unwrap();
        roots.add(certificate).unwrap();
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }
}

fn bench(certificate: &Certificate, change: impl FnOnce(&mut TlsConfig)) -> Bench {
    let mut config = Config::listening_on(vec![Listen {
        proto: Proto::Tls,
        addr: LOOPBACK,
    }]);
    let certificates = CertificateTable::new(Some(Arc::new(certificate.read())));
    config.tls.tables = Arc::new(TlsTables {
        certificates,
        ..TlsTables::default()
    });
    change(&mut config.tls);
    Bench::with(config)
}

async fn connect(bench: &Bench, certificate: &Certificate) -> TlsStream<TcpStream> {
    let tcp = TcpStream::connect(bench.addr()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    within(certificate.connector().connect(name, tcp))
        .await
        .unwrap()
}

#[tokio::test]
async fn messages_go_both_ways_and_say_that_they_came_over_tls() {
    let certificate = Certificate::new();
    let mut bench = bench(&certificate, |_| {});
    let mut client = connect(&bench, &certificate).await;
    // In one write with the end of the handshake: nothing wakes the server for it later.
    client.write_all(OPTIONS).await.unwrap();
    let inbound = bench.received.message().await;
    assert_eq!(inbound.bytes, OPTIONS);
    assert_eq!(inbound.flow.proto, Proto::Tls);
    let answer = Bytes::from_static(b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n");
    bench
        .transport
        .send(answer.clone(), &inbound.flow.back())
        .unwrap();
    let mut read = vec![0; answer.len()];
    within(client.read_exact(&mut read)).await.unwrap();
    assert_eq!(read, answer);
    let totals = bench.transport.counters().totals(Proto::Tls);
    assert_eq!((totals.handshakes.done, totals.connections), (1, 1));
    bench.drain().await;
    // The end is said, so that nobody takes a cut-off stream for a whole one.
    assert_eq!(within(client.read(&mut [0])).await.unwrap(), 0);
}

#[tokio::test]
async fn what_a_slow_reader_leaves_waits_and_arrives_whole_and_in_order() {
    let certificate = Certificate::new();
    let mut bench = bench(&certificate, |_| {});
    let mut client = connect(&bench, &certificate).await;
    client.write_all(OPTIONS).await.unwrap();
    let back = bench.received.message().await.flow.back();
    // More than the buffers of both ends hold, each longer than a record.
    let message = |number: u8| Bytes::from(vec![number; 60_000]);
    let (mut sent, mut expected) = (0_usize, Vec::new());
    for number in 0..=255 {
        match bench.transport.send(message(number), &back) {
            Ok(()) => expected.push(number),
            Err(error) => {
                assert_eq!(error, TransportError::QueueFull);
                break;
            }
        }
        sent += 60_000;
    }
    assert!(expected.len() < 256, "everything was taken at once");
    let mut read = vec![0; sent];
    within(client.read_exact(&mut read)).await.unwrap();
    for (message, number) in read.chunks(60_000).zip(expected) {
        assert!(message.iter().all(|byte| *byte == number), "{number}");
    }
    // And the way is free again.
    bench.transport.send(message(1), &back).unwrap();
    within(client.read_exact(&mut read[..60_000]))
        .await
        .unwrap();
}

#[tokio::test]
async fn many_messages_in_one_record_are_all_received() {
    let certificate = Certificate::new();
    let mut bench = bench(&certificate, |_| {});
    let mut client = connect(&bench, &certificate).await;
    client.write_all(&OPTIONS.repeat(1000)).await.unwrap();
    client.flush().await.unwrap();
    for _ in 0..1000 {
        assert_eq!(bench.received.message().await.bytes, OPTIONS);
    }
}

#[tokio::test]
async fn a_handshake_has_one_deadline_however_its_bytes_come() {
    let certificate = Certificate::new();
    let limit = Duration::from_millis(300);
    let bench = bench(&certificate, |config| config.handshake_timeout = limit);
    let mut client = TcpStream::connect(bench.addr()).await.unwrap();
    // The beginning of a long ClientHello, a byte at a time.
    let begun = std::time::Instant::now();
    let mut hello = [0x16, 3, 1, 2, 0].into_iter().chain(std::iter::repeat(1));
    let closed = async {
        loop {
            let byte = hello.next().unwrap_or_default();
            if client.write_all(&[byte]).await.is_err() {
                return;
            }
            let mut alert = [0];
            let read = client.read(&mut alert);
            let read = tokio::time::timeout(Duration::from_millis(10), read).await;
            if read.is_ok() {
                return;
            }
        }
    };
    within(closed).await;
    assert!(begun.elapsed() >= limit);
    let handshakes = bench.transport.counters().totals(Proto::Tls).handshakes;
    assert_eq!((handshakes.late, handshakes.done), (1, 0));
}

#[tokio::test]
async fn a_source_with_as_many_handshakes_as_it_may_loses_its_oldest() {
    let certificate = Certificate::new();
    let mut bench = bench(&certificate, |config| config.handshakes_per_source_max = 2);
    let begin = async || TcpStream::connect(bench.addr()).await.unwrap();
    let (mut first, mut second, third) = (begin().await, begin().await, begin().await);
    assert_eq!(within(first.read(&mut [0])).await.unwrap(), 0);
    // Who goes on still comes in.
    let mut whole = connect(&bench, &certificate).await;
    whole.write_all(OPTIONS).await.unwrap();
    bench.received.message().await;
    assert_eq!(within(second.read(&mut [0])).await.unwrap(), 0);
    let handshakes = bench.transport.counters().totals(Proto::Tls).handshakes;
    assert_eq!((handshakes.evicted, handshakes.done), (2, 1));
    drop((third, whole));
}

#[tokio::test]
async fn nothing_that_asks_for_tls_leaves_without() {
    let certificate = Certificate::new();
    let bench = bench(&certificate, |_| {});
    let listener = TcpListener::bind(LOOPBACK).await.unwrap();
    let to = Target::new(Proto::Tls, listener.local_addr().unwrap());
    let sent = bench.transport.send(Bytes::from_static(OPTIONS), &to);
    assert_eq!(sent, Err(TransportError::NoPeer));
    let dialled = tokio::time::timeout(PATIENCE / 50, listener.accept());
    assert!(dialled.await.is_err());
}
