//! What the operator may say: `[[tenant.route]]`.

use std::sync::Arc;

use evroute_module_api::config::{At, Findings, Names, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, TenantPart};
use evroute_sip::{Scheme, Uri};
use serde::Deserialize;

use crate::TenantRouting;

/// A tenant's static routes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// `[[tenant.route]]`
    pub routes: Vec<RouteConfig>,
}

/// `[[tenant.route]]`: requests for this user of the tenant's domains go there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouteConfig {
    /// The user part of the Request-URI.
    pub user: String,
    /// A SIP URI.
    pub to: String,
}

/// `[[tenant.route]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRoute {
    user: At<String>,
    to: At<String>,
}

impl Config {
    /// Reads and checks the tenant's sections.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Self {
        let raw: Vec<RawRoute> = sections.list("route");
        let check = &mut *sections.findings;
        let mut names = Names::default();
        let route = |raw: RawRoute| {
            names.claim(check, &raw.user, "tenant.route.user");
            if raw.user.get_ref().is_empty() {
                let fix = "write the user part of a SIP address";
                check.wrong(&raw.user, "tenant.route.user", "it is empty", fix);
            }
            check_uri(check, &raw.to);
            RouteConfig {
                user: raw.user.into_inner(),
                to: raw.to.into_inner(),
            }
        };
        Self {
            routes: raw.into_iter().map(route).collect(),
        }
    }
}

fn check_uri(check: &mut Findings, at: &At<String>) {
    let (key, to) = ("tenant.route.to", at.get_ref());
    let uri = Uri::parse(to.as_bytes());
    let transport = uri.as_ref().ok().and_then(Uri::transport);
    let is_spoken = |transport: &str| {
        let mut known = ["udp", "tcp", "tls"].iter();
        known.any(|known| transport.eq_ignore_ascii_case(known))
    };
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
        let routes = self.routes.iter();
        Arc::new(TenantRouting {
            name: tenant.id.to_string(),
            routes: routes
                .map(|route| (route.user.clone(), route.to.clone()))
                .collect(),
            relays: false,
        })
    }
}

impl TenantPart for TenantRouting {}
