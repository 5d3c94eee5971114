//! `[tenant.registrar]` as it is written.

use evroute_journal::Durability;
use evroute_module_api::config::{At, Findings, TenantSections};
use evroute_sip::NameAddr;
use serde::Deserialize;

use super::{Config, ContactsOver, ExpiresUnder};

/// The longest expiry that may be written, in seconds: ten years.
const EXPIRES_MAX: i64 = 315_360_000;

/// How many routes a Service-Route may have.
const SERVICE_ROUTES_MAX: usize = 8;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRegistrar {
    default_expires_seconds: Option<At<i64>>,
    min_expires_seconds: Option<At<i64>>,
    min_expires_under: Option<At<String>>,
    max_expires_seconds: Option<At<i64>>,
    aor_contacts_over: Option<At<String>>,
    gruu: Option<bool>,
    service_route: Option<Vec<At<String>>>,
    durability: Option<At<String>>,
    ping_interval_seconds: Option<At<i64>>,
    ping_jitter_seconds: Option<At<i64>>,
    ping_misses_max: Option<At<i64>>,
    pings_max: Option<At<i64>>,
}

/// Reads and checks the tenant's sections.
pub(super) fn read(sections: &mut TenantSections<'_>) -> Config {
    let raw: RawRegistrar = sections.one("registrar");
    let quota = sections.quota;
    let findings = &mut *sections.findings;
    let default = Config::default();
    let mut config = Config {
        contacts_max: usize::try_from(quota.contacts_max).unwrap_or(usize::MAX),
        aor_contacts_max: usize::try_from(quota.aor_contacts_max).unwrap_or(usize::MAX),
        aor_contacts_over: word(
            findings,
            "tenant.registrar.aor_contacts_over",
            raw.aor_contacts_over.as_ref(),
            &[
                ("replace", ContactsOver::Replace),
                ("refuse", ContactsOver::Refuse),
            ],
            "write \"replace\", so that the oldest contact gives way, or \"refuse\"",
        ),
        min_expires_under: word(
            findings,
            "tenant.registrar.min_expires_under",
            raw.min_expires_under.as_ref(),
            &[
                ("refuse", ExpiresUnder::Refuse),
                ("lengthen", ExpiresUnder::Lengthen),
            ],
            "write \"refuse\", which answers 423, or \"lengthen\"",
        ),
        durability: word(
            findings,
            "tenant.registrar.durability",
            raw.durability.as_ref(),
            &Durability::WORDS.map(|(word, durability)| (word, Kept(durability))),
            "write \"process\", \"power\", or \"none\", which loses registrations with the server",
        )
        .0,
        service_route: service_route(findings, &raw.service_route.clone().unwrap_or_default()),
        events_queued_max: quota.events_queued_max,
        gruu: raw.gruu.unwrap_or(default.gruu),
        ..default
    };
    expires(findings, &raw, &mut config);
    pings(findings, &raw, &mut config);
    config
}

/// How contacts behind a NAT are pinged.
fn pings(findings: &mut Findings, raw: &RawRegistrar, config: &mut Config) {
    config.ping_interval = findings.number(
        "tenant.registrar.ping_interval_seconds",
        raw.ping_interval_seconds.as_ref(),
        0..=3600,
        config.ping_interval,
    );
    config.ping_jitter = findings.number(
        "tenant.registrar.ping_jitter_seconds",
        raw.ping_jitter_seconds.as_ref(),
        0..=3600,
        config.ping_jitter,
    );
    config.ping_misses_max = findings.number(
        "tenant.registrar.ping_misses_max",
        raw.ping_misses_max.as_ref(),
        0..=100,
        config.ping_misses_max,
    );
    config.pings_max = findings.number(
        "tenant.registrar.pings_max",
        raw.pings_max.as_ref(),
        1..=65_536,
        config.pings_max,
    );
}

/// A durability, with that of a registrar that says nothing.
#[derive(Clone, Copy)]
struct Kept(Option<Durability>);

impl Default for Kept {
    fn default() -> Self {
        Self(Some(Durability::default()))
    }
}

/// One of these words; the default where none is written or another one is.
fn word<T: Copy + Default>(
    findings: &mut Findings,
    key: &str,
    written: Option<&At<String>>,
    words: &[(&str, T)],
    fix: &str,
) -> T {
    let Some(written) = written else {
        return T::default();
    };
    let mut known = words.iter();
    let known = known.find(|(word, _)| word == written.get_ref());
    known.map_or_else(
        || {
            let wrong = format!("{:?} is no such setting", written.get_ref());
            findings.wrong(written, key, wrong, fix);
            T::default()
        },
        |(_, value)| *value,
    )
}

/// The three expiries, each within the others.
fn expires(findings: &mut Findings, raw: &RawRegistrar, config: &mut Config) {
    // RFC 3261 10.3 step 7 allows to refuse less than an hour, and no more.
    config.min_expires = findings.number(
        "tenant.registrar.min_expires_seconds",
        raw.min_expires_seconds.as_ref(),
        1..=3600,
        config.min_expires,
    );
    let least = i64::from(config.min_expires);
    config.max_expires = findings.number(
        "tenant.registrar.max_expires_seconds",
        raw.max_expires_seconds.as_ref(),
        least..=EXPIRES_MAX,
        config.max_expires,
    );
    let most = i64::from(config.max_expires);
    let default = config
        .default_expires
        .clamp(config.min_expires, config.max_expires);
    config.default_expires = findings.number(
        "tenant.registrar.default_expires_seconds",
        raw.default_expires_seconds.as_ref(),
        least..=most,
        default,
    );
}

fn service_route(findings: &mut Findings, written: &[At<String>]) -> Vec<String> {
    let key = "tenant.registrar.service_route";
    let mut routes = Vec::new();
    for one in written {
        let route = one.get_ref();
        let is_route = NameAddr::parse(route.as_bytes())
            .is_ok_and(|addr| route.starts_with('<') && addr.parse_uri().is_ok());
        if !is_route || route.chars().any(char::is_control) {
            let wrong = format!("{route:?} is no route");
            let fix = "write it as it stands in a Route: \"<sip:edge.example.com;lr>\"";
            findings.wrong(one, key, wrong, fix);
            continue;
        }
        if routes.len() == SERVICE_ROUTES_MAX {
            let fix = format!("write {SERVICE_ROUTES_MAX} at most");
            findings.wrong(one, key, "there are too many", &fix);
            break;
        }
        routes.push(route.clone());
    }
    routes
}
