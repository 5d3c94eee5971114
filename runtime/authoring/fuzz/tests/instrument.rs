//! Every component that there is stays one when it is instrumented.

use std::path::{Path, PathBuf};

use evroute_fuzz::{Edge, Instrumented, Noted, REGISTER, Turn};
use wasmparser::{Validator, WasmFeatures};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn component(text: &[u8], world: &str) -> Option<Vec<u8>> {
    let wit = [root().join("wit"), root().join("tests/guests/world.wit")];
    let wit = [wit[0].as_path(), wit[1].as_path()];
    evroute_componentize::componentize(text, &wit, world).ok()
}

#[cfg(test)]
fn instrument(name: &str, wasm: &[u8]) -> Instrumented {
    let instrumented = Instrumented::of(wasm, Noted::Edges).map_err(|why| format!("{name}: {why}"));
    let instrumented = instrumented.unwrap();
    let features = WasmFeatures::default() | WasmFeatures::CUSTOM_PAGE_SIZES;
    let valid = Validator::new_with_features(features).validate_all(&instrumented.wasm);
    valid.map_err(|why| format!("{name}: {why}")).unwrap();
    instrumented
}

/// The hostile guests, in whichever world each of them fits.
#[test]
fn every_hostile_guest_stays_valid() {
    let worlds = std::fs::read_to_string(root().join("tests/guests/world.wit")).unwrap();
    let worlds: Vec<_> = worlds
        .lines()
        .filter_map(|line| line.trim().strip_prefix("world ")?.split(' ').next())
        .collect();
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("tests/guests")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "wat") {
            continue;
        }
        let text = std::fs::read(&path).unwrap();
        let made = worlds.iter().find_map(|world| component(&text, world));
        let Some(wasm) = made else { continue };
        let instrumented = instrument(&path.display().to_string(), &wasm);
        assert!(!instrumented.maps.is_empty(), "{}", path.display());
        count += 1;
    }
    assert!(count >= 20, "only {count} guests were made");
}

/// The examples that are built here; those that are not built are not looked at. All the code of
/// JavaScript's is in a component within the component.
#[test]
fn every_example_stays_valid() {
    let mut folders = vec![root().join("guest-examples/target/components")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "wasm") {
                let wasm = std::fs::read(&path).unwrap();
                let instrumented = instrument(&path.display().to_string(), &wasm);
                assert!(!instrumented.maps.is_empty(), "{}", path.display());
            }
        }
    }
}

#[test]
fn a_function_is_counted_at_its_entry_and_at_each_way_it_can_go() {
    let module = br#"(module
      (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
      (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
        (block (loop (br_if 1 (local.get 0))
          (if (local.get 0) (then (block (block (br_table 0 1 (local.get 0))))))
          (br 0)))
        (i32.const 1024)))"#;
    let worlds = std::fs::read_to_string(root().join("tests/guests/world.wit")).unwrap();
    let mut worlds = worlds
        .lines()
        .filter_map(|line| line.trim().strip_prefix("world ")?.split(' ').next());
    let wasm = worlds.find_map(|world| component(module, world)).unwrap();
    let instrumented = instrument("here", &wasm);
    let [map] = &instrumented.maps[..] else {
        panic!("{} maps", instrumented.maps.len());
    };
    let turns: Vec<_> = map.edges.iter().map(|edge: &Edge| edge.turn).collect();
    assert_eq!(
        turns,
        [
            Turn::Entered,
            Turn::Entered,
            Turn::Looped,
            Turn::Taken,
            Turn::NotTaken,
            Turn::Taken,
            Turn::NotTaken,
            Turn::Target(0),
            Turn::Target(1),
        ]
    );
    assert_eq!(map.edges[1].function, map.edges[0].function + 1);
    let has_import = instrumented
        .wasm
        .windows(REGISTER.len())
        .any(|bytes| bytes == REGISTER.as_bytes());
    assert!(has_import);
}

#[test]
fn what_is_no_component_is_refused_in_a_sentence() {
    for bytes in [&b""[..], b"\0asm", b"no component at all"] {
        let told = Instrumented::of(bytes, Noted::Edges)
            .unwrap_err()
            .to_string();
        assert!(told.starts_with("it is not a component"), "{told}");
    }
}
