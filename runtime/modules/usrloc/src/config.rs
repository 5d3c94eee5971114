//! What the operator may say: `[tenant.registrar]`, and the tenant's quota of contacts.

use std::sync::Arc;

use evroute_module_api::config::{At, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, TenantPart};
use serde::Deserialize;

use crate::LocationTable;

/// What becomes of a contact that is one too many for its address of record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContactsOver {
    /// It takes the place of the one that was registered or refreshed the longest time ago: most
    /// likely the same phone, before it was started anew or got another port from its NAT. As the
    /// flag `f` of OpenSIPS' `save`.
    #[default]
    Replace,
    /// It is refused with 403. As Kamailio's `max_contacts`, which answers 503.
    Refuse,
}

/// Limits of one tenant's registrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Registered contacts of one address of record (Kamailio's `max_contacts`).
    pub aor_contacts_max: usize,
    /// What becomes of a contact that is one too many for its address of record.
    pub aor_contacts_over: ContactsOver,
    /// Registered contacts, all addresses of record together. Limits those as well, for one
    /// without a contact is not kept.
    pub contacts_max: usize,
    /// What a contact that names no expiry gets, in seconds (Kamailio's `default_expires`).
    pub default_expires: u32,
    /// The shortest expiry, in seconds; less is refused with 423 (RFC 3261 10.3 step 7, which
    /// allows this for less than an hour; Kamailio's `min_expires` lengthens silently instead).
    pub min_expires: u32,
    /// The longest expiry, in seconds; more is shortened (Kamailio's `max_expires`).
    pub max_expires: u32,
    /// Bytes that one contact may keep: URI, Path, Call-ID, instance.
    pub contact_bytes_max: usize,
    /// Seconds from one ping to the next of a contact that is reached over its flow; 0 pings none
    /// (Kamailio's `natping_interval`).
    pub ping_interval: u32,
    /// Up to so many seconds earlier a ping is sent, each time others.
    pub ping_jitter: u32,
    /// So many pings in a row without an answer, and a contact that answered before is gone; 0
    /// takes none for gone (as Kamailio's `keepalive_timeout`).
    pub ping_misses_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            aor_contacts_max: 10,
            aor_contacts_over: ContactsOver::Replace,
            contacts_max: 100_000,
            default_expires: 3600,
            min_expires: 60,
            max_expires: 86_400,
            contact_bytes_max: 4096,
            ping_interval: 30,
            ping_jitter: 5,
            ping_misses_max: 3,
        }
    }
}

/// `[tenant.registrar]` as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRegistrar {
    min_expires_seconds: Option<At<i64>>,
    ping_interval_seconds: Option<At<i64>>,
    ping_jitter_seconds: Option<At<i64>>,
    ping_misses_max: Option<At<i64>>,
    aor_contacts_over: Option<At<String>>,
}

impl Config {
    /// Reads and checks the tenant's sections.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Self {
        let raw: RawRegistrar = sections.one("registrar");
        let default = Self::default();
        let quota = sections.quota;
        Self {
            contacts_max: usize::try_from(quota.contacts_max).unwrap_or(usize::MAX),
            aor_contacts_max: usize::try_from(quota.aor_contacts_max).unwrap_or(usize::MAX),
            aor_contacts_over: contacts_over(sections, raw.aor_contacts_over.as_ref()),
            min_expires: sections.findings.number(
                "tenant.registrar.min_expires_seconds",
                raw.min_expires_seconds.as_ref(),
                1..=3600,
                default.min_expires,
            ),
            ping_interval: sections.findings.number(
                "tenant.registrar.ping_interval_seconds",
                raw.ping_interval_seconds.as_ref(),
                0..=3600,
                default.ping_interval,
            ),
            ping_jitter: sections.findings.number(
                "tenant.registrar.ping_jitter_seconds",
                raw.ping_jitter_seconds.as_ref(),
                0..=3600,
                default.ping_jitter,
            ),
            ping_misses_max: sections.findings.number(
                "tenant.registrar.ping_misses_max",
                raw.ping_misses_max.as_ref(),
                0..=100,
                default.ping_misses_max,
            ),
            ..default
        }
    }
}

fn contacts_over(sections: &mut TenantSections<'_>, written: Option<&At<String>>) -> ContactsOver {
    let Some(written) = written else {
        return ContactsOver::default();
    };
    match written.get_ref().as_str() {
        "replace" => ContactsOver::Replace,
        "refuse" => ContactsOver::Refuse,
        other => {
            let key = "tenant.registrar.aor_contacts_over";
            let wrong = format!("{other:?} is no such setting");
            let fix = "write \"replace\", so that the oldest contact gives way, or \"refuse\"";
            sections.findings.wrong(written, key, wrong, fix);
            ContactsOver::default()
        }
    }
}

impl ModuleConfig for Config {
    fn keep(&self, _: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(LocationTable::new(*self))
    }
}
