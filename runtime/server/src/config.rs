//! The configuration as it is meant: checked, complete, without anything optional that has a
//! default.

mod admin_checker;
mod advertised;
mod breaker_checker;
mod breaker_key;
mod cell_checker;
mod cell_limits;
mod checker;
mod compile_checker;
mod deploy_checker;
mod event_filter;
mod handler_checker;
mod http_checker;
mod listen_checker;
mod listener;
mod module_configs;
mod pike_checker;
mod sip_tls_config;
mod tariff_checker;
mod tenant_checker;
mod tenant_difference;
#[cfg(test)]
mod tests;
mod tls_checker;
mod vocabulary;
mod websocket_checker;

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use evroute_compile::CompileLimits;
use evroute_deploy::DeployPolicy;
use evroute_dispatch::BreakerConfig;
use evroute_event::FailPolicy;
use evroute_sandbox::{CellName, ComponentLimits};
use evroute_tenant::{
    EventRateLimits, Grants, HandlerId, Networks, Pins, RunLimits, SourceLimits, Tariff, TenantId,
    TenantIndex, TenantQuota, TenantResolver, TrustedSender,
};
use evroute_transport::{HttpConfig, WebSocketConfig};
use subtle::ConstantTimeEq;

pub use advertised::Advertised;
pub(crate) use breaker_key::{BreakerKey, FALLBACKS, fallback_named};
pub use cell_limits::CellLimits;
pub use event_filter::EventFilter;
use evroute_certificates::CertificateFiles;
pub use evroute_module_api::config::{ConfigError, ConfigErrors};
pub(crate) use handler_checker::limit_range;
pub use listener::{ListenConfig, ListenTransport, Listener};
pub use module_configs::ModuleConfigs;
pub use sip_tls_config::SipTlsConfig;
pub(crate) use tenant_difference::TenantDifference;
pub use vocabulary::{EventWord, Vocabulary};

/// The folder in `data_dir` with a file for each tenant that was added while the server ran.
pub(crate) const TENANTS_DIR: &str = "tenants";

/// Everything the operator decides.
#[derive(Debug)]
pub struct Config {
    /// The process.
    pub server: ServerConfig,
    /// What SIP messages may be.
    pub sip: SipConfig,
    /// TLS for SIP.
    pub tls: SipTlsConfig,
    /// WebSocket for SIP.
    pub websocket: WebSocketConfig,
    /// HTTP where SIP is spoken, and on its own sockets; those are among the listeners.
    pub http: HttpConfig,
    /// How much one source may send.
    pub pike: SourceLimits,
    /// Where SIP is spoken, at least once, and where HTTP alone is.
    pub listeners: Vec<ListenConfig>,
    /// Where the operator's HTTP is spoken.
    pub admin: AdminConfig,
    /// What tenants pay.
    pub tariff: Tariff,
    /// The tenants, at the position of their [`TenantIndex`]. At least one.
    pub tenants: Vec<Arc<TenantConfig>>,
    /// Which message belongs to which of them.
    pub resolver: TenantResolver,
    /// The file that it was read from; what tenants' files name is relative to its folder, too.
    pub file: PathBuf,
    /// Files of the tenants' folder that cannot be used.
    pub broken_tenants: Vec<BrokenTenant>,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where embedded databases live; relative to the directory the server is started in. Default
    /// `data`.
    pub data_dir: PathBuf,
    /// Worker threads. Default: the number of cores.
    pub workers: NonZeroUsize,
    /// Whether small handlers run as core modules, in instances that are reset; every component
    /// runs without as well. Default true.
    pub core_module_backend: bool,
    /// How many used instances of small handlers are put back and kept for the next run, all
    /// handlers together; 0 starts every run from a fresh one. Default 512.
    pub instance_pool_max: u32,
    /// What a component may have before it is compiled. Defaults: those of [`ComponentLimits`].
    pub component: ComponentLimits,
    /// What compiling one may take. Defaults: those of [`CompileLimits`].
    pub compile: CompileLimits,
    /// What cells may take together. Defaults: those of [`CellLimits`].
    pub cells: CellLimits,
    /// This program: it compiles, as `PROGRAM __compile`, and runs cells, as `PROGRAM __cell`. Set
    /// by whoever is it, not in the file; none compiles in this process, and has no cells.
    pub compile_program: Option<PathBuf>,
    /// Where compiled code is kept for the next start: `code-cache` in `data_dir`.
    pub code_cache_dir: PathBuf,
    /// How many bytes of it; 0 keeps none. Default 512 MiB.
    pub code_cache_bytes_max: u64,
    /// A folder in which components are put to be deployed, `TENANT/HANDLER.wasm`; relative as
    /// `data_dir`. Default: none.
    pub deploy_dir: Option<PathBuf>,
    /// How long the start of one tenant may take: opening its databases, making its handlers ready,
    /// `htable:mod-init`. Default 300 s.
    pub tenant_start: Duration,
    /// What is logged, in the syntax of tracing's `EnvFilter`. Default `info`; the environment's
    /// `EVROUTE_LOG` wins.
    pub log: String,
    /// How large the log's file may grow before it is renamed and another is begun, in bytes; 0 is
    /// without end. Default 100 MiB.
    pub log_file_bytes_max: u64,
    /// How many full files of the log are kept. Default 5.
    pub log_files_max: u32,
    /// How long a stop waits for what is under way. Default 10 s.
    pub drain: Duration,
}

