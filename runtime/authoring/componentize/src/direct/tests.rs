use std::path::Path;

use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use super::{Obstacle, relink};

/// The usual layout of a module that implements `toy:calls/echoes`.
fn usual(core: &str) -> Vec<u8> {
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/wit");
    let (resolve, world) = crate::world::select(&[&wit], Some("echoes")).unwrap();
    let mut module = wat::parse_str(core).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .unwrap()
        .encode()
        .unwrap()
}

/// How many core modules, core instances and tables there are.
fn shape(component: &[u8]) -> (usize, u32, u32) {
    let (mut modules, mut instances, mut tables) = (0, 0, 0);
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } => modules += 1,
            Payload::InstanceSection(section) => {
                let instantiated =
                    |i: &Result<_, _>| matches!(i, Ok(wasmparser::Instance::Instantiate { .. }));
                instances +=
                    u32::try_from(section.into_iter().filter(instantiated).count()).unwrap();
            }
            Payload::TableSection(section) => tables += section.count(),
            _ => {}
        }
    }
    (modules, instances, tables)
}

fn world_of(component: &[u8]) -> String {
    let decoded = wit_component::decode(component).unwrap();
    let mut printer = wit_component::WitPrinter::default();
    printer
        .print(decoded.resolve(), decoded.package(), &[])
        .unwrap();
    printer.output.to_string()
}

/// An echo: gets a text, asks for another, returns one. `ALLOC` is its allocator's body, `MORE`
/// anything else.
fn echo(alloc: &str, more: &str) -> String {
    format!(
        r#"(module
          (type $cb (func))
          (import "toy:calls/ask@0.1.0" "ask" (func $ask (param i32 i32 i32)))
          (memory (export "memory") 1)
          (global $next (mut i32) (i32.const 1024))
          (global $other (mut i32) (i32.const 7))
          (data (i32.const 16) "hello")
          {more}
          (func $bump (param $size i32) (result i32)
            (local $at i32)
            (local.set $at (global.get $next))
            (global.set $next (i32.add (local.get $at) (local.get $size)))
            (local.get $at))
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {alloc})
          (func (export "toy:calls/echo@0.1.0#handle") (param i32 i32) (result i32)
            (global.set $other (i32.const 8))
            (call $ask (i32.const 16) (i32.const 5) (i32.const 64))
            (i32.const 64))
          (func (export "cabi_post_toy:calls/echo@0.1.0#handle") (param i32)))"#
    )
}

const BUMP: &str = "(call $bump (local.get 3))";

#[test]
fn two_instances_without_tables_take_the_place_of_three_with_tables() {
    let table = "(table 1 funcref) (elem (i32.const 0) func $bump)";
    let usual = usual(&echo(BUMP, table));
    assert_eq!(shape(&usual), (3, 3, 2));
    let direct = relink(&usual).unwrap();
    assert_eq!(shape(&direct), (2, 2, 0));
}

#[test]
fn types_of_the_component_stay_as_they_are() {
    let usual = usual(&echo(BUMP, ""));
    assert_eq!(world_of(&relink(&usual).unwrap()), world_of(&usual));
}

#[test]
fn a_table_that_is_used_stays_with_the_code() {
    let used = "(table 1 funcref) (elem (i32.const 0) func $idle)
        (func $idle) (func $indirect (call_indirect (type $cb) (i32.const 0)))";
    let direct = relink(&usual(&echo(BUMP, used))).unwrap();
    assert_eq!(shape(&direct), (2, 2, 1));
}

#[test]
fn only_globals_of_the_allocator_are_shared() {
    let direct = relink(&usual(&echo(BUMP, ""))).unwrap();
    let text = format!("{:?}", exports_of_modules(&direct));
    assert!(
        text.contains("global-0") && !text.contains("global-1"),
        "{text}"
    );
}

fn exports_of_modules(component: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ExportSection(section) = payload.unwrap() {
            names.extend(
                section
                    .into_iter()
                    .map(|export| export.unwrap().name.to_owned()),
            );
        }
    }
    names
}

#[test]
fn a_function_that_does_nothing_after_the_return_is_not_called() {
    let idle = relink(&usual(&echo(BUMP, ""))).unwrap();
    let busy = echo(BUMP, "").replace("#handle\") (param i32)))", "#handle\") (param i32) (nop)))");
    let busy = relink(&usual(&busy)).unwrap();
    let post_returns = |component: &[u8]| {
        let mut found = 0;
        for payload in Parser::new(0).parse_all(component) {
            if let Payload::ComponentCanonicalSection(section) = payload.unwrap() {
                found += section
                    .into_iter()
                    .filter(|c| format!("{c:?}").contains("PostReturn"))
                    .count();
            }
        }
        found
    };
    assert_eq!((post_returns(&idle), post_returns(&busy)), (0, 1));
}

