//! A server that runs short of file descriptors.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use evroute_tests::{Ended, PATIENCE, Server, eventually};
use socket2::{Domain, Socket, Type};

/// The descriptors that the server may have, and the silent connections that one peer opens: more
/// than it has.
const DESCRIPTORS: u32 = 512;
const SILENT: usize = 700;

const TENANT: &str = "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n";

#[test]
fn a_peer_with_many_silent_connections_leaves_the_others_theirs() {
    let server = Server::start_with_descriptors(DESCRIPTORS, TENANT).unwrap();
    let silent: Vec<_> = (0..SILENT).map(|_| connect(2, server.sip)).collect();
    // It is told that there is no place for it, instead of waiting for an answer for ever.
    let refused = || {
        let closed = silent.iter().filter(|stream| is_closed(stream)).count();
        (closed > SILENT / 2).then_some(closed)
    };
    let closed = eventually("the refusal of what is too much", refused, || server.log()).unwrap();
    assert!(closed < SILENT, "the peer's own share was refused as well");

    assert_eq!(server.health(), Some(200));
    assert!(options(connect(1, server.sip)).starts_with("SIP/2.0 200 "));
    let log = server.log();
    assert!(log.contains("file descriptors are short"), "{log}");
    assert!(log.lines().count() < 20, "{log}");
}

/// A tenant that may have 35 files of its database open.
fn with_database(server: &Server, name: &str) -> Ended {
    let section = format!(
        "[[tenant]]\nname = {name:?}\ndomains = [\"{name}.example\"]\n\n[[tenant.database]]\n\
         name = \"main\"\nurl = \"sqlite:{name}.db\"\nconnections_max = 7\n"
    );
    let file = server.folder().join(format!("{name}.toml"));
    std::fs::write(&file, section).unwrap();
    let file = file.display().to_string();
    server
        .command(&["tenant", "add", name, "--file", &file])
        .unwrap()
}

#[test]
fn a_tenant_whose_files_would_be_too_many_is_refused_and_comes_when_another_has_gone() {
    let server = Server::start_with_descriptors(DESCRIPTORS, TENANT).unwrap();
    // Of 512 the server has 192, calls 280, and tenants to come 40.
    let first = with_database(&server, "acme");
    assert_eq!(first.code, Some(0), "{first:?}");
    let second = with_database(&server, "beta");
    assert_eq!(second.code, Some(1), "{second:?}");
    for word in [
        "35 file descriptors",
        "5 are left",
        "512",
        "connections_max",
        "ulimit",
    ] {
        assert!(second.err.contains(word), "{word}: {second:?}");
    }
    let reserved = server.metric("evroute_descriptors_reserved", &[]).unwrap();
    assert!((reserved - 35.0).abs() < 0.5, "{reserved}");
    let removed = server.command(&["tenant", "remove", "acme"]).unwrap();
    assert_eq!(removed.code, Some(0), "{removed:?}");
    // Its files are closed a moment after the answer at the latest.
    let comes = || (with_database(&server, "beta").code == Some(0)).then_some(());
    eventually("the place of the one that is gone", comes, || server.log()).unwrap();
}

/// A connection from 127.0.0.`from`.
fn connect(from: u8, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let local = SocketAddr::from((Ipv4Addr::new(127, 0, 0, from), 0));
    socket.bind(&local.into()).unwrap();
    socket.connect_timeout(&to.into(), PATIENCE).unwrap();
    socket.into()
}

fn is_closed(mut stream: &TcpStream) -> bool {
    stream
        .set_read_timeout(Some(Duration::from_millis(1)))
        .unwrap();
    match stream.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn options(mut stream: TcpStream) -> String {
    let local = stream.local_addr().unwrap();
    let request = format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP {local};branch=z9hG4bKdescriptors\r\n\
         From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: descriptors\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = vec![0; 4096];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}
