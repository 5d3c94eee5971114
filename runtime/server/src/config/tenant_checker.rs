//! One `[[tenant]]`.

use std::collections::HashSet;
use std::net::SocketAddr;

use evroute_module_api::Naming;
use evroute_module_api::config::{At, PeerVerification, Section, TenantSections};
use evroute_tenant::{Networks, PinError, TenantId, TenantIndex, TenantQuota, TrustedSender};

use super::checker::Checker;
use super::{ListenConfig, ModuleConfigs, ServerConfig, TenantConfig, TenantSource};
use crate::modules::MODULES;
use crate::raw_config::{RawQuota, RawTenant};

/// What a tenant is checked against.
pub(super) struct Scope<'a> {
    pub(super) server: &'a ServerConfig,
    pub(super) listeners: &'a [ListenConfig],
    /// Whether `[tls]` asks for certificates.
    pub(super) asks_clients: bool,
    /// The most branches that a request may have.
    pub(super) max_breadth: u32,
    /// The tenants before this one.
    pub(super) names: &'a HashSet<TenantId>,
    /// Where it is written.
    pub(super) source: TenantSource,
}

/// The value of a text that was found to be right, or wrong, where it is pinned.
fn parsed<T: std::str::FromStr>(at: &At<String>) -> Option<T> {
    at.get_ref().parse().ok()
}

