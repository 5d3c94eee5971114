//! What becomes of a tenant's handlers reaches those of them that want to know.

use std::path::PathBuf;

use evroute_tests::{Answer, eventually, example, free_port, trapping};
use serde_json::{Value, json};

use crate::deploys::{Scene, tenant};

/// A handler that says in the log what it is told of deploys.
const WATCH: &str = r#"
[[tenant.handler]]
name = "watch"
component = "{component}"
grants = ["log"]
"#;

fn watched() -> Scene {
    let component = example("deploy-watch").unwrap().display().to_string();
    Scene::of(&(tenant(free_port()) + &WATCH.replace("{component}", &component)))
}

impl Scene {
    /// A component of which each run traps.
    fn trapping(&self, name: &str, event: &str) -> PathBuf {
        trapping(name, &[event], self.components.path()).unwrap()
    }

    fn waits_for(&self, words: &str) {
        self.server.logged(&[words]).unwrap();
    }

    /// How often a line with these words was logged.
    fn lines(&self, words: &str) -> usize {
        let log = self.server.log();
        log.lines().filter(|line| line.contains(words)).count()
    }

    /// State, openings and events instead of a handler's breaker.
    fn breaker(&self, handler: &str) -> Value {
        let answer = self.server.rpc("breaker.list", &json!(["demo"])).unwrap();
        let Answer::Result(Value::Array(rows)) = answer else {
            panic!("{answer:?}");
        };
        let mut rows = rows.into_iter();
        let row = rows.find(|row| row["handler"] == handler).unwrap();
        json!([
            row["breaker"]["state"],
            row["breaker"]["openings"],
            row["breaker"]["events_instead"]
        ])
    }
}

/// A block that says a word for each custom event.
fn says(word: &str) -> String {
    format!("event_route[custom:event:x] {{ xlog(\"{word}\\n\"); }}\n")
}

#[test]
fn handlers_see_which_revision_is_in_force_and_which_was_taken_back() {
    let scene = watched();
    let (first, second) = (
        scene.component("a", &says("one")),
        scene.component("b", &says("two")),
    );
    scene.deploy(&first, &["-m", "the first"]);
    scene.waits_for("guard: r1 in place of r0 by loopback: the first");
    scene.deploy(&second, &["-m", "the second"]);
    scene.waits_for("guard: r2 in place of r1 by loopback: the second");
    scene.said(&["rollback", "guard", "-m", "too loud"]);
    scene.waits_for("guard: r1 again, not r2 by loopback: too loud");
    // Neither a canary that begins nor a drain is one of them.
    scene.deploy(&second, &["--canary", "50%", "--for", "1h"]);
    scene.said(&["rollback", "guard", "-m", "no canary"]);
    scene.waits_for("guard: r1 again, not r3 by loopback: no canary");
    scene.deploy(&second, &["--canary", "50%", "--for", "1h"]);
    scene.said(&["promote", "guard", "-m", "well"]);
    scene.waits_for("guard: r4 in place of r1 by loopback: well");
    scene.said(&["drain", "guard"]);
    scene.said(&["rollback", "guard", "-m", "back"]);
    scene.waits_for("guard: r4 again, not r0 by loopback: back");
    let told = scene.lines(" in place of r") + scene.lines(" again, not r");
    assert_eq!(told, 6, "{}", scene.server.log());
}

#[test]
fn a_block_is_asked_about_the_handler_that_its_event_names() {
    let scene = watched();
    let block = "event_route[deploy:activated:guard] { xlog(\"guard is new\\n\"); }\n\
                 event_route[deploy:activated:other] { xlog(\"other is new\\n\"); }\n";
    let (block, guard) = (
        scene.component("blocks", block),
        scene.component("a", &says("one")),
    );
    let deploy = |component: &PathBuf, name: &str| {
        let component = component.to_str().unwrap();
        scene.said(&["deploy", component, "--handler", name, "--grants", "log"]);
    };
    deploy(&block, "blocks");
    deploy(&guard, "guard");
    scene.waits_for("guard is new");
    assert_eq!(scene.lines("other is new"), 0);
}

#[test]
fn a_handler_sees_that_a_breaker_has_opened_and_of_what() {
    let scene = watched();
    let traps = scene.trapping("traps", "custom/event");
    scene.deploy(&traps, &["--breaker", "runs_min=3"]);
    for _ in 0..3 {
        scene.said(&["raise", "x"]);
    }
    scene.waits_for("guard: r1 is not asked: traps in 3 of 3 runs, opening 1");
    assert_eq!(scene.breaker("guard"), json!(["open", 1, 0]));
    let openings = ["tenant=\"demo\"", "handler=\"guard\""];
    let openings = scene
        .server
        .metric("evroute_breaker_openings_total", &openings);
    assert!((openings.unwrap() - 1.0).abs() < f64::EPSILON);
}

/// The alarm fails of the very event that says that something failed. Its own breaker opens, and
/// that is an event again, about which nobody is asked who is open.
#[test]
fn an_alarm_that_traps_does_not_call_itself_for_ever() {
    let scene = watched();
    let (guard, alarm) = (
        scene.trapping("guard", "custom/event"),
        scene.trapping("alarm", "deploy/breaker-open"),
    );
    let open = ["--breaker", "runs_min=1", "--breaker", "open_seconds=86400"];
    scene.deploy(&guard, &open);
    let alarm = alarm.to_str().unwrap();
    scene.said(&[&["deploy", alarm, "--handler", "alarm"], &open[..]].concat());
    scene.said(&["raise", "x"]);
    scene.waits_for("guard: r1 is not asked: traps in 1 of 1 runs, opening 1");
    scene.waits_for("alarm: r1 is not asked: traps in 1 of 1 runs, opening 1");
    let instead = || (scene.breaker("alarm") == json!(["open", 1, 1])).then_some(());
    eventually("the alarm that is not asked about itself", instead, || {
        scene.server.log()
    })
    .unwrap();
    // What is told after it comes behind all that: nothing was left of it.
    let silent = scene.component("a", &says("one"));
    let silent = silent.to_str().unwrap();
    scene.said(&["deploy", silent, "--handler", "last", "--grants", "log"]);
    scene.waits_for("last: r1 in place of r0");
    assert_eq!(scene.lines(" is not asked: "), 2, "{}", scene.server.log());
    assert_eq!(scene.breaker("alarm"), json!(["open", 1, 1]));
}
