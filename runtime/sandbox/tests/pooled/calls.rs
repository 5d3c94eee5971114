//! Every call that a guest of the synchronous lane can make, with arguments of all kinds, both
//! ways.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, Resolve, WorldItem};

use crate::scene::{Scene, component};

const MESSAGE: (&str, &str) = (
    "evroute:tm/types@0.1.0",
    "[method]local-request-event.message",
);
const BODY: (&str, &str) = ("evroute:sip/types@0.1.0", "[method]message.body");
const OPEN: (&str, &str) = ("evroute:htable/htable@0.1.0", "[static]table.open");

/// The interfaces whose handles a guest of `tm:local-request` can have, and those that need none.
const INTERFACES: [&str; 7] = [
    "evroute:tm/types@0.1.0",
    "evroute:sip/types@0.1.0",
    "evroute:log/log@0.1.0",
    "evroute:pv/pv@0.1.0",
    "evroute:pv/shv@0.1.0",
    "evroute:htable/htable@0.1.0",
    "evroute:custom/raise@0.1.0",
];

/// How many core arguments a call has at most.
const ARGUMENTS_MAX: usize = 16;

struct Call {
    interface: String,
    function: String,
    parameters: Vec<&'static str>,
    results: Vec<&'static str>,
}

fn calls() -> Vec<Call> {
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let (package, _) = resolve.push_dir(wit).unwrap();
    let world = resolve.select_world(&[package], Some("platform")).unwrap();
    let mut calls = Vec::new();
    for item in resolve.worlds[world].imports.values() {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let interface = resolve.id_of(*id).unwrap();
        if !INTERFACES.contains(&interface.as_str()) {
            continue;
        }
        for function in resolve.interfaces[*id].functions.values() {
            calls.push(call(&resolve, &interface, function));
        }
        for (name, ty) in &resolve.interfaces[*id].types {
            if matches!(resolve.types[*ty].kind, wit_parser::TypeDefKind::Resource) {
                calls.push(Call {
                    interface: interface.clone(),
                    function: format!("[resource-drop]{name}"),
                    parameters: vec!["i32"],
                    results: Vec::new(),
                });
            }
        }
    }
    calls
}

fn call(resolve: &Resolve, interface: &str, function: &Function) -> Call {
    let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
    let core = |ty: &WasmType| match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 | WasmType::F64 => panic!("no call has a float"),
    };
    Call {
        interface: interface.to_owned(),
        function: function.name.clone(),
        parameters: signature.params.iter().map(core).collect(),
        results: signature.results.iter().map(core).collect(),
    }
}

/// A guest that makes one call with arguments from the body of the request, and then burns fuel by
/// what it finds in its memory.
fn guest(call: &Call) -> String {
    let known = |of: (&str, &str)| (call.interface.as_str(), call.function.as_str()) == of;
    let import = |of: (&str, &str), name: &str, ty: &str| {
        let (interface, function) = of;
        let shown = if known(of) { "$call" } else { name };
        format!("(import \"{interface}\" \"{function}\" (func {shown} {ty}))\n")
    };
    let mut imports = import(MESSAGE, "$message", "(param i32) (result i32)")
        + &import(BODY, "$body", "(param i32 i32)")
        + &import(OPEN, "$open", "(param i32 i32 i32)");
    if !known(MESSAGE) && !known(BODY) && !known(OPEN) {
        let parameters = call.parameters.join(" ");
        let results = call.results.join(" ");
        writeln!(
            imports,
            "(import \"{}\" \"{}\" (func $call (param {parameters}) (result {results})))",
            call.interface, call.function
        )
        .unwrap();
    }
    let arguments = (0..).zip(&call.parameters).map(|(number, ty)| {
        format!(
            "({ty}.load (i32.add (local.get $arguments) (i32.const {})))",
            8 * number
        )
    });
    let arguments = arguments.collect::<Vec<_>>().join("\n");
    let made = format!("(call $call {arguments})");
    let made = match call.results.as_slice() {
        [] => made,
        [ty] => format!("({ty}.store (i32.const 256) {made})"),
        _ => panic!("no call has two results"),
    };
    let or_call = |of, name: &'static str| if known(of) { "$call" } else { name };
    TEMPLATE
        .replace("IMPORTS", &imports)
        .replace("$message", or_call(MESSAGE, "$message"))
        .replace("$body", or_call(BODY, "$body"))
        .replace("$open", or_call(OPEN, "$open"))
        .replace("CALL", &made)
}

