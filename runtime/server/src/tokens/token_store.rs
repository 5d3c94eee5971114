//! All tokens.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use evroute_module_api::RpcCaller;
use evroute_tenant::TenantId;

use super::call_rate::{CallLimit, CallRate};
use super::token_file::{KeptToken, TokenFile};
use super::token_secret::{TokenHash, id_of};
use super::{NewToken, TokenFileError, TokenRecord, TokenSecret};

/// Tokens that there may be, and of one tenant.
const TOKENS_MAX: usize = 65_536;
const TENANT_TOKENS_MAX: usize = 64;

/// The longest name of a token, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// How often one token may call.
const TOKEN_CALLS: CallLimit = CallLimit {
    per_second: 100,
    seconds_at_once: 5,
};

/// Why a token is not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum TokenRefusal {
    /// Its name cannot be one.
    #[error("{0:?} cannot be a token's name; use 1 to 64 letters, digits, '.', '_', '-' and '@'")]
    Name(String),
    /// Its tenant's name cannot be one.
    #[error("{0:?} cannot be a tenant's name")]
    Tenant(String),
    /// There is one of this name.
    #[error("there is a token named {0} already; revoke it, or choose another name")]
    Taken(String),
    /// There are as many as there may be.
    #[error(
        "there are {0} tokens already; revoke some (evroute token list shows what was used when)"
    )]
    TooMany(usize),
    /// It would have ended before it began.
    #[error("it would have ended already")]
    Past,
    /// There is none.
    #[error("there is no token {0:?}; evroute token list shows those there are")]
    Unknown(String),
    /// The system has no random numbers.
    #[error("the system has no random numbers: {0}")]
    Random(getrandom::Error),
    /// They cannot be kept.
    #[error(transparent)]
    File(#[from] TokenFileError),
}

/// Whose token was shown, and how often it may be.
#[derive(Clone, Debug)]
pub(crate) struct ShownToken {
    pub(crate) caller: RpcCaller,
    held: Option<Arc<Held>>,
}

impl ShownToken {
    /// Somebody who may call as often as they like.
    pub(crate) fn without_limit(caller: RpcCaller) -> Self {
        Self { caller, held: None }
    }

    /// Takes so many calls; false when that is too many now.
    pub(crate) fn take(&self, calls: u32) -> bool {
        let held = self.held.as_ref();
        held.is_none_or(|held| held.rate.take(calls, Instant::now()))
    }

    /// Whether it is neither revoked nor expired. `now` is seconds since 1970.
    pub(crate) fn is_valid(&self, now: u64) -> bool {
        let is_valid = |held: &Arc<Held>| {
            !held.is_revoked.load(Ordering::Relaxed) && !held.record.is_expired(now)
        };
        self.held.as_ref().is_none_or(is_valid)
    }
}

/// The tokens of a server, in memory and in a file of `data_dir`.
#[derive(Debug)]
pub struct TokenStore {
    table: ArcSwap<Table>,
    /// Whoever changes them holds it.
    file: Mutex<TokenFile>,
}

#[derive(Clone, Debug, Default)]
struct Table {
    by_id: BTreeMap<String, Arc<Held>>,
    has_operator: bool,
}

#[derive(Debug)]
struct Held {
    record: TokenRecord,
    hash: TokenHash,
    /// Seconds since 1970; 0 is never.
    last_used: AtomicU64,
    /// Since that was last written.
    is_used: AtomicBool,
    rate: CallRate,
    /// For who was let in by it before.
    is_revoked: AtomicBool,
}

impl Held {
    fn new(record: TokenRecord, hash: TokenHash) -> Arc<Self> {
        Arc::new(Self {
            last_used: AtomicU64::new(record.last_used.unwrap_or(0)),
            is_used: AtomicBool::new(false),
            record,
            hash,
            rate: CallRate::new(TOKEN_CALLS, Instant::now()),
            is_revoked: AtomicBool::new(false),
        })
    }

    fn revoke(&self) {
        self.is_revoked.store(true, Ordering::Relaxed);
    }

    fn record(&self) -> TokenRecord {
        let last_used = self.last_used.load(Ordering::Relaxed);
        TokenRecord {
            last_used: (last_used > 0).then_some(last_used),
            ..self.record.clone()
        }
    }
}

