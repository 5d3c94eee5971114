//! Exports of other versions than this server's.

use evroute_module_api::Module;
use evroute_module_timer::TimerModule;
use evroute_sandbox::{Refusal, Sandbox, SandboxConfig};

/// A component that exports these interfaces, each with a function `handle`.
fn exporting(interfaces: &[&str]) -> String {
    let exports: String = interfaces
        .iter()
        .map(|name| format!("(export \"{name}\" (instance $event))"))
        .collect();
    format!(
        "(component (core module $code (func (export \"f\"))) (core instance $started (instantiate $code))
         (func $handle (canon lift (core func $started \"f\")))
         (instance $event (export \"handle\" (func $handle))) {exports})"
    )
}

#[test]
fn an_event_of_another_version_is_refused_instead_of_never_called() {
    let config = SandboxConfig {
        runs_concurrent_max: 1,
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::new(&config, Vec::new(), TimerModule.events()).unwrap();
    let report = |interfaces: &[&str]| {
        let component = wat::parse_str(exporting(interfaces)).unwrap();
        sandbox.report(&component).map(|report| report.events.len())
    };
    let own = "evroute:timer/timer@0.1.0";
    assert_eq!(report(&[own]).unwrap(), 1);
    assert_eq!(report(&["evroute:timer/timer@0.1.7"]).unwrap(), 1);
    for other in [
        "evroute:timer/timer@0.2.0",
        "evroute:timer/timer@1.1.0",
        "evroute:timer/timer@0.1.0-rc.1",
        "evroute:timer/timer",
        "evroute:timer/nosuch@0.1.0",
    ] {
        let refusal = report(&[own, other]).unwrap_err();
        let Refusal::UnknownExport { export, .. } = refusal else {
            panic!("{other}: {refusal}");
        };
        assert_eq!(export, other);
    }
}

#[test]
fn two_versions_of_one_event_are_refused_by_both_names() {
    let sandbox =
        Sandbox::new(&SandboxConfig::default(), Vec::new(), TimerModule.events()).unwrap();
    let component = exporting(&["evroute:timer/timer@0.1.3", "evroute:timer/timer@0.1.0"]);
    let refusal = sandbox.report(&wat::parse_str(component).unwrap());
    let Err(Refusal::TwoVersions { first, second }) = refusal else {
        panic!("{refusal:?}");
    };
    let mut names = [first, second];
    names.sort();
    assert_eq!(
        names,
        ["evroute:timer/timer@0.1.0", "evroute:timer/timer@0.1.3"]
    );
}

#[test]
fn as_many_runs_as_can_be_configured_have_room() {
    let config = SandboxConfig {
        runs_concurrent_max: SandboxConfig::RUNS_CONCURRENT_MAX,
        ..SandboxConfig::default()
    };
    Sandbox::new(&config, Vec::new(), TimerModule.events()).unwrap();
}
