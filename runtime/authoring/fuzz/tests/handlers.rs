//! Whole handlers, instrumented: they do what the originals do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use evroute_cases::{Draft, Harness, HarnessRun, HarnessSandbox, Suite};
use evroute_fuzz::{Instrumented, Noted, register, registered};
use evroute_sandbox::Tapping;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// What is seen of a run from outside.
#[cfg(test)]
fn seen(of: &HarnessRun) -> (String, Option<String>, Vec<String>, Option<Vec<u8>>) {
    let message = of.run.payload.subject().message.as_ref();
    let message = message.map(|message| message.print().to_vec());
    (
        of.run.outcome.to_string(),
        of.verdict.clone(),
        of.log.clone(),
        message,
    )
}

/// The examples that are built, in all languages, on all cases of the conformance suite.
#[test]
fn an_instrumented_handler_does_what_the_original_does() {
    let components = root().join("guest-examples/target/components");
    let plain = HarnessSandbox::as_in_a_server(1, None).unwrap();
    let wide = HarnessSandbox::for_instrumented(register(), 1).unwrap();
    let (mut count, mut compared) = (0, 0);
    for suite in std::fs::read_dir(root().join("tests/conformance/cases")).unwrap() {
        let path = suite.unwrap().path();
        let suite = Suite::open(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        for language in ["", "c", "zig"] {
            let component = components.join(language).join(format!("{name}.wasm"));
            let Ok(wasm) = std::fs::read(&component) else {
                continue;
            };
            for noted in [Noted::Edges, Noted::Comparisons] {
                let instrumented = Instrumented::of(&wasm, noted).unwrap();
                let mut original = Harness::new(&plain, Arc::from(wasm.clone())).unwrap();
                let wasm = Arc::from(instrumented.wasm);
                let mut rewritten = Harness::new(&wide, wasm).unwrap();
                for draft in Draft::of_suite(&suite).unwrap() {
                    let expected = original.run(&draft, Tapping::default()).unwrap();
                    let draft = draft.with_fuel_max(100_000_000);
                    let (mut edges, mut comparisons) = (0, 0);
                    let found = rewritten.run_watched(&draft, Tapping::default(), |store, _| {
                        registered(store, |number, list| {
                            let map = &instrumented.maps[number];
                            let counters = map.counters(list).iter();
                            edges += counters.filter(|count| **count > 0).count();
                            comparisons += map.comparisons(list).len();
                        });
                    });
                    assert_eq!(
                        seen(&found.unwrap()),
                        seen(&expected),
                        "{}",
                        component.display()
                    );
                    assert!(edges > 0, "{}: {edges} edges", component.display());
                    assert!(comparisons == 0 || noted == Noted::Comparisons);
                    compared += comparisons;
                    count += 1;
                }
            }
        }
    }
    assert!(count == 0 || compared > 0, "{count} runs compare nothing");
}
