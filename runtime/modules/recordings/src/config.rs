//! What the operator may say: `[tenant.recordings]`.

use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use evroute_module_api::config::{At, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, OpenFault, Opening, TenantPart};
use evroute_sip::HeaderName;
use ring::hmac;
use ring::rand::SystemRandom;
use serde::Deserialize;

use crate::Recordings;

/// The folder in `data_dir` with a folder for each tenant.
const FOLDER: &str = "recordings";
/// Header fields and events that one tenant may name.
const NAMES_MAX: usize = 64;

/// Which runs of a tenant are recorded, and how.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordingsConfig {
    /// Whether failed runs are kept. Default: yes.
    pub failed: bool,
    /// Of how many calls in a million all runs are kept. Default: none.
    pub calls_per_million: u32,
    /// How many runs of each decision of each handler are kept in an hour whatever happens, so that
    /// those are there that are seldom made. Default 6.
    pub rare_per_hour: u32,
    /// How many runs are written in a second at most. Default 20.
    pub per_second_max: u32,
    /// Only runs of these events, `core:request`; all, when empty.
    pub events: Vec<String>,
    /// Header fields whose values are replaced before anything is written, beside
    /// [`RecordingsConfig::ALWAYS_REDACTED`].
    pub redact: Vec<String>,
    /// Whether bodies are replaced. Default: no.
    pub redact_bodies: bool,
    /// How many bytes the files may take, each counted in blocks of 4 KiB. Default 64 MiB.
    pub bytes_max: u64,
    /// `recordings` in the server's `data_dir`.
    pub folder: PathBuf,
    /// The tenant's domains, which a replay needs.
    pub domains: Vec<String>,
}

impl RecordingsConfig {
    /// What is never written as it was.
    pub const ALWAYS_REDACTED: [&'static str; 2] = ["Authorization", "Proxy-Authorization"];
}

impl Default for RecordingsConfig {
    fn default() -> Self {
        Self {
            failed: true,
            calls_per_million: 0,
            rare_per_hour: 6,
            per_second_max: 20,
            events: Vec::new(),
            redact: Vec::new(),
            redact_bodies: false,
            bytes_max: 64 << 20,
            folder: PathBuf::from(FOLDER),
            domains: Vec::new(),
        }
    }
}

/// `[tenant.recordings]` as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRecordings {
    failed: Option<bool>,
    calls_per_million: Option<At<i64>>,
    rare_per_hour: Option<At<i64>>,
    per_second_max: Option<At<i64>>,
    #[serde(default)]
    events: Vec<At<String>>,
    #[serde(default)]
    redact: Vec<At<String>>,
    redact_bodies: Option<bool>,
    bytes_max: Option<At<i64>>,
}

impl RecordingsConfig {
    /// Reads and checks the tenant's section; none when there is none.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Option<Self> {
        let raw: RawRecordings = sections.one::<Option<_>>("recordings")?;
        let domains = sections.domains();
        let folder = sections.data_dir.join(FOLDER);
        let default = Self::default();
        let check = &mut *sections.findings;
        let mut number = |key, written: &Option<At<i64>>, range, default| {
            check.number(key, written.as_ref(), range, default)
        };
        let calls_per_million = number(
            "tenant.recordings.calls_per_million",
            &raw.calls_per_million,
            0..=1_000_000,
            default.calls_per_million,
        );
        let rare_per_hour = number(
            "tenant.recordings.rare_per_hour",
            &raw.rare_per_hour,
            0..=3600,
            default.rare_per_hour,
        );
        let per_second_max = number(
            "tenant.recordings.per_second_max",
            &raw.per_second_max,
            1..=1000,
            default.per_second_max,
        );
        let (key, written) = ("tenant.recordings.bytes_max", raw.bytes_max.as_ref());
        let bytes_max = check.number(key, written, 2 << 20..=1 << 40, default.bytes_max);
        let names = [("events", &raw.events), ("redact", &raw.redact)];
        for (key, names) in names {
            if let Some(name) = names.get(NAMES_MAX) {
                let wrong = format!("it is the name number {}", NAMES_MAX + 1);
                let fix = format!("name {NAMES_MAX} at most");
                check.wrong(name, &format!("tenant.recordings.{key}"), wrong, &fix);
            }
        }
        for name in &raw.redact {
            if !HeaderName::from(name.get_ref()).is_token() {
                let wrong = format!("{:?} is not the name of a header field", name.get_ref());
                let fix = "write a name as it stands in messages: \"P-Asserted-Identity\"";
                check.wrong(name, "tenant.recordings.redact", wrong, fix);
            }
        }
        let plain = |names: Vec<At<String>>| names.into_iter().map(At::into_inner).collect();
        Some(Self {
            failed: raw.failed.unwrap_or(default.failed),
            calls_per_million,
            rare_per_hour,
            per_second_max,
            events: plain(raw.events),
            redact: plain(raw.redact),
            redact_bodies: raw.redact_bodies.unwrap_or(default.redact_bodies),
            bytes_max,
            folder,
            domains,
        })
    }

    /// The names of all header fields that are replaced.
    pub(crate) fn redacted(&self) -> Vec<String> {
        let always = Self::ALWAYS_REDACTED.map(str::to_owned);
        always.into_iter().chain(self.redact.clone()).collect()
    }
}

impl ModuleConfig for RecordingsConfig {
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(Recordings::new(tenant, self, None))
    }

    fn open<'a>(&'a self, tenant: &'a NewTenant<'a>) -> Opening<'a> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        let opened = match key {
            Ok(key) => {
                let kept: Arc<dyn TenantPart> = Arc::new(Recordings::new(tenant, self, Some(key)));
                Ok(kept)
            }
            Err(_) => {
                let why = "recordings: the system gave no random numbers for a key".to_owned();
                Err(OpenFault::Tenant(why))
            }
        };
        Box::pin(ready(opened))
    }

    fn place_data_below(&mut self, folder: &Path) {
        self.folder = folder.join(&self.folder);
    }
}
