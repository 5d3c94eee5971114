//! What the operator may say: `[[tenant.trunk]]`.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use evroute_module_api::config::{At, Findings, Names, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, TenantPart};
use evroute_sip::{Scheme, Uri};
use evroute_transport::Proto;
use serde::Deserialize;

use crate::TrunkTable;

/// How many trunks a tenant may have: each is a task, and requests of its own.
const TRUNKS_MAX: usize = 1_000;

/// A tenant's trunks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// `[[tenant.trunk]]`
    pub trunks: Vec<TrunkConfig>,
}

/// A peer that is registered with: a carrier, or another office.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrunkConfig {
    /// What it is called here (Kamailio's `l_uuid`).
    pub name: String,
    /// The Request-URI of its REGISTER, without a user (Kamailio's `r_domain`).
    pub registrar: String,
    /// Where requests to it are sent, if not where the registrar's URI says (Kamailio's
    /// `auth_proxy`).
    pub next_hop: Option<String>,
    /// Who is registered there: the user part of From, To and Contact (Kamailio's `r_username`).
    pub user: String,
    /// Who its password belongs to (Kamailio's `auth_username`).
    pub auth_user: String,
    /// The realm that the password is for; none answers the peer whatever it asks.
    pub realm: Option<String>,
    /// What it is.
    pub password: Password,
    /// Whether it is registered with at all, or only called through.
    pub registers: bool,
    /// The expiry that is asked for, in seconds.
    pub expires: u32,
}

/// A password. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// This text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// For whoever makes an answer of it.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(...)")
    }
}

/// `[[tenant.trunk]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTrunk {
    name: At<String>,
    registrar: At<String>,
    next_hop: Option<At<String>>,
    user: At<String>,
    auth_user: Option<At<String>>,
    realm: Option<At<String>>,
    password: At<String>,
    register: Option<bool>,
    expires_seconds: Option<At<i64>>,
}

impl Config {
    /// Reads and checks the tenant's sections; none where the tenant has no trunk.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Option<Self> {
        let raw: Vec<RawTrunk> = sections.list("trunk");
        let check = &mut *sections.findings;
        if let Some(one) = raw.get(TRUNKS_MAX) {
            let fix = format!("write {TRUNKS_MAX} at most");
            check.wrong(&one.name, "tenant.trunk", "there are too many", &fix);
        }
        let mut names = Names::default();
        let trunk = |raw: RawTrunk| {
            names.claim(check, &raw.name, "tenant.trunk.name");
            read_trunk(check, raw)
        };
        let trunks: Vec<_> = raw.into_iter().take(TRUNKS_MAX).map(trunk).collect();
        (!trunks.is_empty()).then_some(Self { trunks })
    }
}

fn read_trunk(check: &mut Findings, raw: RawTrunk) -> TrunkConfig {
    check.word(&raw.name, "tenant.trunk.name");
    check_uri(check, &raw.registrar, "tenant.trunk.registrar");
    if let Some(next_hop) = &raw.next_hop {
        check_uri(check, next_hop, "tenant.trunk.next_hop");
    }
    let user = raw.user.get_ref();
    let as_uri = format!("sip:{user}@host");
    let parsed = Uri::parse(as_uri.as_bytes()).ok();
    if parsed.and_then(|uri| uri.user()) != Some(user.as_str()) {
        let fix = "write the user part of a SIP address, as in \"442071234567\"";
        let wrong = format!("{user:?} is not a user");
        check.wrong(&raw.user, "tenant.trunk.user", wrong, fix);
    }
    for (key, at) in [
        ("tenant.trunk.auth_user", raw.auth_user.as_ref()),
        ("tenant.trunk.realm", raw.realm.as_ref()),
        ("tenant.trunk.password", Some(&raw.password)),
    ] {
        check_text(check, at, key);
    }
    let key = "tenant.trunk.expires_seconds";
    let expires = check.number(key, raw.expires_seconds.as_ref(), 60..=86_400, 3_600);
    let user = raw.user.into_inner();
    TrunkConfig {
        name: raw.name.into_inner(),
        registrar: raw.registrar.into_inner(),
        next_hop: raw.next_hop.map(At::into_inner),
        auth_user: raw.auth_user.map_or_else(|| user.clone(), At::into_inner),
        user,
        realm: raw.realm.map(At::into_inner),
        password: Password(raw.password.into_inner()),
        registers: raw.register.unwrap_or(true),
        expires,
    }
}

/// What becomes a part of a header field, or is hashed.
fn check_text(check: &mut Findings, at: Option<&At<String>>, key: &str) {
    let Some(at) = at else {
        return;
    };
    let text = at.get_ref();
    let fix = "write 1 to 256 characters, none of them a control character";
    if text.is_empty() || text.len() > 256 || text.chars().any(char::is_control) {
        check.wrong(at, key, "it is empty, too long or no text", fix);
    }
}

/// Where a peer is: a SIP URI without a user.
fn check_uri(check: &mut Findings, at: &At<String>, key: &str) {
    let text = at.get_ref();
    let uri = Uri::parse(text.as_bytes());
    let is_place = uri.is_ok_and(|uri| {
        let transport = uri.transport();
        let is_spoken = |transport| Proto::parse(transport).is_some_and(Proto::reaches_others);
        matches!(uri.scheme(), Scheme::Sip | Scheme::Sips)
            && uri.user().is_none()
            && uri.headers().is_none()
            && transport.is_none_or(is_spoken)
    });
    if !is_place {
        let fix = "write where the peer is, for example \"sip:sip.carrier.example;transport=tls\"";
        check.wrong(at, key, format!("{text:?} names no peer"), fix);
    }
}

impl ModuleConfig for Config {
    fn keep(&self, _: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(TrunkTable::new(self))
    }

    /// Passwords are not shown, but compared.
    fn is_same(&self, other: &dyn ModuleConfig) -> bool {
        (other as &dyn Any).downcast_ref() == Some(self)
    }
}
