//! Modules that wasm-smith has generated, with all that the engine's features allow, both ways.
//! `fuzz/smith` makes them.

use evroute_tenant::RunLimits;

use crate::scene::{STACK, Scene, component_of_module, sandbox};

/// Each behind its length.
const MODULES: &[u8] = include_bytes!("smith.bin");

/// How many runs each has, in the same instance if it is kept.
const RUNS: usize = 5;

/// The most fuel of one run.
const FUEL: u64 = 100_000;

/// A module whose function needs 176 bytes of stack as it is, and 160 where the globals that it
/// sets are exported: what the compiler knows of them is another thing then.
const DEEP: usize = 39;

fn modules() -> impl Iterator<Item = &'static [u8]> {
    let mut rest = MODULES;
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let length = u32::from_le_bytes(*length).try_into().unwrap();
        let (module, after) = after.split_at(length);
        rest = after;
        Some(module)
    })
}

#[derive(Default, Debug)]
struct Seen {
    modules: usize,
    prepared: usize,
    pooled: usize,
    returned: usize,
    trapped: usize,
    /// Of those, by a recursion without an end.
    too_deep: usize,
    out_of_fuel: usize,
    /// Runs of a kept instance after one that returned.
    again: usize,
}

#[test]
fn modules_of_wasm_smith_do_the_same_in_an_instance_that_is_kept() {
    let (keeping, fresh) = (sandbox(4), sandbox(0));
    let limits = RunLimits {
        run_fuel_max: FUEL,
        ..RunLimits::default()
    };
    let mut seen = Seen::default();
    for module in modules() {
        let number = seen.modules;
        seen.modules += 1;
        let reported = || wasmprinter::print_bytes(module).unwrap();
        let component = component_of_module(module, "local-request");
        let scenes = [&keeping, &fresh].map(|of| Scene::prepared(of, &component, limits));
        let scenes = match scenes {
            [Ok(pooled), Ok(fresh)] => [pooled, fresh],
            [Err(one), Err(other)] => {
                assert_eq!(one.to_string(), other.to_string());
                continue;
            }
            [one, other] => panic!("{:?} and {:?}: {}", one.err(), other.err(), reported()),
        };
        seen.prepared += 1;
        let is_kept = scenes[0].handler.pools_instances();
        seen.pooled += usize::from(is_kept);
        let mut has_returned = false;
        for run in 0..RUNS {
            let [mut own, truth] = scenes.each_ref().map(|scene| scene.run(b"hello"));
            // How often a function fits into the stack is up to the compiler: docs/fast-path.md.
            if truth.outcome == STACK && own.outcome == truth.outcome {
                own.fuel = truth.fuel;
                seen.too_deep += 1;
            }
            assert_eq!(own, truth, "module {number}, run {run}: {}", reported());
            seen.again += usize::from(is_kept && has_returned);
            has_returned = own.outcome == "Returned";
            match &*own.outcome {
                "Returned" => seen.returned += 1,
                "OutOfFuel" => seen.out_of_fuel += 1,
                _ => seen.trapped += 1,
            }
        }
    }
    assert_eq!(seen.modules, 400);
    // Most cannot be put back, or do not start. Of those that can be, some return and run again.
    assert!(seen.prepared > 250 && seen.pooled > 25, "{seen:?}");
    assert!(seen.returned > 50 && seen.again > 0, "{seen:?}");
    assert!(seen.too_deep > 20, "{seen:?}");
    assert!(seen.trapped > 250 && seen.out_of_fuel > 100, "{seen:?}");
}

/// The one difference that is excepted above has this cause and no other: that the pooled module
/// exports globals, so that they can be reset.
#[test]
fn a_stack_is_as_deep_where_both_export_the_same_globals() {
    let module = modules().nth(DEEP).unwrap();
    let component = component_of_module(module, "local-request");
    let text = wasmprinter::print_bytes(&component).unwrap();
    let handle = "(export \"evroute:tm/local-request@0.1.0#handle\" (func 3))";
    let globals = (2..=5).map(|global| format!("(export \"g{global}\" (global {global}))"));
    let exported = text.replacen(handle, &globals.fold(handle.to_owned(), |a, b| a + &b), 1);
    assert_eq!(exported.matches("(export \"g").count(), 4);
    let component = wat::parse_str(&exported).unwrap();
    let limits = RunLimits {
        run_fuel_max: FUEL,
        ..RunLimits::default()
    };
    let [own, truth] = [sandbox(4), sandbox(0)].map(|of| {
        let scene = Scene::prepared(&of, &component, limits).unwrap();
        (scene.handler.pools_instances(), scene.run(b"hello"))
    });
    assert_eq!((own.0, truth.0), (true, false));
    assert_eq!(own.1.outcome, STACK);
    assert_eq!(own.1, truth.1);
}
