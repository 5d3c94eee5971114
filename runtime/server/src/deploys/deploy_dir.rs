//! A folder in which components are put to be deployed: `TENANT/HANDLER.wasm`.
//!
//! Whoever may write there is the tenant, and no more: its `[tenant.deploy]` counts. What came of
//! it stands in `HANDLER.wasm.result`.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use evroute_module_api::RpcCaller;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::in_force::Change;
use super::{Asked, DeployError, Deploying, Deploys};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The most files that are looked at; of more than that the rest is not.
const FILES_MAX: usize = 10_000;

/// The longest file with settings or a signature, in bytes.
const BESIDE_BYTES_MAX: u64 = 64 << 10;

/// What the audit log calls whoever put a file there.
const AUTHOR: &str = "deploy_dir";

/// A file as it was when it was deployed: one that is renamed into its place is another.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    device: u64,
    number: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl Seen {
    fn of(found: &fs::Metadata) -> Self {
        Self {
            device: found.dev(),
            number: found.ino(),
            bytes: found.len(),
            changed: (found.mtime(), found.mtime_nsec()),
        }
    }
}

/// The folder, and what of it is done.
pub(crate) struct DeployDir {
    path: PathBuf,
    seen: BTreeMap<PathBuf, Seen>,
}

impl DeployDir {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            seen: BTreeMap::new(),
        }
    }

    /// Looks at the folder again and again until the server drains.
    pub(crate) async fn watch(mut self, deploys: Arc<Deploys>, draining: CancellationToken) {
        loop {
            let of_look = Arc::clone(&deploys);
            let look = move || {
                self.look(&of_look);
                self
            };
            let Ok(back) = tokio::task::spawn_blocking(look).await else {
                // A panic, which was logged.
                return;
            };
            self = back;
            let wait = tokio::time::sleep(LOOK_EVERY);
            if draining.run_until_cancelled(wait).await.is_none() {
                return;
            }
        }
    }

    /// Deploys what is there and was not, or is another than it was.
    pub(super) fn look(&mut self, deploys: &Deploys) {
        let tenants = entries(&self.path).filter(|entry| entry.path().is_dir());
        let mut files = Vec::new();
        for tenant in tenants {
            let name = tenant.file_name().to_string_lossy().into_owned();
            if deploys.is_begun(&name) {
                let of_tenant = entries(&tenant.path()).filter_map(|entry| component(&entry));
                files.extend(of_tenant.map(|(path, seen)| (name.clone(), path, seen)));
            }
        }
        files.truncate(FILES_MAX);
        self.seen
            .retain(|known, _| files.iter().any(|(_, path, _)| path == known));
        for (tenant, path, seen) in files {
            if self.seen.insert(path.clone(), seen) == Some(seen) {
                continue;
            }
            let said = match deploys.deploy_file(&tenant, &path, seen) {
                Ok(Some(said)) => format!("done: {said}\n"),
                // It was deployed before this server started.
                Ok(None) => continue,
                Err(why) => {
                    tracing::warn!(tenant, path = %path.display(), %why, "not deployed");
                    format!("refused: {why}\n")
                }
            };
            if let Err(why) = write_result(&path, &said) {
                tracing::warn!(path = %path.display(), %why, "what came of it cannot be written");
            }
        }
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(Result::ok).take(FILES_MAX)
}

/// A component that is a file itself: what a link leads to may be another tenant's.
fn component(entry: &DirEntry) -> Option<(PathBuf, Seen)> {
    let path = entry.path();
    let found = fs::symlink_metadata(&path).ok()?;
    let is_component = path
        .extension()
        .is_some_and(|extension| extension == "wasm");
    (is_component && found.is_file()).then(|| (path, Seen::of(&found)))
}

/// Opens a file if it is still the one that was seen, and no link.
fn open(path: &Path, seen: Option<Seen>) -> Result<File, DeployError> {
    let unreadable = |error| DeployError::Refused(format!("{}: {error}", path.display()));
    let before = fs::symlink_metadata(path).map_err(unreadable)?;
    let file = File::open(path).map_err(unreadable)?;
    let opened = Seen::of(&file.metadata().map_err(unreadable)?);
    match Seen::of(&before) == opened && seen.is_none_or(|seen| seen == opened) {
        true => Ok(file),
        false => Err(DeployError::refused(
            "the file changed while it was read; put it beside, and rename it into its place",
        )),
    }
}

/// What stands beside a component; none where nothing does.
fn beside(component: &Path, extension: &str) -> Result<Option<String>, DeployError> {
    let path = component.with_extension(extension);
    if fs::symlink_metadata(&path).is_err() {
        return Ok(None);
    }
    let mut text = String::new();
    open(&path, None)?
        .take(BESIDE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| DeployError::Refused(format!("{}: {error}", path.display())))?;
    Ok(Some(text))
}

fn write_result(component: &Path, said: &str) -> std::io::Result<()> {
    let result = component.with_extension("wasm.result");
    evroute_atomic_file::replace(&result, evroute_atomic_file::SHARED, said.as_bytes())
}

impl Deploys {
    /// Deploys a file. None when its component is the newest revision already.
    fn deploy_file(
        &self,
        tenant: &str,
        path: &Path,
        seen: Seen,
    ) -> Result<Option<String>, DeployError> {
        let name = self.tenant(tenant)?.config.id.clone();
        let deploying = self.deploying(&RpcCaller::of_tenant(AUTHOR, name), tenant)?;
        let handler = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let (place, bytes_max) = self.begin_upload(&deploying)?;
        let mut writer = self.store.blobs().begin(bytes_max)?;
        let mut file = open(path, Some(seen))?;
        let mut piece = vec![0; 64 << 10];
        loop {
            let read = file.read(&mut piece);
            let read =
                read.map_err(|error| DeployError::Refused(format!("it is unread: {error}")))?;
            match piece.get(..read) {
                None | Some([]) => break,
                Some(bytes) => writer.add(bytes)?,
            }
        }
        let (digest, _) = writer.finish()?;
        drop(place);
        let settings = beside(path, "json")?;
        if self.is_newest(&deploying, handler, digest)? {
            return Ok(None);
        }
        let settings: Option<Value> = settings
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| DeployError::Refused(format!("{handler}.json: {error}")))?;
        self.uploaded(&deploying, digest);
        let asked = Asked {
            handler: handler.to_owned(),
            digest: digest.to_string(),
            settings,
            why: String::new(),
            evidence: String::new(),
            signature: beside(path, "wasm.sig")?,
            attestation: beside(path, "wasm.attestation")?,
        };
        let record = self.put(&deploying, asked)?;
        let change = Change::Activate(record.revision, None);
        self.change(&deploying, handler, change, ("", ""))?;
        Ok(Some(format!("{} {} is in force", record.revision, digest)))
    }

    /// Whether the newest revision of a handler is this component.
    fn is_newest(
        &self,
        deploying: &Deploying,
        handler: &str,
        digest: evroute_deploy::ComponentDigest,
    ) -> Result<bool, DeployError> {
        let kept = self.store.revisions(&deploying.tenant.config.id, None)?;
        let mut of_handler = kept
            .iter()
            .filter(|record| record.new.handler.as_str() == handler);
        Ok(of_handler
            .next()
            .is_some_and(|newest| newest.new.digest == digest))
    }
}
