//! Changes to a component's items, eight bytes of the input for each: what is taken to be run as
//! core modules does what Wasmtime does. `tests/pooled/mutants.rs` runs the same for a while.

#![no_main]
#![allow(
    dead_code,
    reason = "the files of the tests have more than is used here"
)]

#[path = "../../tests/pooled/items.rs"]
mod items;
#[path = "../../tests/pooled/random.rs"]
mod random;
#[path = "../../tests/pooled/scene.rs"]
mod scene;

use std::sync::{Arc, LazyLock};

use evroute_sandbox::Sandbox;
use evroute_tenant::RunLimits;
use libfuzzer_sys::fuzz_target;

use crate::items::Items;
use crate::random::Random;
use crate::scene::Scene;

/// How many changes are made to one component: more of them are seldom valid.
const CHANGES_MAX: usize = 4;

static HONEST: LazyLock<Items> = LazyLock::new(Items::honest);
static SANDBOXES: LazyLock<[Arc<Sandbox>; 2]> = LazyLock::new(|| [2, 0].map(scene::sandbox));

fuzz_target!(|changes: &[u8]| {
    let mut mutant = HONEST.clone();
    for change in changes.as_chunks::<8>().0.iter().take(CHANGES_MAX) {
        mutant.mutate(&mut Random::new(u64::from_le_bytes(*change)));
    }
    let Ok(component) = wat::parse_str(mutant.text()) else {
        return;
    };
    let prepared = |of| Scene::prepared(of, &component, RunLimits::default());
    let Ok(own) = prepared(&SANDBOXES[0]) else {
        return;
    };
    if own.handler.pools_instances() {
        let truth = prepared(&SANDBOXES[1]).expect("it was prepared before");
        for body in [&b"hello"[..], b""] {
            assert_eq!(own.run(body), truth.run(body), "{}", mutant.text());
        }
    }
});
