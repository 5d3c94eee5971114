//! What the operator may say: `[tenant.auth]`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use evroute_digest_auth::Algorithm;
use evroute_module_api::config::{At, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, OpenFault, Opening, TenantPart};
use evroute_tenant::TrustedSender;
use serde::Deserialize;

use crate::failed_attempts::FailureLimits;
use crate::{AuthTenant, Rules, Store, SubscriberTable, Subscribers};

/// The folder in `data_dir` with a file for each tenant.
const FOLDER: &str = "subscribers";
/// Methods that are asked about where nothing else is said: those that begin something.
const METHODS: [&str; 6] = [
    "REGISTER",
    "INVITE",
    "MESSAGE",
    "SUBSCRIBE",
    "PUBLISH",
    "REFER",
];
/// Names that a list may have.
const NAMES_MAX: usize = 64;

/// How a tenant's users show who they are.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// Who is asked.
    pub rules: Rules,
    /// The hashes that are offered, the best first.
    pub algorithms: Vec<Algorithm>,
    /// How long a nonce may be used, in milliseconds.
    pub nonce_lifetime_ms: u64,
    /// Of how many nonces the counts are remembered.
    pub nonces_max: usize,
    /// How wrong passwords are slowed down.
    pub failures: FailureLimits,
    /// The table of a database of the tenant's; none where they are in a file of this server.
    pub table: Option<SubscriberTable>,
    /// How many subscribers there may be.
    pub subscribers_max: usize,
    /// `subscribers` in the server's `data_dir`.
    pub folder: PathBuf,
    /// Failures that no handler was asked about yet; the tenant's quota.
    pub events_queued_max: u32,
}

/// `[tenant.auth]` as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAuth {
    realm: Option<At<String>>,
    methods: Option<Vec<At<String>>>,
    algorithms: Option<Vec<At<String>>>,
    #[serde(default)]
    trusted: Vec<At<String>>,
    everyone: Option<bool>,
    check_from: Option<bool>,
    check_to: Option<bool>,
    nonce_lifetime_seconds: Option<At<i64>>,
    nonces_max: Option<At<i64>>,
    failures_max: Option<At<i64>>,
    block_seconds: Option<At<i64>>,
    block_seconds_max: Option<At<i64>>,
    failures_tracked_max: Option<At<i64>>,
    subscribers_max: Option<At<i64>>,
    database: Option<At<String>>,
    table: Option<At<String>>,
    use_domain: Option<bool>,
}

impl Config {
    /// Reads and checks the tenant's section; none when there is none.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Option<Self> {
        let raw: RawAuth = sections.one::<Option<_>>("auth")?;
        let rules = Rules {
            realm: realm(sections, raw.realm.as_ref()),
            domains: sections
                .domains()
                .iter()
                .map(|one| one.to_ascii_lowercase())
                .collect(),
            methods: methods(sections, raw.methods.as_deref()),
            trusted: trusted(sections, &raw.trusted),
            everyone: raw.everyone.unwrap_or(false),
            check_from: raw.check_from.unwrap_or(true),
            check_to: raw.check_to.unwrap_or(true),
        };
        let is_kept = raw.database.is_none();
        let algorithms = algorithms(sections, raw.algorithms.as_deref(), is_kept);
        let table = table(sections, &raw, &algorithms);
        let mut number = |key: &str, written: &Option<At<i64>>, range, default: u64| {
            let key = format!("tenant.auth.{key}");
            sections
                .findings
                .number(&key, written.as_ref(), range, default)
        };
        let lifetime = number(
            "nonce_lifetime_seconds",
            &raw.nonce_lifetime_seconds,
            1..=86_400,
            300,
        );
        let nonces_max = number("nonces_max", &raw.nonces_max, 1..=10_000_000, 65_536);
        let failures_max = number("failures_max", &raw.failures_max, 0..=1_000_000, 5);
        let block = number("block_seconds", &raw.block_seconds, 1..=86_400, 10);
        let block_max = number(
            "block_seconds_max",
            &raw.block_seconds_max,
            1..=86_400,
            3600,
        );
        let tracked_max = number(
            "failures_tracked_max",
            &raw.failures_tracked_max,
            1..=10_000_000,
            65_536,
        );
        let subscribers_max = number(
            "subscribers_max",
            &raw.subscribers_max,
            1..=10_000_000,
            100_000,
        );
        let size = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Some(Self {
            rules,
            algorithms,
            nonce_lifetime_ms: lifetime * 1_000,
            nonces_max: size(nonces_max),
            failures: FailureLimits {
                failures_max: u32::try_from(failures_max).unwrap_or(u32::MAX),
                block_ms: block * 1_000,
                block_ms_max: block_max.max(block) * 1_000,
                tracked_max: size(tracked_max),
            },
            table,
            subscribers_max: size(subscribers_max),
            folder: sections.data_dir.join(FOLDER),
            events_queued_max: sections.quota.events_queued_max,
        })
    }

    /// The file of a tenant.
    fn file(&self, tenant: &str) -> PathBuf {
        self.folder.join(format!("{tenant}.db"))
    }
}

fn realm(sections: &mut TenantSections<'_>, written: Option<&At<String>>) -> Option<String> {
    let written = written?;
    let realm = written.get_ref();
    let is_realm = !realm.is_empty() && realm.len() <= 128 && !realm.chars().any(char::is_control);
    if !is_realm {
        let fix = "write 1 to 128 characters, or leave it out: then it is the user's domain";
        let wrong = format!("{realm:?} is no realm");
        sections
            .findings
            .wrong(written, "tenant.auth.realm", wrong, fix);
    }
    Some(realm.clone())
}