impl TokenStore {
    /// Those that are kept in this folder, which exists. As long as this lives no other process
    /// changes them.
    ///
    /// # Errors
    /// The file cannot be read, or is not what this program wrote.
    pub fn open(data_dir: &Path) -> Result<Self, TokenFileError> {
        let (file, text) = TokenFile::open(data_dir)?;
        let mut table = Table {
            has_operator: text.has_operator,
            ..Table::default()
        };
        for kept in text.tokens {
            let hash = kept.hash();
            let hash = hash.ok_or_else(|| file.broken("a sha256 that is none"))?;
            let id = kept.record.id.clone();
            table.by_id.insert(id, Held::new(kept.record, hash));
        }
        Ok(Self {
            table: ArcSwap::from_pointee(table),
            file: Mutex::new(file),
        })
    }

    /// No tokens, and none can be made, since those that are kept cannot be read. Nobody comes in
    /// by this: what cannot be read may have had an operator's.
    pub(crate) fn unusable(data_dir: &Path, error: &TokenFileError) -> Self {
        let table = Table {
            has_operator: true,
            ..Table::default()
        };
        Self {
            table: ArcSwap::from_pointee(table),
            file: Mutex::new(TokenFile::unusable(data_dir, error.to_string())),
        }
    }

    /// Whether an operator's token was ever made: from then on nobody comes in without one.
    #[must_use]
    pub fn has_operator(&self) -> bool {
        self.table.load().has_operator
    }

    /// All, or those of one tenant, in the order in which they were made.
    #[must_use]
    pub fn list(&self, tenant: Option<&str>) -> Vec<TokenRecord> {
        let table = self.table.load();
        let records = table.by_id.values().map(|held| held.record());
        let is_meant =
            |record: &TokenRecord| tenant.is_none() || record.tenant.as_deref() == tenant;
        let mut records: Vec<_> = records.filter(is_meant).collect();
        records.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        records
    }

    /// Makes one. It is kept when this returns. `now` is seconds since 1970.
    ///
    /// # Errors
    /// [`TokenRefusal`]; then there is none.
    pub fn create(&self, new: NewToken, now: u64) -> Result<TokenSecret, TokenRefusal> {
        let file = self.lock();
        let mut table = Table::clone(&self.table.load());
        table.admit(&new, now)?;
        let secret = TokenSecret::random().map_err(TokenRefusal::Random)?;
        let record = TokenRecord {
            id: secret.id().to_owned(),
            name: new.name,
            tenant: new.tenant,
            reads_only: new.reads_only,
            created: now,
            by: new.by,
            expires: new.expires,
            last_used: None,
        };
        table.has_operator |= record.tenant.is_none();
        let held = Held::new(record, TokenHash::of(secret.text().as_bytes()));
        table.by_id.insert(secret.id().to_owned(), held);
        self.keep(&file, table)?;
        Ok(secret)
    }

    /// Ends one by its id or its name; of a tenant only that tenant's. It ends before this returns.
    ///
    /// # Errors
    /// [`TokenRefusal`].
    pub fn revoke(&self, token: &str, tenant: Option<&str>) -> Result<TokenRecord, TokenRefusal> {
        let file = self.lock();
        let mut table = Table::clone(&self.table.load());
        let mut held = table.by_id.values();
        let found = held.find(|held| {
            let is_meant = held.record.id == token || held.record.name == token;
            is_meant && held.record.tenant.as_deref() == tenant
        });
        // An operator may give the id alone, whosever it is.
        let found = found.or_else(|| tenant.is_none().then(|| table.by_id.get(token)).flatten());
        let found = found.map(|held| held.record());
        let record = found.ok_or_else(|| TokenRefusal::Unknown(token.to_owned()))?;
        let revoked = table.by_id.remove(&record.id);
        self.keep(&file, table)?;
        revoked.iter().for_each(|held| held.revoke());
        Ok(record)
    }

    /// Ends all tokens of a tenant that is removed, so that one who gets its name later does not
    /// meet them. The answer is how many there were.
    ///
    /// # Errors
    /// [`TokenRefusal::File`].
    pub fn revoke_tenant(&self, tenant: &str) -> Result<usize, TokenRefusal> {
        let file = self.lock();
        let mut table = Table::clone(&self.table.load());
        let is_meant = |held: &Arc<Held>| held.record.tenant.as_deref() == Some(tenant);
        let revoked = table.by_id.extract_if(.., |_, held| is_meant(held));
        let revoked: Vec<_> = revoked.map(|(_, held)| held).collect();
        if !revoked.is_empty() {
            self.keep(&file, table)?;
        }
        revoked.iter().for_each(|held| held.revoke());
        Ok(revoked.len())
    }

