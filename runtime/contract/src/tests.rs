use std::path::Path;

use super::*;

fn event(path: &str) -> &'static ContractEvent {
    EVENTS.iter().find(|event| event.path() == path).unwrap()
}

#[test]
fn every_folder_of_wit_deps_is_a_package_after_those_that_it_uses() {
    let deps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/deps");
    let mut folders: Vec<_> = deps
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut known: Vec<_> = PACKAGES
        .iter()
        .map(|package| package.path.split('/').next().unwrap())
        .collect();
    let place = |name: &str| PACKAGES.iter().position(|package| package.name == name);
    assert!(place("sip") < place("core") && place("pv") < place("htable"));
    known.sort_unstable();
    assert_eq!(known, folders);
}

#[test]
fn an_event_has_what_it_carries_and_what_it_may_decide() {
    let request = event("core/request");
    assert_eq!(request.interface, "evroute:core/request@0.1.1");
    assert_eq!(
        request.payload,
        ("evroute:core/types@0.1.1", "request-event")
    );
    assert_eq!(request.verdicts, ["pass", "reject", "drop"]);
    assert_eq!(request.verdict("drop"), Some(2));
    assert_eq!(
        request.getter("message").unwrap().name,
        "[method]request-event.message"
    );
    assert!(request.getter("call-id").is_none());
    assert!(event("usrloc/contact-expired").verdicts.is_empty());
    assert_eq!(
        event("htable/mod-init").verdicts,
        ["proceed", "abort-startup"]
    );
}

#[test]
fn a_function_has_the_type_that_core_modules_import_it_with() {
    let named = |name: &str| FUNCTIONS.iter().find(|one| one.name == name).unwrap();
    let log = named("log");
    assert_eq!(log.interface, "evroute:log/log@0.1.0");
    assert_eq!(
        (log.parameters, log.result),
        (&[CoreType::I32; 3][..], None)
    );
    let at = named("[method]contact-expired-event.expired-at");
    assert_eq!(
        (at.parameters, at.result),
        (&[CoreType::I32][..], Some(CoreType::I64))
    );
    assert_eq!(at.parts(), (Some("contact-expired-event"), "expired-at"));
    assert_eq!(named("[static]connection.open").parts().1, "open");
    assert_eq!(log.parts(), (None, "log"));
    assert!(FUNCTIONS.iter().all(|one| one.name != "handle"));
}

#[test]
fn a_function_has_a_symbol_of_its_own() {
    let symbols: std::collections::BTreeSet<_> = FUNCTIONS.iter().map(Function::symbol).collect();
    assert_eq!(symbols.len(), FUNCTIONS.len());
    for symbol in ["sip.message.call-id", "shv.get", "log.log"] {
        assert!(symbols.contains(symbol), "{symbol}");
    }
}
