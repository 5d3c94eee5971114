//! One `[[tenant]]`.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use evroute_sip::{Scheme, Uri};
use evroute_tenant::{Networks, PinError, TenantId, TenantIndex, TenantQuota};

use super::checker::Checker;
use super::{ListenConfig, RouteConfig, ServerConfig, TableConfig, TenantConfig, TimerConfig};
use crate::raw_config::{At, RawQuota, RawRoute, RawTable, RawTenant, RawTimer};

/// What a tenant is checked against.
pub(super) struct Scope<'a> {
    pub(super) server: &'a ServerConfig,
    pub(super) listeners: &'a [ListenConfig],
    /// The most branches that a request may have.
    pub(super) max_breadth: u32,
    /// The tenants before this one.
    pub(super) names: Vec<TenantId>,
}

/// Names that must be different from each other.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// Notes a name that was there already.
    pub(super) fn claim(&mut self, checker: &mut Checker<'_>, at: &At<String>, key: &str) {
        if !self.0.insert(at.get_ref().clone()) {
            let wrong = format!("{:?} is there twice in this tenant", at.get_ref());
            checker.wrong(at, key, wrong, "rename or remove one of the two");
        }
    }
}

impl Checker<'_> {
    pub(super) fn tenant(
        &mut self,
        index: TenantIndex,
        raw: &RawTenant,
        scope: &Scope<'_>,
    ) -> Option<TenantConfig> {
        let id = self.tenant_name(&raw.name, scope);
        self.pins(index, raw, scope);
        let networks = self.networks(raw, scope);
        let quota = self.quota(&raw.quota, scope.max_breadth);
        let registrar = self.registrar(&raw.registrar);
        let tables = self.tables(&raw.table);
        let databases = self.databases(&raw.database, scope.server);
        let routes = self.routes(&raw.route);
        let timers = self.timers(&raw.timer);
        let handlers = self.handlers(raw);
        let domains = raw
            .domains
            .iter()
            .map(|domain| domain.get_ref().clone())
            .collect();
        Some(TenantConfig {
            id: id?,
            index,
            domains,
            networks,
            quota,
            registrar,
            tables,
            databases,
            routes,
            handlers,
            timers,
        })
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

    /// Domains, listeners and sources: which messages are this tenant's.
    fn pins(&mut self, index: TenantIndex, raw: &RawTenant, scope: &Scope<'_>) {
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
        for at in &raw.sources {
            let Ok(address) = at.get_ref().parse::<IpAddr>() else {
                let wrong = format!("{:?} is not an IP address", at.get_ref());
                self.wrong(
                    at,
                    "tenant.sources",
                    wrong,
                    "write one address, for example \"192.0.2.7\"",
                );
                continue;
            };
            let pinned = self.resolver.pin_source(address, index);
            self.pinned(at, "tenant.sources", "source", pinned);
        }
        if raw.domains.is_empty() {
            let fix = "add domains = [\"example.com\"]: its users' addresses end in one of them";
            self.wrong(
                &raw.name,
                "tenant.domains",
                "this tenant has no domain",
                fix,
            );
        }
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
        macro_rules! number {
            ($($name:ident in $range:expr),* $(,)?) => {
                TenantQuota { $($name: self.number(
                    concat!("tenant.quota.", stringify!($name)), raw.$name.as_ref(), $range, default.$name,
                )),* }
            };
        }
        let quota = number! {
            runs_concurrent_max in 1..=100_000,
            run_ms_per_second_max in 1..=1_000_000,
            log_bytes_per_second_max in 1..=1 << 40,
            table_entries_max in 0..=1_000_000_000,
            table_bytes_max in 0..=1 << 40,
            shv_entries_max in 0..=1_000_000_000,
            shv_bytes_max in 0..=1 << 40,
            contacts_max in 0..=1_000_000_000,
            aor_contacts_max in 1..=1000,
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

    fn tables(&mut self, raw: &[RawTable]) -> Vec<TableConfig> {
        let mut names = Names::default();
        let mut tables = Vec::new();
        for table in raw {
            self.word(&table.name, "tenant.table.name");
            names.claim(self, &table.name, "tenant.table.name");
            let (expire, entries) = (table.expire_seconds.as_ref(), table.entries_max.as_ref());
            tables.push(TableConfig {
                name: table.name.get_ref().clone(),
                expire_seconds: self.number(
                    "tenant.table.expire_seconds",
                    expire,
                    0..=i64::from(u32::MAX),
                    0,
                ),
                entries_max: self.number(
                    "tenant.table.entries_max",
                    entries,
                    1..=1_000_000_000,
                    10_000,
                ),
            });
        }
        tables
    }

    /// A name that becomes part of a variable (`$sht(name=>key)`), an event name or a grant.
    pub(super) fn word(&mut self, at: &At<String>, key: &str) {
        let name = at.get_ref();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
            let fix = "use 1 to 64 letters, digits, '-', '_' and '.'";
            self.wrong(at, key, format!("{name:?} is not a name"), fix);
        }
    }

    fn routes(&mut self, raw: &[RawRoute]) -> Vec<RouteConfig> {
        let mut names = Names::default();
        let mut routes = Vec::new();
        for route in raw {
            names.claim(self, &route.user, "tenant.route.user");
            if route.user.get_ref().is_empty() {
                self.wrong(
                    &route.user,
                    "tenant.route.user",
                    "it is empty",
                    "write the user part of a SIP address",
                );
            }
            let to = route.to.get_ref();
            let uri = Uri::parse(to.as_bytes());
            let transport = uri.as_ref().ok().and_then(Uri::transport);
            let is_spoken = |transport: &str| {
                ["udp", "tcp"]
                    .iter()
                    .any(|known| transport.eq_ignore_ascii_case(known))
            };
            if let Some(unknown) = transport.filter(|transport| !is_spoken(transport)) {
                let wrong = format!("this version does not speak {unknown:?}");
                self.wrong(
                    &route.to,
                    "tenant.route.to",
                    wrong,
                    "write udp or tcp, or no transport for udp",
                );
            }
            if !uri.is_ok_and(|uri| matches!(uri.scheme(), Scheme::Sip)) {
                let fix = "write where to send it, for example \"sip:127.0.0.1:5080\"";
                self.wrong(
                    &route.to,
                    "tenant.route.to",
                    format!("{to:?} is not a SIP URI"),
                    fix,
                );
            }
            routes.push(RouteConfig {
                user: route.user.get_ref().clone(),
                to: to.clone(),
            });
        }
        routes
    }

    fn timers(&mut self, raw: &[RawTimer]) -> Vec<TimerConfig> {
        let mut names = Names::default();
        let mut timers = Vec::new();
        for timer in raw {
            self.word(&timer.name, "tenant.timer.name");
            names.claim(self, &timer.name, "tenant.timer.name");
            let written = Some(&timer.interval_ms);
            let interval =
                self.number("tenant.timer.interval_ms", written, 10..=31_536_000_000, 10);
            let interval = Duration::from_millis(interval);
            timers.push(TimerConfig {
                name: timer.name.get_ref().clone(),
                interval,
            });
        }
        timers
    }
}
