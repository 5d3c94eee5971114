//! What the operator may say: `[[tenant.route]]`, `[tenant.pike]`.

use std::sync::Arc;
use std::time::Instant;

use evroute_event::UnknownEvent;
use evroute_module_api::config::{At, Findings, Names, PeerVerification, TenantSections};
use evroute_module_api::{LiveTenant, ModuleConfig, NewTenant, TenantPart, Work};
use evroute_sip::{Scheme, Uri};
use evroute_tenant::TrustedSender;
use evroute_transport::Proto;
use serde::Deserialize;

use crate::pike_config;
use crate::static_routes::{RouteMatch, RouteSender, StaticRoute};
use crate::tenant_pike::TenantPike;
use crate::{TenantPikeLimits, TenantRouting};

/// How many kinds of senders and networks a route may be for.
const SENDERS_MAX: usize = 64;

/// A tenant's static routes, and how much may be sent for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// `[[tenant.route]]`
    pub routes: Vec<(RouteMatch, StaticRoute)>,
    /// `[tenant.pike]`
    pub pike: TenantPikeLimits,
    /// Whether it counts for the tenant whom the server's `[tls]` has verified.
    pub is_server_believed: bool,
}

/// `[[tenant.route]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRoute {
    user: Option<At<String>>,
    prefix: Option<At<String>>,
    domain: Option<At<String>>,
    to: Option<At<String>>,
    from: Option<Vec<At<String>>>,
}

impl Config {
    /// Reads and checks the tenant's sections.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Self {
        let pike = pike_config::read(sections);
        let raw: Vec<RawRoute> = sections.list("route");
        let (own, peers) = (sections.domains(), sections.peers);
        let check = &mut *sections.findings;
        let mut names = [Names::default(), Names::default(), Names::default()];
        let route = |raw: RawRoute| {
            let (key, at, matching) = matched(check, &raw, &own)?;
            let [users, prefixes, domains] = &mut names;
            let names = match &matching {
                RouteMatch::User(_) => users,
                RouteMatch::Prefix(_) => prefixes,
                RouteMatch::Domain(_) | RouteMatch::AnyDomain => domains,
            };
            names.claim(check, at, key);
            if let Some(to) = &raw.to {
                check_uri(check, to);
            } else if matches!(matching, RouteMatch::User(_) | RouteMatch::Prefix(_)) {
                let fix = "write where it leads, for example to = \"sip:198.51.100.9\"";
                check.wrong(at, key, "its route has no to", fix);
            }
            let route = StaticRoute {
                from: senders(check, &raw, (&matching, peers)),
                to: raw.to.map(At::into_inner),
            };
            Some((matching, route))
        };
        Self {
            routes: raw.into_iter().filter_map(route).collect(),
            pike,
            is_server_believed: peers.is_server_believed(),
        }
    }
}

/// What a route is for, with the key that says so; none where it does not say, which is noted.
fn matched<'a>(
    check: &mut Findings,
    raw: &'a RawRoute,
    own: &[String],
) -> Option<(&'static str, &'a At<String>, RouteMatch)> {
    let (key, at, matching): (_, _, fn(&str) -> RouteMatch) =
        match (&raw.user, &raw.prefix, &raw.domain) {
            (Some(user), None, None) => ("tenant.route.user", user, |user| {
                RouteMatch::User(user.to_owned())
            }),
            (None, Some(prefix), None) => ("tenant.route.prefix", prefix, |prefix| {
                RouteMatch::Prefix(prefix.to_owned())
            }),
            (None, None, Some(domain)) => ("tenant.route.domain", domain, of_domain),
            (None, None, None) => {
                let fix = "write user, prefix or domain in it";
                let to = raw.to.as_ref()?;
                check.wrong(to, "tenant.route.to", "its route is for nobody", fix);
                return None;
            }
            (Some(one), _, _) | (_, Some(one), _) => {
                let fix = "write one of user, prefix and domain, and another route for the other";
                check.wrong(one, "tenant.route", "it is for two kinds of requests", fix);
                return None;
            }
        };
    if at.get_ref().is_empty() {
        let fix = "write the user part of a SIP address, what it begins with, or a domain";
        check.wrong(at, key, "it is empty", fix);
    }
    let matching = matching(at.get_ref());
    if let RouteMatch::Domain(domain) = &matching
        && own.iter().any(|own| own.eq_ignore_ascii_case(domain))
    {
        let fix = "write a domain of others, or a route for user or prefix";
        check.wrong(at, key, "it is the tenant's own", fix);
    }
    Some((key, at, matching))
}

