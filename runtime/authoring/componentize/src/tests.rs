use std::path::{Path, PathBuf};

use super::{
    Adapter, AdapterWorld, Error, componentize, componentize_adapted, componentize_self_described,
    only_world,
};

const ADDER: &str = r#"
(module
  (import "toy:calls/log@0.1.0" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "toy:calls/add@0.1.0#handle") (param i32 i32) (result i32)
    (call $log (i32.const 16) (i32.const 5))
    (i32.add (local.get 0) (local.get 1))))"#;

fn toy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/wit")
}

fn is_component(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\0asm\x0d\0\x01\0")
}

#[test]
fn text_module_becomes_a_component_of_the_named_world() {
    let component = componentize(ADDER.as_bytes(), &[&toy()], "adder").unwrap();
    assert!(is_component(&component));
    let decoded = wit_component::decode(&component).unwrap();
    let world = decoded.resolve().worlds.iter().next().unwrap().1;
    assert_eq!((world.imports.len(), world.exports.len()), (1, 1));
}

#[test]
fn what_a_world_does_not_offer_an_adapter_answers() {
    let asking = ADDER.replace(
        "(memory (export",
        r#"(import "old" "seven" (func $seven (result i32))) (memory (export"#,
    );
    let refused = componentize(asking.as_bytes(), &[&toy()], "adder").unwrap_err();
    assert!(refused.to_string().contains("old"), "{refused}");
    let adapter = Adapter {
        name: "old",
        module: br#"(module (func (export "seven") (result i32) (i32.const 7)))"#,
        world: None,
    };
    let component =
        componentize_adapted(asking.as_bytes(), &[&toy()], "adder", &[adapter]).unwrap();
    let decoded = wit_component::decode(&component).unwrap();
    let world = decoded.resolve().worlds.iter().next().unwrap().1;
    assert_eq!((world.imports.len(), world.exports.len()), (1, 1));
}

#[test]
fn an_adapter_may_ask_for_what_the_world_does_not_have() {
    let asking = ADDER.replace(
        "(memory (export",
        r#"(import "old" "seven" (func $seven (result i32))) (memory (export"#,
    );
    let adapter = Adapter {
        name: "old",
        module: br#"(module (import "toy:numbers/lucky" "seven" (func $seven (result i32)))
            (func (export "seven") (result i32) (call $seven)))"#,
        world: Some(AdapterWorld {
            packages: &[(
                "numbers.wit",
                "package toy:numbers; interface lucky { seven: func() -> u32; } world w { import lucky; }",
            )],
            name: "w",
        }),
    };
    let component =
        componentize_adapted(asking.as_bytes(), &[&toy()], "adder", &[adapter]).unwrap();
    let decoded = wit_component::decode(&component).unwrap();
    let world = decoded.resolve().worlds.iter().next().unwrap().1;
    assert_eq!((world.imports.len(), world.exports.len()), (2, 1));
}

#[test]
fn same_input_gives_the_same_bytes() {
    let make = || componentize(ADDER.as_bytes(), &[&toy()], "adder").unwrap();
    assert_eq!(make(), make());
}

#[test]
fn the_only_world_needs_no_name() {
    let toy = toy().with_file_name("single.wit");
    assert_eq!(only_world(&[&toy]).unwrap(), "toy:single/nothing");
}

#[test]
fn missing_export_is_named() {
    let empty = "(module (memory (export \"memory\") 1))";
    let error = componentize(empty.as_bytes(), &[&toy()], "adder").unwrap_err();
    assert!(
        matches!(&error, Error::Unfit(text) if text.contains("toy:calls/add@0.1.0")),
        "{error}"
    );
}

#[test]
fn import_outside_of_the_world_is_named() {
    let curious = r#"(module (import "toy:calls/secrets@0.1.0" "read" (func)))"#;
    let error = componentize(curious.as_bytes(), &[&toy()], "adder").unwrap_err();
    assert!(
        matches!(&error, Error::Unfit(text) if text.contains("secrets")),
        "{error}"
    );
}

#[test]
fn component_is_not_taken_for_a_module() {
    let component = componentize(ADDER.as_bytes(), &[&toy()], "adder").unwrap();
    let error = componentize(&component, &[&toy()], "adder").unwrap_err();
    assert!(matches!(error, Error::NotAModule(_)), "{error}");
}

#[test]
fn module_without_a_world_is_refused() {
    let error = componentize_self_described(ADDER.as_bytes()).unwrap_err();
    assert!(matches!(error, Error::NoWorld), "{error}");
}

#[test]
fn broken_text_says_where() {
    let error = componentize(b"(module (func", &[&toy()], "adder").unwrap_err();
    assert!(
        matches!(&error, Error::Text(text) if text.contains(":1:")),
        "{error}"
    );
}

#[test]
fn missing_wit_and_missing_world_are_named() {
    let error = componentize(ADDER.as_bytes(), &[Path::new("nowhere")], "adder").unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
    let error = componentize(ADDER.as_bytes(), &[&toy()], "multiplier").unwrap_err();
    assert!(
        matches!(&error, Error::World(text) if text.contains("multiplier")),
        "{error}"
    );
}

/// The world of `tests/guests/world.wit` that a guest is written for, by what it takes and gives.
fn world_of(text: &str) -> &'static str {
    if text.contains("\"evroute:secrets/") {
        "curious"
    } else if text.contains("\"evroute:core/request@") {
        "request"
    } else if text.contains("\"evroute:custom/event@") {
        "custom-event"
    } else if text.contains("\"evroute:htable/mod-init@") {
        "mod-init"
    } else {
        "local-request"
    }
}

#[test]
fn every_hostile_guest_becomes_a_component() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let guests = repository.join("tests/guests");
    let wit = [&*repository.join("wit"), &*guests.join("world.wit")];
    let mut made = 0;
    for entry in guests.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "wat") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        // One that no module could be made into is written as a component.
        if text.contains("\n(component") {
            continue;
        }
        let component = componentize(text.as_bytes(), &wit, world_of(&text));
        let component = component.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(is_component(&component));
        made += 1;
    }
    assert!(made >= 26, "{made} guests in {}", guests.display());
}
