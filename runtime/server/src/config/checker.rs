//! From what is written to [`Config`].

use std::collections::HashSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use evroute_module_api::config::{At, ConfigError, ConfigErrors, Earlier, Findings, Section};
use evroute_proxy::MAX_BREADTH;
use evroute_sandbox::{CodeCache, ComponentLimits, SandboxConfig};
use evroute_sip::Limits;
use evroute_tenant::{TenantIndex, TenantResolver};
use evroute_transport::FramingLimits;
use serde::de::DeserializeOwned;

use super::{
    Config, ListenConfig, ServerConfig, SipConfig, SipTlsConfig, TENANTS_DIR, TenantConfig,
    TenantSource, Vocabulary,
};
use crate::log_filter::log_filter;
use crate::raw_config::{
    RawAdmin, RawHttp, RawListen, RawPike, RawServer, RawSip, RawTariff, RawTls, RawWebSocket,
};

/// Reads and checks a configuration.
pub(super) fn check(
    file: &Path,
    text: &str,
    vocabulary: &Vocabulary,
) -> Result<Config, ConfigErrors> {
    let mut checker = Checker {
        vocabulary,
        resolver: TenantResolver::new(),
        findings: Findings::new(file, text),
        earlier: Earlier::default(),
    };
    let root = Section::file(text, &mut checker.findings);
    let raw: RawServer = checker.read(&root, "server").unwrap_or_default();
    let server = checker.server(&raw);
    let raw: RawSip = checker.read(&root, "sip").unwrap_or_default();
    let sip = checker.sip(&raw);
    let raw_tls: RawTls = checker.read(&root, "tls").unwrap_or_default();
    let tls = checker.tls(&raw_tls);
    let raw: Option<RawWebSocket> = checker.read(&root, "websocket");
    let has_websocket = raw.is_some();
    let websocket = checker.websocket(raw.as_ref());
    let raw: RawHttp = checker.read(&root, "http").unwrap_or_default();
    let http = checker.http(&raw);
    let raw: RawPike = checker.read(&root, "pike").unwrap_or_default();
    let pike = checker.pike(&raw);
    let raw: Option<Vec<RawListen>> = checker.read(&root, "listen");
    let listeners = checker.listeners(raw.as_deref());
    checker.tls_listeners(raw.as_deref(), &raw_tls);
    let raw: RawAdmin = checker.read(&root, "admin").unwrap_or_default();
    let admin = checker.admin(&raw);
    checker.phone_speaks(&raw, has_websocket);
    let raw: RawTariff = checker.read(&root, "tariff").unwrap_or_default();
    let tariff = checker.tariff(&raw);
    let sections = root.sections("tenant", &mut checker.findings);
    let tenants = checker.tenants(&sections, (&server, &listeners, &tls), sip.max_breadth);
    if sections.is_empty() && !server.data_dir.join(TENANTS_DIR).is_dir() {
        let fix = "add a [[tenant]] section with a name and domains, for example name = \"demo\" and \
                   domains = [\"127.0.0.1\", \"localhost\"]; or make the folder tenants in data_dir, for \
                   tenants that are added while the server runs";
        checker
            .findings
            .wrong_file("tenant", "there is none, so nothing would be answered", fix);
    }
    root.finish(&mut checker.findings);
    checker.findings.finish()?;
    Ok(Config {
        server,
        sip,
        tls,
        websocket,
        http,
        pike,
        listeners,
        admin,
        tariff,
        tenants,
        resolver: checker.resolver,
        file: file.to_owned(),
        broken_tenants: Vec::new(),
    })
}