/// `[sip]`
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SipConfig {
    /// The longest message, in bytes, over whatever transport; a longer one is answered 513.
    /// Default 65,535, the most that a datagram holds.
    pub message_bytes_max: usize,
    /// Of it, start line and header fields of a message on a stream, in bytes. Default 32,768.
    pub header_bytes_max: usize,
    /// The Max-Breadth of requests that bring none, and the most that is granted to any (RFC 5393
    /// 5). Default 60.
    pub max_breadth: u32,
}

/// `[admin]`
#[derive(Clone, Debug)]
pub struct AdminConfig {
    /// The address; a loopback one unless TLS is spoken or that is not wanted. Default
    /// 127.0.0.1:8060.
    pub address: SocketAddr,
    /// An operator's token, beside those that are made by command.
    pub token: Option<Token>,
    /// What TLS is spoken with; none is HTTP without.
    pub tls: Option<CertificateFiles>,
    /// Whether a phone in the browser is served at /phone/. Default false.
    pub phone: bool,
}

/// A secret word. Never printed.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A token of this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether the other text is the same. Takes as long for a wrong text as for a right one of its
    /// length, so that the time tells nothing about how much of it was right.
    #[must_use]
    pub fn is(&self, other: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(other).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(...)")
    }
}

/// Where a tenant is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TenantSource {
    /// In the configuration file; it is changed there.
    File,
    /// In a file of its own in the tenants' folder; it is changed by `tenant.set`.
    Folder,
}

impl TenantSource {
    /// The word that operators are shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
        }
    }
}

/// A file of the tenants' folder that cannot be used. It stops no other tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokenTenant {
    /// The file's name without its end: what would be the tenant's.
    pub name: String,
    /// What is wrong, and what to do.
    pub why: String,
}