fn methods(sections: &mut TenantSections<'_>, written: Option<&[At<String>]>) -> Vec<String> {
    let key = "tenant.auth.methods";
    let Some(written) = written else {
        return METHODS.map(str::to_owned).to_vec();
    };
    for method in written {
        let name = method.get_ref().as_str();
        let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_token {
            let wrong = format!("{name:?} is no method");
            let fix = "write it as requests do: \"REGISTER\"";
            sections.findings.wrong(method, key, wrong, fix);
        } else if Rules::NEVER_ASKED.contains(&name) {
            let wrong = format!("nobody can be asked for a password by {name}");
            let fix = "remove it: it follows its INVITE, which is asked about";
            sections.findings.wrong(method, key, wrong, fix);
        }
    }
    few(sections, key, written);
    written
        .iter()
        .map(|method| method.get_ref().clone())
        .collect()
}

/// Notes that a list is too long.
fn few(sections: &mut TenantSections<'_>, key: &str, written: &[At<String>]) {
    if let Some(one) = written.get(NAMES_MAX) {
        let fix = format!("write {NAMES_MAX} at most");
        let wrong = format!("it is number {}", NAMES_MAX + 1);
        sections.findings.wrong(one, key, wrong, &fix);
    }
}

/// `is_kept`: the users are in a file of this server, which has hashes of all algorithms.
/// Kamailio's table has those of MD5.
fn algorithms(
    sections: &mut TenantSections<'_>,
    written: Option<&[At<String>]>,
    is_kept: bool,
) -> Vec<Algorithm> {
    let key = "tenant.auth.algorithms";
    let default = match is_kept {
        true => vec![Algorithm::Sha256, Algorithm::Md5],
        false => vec![Algorithm::Md5],
    };
    let Some(written) = written else {
        return default;
    };
    let mut named = Vec::new();
    for one in written {
        let name = one.get_ref();
        match Algorithm::named(name) {
            Some(algorithm) => named.push(algorithm),
            None => {
                let known = Algorithm::ALL.map(Algorithm::as_str).join(", ");
                let wrong = format!("{name:?} is no algorithm that is known here");
                let fix = format!("write some of {known}");
                sections.findings.wrong(one, key, wrong, &fix);
            }
        }
    }
    // Whoever wrote them in whatever order means the best first (RFC 8760 2.4).
    named.sort_by_key(|algorithm| std::cmp::Reverse(*algorithm));
    named.dedup();
    match named.is_empty() {
        true => default,
        false => named,
    }
}

fn table(
    sections: &mut TenantSections<'_>,
    raw: &RawAuth,
    algorithms: &[Algorithm],
) -> Option<SubscriberTable> {
    if let Some(table) = &raw.table {
        sections.findings.word(table, "tenant.auth.table");
    }
    let database = raw.database.as_ref()?;
    if !sections.has("database", database.get_ref()) {
        let wrong = format!("the tenant has no database {:?}", database.get_ref());
        let fix = "add a [[tenant.database]] with this name, or leave it out: then users are kept in data_dir";
        sections
            .findings
            .wrong(database, "tenant.auth.database", wrong, fix);
    }
    let table = raw
        .table
        .as_ref()
        .map_or("subscriber", |table| table.get_ref());
    Some(SubscriberTable {
        database: database.get_ref().clone(),
        table: table.to_owned(),
        use_domain: raw.use_domain.unwrap_or(true),
        algorithms: algorithms.to_vec(),
    })
}

fn trusted(sections: &mut TenantSections<'_>, written: &[At<String>]) -> Vec<TrustedSender> {
    let (key, peers) = ("tenant.auth.trusted", sections.peers);
    let fix = "write \"10.0.0.0/8\", \"192.0.2.7\" or \"tls:carrier.example\"";
    let senders = written.iter();
    let senders = senders.filter_map(|one| sections.findings.sender(one, key, peers, fix));
    let senders = senders.collect();
    few(sections, key, written);
    senders
}

impl Config {
    async fn store(&self, tenant: &NewTenant<'_>) -> Result<Store, String> {
        if let Some(table) = &self.table {
            let reader = tenant.state.databases();
            let reader = reader.ok_or("this server has no module that reads databases")?;
            let store = Store::database(reader, table.clone());
            store.check().await?;
            return Ok(store);
        }
        let (file, most) = (self.file(tenant.id.as_str()), self.subscribers_max);
        let opened = tokio::task::spawn_blocking(move || Subscribers::open(&file, most)).await;
        let opened = opened.map_err(|_| "opening the subscribers panicked")?;
        opened.map(Store::file).map_err(|error| error.to_string())
    }
}

impl ModuleConfig for Config {
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        let store = match &self.table {
            Some(table) => Store::closed(table),
            None => Store::file(Subscribers::in_memory(self.subscribers_max)),
        };
        // A key that everybody knows: of a tenant that is only tried nobody is let in.
        let (id, index) = (tenant.id.clone(), tenant.index);
        Arc::new(AuthTenant::new(id, index, self.clone(), [0; 32], store))
    }

    fn open<'a>(&'a self, tenant: &'a NewTenant<'a>) -> Opening<'a> {
        Box::pin(async move {
            let fault = |why: String| OpenFault::Tenant(format!("tenant.auth: {why}"));
            let mut key = [0; 32];
            getrandom::fill(&mut key)
                .map_err(|why| fault(format!("the system gave no random numbers: {why}")))?;
            let store = self.store(tenant).await.map_err(fault)?;
            let (id, index) = (tenant.id.clone(), tenant.index);
            let part = AuthTenant::new(id, index, self.clone(), key, store);
            Ok(Arc::new(part) as Arc<dyn TenantPart>)
        })
    }

    fn descriptors_max(&self) -> u64 {
        // The database, its log and the log's index.
        3
    }

    fn place_data_below(&mut self, folder: &Path) {
        self.folder = folder.join(&self.folder);
    }
}