/// Reads and checks the file of one tenant: its name for messages, and its text.
pub(super) fn check_tenant(
    config: &Config,
    (shown, text): (&Path, &str),
    vocabulary: &Vocabulary,
    index: TenantIndex,
) -> Result<TenantConfig, ConfigErrors> {
    let folder = config.file.parent().unwrap_or(Path::new(""));
    let mut checker = Checker {
        vocabulary,
        resolver: TenantResolver::new(),
        findings: Findings::new(shown, text).relative_to(folder),
        earlier: Earlier::default(),
    };
    let root = Section::file(text, &mut checker.findings);
    let sections = root.sections("tenant", &mut checker.findings);
    let scope = super::tenant_checker::Scope {
        server: &config.server,
        listeners: &config.listeners,
        asks_clients: config.tls.asks_clients(),
        max_breadth: config.sip.max_breadth,
        names: &HashSet::new(),
        source: TenantSource::Folder,
    };
    let mut tenants = Vec::new();
    for section in &sections {
        tenants.extend(checker.tenant(index, section, &scope));
    }
    if sections.len() != 1 {
        let wrong = format!("there are {} of them", sections.len());
        let fix = "write one [[tenant]] section, and nothing beside it";
        checker.findings.wrong_file("tenant", &wrong, fix);
    }
    root.finish(&mut checker.findings);
    let nameless = ConfigError::nameless(shown);
    checker.findings.finish()?;
    tenants.pop().ok_or_else(|| nameless.into())
}

/// Collects what is wrong instead of stopping at the first.
pub(super) struct Checker<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) resolver: TenantResolver,
    pub(super) findings: Findings,
    /// What modules remember of the tenants so far.
    pub(super) earlier: Earlier,
}

