//! Part i: what a phone costs that is connected and does nothing.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::evroute;
use crate::kamailio::{self, Memory};
use crate::options::{Options, tests_dir};
use crate::progress::Progress;
use crate::report::Report;
use crate::sample::Series;
use crate::server::{Running, Server, tls_of};
use crate::tool;

const METHOD: [&str; 4] = [
    "openssl s_client connects again and again and keeps what it has connected: over TLS alone, then as",
    "a secure WebSocket, whose handshake is answered 101. Nothing is sent after that.",
    "What all processes of the server hold more then (Pss), for each connection. Half as many were",
    "connected and closed before that, so that what is made once is there.",
];
const HANDSHAKE: &str = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
     Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
     Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n";
/// Until buffers of handshakes are given back.
const SETTLE: Duration = Duration::from_secs(2);

/// How a phone is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tls,
    WebSocket,
}

impl Kind {
    const fn label(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::WebSocket => "secure WebSocket",
        }
    }
}

/// Measures every server.
pub(crate) fn measure(options: &Options, progress: &Progress) -> Result<Report, Error> {
    tool::require_kamailio()?;
    let count = options.effort().idle_connections;
    let mut report = Report::new("idle", "i. Connections that do nothing", &METHOD);
    let servers = servers(options)?;
    for kind in [Kind::Tls, Kind::WebSocket] {
        let mut all = Vec::new();
        for server in &servers {
            let running = server.start()?;
            let each = held(&running, kind, count)?;
            let name = format!("{} {}", running.name(), kind.label());
            progress.say(&format!("idle: {name}: {each:.1} KiB each"));
            all.push(Series {
                samples: vec![each],
                ..Series::new(name, "KiB each")
            });
        }
        if let Some((first, others)) = all.split_first() {
            others.iter().for_each(|other| report.ratio(first, other));
        }
        all.into_iter().for_each(|series| report.row(series));
    }
    Ok(report)
}

/// The servers in the order of the table.
fn servers(options: &Options) -> Result<Vec<Server>, Error> {
    let folder = certificate(&options.out)?;
    let mut servers = Vec::new();
    if let Some(binary) = &options.evroute {
        servers.push(evroute::idle(binary, &options.out)?);
    }
    for memory in Memory::ALL {
        servers.push(kamailio::idle(memory, &folder, &options.out)?);
    }
    Ok(servers)
}

/// A folder with a certificate that signs itself, and its key.
fn certificate(out: &Path) -> Result<PathBuf, Error> {
    let folder = out.join("idle");
    fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
    let program = tests_dir().join("../.ci/certificate");
    let made = Command::new(&program)
        .arg(&folder)
        .args(["bench", "DNS:localhost,IP:127.0.0.1"])
        .output()
        .map_err(Error::io("start", &program))?;
    match made.status.success() {
        true => Ok(folder),
        false => Err(Error::Unexpected {
            name: ".ci/certificate".to_owned(),
            what: String::from_utf8_lossy(&made.stderr).into_owned(),
        }),
    }
}

/// What each of so many connections holds, in KiB.
fn held(running: &Running, kind: Kind, count: u32) -> Result<f64, Error> {
    let to = tls_of(running.server.sip);
    let connect = |count: u32| -> Result<Vec<Phone>, Error> {
        (0..count).map(|_| Phone::connect(to, kind)).collect()
    };
    drop(connect(count / 2)?);
    thread::sleep(SETTLE);
    let before = running.memory_kib();
    let phones = connect(count)?;
    thread::sleep(SETTLE);
    let grown = running.memory_kib().saturating_sub(before);
    drop(phones);
    Ok(grown as f64 / f64::from(count.max(1)))
}

/// A connection; it ends with this value.
#[derive(Debug)]
struct Phone(Child);

impl Phone {
    fn connect(to: SocketAddr, kind: Kind) -> Result<Self, Error> {
        let child = Command::new("openssl")
            .args(["s_client", "-connect", &to.to_string(), "-quiet"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::io("start", Path::new("openssl")))?;
        let mut phone = Self(child);
        match phone.speak(kind) {
            Ok(true) => Ok(phone),
            Ok(false) => Err(Error::Unexpected {
                name: to.to_string(),
                what: "the handshake was not answered".to_owned(),
            }),
            Err(error) => Err(Error::net("speak to", to)(error)),
        }
    }

    /// Whether it is answered what it says first: a ping (RFC 5626 4.4.1), or the handshake.
    fn speak(&mut self, kind: Kind) -> std::io::Result<bool> {
        let (Some(to), Some(from)) = (&mut self.0.stdin, &mut self.0.stdout) else {
            return Ok(false);
        };
        let (said, heard) = match kind {
            Kind::Tls => ("\r\n\r\n", "\r\n"),
            Kind::WebSocket => (HANDSHAKE, "HTTP/1.1 101 "),
        };
        to.write_all(said.as_bytes())?;
        to.flush()?;
        let mut answer = vec![0; heard.len()];
        from.read_exact(&mut answer)?;
        Ok(answer == heard.as_bytes())
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // It has ended already, or it ends now.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
