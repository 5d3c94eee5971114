//! What it costs to start a component.

// All of this is test code; saying so lets clippy see it.

use std::sync::Arc;
use std::time::Duration;

use evroute_module_api::{HandlerFacts, Module, TenantState, Variables};
use evroute_module_timer::TimerModule;
use evroute_sandbox::{Handler, Refusal, Sandbox, SandboxConfig};
use evroute_tenant::{Grants, Revision, RunLimits, TenantIndex};

const MIB: usize = 1 << 20;

/// A component of so many parts, each of which writes so many octets into the one memory they share when it starts.
#[cfg(test)]
fn copying(parts: usize, octets: usize) -> Vec<u8> {
    let (pages, data) = (octets.div_ceil(65536), "x".repeat(octets));
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

#[cfg(test)]
fn prepared(component: &[u8], limits: RunLimits) -> Result<Handler, Refusal> {
    let config = SandboxConfig {
        runs_concurrent_max: 1,
        // Short beside what a start takes here, so that a deadline of a millisecond is one.
        tick: Duration::from_micros(100),
        ..SandboxConfig::default()
    };
    let capabilities = TimerModule.capabilities().to_vec();
    let sandbox = Sandbox::new(&config, capabilities, TimerModule.events()).unwrap();
    let facts = HandlerFacts {
        handler: "any".parse().unwrap(),
        revision: Revision::FIRST,
        grants: Grants::default(),
        limits,
        tenant: Arc::new(TenantState::new(
            "demo".parse().unwrap(),
            TenantIndex::new(0),
        )),
        variables: Arc::new(Variables::default()),
    };
    Handler::prepare(&sandbox, component, Arc::new(facts))
}

/// Why a component is not taken.
#[cfg(test)]
fn why(component: &[u8], limits: RunLimits) -> String {
    prepared(component, limits).unwrap_err().to_string()
}

/// Where parts share a memory, what they write into it when they start is work of the run like any other.
#[test]
fn what_a_start_copies_burns_fuel_and_heeds_the_deadline() {
    // 400 MiB are copied, with a file of 10 and a memory of 10.
    let component = copying(40, 10 * MIB);
    let refusal = why(&component, RunLimits::default());
    assert!(
        refusal.contains("within its limits: OutOfFuel"),
        "{refusal}"
    );
    let rich = RunLimits {
        run_fuel_max: 1 << 40,
        run_deadline_ms: 1,
        ..RunLimits::default()
    };
    // The engine's clock may oversleep a start that is over within some ticks, so it is given as many as it needs.
    let is_late = |refusal: String| refusal.contains("within its limits: DeadlineExceeded");
    assert!((0..1000).any(|_| is_late(why(&component, rich))));
    // With more of both it comes as far as any other whose function has another type.
    let richest = RunLimits {
        run_deadline_ms: 60_000,
        ..rich
    };
    let refusal = prepared(&component, richest).unwrap_err();
    assert!(matches!(refusal, Refusal::WrongType { .. }), "{refusal}");
}