    /// Whose token this is; none when it is nobody's or has ended. Takes as long for a token that
    /// there is as for one that there is not.
    pub(crate) fn shown(&self, text: &[u8], now: u64) -> Option<ShownToken> {
        let id = id_of(text)?;
        let hash = TokenHash::of(text);
        let table = self.table.load();
        let held = table.by_id.get(id);
        let is_right = hash.is(held.map_or(&TokenHash::NONE, |held| &held.hash));
        let held = held.filter(|held| is_right && !held.record.is_expired(now))?;
        held.last_used.store(now, Ordering::Relaxed);
        held.is_used.store(true, Ordering::Relaxed);
        Some(ShownToken {
            caller: caller(&held.record)?,
            held: Some(Arc::clone(held)),
        })
    }

    /// Writes when tokens were last used, if any was since.
    ///
    /// # Errors
    /// [`TokenRefusal::File`].
    pub fn keep_last_used(&self) -> Result<(), TokenRefusal> {
        let file = self.lock();
        let table = Table::clone(&self.table.load());
        let mut held = table.by_id.values();
        let is_changed = held.any(|held| held.is_used.swap(false, Ordering::Relaxed));
        match is_changed {
            true => self.keep(&file, table),
            false => Ok(()),
        }
    }

    fn keep(&self, file: &TokenFile, table: Table) -> Result<(), TokenRefusal> {
        let held = table.by_id.values();
        let tokens = held.map(|held| KeptToken::new(held.record(), &held.hash));
        file.write(table.has_operator, tokens.collect())?;
        self.table.store(Arc::new(table));
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, TokenFile> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn admit(&self, new: &NewToken, now: u64) -> Result<(), TokenRefusal> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte);
        let length = new.name.len();
        if length == 0 || length > NAME_BYTES_MAX || !new.name.bytes().all(fits) {
            return Err(TokenRefusal::Name(new.name.clone()));
        }
        if let Some(tenant) = &new.tenant
            && tenant.parse::<TenantId>().is_err()
        {
            return Err(TokenRefusal::Tenant(tenant.clone()));
        }
        if new.expires.is_some_and(|expires| expires <= now) {
            return Err(TokenRefusal::Past);
        }
        let of_same = self.by_id.values().map(|held| &held.record);
        let of_same: Vec<_> = of_same
            .filter(|record| record.tenant == new.tenant)
            .collect();
        if of_same.iter().any(|record| record.name == new.name) {
            return Err(TokenRefusal::Taken(new.name.clone()));
        }
        if of_same.len() >= TENANT_TOKENS_MAX {
            return Err(TokenRefusal::TooMany(of_same.len()));
        }
        match self.by_id.len() {
            TOKENS_MAX.. => Err(TokenRefusal::TooMany(TOKENS_MAX)),
            _ => Ok(()),
        }
    }
}

