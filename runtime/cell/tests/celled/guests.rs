//! The hostile guests, in a cell and without.

use crate::hostile_guests::guests;
use crate::runner::{celled, pool, sandbox_in};
use crate::scene::{Scene, component};

#[test]
fn every_hostile_guest_does_the_same_in_a_cell() {
    for core_modules in [true, false] {
        let pool = pool(core_modules, 1);
        let sandbox = sandbox_in(&pool, core_modules);
        for (name, text) in guests() {
            let component = component(&text);
            let here = Scene::with(sandbox.clone(), &component);
            let there = celled(&sandbox, &component);
            for run in 1..=3 {
                let [own, far] = [&here, &there].map(|scene| scene.run(b"hello"));
                assert_eq!(own, far, "{name}, run {run}, core modules: {core_modules}");
            }
        }
        let counts = pool.counts();
        assert_eq!((counts.started, counts.alive), (1, 1), "{counts:?}");
    }
}
