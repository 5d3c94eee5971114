//! Kamailio in the three configurations that we measure.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::error::Error;
use crate::options::tests_dir;
use crate::process::Launch;
use crate::server::{Server, tls_of};
use crate::tool;

/// Which of Kamailio's memory managers runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// As Debian starts it: `qm`, which checks every block and searches long free lists.
    Packaged,
    /// `-x fm`, its fastest in our calls: what an operator who measures would choose.
    Fast,
}

/// What handles tm:local-request in Kamailio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    /// Nothing: the baseline.
    Absent,
    /// The block in its own language.
    Native,
    /// KEMI Lua.
    Lua,
    /// KEMI Python.
    Python,
}

impl Memory {
    /// Both, in the order of the tables.
    pub(crate) const ALL: [Self; 2] = [Self::Packaged, Self::Fast];

    fn label(self) -> &'static str {
        match self {
            Self::Packaged => "Kamailio",
            Self::Fast => "Kamailio -x fm",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Packaged => &[],
            Self::Fast => &["-x", "fm", "-X", "fm"],
        }
    }

    fn slot(self) -> u16 {
        match self {
            Self::Packaged => 0,
            Self::Fast => 1,
        }
    }
}

impl Handler {
    /// All, the baseline first.
    pub(crate) const ALL: [Self; 4] = [Self::Absent, Self::Native, Self::Lua, Self::Python];

    /// Its word in the tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Absent => "no handler",
            Self::Native => "native",
            Self::Lua => "Lua",
            Self::Python => "Python",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Absent => &[],
            Self::Native => &["-A", "HANDLER_NATIVE"],
            Self::Lua => &["-A", "HANDLER_LUA"],
            Self::Python => &["-A", "HANDLER_PYTHON"],
        }
    }

    fn slot(self) -> u16 {
        match self {
            Self::Absent => 0,
            Self::Native => 1,
            Self::Lua => 2,
            Self::Python => 3,
        }
    }
}

/// The proxy of part c, whose user `service` lives on this port.
pub(crate) fn proxy(memory: Memory, out: &Path) -> Result<Server, Error> {
    let folder = tests_dir().join("e2e/kamailio");
    server(&Setup {
        name: memory.label().to_owned(),
        folder: &folder,
        config: "proxy.cfg",
        port: 25_060 + memory.slot(),
        arguments: memory.arguments(),
        out,
    })
}

/// The registrar of part h: the same, and users show passwords.
pub(crate) fn registrar(memory: Memory, out: &Path) -> Result<Server, Error> {
    let folder = tests_dir().join("e2e/kamailio");
    server(&Setup {
        name: format!("{}, in memory", memory.label()),
        folder: &folder,
        config: "proxy.cfg",
        port: 25_460 + memory.slot(),
        arguments: &[memory.arguments(), &["-A", "PASSWORDS"]].concat(),
        out,
    })
}

/// The server of part i, which speaks TLS and WebSocket, in a folder with `cert.pem` and `key.pem`.
pub(crate) fn idle(memory: Memory, folder: &Path, out: &Path) -> Result<Server, Error> {
    let source = tests_dir().join("bench/kamailio/idle.cfg");
    let config = folder.join("idle.cfg");
    fs::copy(&source, &config).map_err(Error::io("copy", &source))?;
    let mut server = server(&Setup {
        name: memory.label().to_owned(),
        folder,
        config: "idle.cfg",
        port: 25_480 + memory.slot(),
        arguments: memory.arguments(),
        out,
    })?;
    let tls = format!("tls:{}", tls_of(server.sip));
    server.launch.arguments.extend(["-l".to_owned(), tls]);
    Ok(server)
}

/// The loop of part a.
pub(crate) fn handler_loop(memory: Memory, out: &Path) -> Result<Server, Error> {
    let folder = tests_dir().join("bench/kamailio");
    server(&Setup {
        name: memory.label().to_owned(),
        folder: &folder,
        config: "handler_loop.cfg",
        port: 25_160 + memory.slot(),
        arguments: memory.arguments(),
        out,
    })
}

/// The real event of part a, raised over RPC; with the fast memory manager, because
/// the packaged one adds its own noise to every transaction.
pub(crate) fn local_request(handler: Handler, out: &Path) -> Result<Server, Error> {
    let folder = tests_dir().join("bench/kamailio");
    let arguments = [Memory::Fast.arguments(), handler.arguments()].concat();
    let mut server = server(&Setup {
        name: format!("{} {}", Memory::Fast.label(), handler.label()),
        folder: &folder,
        config: "local_request.cfg",
        port: 25_260 + handler.slot(),
        arguments: &arguments,
        out,
    })?;
    server.rpc = Some(server.sip);
    Ok(server)
}

struct Setup<'a> {
    name: String,
    folder: &'a Path,
    config: &'a str,
    port: u16,
    arguments: &'a [&'a str],
    out: &'a Path,
}

fn server(setup: &Setup<'_>) -> Result<Server, Error> {
    let sip = SocketAddr::from((Ipv4Addr::LOCALHOST, setup.port));
    let directory = setup
        .folder
        .canonicalize()
        .map_err(Error::io("open", setup.folder))?;
    // Stay in the foreground with children (-DD), log to stderr from the start (-E), keep
    // the folder so that scripts are found (-w), and enough shared memory (MiB) for the
    // transactions of several thousand calls.
    let mut arguments: Vec<String> = ["-DD", "-E", "-m", "768", "-w", ".", "-f"]
        .iter()
        .chain([&setup.config, &"-l"])
        .map(|&text| text.to_owned())
        .collect();
    arguments.extend([format!("udp:{sip}"), "-l".to_owned(), format!("tcp:{sip}")]);
    arguments.extend(setup.arguments.iter().map(|&text| text.to_owned()));
    Ok(Server {
        launch: Launch {
            name: setup.name.clone(),
            program: tool::locate("kamailio"),
            arguments,
            environment: vec![("PYTHONDONTWRITEBYTECODE".to_owned(), "1".to_owned())],
            directory,
            log: setup.out.join(format!("kamailio-{}.log", setup.port)),
        },
        sip,
        rpc: None,
    })
}