#[test]
fn what_cannot_be_split_keeps_the_usual_layout() {
    let through_table = "(table 1 funcref) (elem (i32.const 0) func $idle) (func $idle)";
    let cases = [
        (
            "(call_indirect (type $cb) (i32.const 0)) (i32.const 0)",
            through_table,
            "its allocator calls through a table",
        ),
        (
            "(call $ask (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 0)",
            "",
            "its allocator calls an import",
        ),
        (
            BUMP,
            "(start $begin) (func $begin)",
            "it has a start function",
        ),
        (
            BUMP,
            "(data $p \"x\") (func $copy (memory.init $p (i32.const 0) (i32.const 0) (i32.const 1)))",
            "it copies passive data",
        ),
    ];
    for (alloc, more, obstacle) in cases {
        assert_eq!(relink(&usual(&echo(alloc, more))), Err(Obstacle(obstacle)));
    }
}

#[test]
fn an_allocator_may_panic() {
    let panics = "(if (i32.eqz (local.get 3)) (then (call $panic (i32.const 1)))) (call $bump (local.get 3))";
    let panic = "(table 1 funcref) (elem (i32.const 0) func $idle) (func $idle)
        (func $panic (param i32) (call_indirect (type $cb) (i32.const 0)) (block (br 0)) unreachable)";
    let direct = relink(&usual(&echo(panics, panic))).unwrap();
    assert_eq!(shape(&direct), (2, 2, 1));

    let escapes = [
        ("(block (br 0))", "(block (br 1))"),
        ("(block (br 0))", "(br_if 0 (local.get 0))"),
        ("(block (br 0))", "(if (local.get 0) (then (return)))"),
        ("unreachable", ""),
    ];
    for (way, out) in escapes {
        let may_return = panic.replace(way, out);
        let refused = relink(&usual(&echo(panics, &may_return)));
        assert_eq!(
            refused,
            Err(Obstacle("its allocator calls through a table")),
            "{out}"
        );
    }
}

/// Size and page size of the memory, as a power of two, in each half.
fn memories(component: &[u8]) -> Vec<(u64, Option<u32>)> {
    let mut memories = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::MemorySection(section) => {
                memories.extend(section.into_iter().map(Result::unwrap));
            }
            Payload::ImportSection(section) => {
                memories.extend(section.into_imports().filter_map(
                    |import| match import.unwrap().ty {
                        wasmparser::TypeRef::Memory(memory) => Some(memory),
                        _ => None,
                    },
                ));
            }
            _ => {}
        }
    }
    let measured = memories.iter().map(|m| (m.initial, m.page_size_log2));
    measured.collect()
}

#[test]
fn a_memory_is_as_small_as_its_guest_says_that_it_may_be() {
    let heap = |bytes: &str| format!("(@custom \"evroute-small-memory\" \"{bytes}\")");
    let base = "(global (export \"__heap_base\") i32 (i32.const 1040))";
    let of = |more: &str| memories(&relink(&usual(&echo(BUMP, more))).unwrap());
    let small = (1040 + 3072, Some(0));
    assert_eq!(of(&(heap("\\00\\0c\\00\\00") + base)), [small, small]);

    let usual = (1, None);
    assert_eq!(of(base), [usual, usual], "it does not say");
    assert_eq!(
        of(&heap("\\00\\0c\\00\\00")),
        [usual, usual],
        "nobody says where its heap begins"
    );
    assert_eq!(
        of(&(heap("\\00\\0c") + base)),
        [usual, usual],
        "not a number"
    );
    assert_eq!(
        of(&(heap("\\00\\00\\01\\00") + base)),
        [usual, usual],
        "it wants more than a page"
    );
}

#[test]
fn broken_bytes_are_an_obstacle_and_not_a_panic() {
    let usual = usual(&echo(BUMP, ""));
    for length in 0..usual.len() {
        let _ = relink(&usual[..length]);
    }
    for at in 0..usual.len() {
        let mut broken = usual.clone();
        broken[at] ^= 0x55;
        let _ = relink(&broken);
    }
}