impl Checker<'_> {
    pub(super) fn tenant(
        &mut self,
        index: TenantIndex,
        section: &Section<'_>,
        scope: &Scope<'_>,
    ) -> Option<TenantConfig> {
        let raw = RawTenant::read(section, &mut self.findings);
        let id = raw
            .name
            .as_ref()
            .and_then(|name| self.tenant_name(name, scope));
        let peers = PeerVerification::of(section, scope.asks_clients, &mut self.findings);
        self.pins(index, &raw, section, scope);
        let sources = self.sources(index, &raw, peers);
        let networks = self.networks(&raw, scope);
        let cell = self.cell(raw.cell.as_ref(), id.as_ref(), scope.server);
        let quota = self.quota(&raw.quota, scope.max_breadth);
        let modules = self.modules(section, &quota, peers, scope);
        let handlers = self.handlers(section);
        let deploy = self.deploy(section);
        let names = self.names(section);
        section.finish(&mut self.findings);
        let domains = raw
            .domains
            .iter()
            .map(|domain| domain.get_ref().clone())
            .collect();
        Some(TenantConfig {
            id: id?,
            index,
            source: scope.source,
            domains,
            listeners: raw.listeners.iter().filter_map(parsed).collect(),
            sources,
            networks,
            cell,
            quota,
            handlers,
            deploy,
            modules,
            names,
        })
    }

    /// What it has that labels of grants name.
    fn names(&self, tenant: &Section<'_>) -> Vec<(&'static str, String)> {
        let labels = self.vocabulary.labels.iter();
        let sections = labels.filter_map(|(_, naming)| match naming {
            Naming::Section(section) => Some(*section),
            Naming::Free => None,
        });
        let named = |section| {
            tenant
                .names(section)
                .map(move |name| (section, name.to_owned()))
        };
        sections.flat_map(named).collect()
    }

    /// The sections that modules read, in the order of the modules. What is left is unknown.
    fn modules(
        &mut self,
        section: &Section<'_>,
        quota: &TenantQuota,
        peers: PeerVerification,
        scope: &Scope<'_>,
    ) -> ModuleConfigs {
        let mut sections = TenantSections {
            quota,
            data_dir: &scope.server.data_dir,
            peers,
            findings: &mut self.findings,
            tenant: section,
            earlier: &mut self.earlier,
        };
        let modules = MODULES.iter();
        ModuleConfigs(
            modules
                .filter_map(|module| module.configure(&mut sections))
                .collect(),
        )
    }

    fn tenant_name(&mut self, at: &At<String>, scope: &Scope<'_>) -> Option<TenantId> {
        match at.get_ref().parse::<TenantId>() {
            Err(error) => {
                self.wrong(at, "tenant.name", error, "choose another name");
                None
            }
            Ok(id) if scope.names.contains(&id) => {
                let wrong = format!("there are two tenants named {id:?}", id = id.as_str());
                self.wrong(at, "tenant.name", wrong, "rename one of them");
                None
            }
            Ok(id) => Some(id),
        }
    }

    /// Domains and listeners: which messages are this tenant's.
    fn pins(
        &mut self,
        index: TenantIndex,
        raw: &RawTenant,
        section: &Section<'_>,
        scope: &Scope<'_>,
    ) {
        for at in &raw.domains {
            let pinned = self.resolver.pin_domain(at.get_ref(), index);
            self.pinned(at, "tenant.domains", "domain", pinned);
        }
        for at in &raw.listeners {
            let Ok(address) = at.get_ref().parse::<SocketAddr>() else {
                let wrong = format!("{:?} is not an address", at.get_ref());
                self.wrong(
                    at,
                    "tenant.listeners",
                    wrong,
                    "write IP:PORT as in [[listen]], without its transport",
                );
                continue;
            };
            if !scope
                .listeners
                .iter()
                .any(|listen| listen.listener.address == address)
            {
                let wrong = format!("the server does not listen on {address}");
                self.wrong(
                    at,
                    "tenant.listeners",
                    wrong,
                    "add a [[listen]] section with this address",
                );
            }
            let pinned = self.resolver.pin_listener(address, index);
            self.pinned(at, "tenant.listeners", "listener", pinned);
        }
        if raw.domains.is_empty() {
            let fix = "add domains = [\"example.com\"]: its users' addresses end in one of them";
            let wrong = "this tenant has no domain";
            match &raw.name {
                Some(name) => self.wrong(name, "tenant.domains", wrong, fix),
                None => self.wrong(section.place(), "tenant.domains", wrong, fix),
            }
        }
    }

    /// Networks and peers whose messages are this tenant's.
    fn sources(
        &mut self,
        index: TenantIndex,
        raw: &RawTenant,
        peers: PeerVerification,
    ) -> Vec<TrustedSender> {
        let (key, mut sources) = ("tenant.sources", Vec::new());
        let fix = "write \"10.0.0.0/8\", \"192.0.2.7\" or \"tls:carrier.example\"";
        for at in &raw.sources {
            if let Some(sender) = self.findings.sender(at, key, peers, fix) {
                let pinned = self.resolver.pin_sender(&sender, index);
                self.pinned(at, key, "source", pinned);
                sources.push(sender);
            }
        }
        sources
    }

    /// Where the tenant's messages may go.
    fn networks(&mut self, raw: &RawTenant, scope: &Scope<'_>) -> Networks {
        let Some(written) = &raw.networks else {
            let listeners = scope.listeners.iter();
            return Networks::usual(listeners.map(|listen| listen.listener.address.ip()));
        };
        let mut networks = Vec::new();
        for at in written {
            match at.get_ref().parse() {
                Ok(network) => networks.push(network),
                Err(error) => {
                    let wrong = format!("{:?}: {error}", at.get_ref());
                    let fix =
                        "write \"10.0.0.0/8\", \"192.0.2.7\", or \"127.0.0.1:5070\" for one port";
                    self.wrong(at, "tenant.networks", wrong, fix);
                }
            }
        }
        Networks::new(networks)
    }

    fn pinned(&mut self, at: &At<String>, key: &str, what: &str, pinned: Result<(), PinError>) {
        match pinned {
            Ok(()) => {}
            Err(PinError::Taken(_)) => {
                let wrong = format!("{what} {:?} is listed twice", at.get_ref());
                let fix = format!("a {what} belongs to one tenant: remove it here or there");
                self.wrong(at, key, wrong, &fix);
            }
            Err(error @ PinError::NotAHost) => {
                let fix = "write a host name or an IP address without port";
                self.wrong(at, key, format!("{:?}: {error}", at.get_ref()), fix);
            }
        }
    }

    fn quota(&mut self, raw: &RawQuota, max_breadth: u32) -> TenantQuota {
        let mut default = TenantQuota::default();
        default.aor_contacts_max = default.aor_contacts_max.min(max_breadth);
        let event_rates = self.event_rates(
            "tenant.quota",
            raw.events_per_second_max.as_ref(),
            raw.fuel_per_second_max.as_ref(),
        );
        macro_rules! number {
            ($($name:ident in $range:expr),* $(,)?) => {
                TenantQuota { event_rates, $($name: self.number(
                    concat!("tenant.quota.", stringify!($name)), raw.$name.as_ref(), $range, default.$name,
                )),* }
            };
        }
        let quota = number! {
            runs_concurrent_max in 1..=100_000,
            run_ms_per_second_max in 1..=1_000_000,
            share_weight in 1..=1_000,
            run_ms_per_second_min in 0..=1_000_000,
            outgoing_requests_per_second_max in 1..=1_000_000_000,
            log_bytes_per_second_max in 1..=1 << 40,
            table_entries_max in 0..=1_000_000_000,
            table_bytes_max in 0..=1 << 40,
            shv_entries_max in 0..=1_000_000_000,
            shv_bytes_max in 0..=1 << 40,
            contacts_max in 0..=1_000_000_000,
            aor_contacts_max in 1..=1000,
            journal_bytes_max in 0..=1 << 40,
            journal_queued_bytes_max in 1 << 10..=1 << 30,
            events_queued_max in 1..=1_000_000,
        };
        if let Some(contacts) = &raw.aor_contacts_max
            && quota.aor_contacts_max > max_breadth
        {
            self.wrong(
                contacts,
                "tenant.quota.aor_contacts_max",
                format!(
                    "nobody could call an address with more than {max_breadth} contacts, the \
                     max_breadth in [sip]"
                ),
                "lower it, or raise max_breadth",
            );
        }
        quota
    }
}
