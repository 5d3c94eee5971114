//! Guests that are generated: whatever they do to memory and globals, and however they end, both
//! ways.

use crate::random::Random;
use crate::scene::{Scene, component};

/// How many functions a guest has beside its handler. Each calls only those before it, so that all
/// runs end.
const FUNCTIONS: usize = 4;

/// A place in memory, now and then beyond its end.
fn address(random: &mut Random) -> usize {
    match random.below(200) {
        0 => 65_536 + random.below(100_000),
        1..100 => random.below(3000),
        _ => random.below(65_000),
    }
}

/// A few instructions, with others in them. `callable` functions are there already.
fn statement(random: &mut Random, callable: usize, depth: u32) -> String {
    let (at, from) = (address(random), address(random));
    let (number, length) = (random.word(), random.below(60));
    let inner = |random: &mut Random| match depth {
        0 => "nop".to_owned(),
        _ => statement(random, callable, depth - 1),
    };
    match random.below(14) {
        0 | 1 => format!("(i32.store8 (i32.const {at}) (i32.const {number}))"),
        2 => format!("(i64.store (i32.const {at}) (global.get $long))"),
        3 => format!("(i32.store (i32.const {at}) (global.get $word))"),
        4 => format!(
            "(global.set $word (i32.add (global.get $word) (i32.load8_u (i32.const {at}))))"
        ),
        5 => format!("(global.set $long (i64.xor (global.get $long) (i64.load (i32.const {at}))))"),
        6 => format!("(global.set $float (f32.add (global.get $float) (f32.const {length})))"),
        7 => format!("(global.set $double (f64.load (i32.const {at})))"),
        8 => format!("(memory.fill (i32.const {at}) (i32.const {number}) (i32.const {length}))"),
        9 => format!("(memory.copy (i32.const {at}) (i32.const {from}) (i32.const {length}))"),
        10 => format!(
            "(call $log (i32.const {}) (i32.const {at}) (i32.const {}))",
            random.below(6),
            length / 4
        ),
        11 if callable > 0 => format!("(call $f{})", random.below(callable)),
        12 => {
            let (one, other) = (inner(random), inner(random));
            let bit = 1 << random.below(6);
            format!(
                "(if (i32.and (global.get $word) (i32.const {bit})) (then {one}) (else {other}))"
            )
        }
        _ => match random.below(40) {
            0 => "(drop (memory.grow (i32.const 1)))".to_owned(),
            1 => "unreachable".to_owned(),
            2 => "(call $drop (i32.const 2))".to_owned(),
            _ => inner(random),
        },
    }
}

fn statements(random: &mut Random, callable: usize) -> String {
    let number = 1 + random.below(12);
    let all: Vec<_> = (0..number)
        .map(|_| statement(random, callable, 3))
        .collect();
    all.join("\n      ")
}

fn guest(random: &mut Random) -> String {
    let functions = (0..FUNCTIONS).map(|number| {
        let body = statements(random, number);
        format!("(func $f{number} {body})")
    });
    let functions: Vec<_> = functions.collect();
    let data = (0..random.below(5)).map(|_| {
        let text = "abcdefgh".repeat(1 + random.below(40));
        format!("(data (i32.const {}) \"{text}\")", random.below(60_000))
    });
    let data: Vec<_> = data.collect();
    let body = statements(random, FUNCTIONS);
    let verdict = random.below(3);
    let answer = if random.below(8) == 0 {
        address(random)
    } else {
        61_000
    };
    format!(
        "(module
    (import \"evroute:tm/types@0.1.0\" \"[method]local-request-event.message\"
      (func $message (param i32) (result i32)))
    (import \"evroute:sip/types@0.1.0\" \"[resource-drop]message\" (func $drop (param i32)))
    (import \"evroute:log/log@0.1.0\" \"log\" (func $log (param i32 i32 i32)))
    (memory (export \"memory\") 1)
    (global $word (mut i32) (i32.const {}))
    (global $long (mut i64) (i64.const {}))
    (global $float (mut f32) (f32.const 0.5))
    (global $double (mut f64) (f64.const -0.25))
    {}
    {}
    (func (export \"evroute:tm/local-request@0.1.0#handle\") (param $event i32) (result i32)
      (global.set $word (i32.add (global.get $word) (call $message (local.get $event))))
      {body}
      (i32.store (i32.const 61000) (i32.const 0))
      (i32.store (i32.const 61004) (i32.const {verdict}))
      (i32.const {answer})))",
        random.word(),
        random.word(),
        data.join("\n    "),
        functions.join("\n    "),
    )
}

#[test]
fn generated_guests_do_the_same_in_an_instance_that_is_kept() {
    let mut random = Random::new(10);
    let (mut pooled, mut returned) = (0, 0);
    for number in 0..40 {
        let text = guest(&mut random);
        let component = component(&text);
        let scenes = [true, false].map(|is_kept| Scene::new(&component, is_kept));
        pooled += usize::from(scenes[0].handler.pools_instances());
        for run in 0..6 {
            let [own, fresh] = scenes.each_ref().map(|scene| scene.run(b"hello"));
            assert_eq!(own, fresh, "guest {number}, run {run}: {text}");
            returned += usize::from(own.outcome == "Returned");
        }
    }
    assert_eq!(pooled, 40);
    // Both those that are kept after a run and those that are dropped.
    assert!(returned > 60 && returned < 220, "{returned}");
}