const TEMPLATE: &str = r#"(module
  IMPORTS
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 8192))
  (data (i32.const 1024) "blocked\00$ru\00$hdr(X-Own)\00X-Own\00$sht(blocked=>a)\00sip:carol@example.net\00one\00$shv(n)\00\ff\fe")
  ;; A list of two pairs: a name, and a value that is a text, or a number.
  (data (i32.const 2048) "\00\04\00\00\07\00\00\00\02\00\00\00\00\00\00\00\08\04\00\00\03\00\00\00\20\04\00\00\02\00\00\00\01\00\00\00\00\00\00\00\2a\00\00\00\00\00\00\00")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $next) (i32.sub (local.get 2) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get 2))))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (if (i32.gt_u (global.get $next) (i32.const 65536)) (then (unreachable)))
    (local.get $at))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (local $arguments i32) (local $at i32) (local $sum i32)
    (call $body (call $message (local.get $event)) (i32.const 16))
    (local.set $arguments (i32.load (i32.const 16)))
    (call $open (i32.const 1024) (i32.const 7) (i32.const 32))
    CALL
    (loop $next
      (local.set $sum (i32.xor (i32.rotl (local.get $sum) (i32.const 5)) (i32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 16384))))
    (local.set $sum (i32.and (local.get $sum) (i32.const 0xffff)))
    (loop $next
      (local.set $sum (i32.sub (local.get $sum) (i32.const 1)))
      (br_if $next (i32.gt_s (local.get $sum) (i32.const 0))))
    (i32.store (i32.const 80) (i32.const 0))
    (i32.store (i32.const 84) (i32.const 0))
    (i32.const 80)))
"#;

/// A core value: a handle, a case, a length; an address of a text or a list; anything.
fn argument() -> impl Strategy<Value = u64> {
    prop_oneof![
        6 => 0..8_u64,
        4 => prop::sample::select(vec![1024, 1032, 1036, 1048, 1054, 1071, 1093, 1097, 1105, 2048]),
        2 => 0..200_u64,
        2 => (0..16_384_u64).prop_map(|word| 4 * word),
        1 => 0..70_000_u64,
        1 => prop::sample::select(vec![65_528, 65_535, 65_536, 0xffff_ffff, 0x8000_0000, u64::MAX, 1 << 63]),
        1 => any::<u64>(),
    ]
}

/// Whether the call returns for some handle and some honest text.
fn returns(scene: &Scene) -> bool {
    let handles = 1..=3_u64;
    let mut bodies = handles.flat_map(|handle| {
        let methods = [handle, 1024, 7, 1048, 3, 512, 512, 512, 512];
        let functions = [1024, 7, 1048, 3, 512, 512, 512, 512, 512];
        let log = [1, 1024, 7, 0, 0, 0, 0, 0, 0];
        let raise = [1024, 7, 2048, 2, 512, 512, 512, 512, 512];
        let typed = [handle, 512, 1024, 7, 512, 512, 512, 512, 512];
        let some = [handle, 1, 1024, 7, 1048, 3, 512, 512, 512];
        let table = [handle, 1024, 7, 1, 5, 0, 0, 0, 512];
        let set = [1032, 3, 2, 1071, 21, 512, 0, 0, 0];
        [methods, functions, log, raise, typed, some, table, set]
    });
    bodies.any(|body| scene.run(&body.map(u64::to_le_bytes).concat()).outcome == "Returned")
}

#[test]
fn every_call_with_any_arguments_does_the_same_in_an_instance_that_is_kept() {
    let calls = calls();
    assert!(calls.len() > 35, "{} calls", calls.len());
    for call in &calls {
        let component = component(&guest(call));
        let scenes = [true, false].map(|is_kept| Scene::new(&component, is_kept));
        assert!(scenes[0].handler.pools_instances(), "{}", call.function);
        let name = format!("{} {}", call.interface, call.function);
        let arguments = prop::collection::vec(argument(), ARGUMENTS_MAX);
        let mut runner = TestRunner::new(Config {
            cases: 200,
            failure_persistence: None,
            ..Config::default()
        });
        let ran = runner.run(&arguments, |arguments| {
            let body: Vec<u8> = arguments
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            let [own, fresh] = scenes.each_ref().map(|scene| scene.run(&body));
            prop_assert_eq!(&own, &fresh, "{}", &name);
            Ok(())
        });
        ran.unwrap_or_else(|error| panic!("{name}: {error}"));
        // What only ever traps shows little; but no request's handler has a response's event.
        let is_others = call.function.contains("local-response-event");
        assert!(is_others || returns(&scenes[0]), "{name}");
    }
}