fn of_domain(domain: &str) -> RouteMatch {
    match domain {
        "*" => RouteMatch::AnyDomain,
        domain => {
            let domain = domain.strip_suffix('.').unwrap_or(domain);
            RouteMatch::Domain(domain.to_ascii_lowercase())
        }
    }
}

/// Who may use a route. Where nothing is written: a user is for everybody; what leads out is for
/// those who are known.
fn senders(
    check: &mut Findings,
    raw: &RawRoute,
    (matching, peers): (&RouteMatch, PeerVerification),
) -> Vec<RouteSender> {
    let is_user = matches!(matching, RouteMatch::User(_));
    let Some(written) = &raw.from else {
        return match is_user {
            true => vec![RouteSender::Anyone],
            false => vec![RouteSender::Authenticated, RouteSender::Registered],
        };
    };
    let key = "tenant.route.from";
    if written.is_empty() {
        let mut keys = [&raw.user, &raw.prefix, &raw.domain].into_iter().flatten();
        if let Some(at) = keys.next() {
            let fix = "write from = [\"authenticated\"], or leave from out";
            check.wrong(at, key, "nobody may use it", fix);
        }
    }
    let mut senders = Vec::new();
    for one in written.iter().take(SENDERS_MAX) {
        match one.get_ref().as_str() {
            "anyone" if is_user => senders.push(RouteSender::Anyone),
            "anyone" => open(check, one),
            "authenticated" => senders.push(RouteSender::Authenticated),
            "registered" => senders.push(RouteSender::Registered),
            _ => {
                let fix = "write \"authenticated\", \"registered\", \"10.0.0.0/8\" or \
                           \"tls:carrier.example\"";
                match check.sender(one, key, peers, fix) {
                    Some(TrustedSender::Network(network))
                        if network.is_everywhere() && !is_user =>
                    {
                        open(check, one);
                    }
                    sender => senders.extend(sender.map(RouteSender::Trusted)),
                }
            }
        }
    }
    if let Some(one) = written.get(SENDERS_MAX) {
        let fix = format!("write {SENDERS_MAX} at most");
        check.wrong(one, key, "there are too many", &fix);
    }
    senders
}

/// What leads out is never for everybody.
fn open(check: &mut Findings, one: &At<String>) {
    let fix = "write \"authenticated\", \"registered\" or a network";
    let wrong = "whoever reaches this server could call out";
    check.wrong(one, "tenant.route.from", wrong, fix);
}

fn check_uri(check: &mut Findings, at: &At<String>) {
    let (key, to) = ("tenant.route.to", at.get_ref());
    let uri = Uri::parse(to.as_bytes());
    let transport = uri.as_ref().ok().and_then(Uri::transport);
    let is_spoken = |transport: &&str| Proto::parse(transport).is_some_and(Proto::reaches_others);
    if let Some(unknown) = transport.filter(|transport| !is_spoken(transport)) {
        let wrong = format!("this version does not speak {unknown:?}");
        let fix = "write udp, tcp or tls, or no transport for udp";
        check.wrong(at, key, wrong, fix);
    }
    if !uri.is_ok_and(|uri| matches!(uri.scheme(), Scheme::Sip | Scheme::Sips)) {
        let fix = "write where to send it, for example \"sip:127.0.0.1:5080\"";
        check.wrong(at, key, format!("{to:?} is not a SIP URI"), fix);
    }
}

impl ModuleConfig for Config {
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        let pike = TenantPike::new(tenant.state.id.clone(), &self.pike, Instant::now());
        Arc::new(TenantRouting {
            name: tenant.id.to_string(),
            routes: self.routes.iter().cloned().collect(),
            relays: false,
            pike: pike.map(Arc::new),
            is_server_believed: self.is_server_believed,
        })
    }
}

impl TenantPart for TenantRouting {
    /// Tells handlers of who is blocked.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let pike = self.pike.as_ref();
        pike.map_or_else(|| Ok(Vec::new()), |pike| pike.background(tenant))
    }
}
