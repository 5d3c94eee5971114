//! What the operator may say: `[tenant.tls]`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use evroute_certificates::{Authorities, CertificateFiles, ServerSettings};
use evroute_module_api::config::{At, Findings, RawClientCertificates, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, OpenFault, Opening, TenantPart};
use evroute_tenant::CertificatePin;
use serde::Deserialize;
use tokio::task::spawn_blocking;

use crate::TenantTls;

/// Enough to renew by hand, and few enough that what renews itself is not told of.
const EXPIRING_DAYS: u32 = 14;

/// Names with pins, and pins of one name, at most.
const PINS_MAX: usize = 64;

/// What a tenant speaks TLS with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TenantTlsConfig {
    /// Its own certificate, and how those are verified who are shown it; none shows the server's.
    pub server: Option<ServerSettings>,
    /// Whom it believes about those that it calls; none believes whom the server does.
    pub authorities: Option<Authorities>,
    /// By the name that is called: nothing but these certificates is taken.
    pub pins: BTreeMap<String, Vec<CertificatePin>>,
    /// How many days before its end the certificate is told of.
    pub expiring_days: u32,
    /// The tenant's domains: who asks for one of them is shown its certificate, whatever names are
    /// in it.
    pub domains: Vec<String>,
}

/// `[tenant.tls]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTenantTls {
    certificate_file: Option<At<String>>,
    key_file: Option<At<String>>,
    ca_file: Option<At<String>>,
    client_ca_file: Option<At<String>>,
    client_certificates: Option<At<String>>,
    crl_file: Option<At<String>>,
    expiring_days: Option<At<i64>>,
    #[serde(default)]
    pins: BTreeMap<String, Vec<At<String>>>,
}

impl TenantTlsConfig {
    /// Reads and checks the tenant's section; none when there is none.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Option<Self> {
        let raw: RawTenantTls = sections.one::<Option<_>>("tls")?;
        let domains = domains(sections);
        let check = &mut *sections.findings;
        Some(Self {
            server: server(&raw, check),
            authorities: raw.ca_file.as_ref().and_then(|at| authorities(at, check)),
            pins: pins(&raw.pins, check),
            expiring_days: check.number(
                "tenant.tls.expiring_days",
                raw.expiring_days.as_ref(),
                1..=3650,
                EXPIRING_DAYS,
            ),
            domains,
        })
    }
}

fn server(raw: &RawTenantTls, check: &mut Findings) -> Option<ServerSettings> {
    let files = files(raw, check);
    let clients = RawClientCertificates {
        client_ca_file: raw.client_ca_file.as_ref(),
        client_certificates: raw.client_certificates.as_ref(),
        crl_file: raw.crl_file.as_ref(),
    };
    let has_certificate = raw.certificate_file.is_some();
    let clients = check.client_verification("tenant.tls", clients, has_certificate);
    files.map(|files| ServerSettings { files, clients })
}

fn files(raw: &RawTenantTls, check: &mut Findings) -> Option<CertificateFiles> {
    let (key, fix) = ("tenant.tls.certificate_file", CertificateFiles::FIX);
    let (certificate, of_key) = match (&raw.certificate_file, &raw.key_file) {
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(at), None) => {
            check.wrong(at, key, "its key is missing", "add key_file = \"path\"");
            return None;
        }
        (None, Some(at)) => {
            let fix = "add certificate_file = \"path\"";
            check.wrong(at, "tenant.tls.key_file", "its certificate is missing", fix);
            return None;
        }
        (None, None) => return None,
    };
    let files = CertificateFiles {
        certificate: check.beside_file(certificate.get_ref()),
        key: check.beside_file(of_key.get_ref()),
    };
    if let Err(error) = files.check() {
        check.wrong(certificate, key, error, fix);
    }
    Some(files)
}

fn authorities(at: &At<String>, check: &mut Findings) -> Option<Authorities> {
    let authorities = Authorities::File(check.beside_file(at.get_ref()));
    if let Err(error) = authorities.read() {
        let fix = "write the certificates of those who are believed, in PEM";
        check.wrong(at, "tenant.tls.ca_file", error, fix);
        return None;
    }
    Some(authorities)
}

fn pins(
    raw: &BTreeMap<String, Vec<At<String>>>,
    check: &mut Findings,
) -> BTreeMap<String, Vec<CertificatePin>> {
    let mut pins = BTreeMap::new();
    for (name, written) in raw {
        let most = written.get(PINS_MAX).or_else(|| {
            let is_full = pins.len() >= PINS_MAX;
            written.first().filter(|_| is_full)
        });
        if let Some(at) = most {
            let fix = format!("write {PINS_MAX} names and {PINS_MAX} pins of each at most");
            check.wrong(at, "tenant.tls.pins", "there are too many", &fix);
            continue;
        }
        let of_name: &mut Vec<_> = pins.entry(name.to_ascii_lowercase()).or_default();
        for at in written {
            match at.get_ref().parse() {
                Ok(pin) => of_name.push(pin),
                Err(error) => {
                    let fix =
                        "write what this prints: openssl x509 -noout -fingerprint -sha256 -in FILE";
                    let wrong = format!("{:?}: {error}", at.get_ref());
                    check.wrong(at, "tenant.tls.pins", wrong, fix);
                }
            }
        }
    }
    pins
}

/// The tenant's domains; whoever reads them for the server says what is wrong with them.
fn domains(sections: &mut TenantSections<'_>) -> Vec<String> {
    let Some(toml::Value::Array(domains)) = sections.one::<Option<toml::Value>>("domains") else {
        return Vec::new();
    };
    let texts = domains.iter().filter_map(toml::Value::as_str);
    texts.map(str::to_owned).collect()
}

impl ModuleConfig for TenantTlsConfig {
    fn keep(&self, _: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(TenantTls::unopened())
    }

    fn open<'a>(&'a self, tenant: &'a NewTenant<'a>) -> Opening<'a> {
        Box::pin(async move {
            let Some(tables) = tenant.state.share() else {
                return Ok(self.keep(tenant));
            };
            let (config, index) = (self.clone(), tenant.index);
            let opened = spawn_blocking(move || TenantTls::open(index, &config, tables)).await;
            let broke = |why: String| OpenFault::Tenant(format!("tls: {why}"));
            let opened = opened.map_err(|error| broke(error.to_string()))?;
            let opened = opened.map_err(|error| broke(error.to_string()))?;
            Ok(Arc::new(opened) as Arc<dyn TenantPart>)
        })
    }
}

/// Pins as they are looked up.
pub(crate) fn by_name(config: &TenantTlsConfig) -> HashMap<String, Vec<CertificatePin>> {
    config.pins.clone().into_iter().collect()
}