/// `[[tenant]]`
#[derive(Debug)]
pub struct TenantConfig {
    /// The name.
    pub id: TenantId,
    /// Its life in the running server; at the start the position in [`Config::tenants`].
    pub index: TenantIndex,
    /// Where it is written.
    pub source: TenantSource,
    /// Its domains, as written. The first is the one that requests of its own come from.
    pub domains: Vec<String>,
    /// Sockets of ours: whatever comes to them is its.
    pub listeners: Vec<SocketAddr>,
    /// Networks of peers, and peers by their certificates: whatever comes from them is its.
    pub sources: Vec<TrustedSender>,
    /// Where it may send to. Default: everywhere but to this host, its wire and many at once;
    /// loopback, too, when that is all that is listened on.
    pub networks: Networks,
    /// The cell that its handlers run in; none runs them in the server's process.
    pub cell: Option<CellName>,
    /// What it may hold.
    pub quota: TenantQuota,
    /// `[[tenant.handler]]`, in the order in which they are asked.
    pub handlers: Vec<HandlerConfig>,
    /// What its deploys may ask for; none where only the operator deploys.
    pub deploy: Option<DeployPolicy>,
    /// What modules read of it.
    pub modules: ModuleConfigs,
    /// What it has that labels of grants name: the section, and the name.
    pub names: Vec<(&'static str, String)>,
}

impl TenantConfig {
    /// What makes a message its.
    #[must_use]
    pub fn pins(&self) -> Pins {
        Pins {
            domains: self.domains.clone(),
            listeners: self.listeners.clone(),
            sources: self.sources.clone(),
        }
    }

    /// Whether it has a `[[tenant.SECTION]]` with this name.
    #[must_use]
    pub fn has(&self, section: &str, name: &str) -> bool {
        let mut names = self.names.iter();
        names.any(|(of, known)| *of == section && known == name)
    }
}

/// `[[tenant.handler]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandlerConfig {
    /// The name.
    pub id: HandlerId,
    /// The component; relative to the configuration file there, resolved here. It exists.
    pub component: PathBuf,
    /// Where the configuration names the component: the line, counted from 1.
    pub line: usize,
    /// The line as messages show it, with a caret below the place.
    pub quoted: Option<String>,
    /// What it may use. Default: nothing.
    pub grants: Grants,
    /// What a failed run means. Default open.
    pub fail_policy: FailPolicy,
    /// Third segments of events that it wants. An event that is not named here reaches it whatever
    /// its event filter.
    pub filters: Vec<EventFilter>,
    /// What a run may cost.
    pub limits: RunLimits,
    /// When it is not asked any more. Default: it always is.
    pub breaker: Option<BreakerConfig>,
    /// How many events its runs begin for in a second, and how much fuel they burn.
    pub rates: EventRateLimits,
}

impl Config {
    /// Moves `data_dir` and what is in it, compiled code and what modules keep, below this folder;
    /// absolute paths stay.
    pub fn place_data_below(&mut self, folder: &Path) {
        self.server.data_dir = folder.join(&self.server.data_dir);
        self.server.code_cache_dir = folder.join(&self.server.code_cache_dir);
        let deploy_dir = self.server.deploy_dir.take();
        self.server.deploy_dir = deploy_dir.map(|below| folder.join(below));
        for tenant in self.tenants.iter_mut().filter_map(Arc::get_mut) {
            tenant.modules.place_data_below(folder);
        }
    }

    /// Reads and checks a configuration file. Opens no socket and no database. `vocabulary` is what
    /// this server's modules offer.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place and what to do.
    pub fn load(file: &Path, vocabulary: &Vocabulary) -> Result<Self, ConfigErrors> {
        let text =
            std::fs::read_to_string(file).map_err(|error| ConfigError::unreadable(file, &error))?;
        Self::parse(file, &text, vocabulary)
    }

    /// As [`Config::load`], for a text at hand; `file` is used for messages and to resolve paths.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(file: &Path, text: &str, vocabulary: &Vocabulary) -> Result<Self, ConfigErrors> {
        checker::check(file, text, vocabulary)
    }

    /// Reads and checks the file of one tenant: one `[[tenant]]` as in the configuration file, with
    /// nothing beside it. `shown` is the file's name for messages; what it names is relative to the
    /// folder of the configuration file. Whether another tenant has what it claims is not asked.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse_tenant(
        &self,
        shown: &Path,
        text: &str,
        vocabulary: &Vocabulary,
        index: TenantIndex,
    ) -> Result<TenantConfig, ConfigErrors> {
        checker::check_tenant(self, (shown, text), vocabulary, index)
    }
}
