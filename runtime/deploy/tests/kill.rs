//! A process that is killed at each step of a deploy leaves the old revision or the new one.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use evroute_deploy::{
    ActivationOrder, Author, ComponentDigest, ComponentFacts, DeployPolicy, DeployStep,
    DeployStore, NewRevision, RevisionSettings, StepObserver,
};
use evroute_tenant::{HandlerId, Revision, TenantId};

/// Tells the child which test it is, where the store lies and at which step it ends.
const FOLDER: &str = "EVROUTE_TEST_STORE";
const STEP: &str = "EVROUTE_TEST_STEP";

/// Kills its own process as `kill -9` does: nothing is flushed, nothing is dropped.
struct Killer {
    step: String,
}

impl StepObserver for Killer {
    fn reached(&self, step: DeployStep) {
        if format!("{step:?}") == self.step {
            let own = std::process::id().to_string();
            // Whoever comes back from that ends by another signal, which the parent sees.
            let _ = Command::new("kill").args(["-9", &own]).status();
            std::process::abort();
        }
    }
}

fn names() -> (TenantId, HandlerId, Author) {
    let author = Author {
        name: "alice".to_owned(),
        is_operator: true,
    };
    ("demo".parse().unwrap(), "guard".parse().unwrap(), author)
}

fn deploy(store: &DeployStore, component: &[u8]) {
    let (tenant, handler, author) = names();
    let policy = DeployPolicy::default();
    let digest = store.blobs().keep(component, 1000).unwrap();
    let new = NewRevision {
        tenant: tenant.clone(),
        handler: handler.clone(),
        digest,
        settings: RevisionSettings::default(),
        facts: ComponentFacts::default(),
        signature: None,
        signed_by: None,
        why: "a fix".to_owned(),
        evidence: String::new(),
        attestation: None,
    };
    let revision = store.put(new, &author, &policy, 1).unwrap().revision;
    let order = ActivationOrder {
        tenant: &tenant,
        handler: &handler,
        author: &author,
        why: "a fix",
        evidence: "",
        policy: &policy,
        at_us: 2,
    };
    store
        .activate(&order, revision, None, &mut |_| true)
        .unwrap();
}

/// What is in force, and what its file holds.
fn in_force(store: &DeployStore) -> (Revision, Vec<u8>) {
    let (tenant, handler, _) = names();
    let all = store.in_force(&tenant).unwrap();
    let revision = all.first().unwrap().activation.current.unwrap();
    let record = store.revision(&tenant, &handler, revision).unwrap();
    (
        revision,
        store.blobs().read(record.new.digest, 1000).unwrap(),
    )
}

/// Not a test by itself: what the other one starts, to be killed.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let step = std::env::var(STEP).unwrap();
    let killer = Arc::new(Killer { step });
    let store = DeployStore::open_observed(Path::new(&folder), killer).unwrap();
    deploy(&store, b"new");
}

fn killed_at(folder: &Path, step: DeployStep) {
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .env(FOLDER, folder)
        .env(STEP, format!("{step:?}"))
        .output()
        .unwrap();
    assert_eq!(ended.status.signal(), Some(9), "{step:?}: {ended:?}");
}

#[test]
fn a_kill_at_each_step_leaves_the_old_revision_or_the_new_one() {
    for (place, step) in DeployStep::ALL.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        deploy(&DeployStore::open(folder.path()).unwrap(), b"old");
        killed_at(folder.path(), step);
        let store = DeployStore::open(folder.path()).unwrap();
        let last = place + 1 == DeployStep::ALL.len();
        let (revision, component) = in_force(&store);
        match last {
            false => assert_eq!(
                (revision.number(), component),
                (1, b"old".to_vec()),
                "{step:?}"
            ),
            true => assert_eq!(
                (revision.number(), component),
                (2, b"new".to_vec()),
                "{step:?}"
            ),
        }
        let (tenant, _, _) = names();
        let revisions = store.revisions(&tenant, None).unwrap();
        let kept = place >= place_of(DeployStep::RevisionKept);
        assert_eq!(revisions.len(), if kept { 2 } else { 1 }, "{step:?}");
        // What a crash left is swept, and what a revision needs is not.
        let orphan = store.blobs().bytes(ComponentDigest::of(b"new"));
        assert_eq!(orphan.is_some(), kept, "{step:?}");
        let files = std::fs::read_dir(folder.path().join("blobs/sha256")).unwrap();
        assert_eq!(files.count(), revisions.len(), "{step:?}");
        let rows = u64::try_from(revisions.len()).unwrap() + 1 + u64::from(last);
        assert_eq!(store.verify_audit().unwrap().rows, rows, "{step:?}");
        // And a deploy goes through again.
        deploy(&store, b"newer");
        assert_eq!(in_force(&store).1, b"newer");
    }
}

fn place_of(step: DeployStep) -> usize {
    DeployStep::ALL.iter().position(|one| *one == step).unwrap()
}