fn caller(record: &TokenRecord) -> Option<RpcCaller> {
    let name = format!("{}#{}", record.name, record.id);
    let caller = match &record.tenant {
        None => RpcCaller::operator(name),
        Some(tenant) => RpcCaller::of_tenant(name, tenant.parse().ok()?),
    };
    let caller = caller.until(record.expires);
    Some(match record.reads_only {
        true => caller.who_only_reads(),
        false => caller,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn new(name: &str, tenant: Option<&str>) -> NewToken {
        NewToken {
            name: name.to_owned(),
            tenant: tenant.map(str::to_owned),
            reads_only: false,
            expires: None,
            by: "test".to_owned(),
        }
    }

    fn text(secret: &TokenSecret) -> &[u8] {
        secret.text().as_bytes()
    }

    #[test]
    fn a_token_is_kept_without_its_secret_and_reaches_what_it_was_made_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::open(folder.path()).unwrap();
        assert!(!store.has_operator());
        let of_tenant = store.create(new("ci", Some("acme")), NOW).unwrap();
        assert!(!store.has_operator());
        let of_operator = store.create(new("ci", None), NOW).unwrap();
        drop(store);
        let file = std::fs::read_to_string(folder.path().join("tokens.json")).unwrap();
        for secret in [&of_tenant, &of_operator] {
            let secret = secret.text().rsplit('_').next().unwrap();
            assert!(!file.contains(secret), "{file}");
        }
        let store = TokenStore::open(folder.path()).unwrap();
        assert!(store.has_operator());
        let tenant = |secret| {
            let shown = store.shown(text(secret), NOW).unwrap();
            shown.caller.tenant().map(ToString::to_string)
        };
        assert_eq!(tenant(&of_tenant).as_deref(), Some("acme"));
        assert_eq!(tenant(&of_operator), None);
    }

    #[test]
    fn what_is_wrong_by_one_character_expired_or_revoked_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::open(folder.path()).unwrap();
        let secret = store.create(new("ci", Some("acme")), NOW).unwrap();
        let last = if secret.text().ends_with('0') {
            "1"
        } else {
            "0"
        };
        let wrong = format!("{}{last}", &secret.text()[..secret.text().len() - 1]);
        assert!(store.shown(wrong.as_bytes(), NOW).is_none());
        let brief = NewToken {
            expires: Some(NOW + 60),
            ..new("brief", Some("acme"))
        };
        let brief = store.create(brief, NOW).unwrap();
        assert!(store.shown(text(&brief), NOW + 59).is_some());
        assert!(store.shown(text(&brief), NOW + 60).is_none());
        assert!(store.shown(text(&secret), NOW).is_some());
        let shown = store.shown(text(&secret), NOW).unwrap();
        assert!(shown.is_valid(NOW));
        store.revoke("ci", Some("acme")).unwrap();
        assert!(store.shown(text(&secret), NOW).is_none());
        assert!(!shown.is_valid(NOW), "what goes on for long ends, too");
    }

    #[test]
    fn a_tenant_neither_sees_nor_revokes_tokens_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::open(folder.path()).unwrap();
        let own = store.create(new("ci", Some("acme")), NOW).unwrap();
        let foreign = store.create(new("ci", Some("beta")), NOW).unwrap();
        let listed = store.list(Some("acme"));
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].id, own.id());
        let refused = |token: &str| store.revoke(token, Some("acme")).unwrap_err().to_string();
        let unknown = refused("000000000000").replace("000000000000", foreign.id());
        assert_eq!(refused(foreign.id()), unknown);
        store.revoke(foreign.id(), None).unwrap();
        assert_eq!(store.list(None).len(), 1);
        store.create(new("other", Some("acme")), NOW).unwrap();
        assert_eq!(store.revoke_tenant("acme").unwrap(), 2);
        assert!(store.list(None).is_empty());
    }

    #[test]
    fn names_and_numbers_have_limits() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::open(folder.path()).unwrap();
        let refused = |new| store.create(new, NOW).unwrap_err();
        for name in ["", "a b", "a\n", "ä", &"a".repeat(65)] {
            assert!(matches!(refused(new(name, None)), TokenRefusal::Name(_)));
        }
        let past = NewToken {
            expires: Some(NOW),
            ..new("past", None)
        };
        assert!(matches!(refused(past), TokenRefusal::Past));
        assert!(matches!(
            refused(new("a", Some("A B"))),
            TokenRefusal::Tenant(_)
        ));
        for number in 0..TENANT_TOKENS_MAX {
            store
                .create(new(&format!("t{number}"), Some("acme")), NOW)
                .unwrap();
        }
        assert!(matches!(
            refused(new("t0", Some("acme"))),
            TokenRefusal::Taken(_)
        ));
        assert!(matches!(
            refused(new("t64", Some("acme"))),
            TokenRefusal::TooMany(64)
        ));
        store.create(new("t0", Some("beta")), NOW).unwrap();
    }

    #[test]
    fn a_second_process_reads_and_does_not_write() {
        let folder = tempfile::tempdir().unwrap();
        let first = TokenStore::open(folder.path()).unwrap();
        let secret = first.create(new("ci", None), NOW).unwrap();
        let second = TokenStore::open(folder.path()).unwrap();
        assert!(second.shown(text(&secret), NOW).is_some());
        let refused = second.create(new("other", None), NOW).unwrap_err();
        assert!(
            refused.to_string().contains("in use by another process"),
            "{refused}"
        );
        drop(first);
        let third = TokenStore::open(folder.path()).unwrap();
        third.create(new("other", None), NOW).unwrap();
    }

    #[test]
    fn when_a_token_was_used_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = TokenStore::open(folder.path()).unwrap();
        let secret = store.create(new("ci", None), NOW).unwrap();
        store.shown(text(&secret), NOW + 7).unwrap();
        store.keep_last_used().unwrap();
        drop(store);
        let store = TokenStore::open(folder.path()).unwrap();
        assert_eq!(store.list(None)[0].last_used, Some(NOW + 7));
    }

    #[test]
    fn a_broken_file_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        let token = r#"{"id":"a","name":"a","created":1,"by":"x","sha256":"zz"}"#;
        for text in [
            "",
            "{",
            r#"{"version":2}"#,
            &format!(r#"{{"version":1,"tokens":[{token}]}}"#),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = TokenStore::open(folder.path()).unwrap_err();
            let reported = error.to_string();
            assert!(
                reported.contains("tokens.json is not a file of tokens ("),
                "{reported}"
            );
            let store = TokenStore::unusable(folder.path(), &error);
            assert!(store.has_operator());
            store.create(new("ci", None), NOW).unwrap_err();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
