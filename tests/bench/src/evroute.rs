//! evroute as a server under measurement: the peer of [`crate::kamailio`].

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::error::Error;
use crate::options::tests_dir;
use crate::process::Launch;
use crate::server::{Server, tls_of};

/// SIP port without a handler; with one it is the next.
const SIP_PORT: u16 = 25_360;
/// Admin port without a handler; with one it is the next.
const ADMIN_PORT: u16 = 25_380;

/// Where a hostile component runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// On the worker that the event came up on.
    Sync,
    /// Where it may wait for a database.
    Async,
}

impl Lane {
    /// The word in the table.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
        }
    }
}

/// How many honest tenants part e has.
pub(crate) const HONEST_TENANTS: u32 = 999;

/// The domain of one of them, counted from 0.
pub(crate) fn honest_domain(number: u32) -> String {
    format!("honest-{number}.example")
}

fn honest_tenants() -> String {
    let tenant = |number| {
        let domain = honest_domain(number);
        format!("[[tenant]]\nname = \"honest-n{number}\"\ndomains = [\"{domain}\"]\n")
    };
    let tenants: Vec<_> = (0..HONEST_TENANTS).map(tenant).collect();
    tenants.join("\n")
}

/// The server of part e: honest tenants, and a hostile one with this component.
pub(crate) fn neighbours(
    binary: &Path,
    component: &Path,
    lane: Lane,
    out: &Path,
) -> Result<Server, Error> {
    let slot = match lane {
        Lane::Sync => 2,
        Lane::Async => 3,
    };
    let part = Part {
        name: "evroute with neighbours",
        template: "neighbours.toml",
        slot,
        workers: 2,
    };
    server(binary, Some(component), part, out)
}

/// A server of part f: one UDP listener, so many workers, this component on every request.
pub(crate) fn workers(
    binary: &Path,
    component: &Path,
    workers: u16,
    out: &Path,
) -> Result<Server, Error> {
    let part = Part {
        name: match workers {
            1 => "evroute, 1 worker",
            _ => "evroute, 2 workers",
        },
        template: "workers.toml",
        slot: 3 + workers,
        workers,
    };
    server(binary, Some(component), part, out)
}

/// A registrar of part h, whose users show passwords, with this `durability`.
pub(crate) fn registrar(
    binary: &Path,
    durability: Durability,
    out: &Path,
) -> Result<Server, Error> {
    let (name, slot) = match durability {
        Durability::Process => ("evroute, on the disk", 8),
        Durability::None => ("evroute, in memory", 9),
    };
    let part = Part {
        name,
        template: match durability {
            Durability::Process => "registrar.toml",
            Durability::None => "registrar_in_memory.toml",
        },
        slot,
        workers: 2,
    };
    server(binary, None, part, out)
}

/// The server of part i, which speaks TLS and WebSocket, with `idle/cert.pem` below `out`.
pub(crate) fn idle(binary: &Path, out: &Path) -> Result<Server, Error> {
    let part = Part {
        name: "evroute",
        template: "idle.toml",
        slot: 10,
        workers: 2,
    };
    server(binary, None, part, out)
}

/// What a registration outlives once it was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The end of the server.
    Process,
    /// Nothing.
    None,
}

/// One server of the bench.
struct Part {
    name: &'static str,
    template: &'static str,
    /// Beside the first ports.
    slot: u16,
    workers: u16,
}

/// The proxy of part c, with this component on every request or with none.
///
/// Fills the template tests/bench/evroute/proxy.toml (or handler.toml): `{sip}` and
/// `{admin}` are addresses, `{handler}` the component's file.
pub(crate) fn proxy(
    binary: &Path,
    age: Age,
    handler: Option<&Path>,
    out: &Path,
) -> Result<Server, Error> {
    let (name, slot) = match (age, handler) {
        (Age::Now, None) => ("evroute", 0),
        (Age::Now, Some(_)) => ("evroute with handler", 1),
        (Age::Before, None) => ("evroute before", 6),
        (Age::Before, Some(_)) => ("evroute before with handler", 7),
    };
    let part = Part {
        name,
        template: handler.map_or("proxy.toml", |_| "handler.toml"),
        slot,
        workers: 2,
    };
    server(binary, handler, part, out)
}

/// Which evroute it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Age {
    /// The one that is measured.
    Now,
    /// An earlier one, to compare with. Its ports are behind those of the other parts.
    Before,
}

fn server(
    binary: &Path,
    handler: Option<&Path>,
    Part {
        name,
        template,
        slot,
        workers,
    }: Part,
    out: &Path,
) -> Result<Server, Error> {
    let sip = SocketAddr::from((Ipv4Addr::LOCALHOST, SIP_PORT + slot));
    let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, ADMIN_PORT + slot));
    let binary = binary.canonicalize().map_err(Error::io("find", binary))?;
    let component = handler
        .map(|path| path.canonicalize().map_err(Error::io("find", path)))
        .transpose()?
        .unwrap_or_default();

    let source = tests_dir().join("bench/evroute").join(template);
    let text = fs::read_to_string(&source)
        .map_err(Error::io("read", &source))?
        .replace("{sip}", &sip.to_string())
        .replace("{tls}", &tls_of(sip).to_string())
        .replace("{honest}", &honest_tenants())
        .replace("{workers}", &workers.to_string())
        .replace("{admin}", &admin.to_string())
        .replace("{handler}", &component.to_string_lossy());
    let config = out.join(format!("{}-{template}", sip.port()));
    fs::write(&config, text).map_err(Error::io("write", &config))?;

    Ok(Server {
        launch: Launch {
            name: name.to_owned(),
            program: binary,
            arguments: vec![
                "run".to_owned(),
                "-c".to_owned(),
                config.to_string_lossy().into_owned(),
            ],
            environment: Vec::new(),
            directory: out.to_owned(),
            log: out.join(format!("evroute-{}.log", sip.port())),
        },
        sip,
        rpc: Some(admin),
    })
}
