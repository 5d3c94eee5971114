//! Components within a component count, too, each instance for itself, and answer as before.

use evroute_fuzz::{EdgeMap, Instrumented, Noted, REGISTER, Turn};
use wasmtime::component::{Component, Linker, WasmList};
use wasmtime::{Engine, Store, StoreContextMut};

/// Two instances of one component, which takes a type from the one around it, one that has another
/// one within it, and code of its own behind them.
const NESTED: &str = r#"(component
  (type $answer (func (param "x" u32) (result u32)))
  (component $inner
    (alias outer 1 $answer (type $same))
    (core module $m
      (memory (export "memory") 1)
      (func (export "run") (param i32) (result i32)
        (if (result i32) (local.get 0) (then (i32.const 10)) (else (i32.const 20)))))
    (core instance $i (instantiate $m))
    (func $run (type $same) (canon lift (core func $i "run")))
    (export "run" (func $run)))
  (component $middle
    (component $innermost
      (core module $m
        (memory (export "memory") 1)
        (func (export "run") (param i32) (result i32) (i32.const 30)))
      (core instance $i (instantiate $m))
      (type $answer (func (param "x" u32) (result u32)))
      (func $run (type $answer) (canon lift (core func $i "run")))
      (export "run" (func $run)))
    (instance $only (instantiate $innermost))
    (export "run" (func $only "run")))
  (component $shim
    (type $answer (func (param "x" u32) (result u32)))
    (import "run" (func $run (type $answer)))
    (export "run" (func $run)))
  (instance $first (instantiate $inner))
  (instance $second (instantiate $inner))
  (instance $third (instantiate $middle))
  (instance $fourth (instantiate $shim (with "run" (func $third "run"))))
  (core module $own
    (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
  (core instance $own (instantiate $own))
  (func $own (type $answer) (canon lift (core func $own "run")))
  (export "first" (func $first "run"))
  (export "second" (func $second "run"))
  (export "third" (func $fourth "run"))
  (export "own" (func $own)))"#;

#[cfg(test)]
fn instrumented(noted: Noted) -> Instrumented {
    Instrumented::of(&wat::parse_str(NESTED).unwrap(), noted).unwrap()
}

/// Calls each export of a component once, and returns the answers and what it registered.
#[cfg(test)]
fn call(wasm: &[u8]) -> (Vec<u32>, Vec<Vec<u8>>) {
    let engine = Engine::default();
    let component = Component::new(&engine, wasm).unwrap();
    let mut linker = Linker::<Vec<WasmList<u8>>>::new(&engine);
    let register = |mut store: StoreContextMut<'_, Vec<WasmList<u8>>>, (list,)| {
        store.data_mut().push(list);
        Ok(())
    };
    linker.root().func_wrap(REGISTER, register).unwrap();
    let mut store = Store::new(&engine, Vec::new());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let mut answers = Vec::new();
    for (export, given) in [("first", 1_u32), ("second", 0), ("third", 0), ("own", 41)] {
        let function = instance.get_typed_func::<(u32,), (u32,)>(&mut store, export);
        answers.push(function.unwrap().call(&mut store, (given,)).unwrap().0);
    }
    let lists = std::mem::take(store.data_mut());
    let bytes = lists.iter().map(|list| list.as_le_slice(&store).to_vec());
    (answers, bytes.collect())
}

#[cfg(test)]
fn taken(map: &EdgeMap, list: &[u8]) -> Vec<Turn> {
    let counted = map.edges.iter().zip(map.counters(list));
    counted
        .filter(|(_, count)| **count > 0)
        .map(|(edge, _)| edge.turn)
        .collect()
}

#[test]
fn each_instance_within_counts_for_itself_and_answers_as_before() {
    let original = wat::parse_str(NESTED).unwrap();
    let (answers, none) = call(&original);
    assert_eq!((&answers[..], none.len()), (&[10, 20, 30, 42][..], 0));
    for noted in [Noted::Edges, Noted::Comparisons] {
        let instrumented = instrumented(noted);
        assert_eq!((instrumented.modules, instrumented.modules_all), (3, 3));
        assert_eq!((instrumented.maps.len(), instrumented.own), (4, 1));
        let (again, lists) = call(&instrumented.wasm);
        assert_eq!(again, answers);
        let maps = instrumented.maps.iter();
        let ways: Vec<_> = maps
            .zip(&lists)
            .map(|(map, list)| taken(map, list))
            .collect();
        let expected = [
            vec![Turn::Entered, Turn::Taken],
            vec![Turn::Entered, Turn::NotTaken],
            vec![Turn::Entered],
            vec![Turn::Entered],
        ];
        assert_eq!(ways, expected);
    }
}

#[test]
fn modules_are_numbered_in_the_order_of_their_bytes() {
    let instrumented = instrumented(Noted::Edges);
    let numbers: Vec<_> = instrumented
        .maps
        .iter()
        .map(|map| map.edges[0].module)
        .collect();
    assert_eq!(numbers, [0, 0, 1, 2]);
}

#[test]
fn where_components_are_handed_on_those_within_are_left_alone() {
    let text = NESTED.replace(
        "(instance $first ",
        "(component $user (alias outer 1 $shim (component $again))) (instance $first ",
    );
    let wasm = wat::parse_str(text).unwrap();
    let instrumented = Instrumented::of(&wasm, Noted::Edges).unwrap();
    assert_eq!((instrumented.modules, instrumented.modules_all), (1, 3));
    let (answers, lists) = call(&instrumented.wasm);
    assert_eq!((&answers[..], lists.len()), (&[10, 20, 30, 42][..], 1));
}
