//! A handler that was rewritten behaves as the original, and its counters are what it did.

use evroute_fuzz::{Instrumented, Noted, REGISTER, Turn};
use wasmtime::component::{Component, Linker, WasmList};
use wasmtime::{Engine, Store, StoreContextMut};

/// Ways of each kind, and a trap at the end of one of them.
const BRANCHES: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "f") (param $x i32) (result i32) (local $sum i32)
      (loop $again
        (local.set $sum (i32.add (local.get $sum) (local.get $x)))
        (local.set $x (i32.sub (local.get $x) (i32.const 1)))
        (br_if $again (i32.gt_s (local.get $x) (i32.const 0))))
      (block $two (block $one (block $none
        (br_table $none $one $two (i32.rem_u (local.get $sum) (i32.const 3))))
        (return (i32.mul (local.get $sum) (i32.const 7))))
        (if (i32.gt_u (local.get $sum) (i32.const 1000)) (then (unreachable))))
      (local.get $sum)))
  (core instance $i (instantiate $m))
  (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))"#;

type Lists = Vec<WasmList<u8>>;

/// What it answers, none for a trap, and its counters afterwards.
#[cfg(test)]
fn run(wasm: &[u8], x: u32) -> (Option<u32>, Vec<Vec<u8>>) {
    let mut config = wasmtime::Config::new();
    config.wasm_multi_memory(true);
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, wasm).unwrap();
    let mut linker = Linker::<Lists>::new(&engine);
    let register = |mut store: StoreContextMut<'_, Lists>, (list,): (WasmList<u8>,)| {
        store.data_mut().push(list);
        Ok(())
    };
    linker.root().func_wrap(REGISTER, register).unwrap();
    let mut store = Store::new(&engine, Lists::new());
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let f = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "f");
    let answer = f.unwrap().call(&mut store, (x,)).ok().map(|(sum,)| sum);
    let lists = std::mem::take(store.data_mut());
    let counters = lists.iter().map(|list| list.as_le_slice(&store).to_vec());
    let counters = counters.collect();
    (answer, counters)
}

#[test]
fn it_answers_as_before_and_its_counters_are_read_after_a_trap_too() {
    let original = wat::parse_str(BRANCHES).unwrap();
    let instrumented = Instrumented::of(&original, Noted::Edges).unwrap();
    let edges = &instrumented.maps[0].edges;
    for x in [0, 1, 2, 3, 4, 5, 6, 30, 46, 600] {
        let (expected, none) = run(&original, x);
        let (answer, counters) = run(&instrumented.wasm, x);
        assert_eq!(answer, expected, "{x}");
        assert_eq!((none.len(), counters.len()), (0, 1));
        let count = |turn: Turn| -> u32 {
            let counted = edges.iter().zip(&counters[0]);
            counted
                .filter(|(edge, _)| edge.turn == turn)
                .map(|(_, count)| u32::from(*count))
                .sum()
        };
        assert_eq!(count(Turn::Entered), 1);
        // A counter that is full stays full.
        assert_eq!(count(Turn::Looped), x.clamp(1, 255));
        let targets = [0, 1, 2].map(|target| count(Turn::Target(target)));
        let sum = if x == 0 { 0 } else { x * (x + 1) / 2 };
        let target = usize::try_from(sum % 3).unwrap();
        assert_eq!(targets.iter().sum::<u32>(), 1);
        assert_eq!(targets[target], 1, "{x}");
        assert_eq!(expected.is_none(), sum % 3 == 1 && sum > 1000, "{x}");
    }
    assert!(run(&instrumented.wasm, 46).0.is_none(), "one of them traps");
}
