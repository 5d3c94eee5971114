//! A tenant whose runs somebody sees.

use std::sync::{Arc, Mutex};

use evroute_event::FailPolicy;
use evroute_module_api::{RunBegin, RunEnd, RunRecorder, RunRecording};
use evroute_tap::Tap;

use super::poll;
use super::scene::{Doing, Scene, Verdict};

/// Writes down what it sees.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Vec<String>>>);

impl Witness {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl RunRecorder for Witness {
    fn begin(&self, run: &RunBegin<'_>) -> Option<Box<dyn RunRecording>> {
        self.note(format!("begin {}", run.handler_context.handler));
        Some(Box::new(self.clone()))
    }
}

impl RunRecording for Witness {
    fn tap(&mut self) -> Option<Box<dyn Tap>> {
        None
    }

    fn end(self: Box<Self>, run: &RunEnd<'_>) {
        let verdict = run
            .verdict
            .and_then(|verdict| run.binding.written(&**verdict));
        assert_eq!(
            run.component_digest.to_string().len(),
            64,
            "SHA-256 in hexadecimal"
        );
        self.note(format!("{} {verdict:?}", run.outcome));
    }
}

#[tokio::test]
async fn each_run_is_seen_from_its_beginning_to_its_end() {
    let scene = Scene::new(FailPolicy::Closed, 4);
    let witness = Witness::default();
    scene.put_recorded_in_force(Arc::new(witness.clone()));
    assert_eq!(scene.raise(Doing::Nothing).await.1, Verdict::Guest);
    let seen = witness.take();
    assert_eq!(seen[0], "begin probe");
    assert!(seen[1].starts_with("Returned Some("), "{seen:?}");
    assert_eq!(seen.len(), 2, "{seen:?}");

    assert_eq!(scene.raise(Doing::Panic).await.1, Verdict::Closed);
    let seen = witness.take();
    assert!(seen[1].starts_with("HostFault"), "{seen:?}");
    assert!(
        seen[1].ends_with("None"),
        "what the fail policy says is no verdict of the run"
    );
}

#[tokio::test]
async fn a_cancelled_run_has_no_end() {
    let scene = Scene::new(FailPolicy::Closed, 4);
    let witness = Witness::default();
    scene.put_recorded_in_force(Arc::new(witness.clone()));
    let mut waiting = Box::pin(scene.raise(Doing::Wait));
    assert!(poll(&mut waiting).is_pending());
    drop(waiting);
    assert_eq!(witness.take(), ["begin probe"]);
}
