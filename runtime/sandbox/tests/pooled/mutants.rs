//! Components that are changed item by item: what is run as core modules does what Wasmtime does.

use evroute_sandbox::ComponentRefusal;
use evroute_tenant::RunLimits;
use wasmparser::{
    ComponentExternalKind, ComponentInstance, Instance, Parser, Payload, Validator, WasmFeatures,
};

use crate::items::Items;
use crate::random::Random;
use crate::scene::{Scene, Traces, sandbox};

/// Whether whoever looks at functions that are handed in, and counts modules as they stand in the
/// file, would take it for a memory's module and the code's, of which one function is exported.
fn is_taken_at_a_glance(component: &[u8]) -> bool {
    let (mut modules, mut instantiated, mut handed_in) = (0, Vec::new(), 0);
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } => {
                modules += usize::from(depth == 0);
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= i32::from(depth > 0),
            Payload::InstanceSection(section) if depth == 0 => {
                for instance in section {
                    if let Instance::Instantiate { module_index, .. } = instance.unwrap() {
                        instantiated.push(module_index);
                    }
                }
            }
            Payload::ComponentInstanceSection(section) if depth == 0 => {
                for instance in section {
                    if let ComponentInstance::Instantiate { args, .. } = instance.unwrap() {
                        let functions = args.iter();
                        handed_in += functions
                            .filter(|arg| arg.kind == ComponentExternalKind::Func)
                            .count();
                    }
                }
            }
            _ => {}
        }
    }
    (modules, &*instantiated, handed_in) == (2, &[0, 1], 1)
}

fn is_valid(component: &[u8]) -> bool {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    validator.validate_all(component).is_ok()
}

#[derive(Default, Debug)]
struct Seen {
    valid: usize,
    pooled: usize,
    /// Kept, and not the honest guest's code.
    kept_and_other: usize,
    /// Those that a glance would have taken for the honest guest: by another module's number, and
    /// by an instance.
    by_number: usize,
    by_instance: usize,
}

fn runs(scene: &Scene) -> [Traces; 2] {
    [scene.run(b"hello"), scene.run(b"")]
}

#[test]
fn what_is_run_as_core_modules_does_what_wasmtime_does() {
    let honest = Items::honest();
    let base = wat::parse_str(honest.text()).unwrap();
    let expected = runs(&Scene::new(&base, false));
    let (keeping, fresh) = (sandbox(2), sandbox(0));
    let limits = RunLimits::default();
    let mut random = Random::new(1);
    let mut seen = Seen::default();
    for _ in 0..3000 {
        let mut mutant = honest.clone();
        for _ in 0..=random.below(2) {
            mutant.mutate(&mut random);
        }
        let Ok(component) = wat::parse_str(mutant.text()) else {
            continue;
        };
        if !is_valid(&component) {
            continue;
        }
        seen.valid += 1;
        let pooled: Result<Scene, ComponentRefusal> = Scene::prepared(&keeping, &component, limits);
        let Ok(pooled) = pooled else {
            continue;
        };
        let glanced = is_taken_at_a_glance(&component);
        if !pooled.handler.pools_instances() && !glanced {
            continue;
        }
        let truth = runs(&Scene::prepared(&fresh, &component, limits).unwrap());
        assert_eq!(runs(&pooled), truth, "{}", mutant.text());
        let is_other = truth != expected;
        if pooled.handler.pools_instances() {
            seen.pooled += 1;
            seen.kept_and_other += usize::from(is_other);
        } else if is_other && mutant.text().contains("\"pack\"") {
            seen.by_instance += 1;
        } else if is_other {
            seen.by_number += 1;
        }
    }
    // The mutants are worth something: there are good ones, and both ways to deceive a glance.
    assert!(seen.pooled > 20 && seen.kept_and_other > 0, "{seen:?}");
    assert!(seen.by_number > 0 && seen.by_instance > 0, "{seen:?}");
}