impl Checker<'_> {
    /// The tenants of the file, each with a name of its own.
    fn tenants(
        &mut self,
        sections: &[Section<'_>],
        (server, listeners, tls): (&ServerConfig, &[ListenConfig], &SipTlsConfig),
        max_breadth: u32,
    ) -> Vec<Arc<TenantConfig>> {
        let (mut tenants, mut names) = (Vec::new(), HashSet::new());
        for (position, section) in sections.iter().enumerate() {
            let index = TenantIndex::from_position(position);
            let Some(index) = index.filter(|_| position < TenantIndex::COUNT_MAX) else {
                let most = TenantIndex::COUNT_MAX;
                self.wrong(
                    section.place(),
                    "tenant",
                    "too many tenants",
                    &format!("at most {most}"),
                );
                break;
            };
            let scope = super::tenant_checker::Scope {
                server,
                listeners,
                asks_clients: tls.asks_clients(),
                max_breadth,
                names: &names,
                source: TenantSource::File,
            };
            let tenant = self.tenant(index, section, &scope).map(Arc::new);
            names.extend(tenant.iter().map(|tenant| tenant.id.clone()));
            tenants.extend(tenant);
        }
        tenants
    }

    /// The value of a key; none where there is none of the right shape.
    pub(super) fn read<T: DeserializeOwned>(
        &mut self,
        section: &Section<'_>,
        key: &'static str,
    ) -> Option<T> {
        section.read(key, &mut self.findings)
    }

    /// See [`Findings::wrong`].
    pub(super) fn wrong<T>(&mut self, at: &At<T>, key: &str, wrong: impl Display, fix: &str) {
        self.findings.wrong(at, key, wrong, fix);
    }

    /// See [`Findings::number`].
    pub(super) fn number<T: TryFrom<i64>>(
        &mut self,
        key: &str,
        written: Option<&At<i64>>,
        range: RangeInclusive<i64>,
        default: T,
    ) -> T {
        self.findings.number(key, written, range, default)
    }

    fn log(&mut self, raw: &RawServer) -> String {
        let log = raw.log.as_ref().map_or("info", |log| log.get_ref());
        if let (Some(at), Err(error)) = (&raw.log, log_filter(log)) {
            let what = format!("{log:?} is not a log filter ({error})");
            let fix =
                "write off, error, warn, info, debug or trace, or target=level pairs with commas";
            self.wrong(at, "server.log", what, fix);
        }
        log.to_owned()
    }

    fn server(&mut self, raw: &RawServer) -> ServerConfig {
        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let workers = self.number(
            "server.workers",
            raw.workers.as_ref(),
            1..=1024,
            cores.get(),
        );
        let instance_pool_max = self.number(
            "server.instance_pool_max",
            raw.instance_pool_max.as_ref(),
            0..=4096,
            SandboxConfig::INSTANCE_POOL_MAX,
        );
        let drain = self.number(
            "server.drain_seconds",
            raw.drain_seconds.as_ref(),
            0..=3600,
            10,
        );
        let tenant_start = self.number(
            "server.tenant_start_seconds_max",
            raw.tenant_start_seconds_max.as_ref(),
            1..=3600,
            300,
        );
        let log_file_bytes_max = self.number(
            "server.log_file_bytes_max",
            raw.log_file_bytes_max.as_ref(),
            0..=1 << 40,
            100 << 20,
        );
        let log_files_max = self.number(
            "server.log_files_max",
            raw.log_files_max.as_ref(),
            0..=1000,
            5,
        );
        let data_dir: PathBuf = raw
            .data_dir
            .as_ref()
            .map_or("data", |path| path.get_ref())
            .into();
        ServerConfig {
            code_cache_dir: data_dir.join("code-cache"),
            code_cache_bytes_max: self.number(
                "server.code_cache_bytes_max",
                raw.code_cache_bytes_max.as_ref(),
                0..=1 << 40,
                CodeCache::BYTES_MAX,
            ),
            data_dir,
            workers: NonZeroUsize::new(workers).unwrap_or(cores),
            core_module_backend: raw.core_module_backend.unwrap_or(true),
            instance_pool_max,
            component: self.component_limits(raw),
            deploy_dir: raw.deploy_dir.as_ref().map(|path| path.get_ref().into()),
            compile: self.compile_limits(raw),
            cells: self.cell_limits(raw),
            compile_program: None,
            tenant_start: Duration::from_secs(tenant_start),
            log: self.log(raw),
            log_file_bytes_max,
            log_files_max,
            drain: Duration::from_secs(drain),
        }
    }

    fn sip(&mut self, raw: &RawSip) -> SipConfig {
        SipConfig {
            message_bytes_max: self.number(
                "sip.message_bytes_max",
                raw.message_bytes_max.as_ref(),
                4096..=524_288,
                Limits::DEFAULT.message_bytes_max,
            ),
            header_bytes_max: self.number(
                "sip.header_bytes_max",
                raw.header_bytes_max.as_ref(),
                4096..=524_288,
                FramingLimits::default().header_bytes_max,
            ),
            max_breadth: self.number(
                "sip.max_breadth",
                raw.max_breadth.as_ref(),
                1..=1000,
                MAX_BREADTH,
            ),
        }
    }

    /// What a component may have.
    fn component_limits(&mut self, raw: &RawServer) -> ComponentLimits {
        let default = ComponentLimits::default();
        ComponentLimits {
            bytes_max: self.number(
                "server.component_bytes_max",
                raw.component_bytes_max.as_ref(),
                1..=1 << 30,
                default.bytes_max,
            ),
            functions_max: self.number(
                "server.component_functions_max",
                raw.component_functions_max.as_ref(),
                1..=1_000_000,
                default.functions_max,
            ),
            function_bytes_max: self.number(
                "server.component_function_bytes_max",
                raw.component_function_bytes_max.as_ref(),
                1..=7_654_321,
                default.function_bytes_max,
            ),
            function_flow_max: self.number(
                "server.component_function_flow_max",
                raw.component_function_flow_max.as_ref(),
                1..=1 << 40,
                default.function_flow_max,
            ),
            flow_max: self.number(
                "server.component_flow_max",
                raw.component_flow_max.as_ref(),
                1..=1 << 40,
                default.flow_max,
            ),
        }
    }

    pub(super) fn address(
        &mut self,
        at: &At<String>,
        key: &str,
        example: &str,
    ) -> Option<SocketAddr> {
        let parsed = at.get_ref().parse().ok();
        if parsed.is_none() {
            let wrong = format!("{:?} is not an address", at.get_ref());
            let fix = format!("write IP:PORT, for example \"{example}\" or \"[::1]:5060\"");
            self.wrong(at, key, wrong, &fix);
        }
        parsed
    }
}
