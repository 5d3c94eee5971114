//! What it costs to start a component.

use evroute_sandbox::ComponentRefusal;
use evroute_tenant::RunLimits;

use crate::scene::prepared;

const MIB: usize = 1 << 20;

/// A component of so many parts, each of which writes so many bytes into the one memory they share
/// when it starts.
fn copying(parts: usize, bytes: usize) -> Vec<u8> {
    let (pages, data) = (bytes.div_ceil(65536), "x".repeat(bytes));
    let part = "(core instance (instantiate $part (with \"e\" (instance $shared))))".repeat(parts);
    let text = format!(
        "(component
           (core module $whole (memory (export \"m\") {pages}))
           (core module $part (import \"e\" \"m\" (memory {pages})) (data (i32.const 0) \"{data}\"))
           (core module $code (func (export \"f\")))
           (core instance $shared (instantiate $whole)) {part}
           (core instance $started (instantiate $code))
           (func $handle (canon lift (core func $started \"f\")))
           (instance $event (export \"handle\" (func $handle)))
           (export \"evroute:timer/timer@0.1.0\" (instance $event)))"
    );
    wat::parse_str(text).unwrap()
}

/// Why a component is not taken.
fn why(component: &[u8], limits: RunLimits) -> String {
    prepared(component, limits).unwrap_err().to_string()
}

/// Where parts share a memory, what they write into it when they start is work of the run like any
/// other.
#[test]
fn what_a_start_copies_burns_fuel_and_heeds_the_deadline() {
    // 400 MiB are copied, with a file of 10 and a memory of 10.
    let component = copying(40, 10 * MIB);
    let refusal = why(&component, RunLimits::default());
    assert!(
        refusal.contains(
            "within its limits: OutOfFuel (run_fuel_max = 10000000 in [tenant.handler.limits])"
        ),
        "{refusal}"
    );
    let rich = RunLimits {
        run_fuel_max: 1 << 40,
        run_deadline_ms: 1,
        ..RunLimits::default()
    };
    // The engine's clock may oversleep a start that is over within some ticks, so it is given as
    // many as it needs.
    let is_late = |refusal: String| refusal.contains("within its limits: DeadlineExceeded");
    assert!((0..1000).any(|_| is_late(why(&component, rich))));
    // With more of both it comes as far as any other whose function has another type.
    let richest = RunLimits {
        run_deadline_ms: 60_000,
        ..rich
    };
    let refusal = prepared(&component, richest).unwrap_err();
    assert!(
        matches!(refusal, ComponentRefusal::WrongType { .. }),
        "{refusal}"
    );
}

/// A component that breaks when it starts, if a random number is odd, or else if it is even.
fn breaking_by_chance(if_odd: bool) -> Vec<u8> {
    let test = if if_odd { "i32.wrap_i64" } else { "i64.eqz" };
    let text = format!(
        "(component
           (import \"wasi:random/random@0.2.0\" (instance $random
             (export \"get-random-u64\" (func (result u64)))))
           (alias export $random \"get-random-u64\" (func $number))
           (core func $lowered (canon lower (func $number)))
           (core instance $imports (export \"number\" (func $lowered)))
           (core module $code
             (import \"random\" \"number\" (func $number (result i64)))
             (func $start
               (if ({test} (i64.and (call $number) (i64.const 1))) (then unreachable)))
             (start $start)
             (func (export \"f\")))
           (core instance $started (instantiate $code (with \"random\" (instance $imports))))
           (func $handle (canon lift (core func $started \"f\")))
           (instance $event (export \"handle\" (func $handle)))
           (export \"evroute:timer/timer@0.1.0\" (instance $event)))"
    );
    wat::parse_str(text).unwrap()
}

/// What is taken once, by `evroute check`, is taken always.
#[test]
fn chance_does_not_decide_whether_a_component_is_taken() {
    let breaks = |if_odd: bool| {
        let component = breaking_by_chance(if_odd);
        let is_broken = |_| {
            let refusal = prepared(&component, RunLimits::default()).unwrap_err();
            matches!(refusal, ComponentRefusal::StartBroke(_))
        };
        let broken: Vec<bool> = (0..10).map(is_broken).collect();
        assert!(broken.iter().all(|one| *one == broken[0]), "{broken:?}");
        broken[0]
    };
    // One of them comes as far as any other whose function has another type.
    assert_ne!(breaks(true), breaks(false));
}
