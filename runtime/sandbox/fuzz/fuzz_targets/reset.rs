//! Modules of wasm-smith: in an instance that is reset after each run, every run does what it does
//! in a fresh one. `tests/pooled/smith.rs` runs the same with modules that stay.
//!
//! Every thousand inputs a line says how many modules were prepared and pooled, and how many runs
//! came after one that returned, in its instance.

#![no_main]
#![allow(
    dead_code,
    reason = "the files of the tests have more than is used here"
)]

#[path = "../smith/src/module.rs"]
mod module;
#[path = "../../tests/pooled/scene.rs"]
mod scene;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use evroute_sandbox::Sandbox;
use evroute_tenant::RunLimits;
use libfuzzer_sys::fuzz_target;

use crate::module::module;
use crate::scene::{STACK, Scene};

/// How many runs each module has.
const RUNS: usize = 3;

static SANDBOXES: LazyLock<[Arc<Sandbox>; 2]> = LazyLock::new(|| [4, 0].map(scene::sandbox));

static INPUTS: AtomicU64 = AtomicU64::new(0);
static PREPARED: AtomicU64 = AtomicU64::new(0);
static POOLED: AtomicU64 = AtomicU64::new(0);
static AGAIN: AtomicU64 = AtomicU64::new(0);

fuzz_target!(|input: &[u8]| {
    count();
    let Some((number, choices)) = input.split_first() else {
        return;
    };
    let Ok(module) = module(u64::from(*number), choices) else {
        return;
    };
    let component = scene::component_of_module(&module, "local-request");
    let limits = RunLimits {
        run_fuel_max: 100_000,
        ..RunLimits::default()
    };
    let prepared = |of| Scene::prepared(of, &component, limits);
    let reported = || wasmprinter::print_bytes(&module).unwrap_or_default();
    let (own, truth) = match (prepared(&SANDBOXES[0]), prepared(&SANDBOXES[1])) {
        (Ok(own), Ok(truth)) => (own, truth),
        (Err(own), Err(truth)) => return assert_eq!(own.to_string(), truth.to_string()),
        (own, truth) => panic!("{:?} and {:?}: {}", own.err(), truth.err(), reported()),
    };
    PREPARED.fetch_add(1, Ordering::Relaxed);
    if !own.handler.pools_instances() {
        return;
    }
    POOLED.fetch_add(1, Ordering::Relaxed);
    let mut has_returned = false;
    for run in 0..RUNS {
        let body: &[u8] = if run == 1 { b"" } else { b"hello" };
        let (mut own, truth) = (own.run(body), truth.run(body));
        // How often a function fits into the stack is up to the compiler: docs/fast-path.md.
        if truth.outcome == STACK && own.outcome == truth.outcome {
            own.fuel = truth.fuel;
        }
        assert_eq!(own, truth, "run {run}: {}", reported());
        AGAIN.fetch_add(u64::from(has_returned), Ordering::Relaxed);
        has_returned = own.outcome == "Returned";
    }
});

fn count() {
    let inputs = INPUTS.fetch_add(1, Ordering::Relaxed) + 1;
    if inputs.is_multiple_of(1000) {
        let [prepared, pooled, again] =
            [&PREPARED, &POOLED, &AGAIN].map(|count| count.load(Ordering::Relaxed));
        eprintln!("reset: {inputs} inputs, {prepared} prepared, {pooled} pooled, {again} again");
    }
}
