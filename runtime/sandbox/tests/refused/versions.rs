//! Exports of other versions than this server's.

use evroute_module_api::Module;
use evroute_module_timer::TimerModule;
use evroute_sandbox::{ComponentRefusal, Sandbox, SandboxConfig};

use crate::scene::why;

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
    let why = |interfaces: &[&str]| why(&wat::parse_str(exporting(interfaces)).unwrap());
    // It is started, and then found to have another type.
    let is_taken =
        |refusal: &ComponentRefusal| matches!(refusal, ComponentRefusal::WrongType { .. });
    let own = "evroute:timer/timer@0.1.0";
    assert!(is_taken(&why(&[own])));
    assert!(is_taken(&why(&["evroute:timer/timer@0.1.7"])));
    for other in [
        "evroute:timer/timer@0.2.0",
        "evroute:timer/timer@1.1.0",
        "evroute:timer/timer@0.1.0-rc.1",
        "evroute:timer/timer",
        "evroute:timer/nosuch@0.1.0",
    ] {
        let refusal = why(&[own, other]);
        let ComponentRefusal::UnknownExport { export, .. } = refusal else {
            panic!("{other}: {refusal}");
        };
        assert_eq!(export, other);
    }
}

#[test]
fn two_versions_of_one_event_are_refused_by_both_names() {
    let component = exporting(&["evroute:timer/timer@0.1.3", "evroute:timer/timer@0.1.0"]);
    let refusal = why(&wat::parse_str(component).unwrap());
    let ComponentRefusal::TwoVersions { first, second } = refusal else {
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
