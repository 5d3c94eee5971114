use std::collections::BTreeSet;
use std::path::Path;

use evroute_contract::EVENTS;
use evroute_sandbox::SandboxConfig;
use evroute_sip::Message;

use super::*;
use crate::Suite;
use crate::fixture::{Fixture, sandbox_of};

#[test]
fn every_event_of_the_server_can_be_written() {
    let events = evroute_server::MODULES.iter().flat_map(|m| m.events());
    let events: BTreeSet<_> = events
        .map(|binding| binding.name().as_str().to_owned())
        .collect();
    let known: BTreeSet<_> = kinds()
        .iter()
        .map(|kind| kind.name.as_str().to_owned())
        .collect();
    assert_eq!(events, known);
    assert_eq!(events.len(), EVENTS.len(), "wit/ has others");
}

/// Handles every event: logs what an earlier run left in memory and in a global, leaves something
/// there, and answers with the first case of each verdict.
fn guest() -> Vec<u8> {
    let exports = EVENTS.iter().map(|event| {
        let interface = event.interface;
        format!("(export \"{interface}#handle\" (func $handle))\n")
    });
    let text = format!(
        "(module
          (import \"evroute:log/log@0.1.0\" \"log\" (func $log (param i32 i32 i32)))
          (memory (export \"memory\") 1)
          (global $left (mut i32) (i32.const 0))
          (data (i32.const 16) \"an event\")
          (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
          (func $handle (param $event i32) (result i32)
            (call $log (i32.const 2) (i32.const 16) (i32.const 8))
            (call $log (i32.const 2) (i32.const 3000)
              (i32.add (global.get $left) (i32.load8_u (i32.const 2999))))
            (i32.store8 (i32.const 2999) (i32.const 3))
            (i32.store (i32.const 3000) (i32.const 0x61616161))
            (global.set $left (i32.const 2))
            (i32.const 1024))
          {})",
        exports.collect::<String>()
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let wit = [root.join("wit"), root.join("tests/guests/world.wit")];
    let wit = [wit[0].as_path(), wit[1].as_path()];
    evroute_componentize::componentize(text.as_bytes(), &wit, "every-event").unwrap()
}

/// The example of an event.
fn example(kind: &Kind) -> Suite {
    let (event, example) = (kind.name, kind.example);
    let text = format!(
        "event = \"{event}\"\ngrants = [\"log\"]\n[[case]]\nname = \"any\"\nverdict = \"any\"\n{example}\n"
    );
    Suite::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What can be seen of a run from outside.
fn traces(
    fixture: &Fixture,
    kind: &Kind,
    suite: &Suite,
    runtime: &tokio::runtime::Runtime,
) -> String {
    let (_, case) = &suite.cases[0];
    let run = runtime.block_on(fixture.run((kind.build)(case).unwrap()));
    let message = run.payload.subject().message.as_ref().map(Message::print);
    let verdict = run.verdict.and_then(|verdict| (kind.word)(&*verdict));
    let log = fixture.log.take();
    assert_eq!(log, ["NOTICE an event", "NOTICE "], "{}", kind.name);
    format!(
        "{} {verdict:?} {:?} {message:?} {log:?} {:?}",
        run.outcome,
        run.used,
        fixture.raised()
    )
}

/// Beside `kept` of the sandbox's tests, which does the same with one event and many handlers.
#[test]
fn every_event_is_handled_alike_in_an_instance_that_is_kept() {
    let component = guest();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandboxes = [4, 0].map(|instance_pool_max| {
        let config = SandboxConfig {
            runs_concurrent_max: 4,
            instance_pool_max,
            ..SandboxConfig::default()
        };
        sandbox_of(&config).unwrap()
    });
    for kind in kinds() {
        let suite = example(&kind);
        let fixture = |sandbox| {
            let case = &suite.cases[0].1;
            let fixture = Fixture::new(sandbox, &component, &suite, case, &[]);
            runtime.block_on(fixture).unwrap()
        };
        let scenes = sandboxes.each_ref().map(fixture);
        let kept = scenes.each_ref().map(Fixture::pools_instances);
        assert_eq!(kept, [true, false]);
        for round in 0..3 {
            let [own, new] = scenes
                .each_ref()
                .map(|fixture| traces(fixture, &kind, &suite, &runtime));
            assert_eq!(own, new, "{}, round {round}", kind.name);
            assert!(own.starts_with("Returned Some("), "{own}");
        }
    }
}
