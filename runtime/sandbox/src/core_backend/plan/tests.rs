use std::path::{Path, PathBuf};

use super::*;

/// `tests/guests/canary-state.wat`, linked, as text.
fn canary() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let core = std::fs::read(root.join("tests/guests/canary-state.wat")).unwrap();
    let core = wat::parse_bytes(&core).unwrap();
    let wit = [root.join("wit"), root.join("tests/guests/world.wit")];
    let wit = wit.each_ref().map(PathBuf::as_path);
    let component = evroute_componentize::componentize(&core, &wit, "local-request").unwrap();
    wasmprinter::print_bytes(component).unwrap()
}

fn reason(text: &str) -> Option<&'static str> {
    let component = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    Plan::read(&component)
        .err()
        .map(|NotEligible(reason)| reason)
}

#[test]
fn a_component_of_the_direct_layout_is_read() {
    let component = wat::parse_str(canary()).unwrap();
    let plan = Plan::read(&component).unwrap();
    assert_eq!((plan.memory_name, plan.realloc), ("memory", None));
    assert_eq!(plan.lifted.len(), 1);
    assert!(plan.lifted[0].handles("evroute:tm/local-request@0.1.0"));
    assert!(!plan.lifted[0].handles("evroute:tm/local-response@0.1.0"));
    assert!(plan.memory.starts_with(b"\0asm") && plan.code.starts_with(b"\0asm"));
}

#[test]
fn what_an_export_calls_is_what_it_was_lifted_from_and_not_what_has_its_name() {
    let name = "evroute:tm/local-request@0.1.0#handle";
    let text = canary();
    let lifted = format!("(alias core export 3 \"{name}\"");
    assert!(text.contains(&lifted), "{text}");
    // The code has two functions; the export is made of the one with the other name.
    let text = text
        .replacen(&lifted, "(alias core export 3 \"other\"", 1)
        .replacen(
            &format!("(export \"{name}\" (func"),
            "(export \"other\" (func",
            1,
        );
    let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let plan = Plan::read(&component).unwrap();
    assert_eq!(plan.lifted[0].function, "other");
    assert!(plan.lifted[0].handles("evroute:tm/local-request@0.1.0"));
}

#[test]
fn a_component_that_is_not_what_its_names_say_is_not_read() {
    let text = canary();
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}\n{text}");
        text.replacen(from, to, 1)
    };
    for (from, to) in [
        // The log's call under the name of another of its calls, and under that of another
        // interface.
        ("(export \"log\" (func", "(export \"warn\" (func"),
        (
            "(with \"evroute:log/log@0.1.0\"",
            "(with \"evroute:log/other@0.1.0\"",
        ),
        ("string-encoding=utf8", "string-encoding=utf16"),
        // A second instance of the code.
        (
            "(alias core export",
            "(core instance (instantiate 0)) (alias core export",
        ),
    ] {
        assert!(reason(&changed(from, to)).is_some(), "{from} as {to}");
    }
    let with_code = "(component (core module))\n";
    let nested = changed("(component (;0;)", &format!("{with_code}(component (;0;)"));
    let names_only = "a component in it does more than give a handler its types";
    assert_eq!(reason(&nested), Some(names_only));
}

/// Items that the layout does not have. Each is valid in some place, and most shift the numbers of
/// what comes after.
const ITEMS: [&str; 20] = [
    "(export \"m\" (core module 0))",
    "(export \"c\" (component 0))",
    "(export \"t\" (type 1))",
    "(export \"f\" (func 0))",
    "(export \"i\" (instance 0))",
    "(alias outer 0 0 (core module))",
    "(alias outer 0 0 (component))",
    "(alias outer 0 0 (type))",
    "(core instance (instantiate 0))",
    "(core instance)",
    "(core module)",
    "(core type (func))",
    "(component)",
    "(instance)",
    "(instance (export \"f\" (func 0)))",
    "(type (component))",
    "(type (resource (rep i32)))",
    "(import \"f\" (func))",
    "(import \"c\" (component))",
    "(import \"t\" (type (sub resource)))",
];

/// A component's text in lines, and the numbers of those before which its items begin.
fn places(text: &str) -> (Vec<&str>, Vec<usize>) {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |line: &&str| line.starts_with("  (") || *line == ")";
    let places = lines.iter().enumerate().filter(|(_, line)| begins(line));
    let places = places.map(|(place, _)| place).collect();
    (lines, places)
}

#[test]
fn an_item_that_the_layout_does_not_have_is_refused_wherever_it_stands() {
    let text = canary();
    let (lines, places) = places(&text);
    for item in ITEMS {
        let mut valid = 0;
        for place in &places {
            let (before, after) = lines.split_at(*place);
            let text = [before, &[item], after].concat().join("\n");
            let Ok(component) = wat::parse_str(&text) else {
                continue;
            };
            let mut validator = Validator::new_with_features(WasmFeatures::all());
            if validator.validate_all(&component).is_ok() {
                valid += 1;
                assert!(Plan::read(&component).is_err(), "{item} in\n{text}");
            }
        }
        assert!(valid > 0, "{item} is valid nowhere in\n{text}");
    }
}
