//! What is held while revisions are made ready.

use serde_json::json;

use super::in_force::Change;
use super::*;
use crate::tenant_registry::tests::{Scene, passing};

fn put(deploys: &Deploys, deploying: &Deploying, text: &str) -> Revision {
    let digest = deploys.store().blobs().keep(&passing(text), 1 << 20);
    let digest = digest.unwrap();
    deploys.uploaded(deploying, digest);
    let asked = Asked {
        handler: "guard".to_owned(),
        digest: digest.to_string(),
        settings: Some(json!({ "breaker": { "fallback": "previous-revision" } })),
        why: String::new(),
        evidence: String::new(),
        signature: None,
        attestation: None,
    };
    deploys.put(deploying, asked).unwrap().revision
}

/// The revision in force, and the one that is asked while its breaker is open.
fn ready(deploys: &Deploys) -> (Option<u32>, Option<u32>) {
    let all = deploys.in_force.all();
    let live = all.values().next().unwrap().handlers.first().unwrap();
    let number = |ready: &ReadyHandler| ready.revisions.active().number().number();
    (
        live.current.as_ref().map(number),
        live.previous.as_ref().map(number),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_made_ready_while_what_is_in_force_is_held() {
    let scene = Scene::start().await;
    let deploys = Arc::clone(scene.running.deploys());
    let work = move || {
        let caller = RpcCaller::operator("test");
        let deploying = deploys.deploying(&caller, "demo").unwrap();
        let revisions = ["one", "two", "three"].map(|text| put(&deploys, &deploying, text));
        let change = |change| {
            deploys
                .change(&deploying, "guard", change, ("", ""))
                .unwrap()
        };
        for revision in revisions {
            change(Change::Activate(revision, None));
        }
        assert_eq!(ready(&deploys), (Some(3), Some(2)));
        // What is two back gets no events, and is not there.
        change(Change::Rollback);
        assert_eq!(ready(&deploys), (Some(2), Some(1)));
        change(Change::Drain);
        change(Change::Rollback);
        assert_eq!(ready(&deploys), (Some(2), Some(1)));
        let made = deploys.made_while_free.lock().unwrap().clone();
        assert!(made.iter().all(|is_free| *is_free), "{made:?}");
        // Three, the one two back, and both of them after the drain.
        assert_eq!(made.len(), 6);
    };
    tokio::task::spawn_blocking(work).await.unwrap();
}
