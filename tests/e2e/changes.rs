//! What a change would do, and which change did it: on the recorded runs of a running server.

use evroute_tests::{Ended, eventually};
use serde_json::Value;

use crate::demo::send_one;
use crate::deploys::Scene;

const TENANT: &str = "[[tenant]]\nname = \"demo\"\ndomains = [\"127.0.0.1\"]\n\n[tenant.deploy]\n\
                      grants = [\"log\", \"pv\", \"sip\"]\n\n[tenant.recordings]\n\
                      calls_per_million = 1_000_000\n";

const OLD: &str = "event_route[tm:local-request] { xlog(\"seen\\n\"); }\n";
const SAME: &str = "event_route[tm:local-request] { xlog(\"seen again\\n\"); }\n";
const NEW: &str = "event_route[tm:local-request] {\n    xlog(\"seen\\n\");\n    if ($fU == \"alice\") {\n        \
                   drop;\n    }\n}\n";

/// The calls that were recorded, once there are so many.
fn recorded(scene: &Scene, how_many: usize) -> Vec<String> {
    let calls = || {
        let list = scene.said(&["recordings", "list", "--json"]);
        let rows = list
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let calls = rows.filter_map(|row| Some(row["call_id"].as_str()?.to_owned()));
        let calls: Vec<_> = calls.collect();
        (calls.len() >= how_many).then_some(calls)
    };
    eventually("runs are recorded", calls, || scene.server.log()).unwrap()
}

/// The old revision in force, another that does the same, and one that drops what alice sends.
struct Changing {
    scene: Scene,
    old: String,
    same: String,
    new: String,
}

impl Changing {
    fn start() -> Self {
        let scene = Scene::of(TENANT);
        let component = |name, block| scene.component(name, block).to_str().unwrap().to_owned();
        let old = component("old", OLD);
        scene.deploy(old.as_ref(), &[]);
        Self {
            same: component("same", SAME),
            new: component("new", NEW),
            old,
            scene,
        }
    }

    /// Three requests of alice's; their calls.
    fn call(&self) -> Vec<String> {
        for _ in 0..3 {
            send_one(&self.scene.server, "");
        }
        recorded(&self.scene, 3)
    }

    fn shadowed(&self, component: &str, more: &[&str]) -> Ended {
        let deploy = [
            "deploy",
            component,
            "--handler",
            "guard",
            "--grants",
            "log,pv,sip",
        ];
        let tenant = ["--tenant", "demo", "--shadow", "100"];
        self.scene
            .command(&[&deploy[..], &tenant[..], more].concat())
    }
}

#[test]
fn a_change_is_shown_on_the_last_events_before_it_is_in_force() {
    let changing = Changing::start();
    let ended = changing.shadowed(&changing.same, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.err.contains("no run of guard was recorded"),
        "{ended:?}"
    );
    changing.call();

    let ended = changing.shadowed(&changing.new, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.out.contains("3 send before, drop now (verdict)"),
        "{ended:?}"
    );
    assert!(ended.err.contains("nothing was deployed"), "{ended:?}");
    let revisions = changing.scene.said(&["revisions", "guard"]);
    assert_eq!(revisions.lines().count(), 1, "{revisions}");

    let ended = changing.shadowed(&changing.same, &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("3 events: 3 end as before"), "{ended:?}");
    let ended = changing.shadowed(&changing.new, &["--accept-changes"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let log = changing.scene.said(&["audit", "list"]);
    assert!(
        log.contains("shadow of 3 events: 3 end differently"),
        "{log}"
    );
}

#[test]
fn a_call_is_blamed_on_the_revision_that_changed_it() {
    let changing = Changing::start();
    let calls = changing.call();
    let scene = &changing.scene;
    scene.deploy(changing.same.as_ref(), &[]);
    scene.deploy(changing.new.as_ref(), &["-m", "alice is gone"]);
    let blamed = scene.said(&["blame", &calls[0]]);
    let lines = blamed.lines();
    let changed: Vec<_> = lines.filter(|line| line.contains("<- changed")).collect();
    assert_eq!(changed.len(), 1, "{blamed}");
    assert!(changed[0].trim_start().starts_with("r3 "), "{blamed}");
    assert!(changed[0].contains("alice is gone"), "{blamed}");

    let runs = scene.components.path().join("runs");
    let runs = runs.to_str().unwrap();
    scene.said(&["recordings", "export", "--to", runs]);
    let diff = [
        "diff", "guard", "1", "3", "--tenant", "demo", "--json", "--on", runs,
    ];
    let ended = scene.command(&diff);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let shown: Value = serde_json::from_str(ended.out.trim()).unwrap();
    let counts = (&shown["events"], &shown["different"]);
    assert_eq!(counts, (&3.into(), &3.into()), "{shown}");
    let ended = scene.command(&["diff", &changing.old, &changing.same, "--on", runs]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_call_that_was_not_recorded_is_blamed_on_nobody() {
    let scene = Scene::of(TENANT);
    let ended = scene.command(&["blame", "nobody@example.org", "--tenant", "demo"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended
            .err
            .contains("no run of nobody@example.org was recorded"),
        "{ended:?}"
    );
}
