use std::fmt::Write;
use std::path::{Path, PathBuf};

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store, StoreLimits, StoreLimitsBuilder};

use crate::ComponentLimits;
use crate::shape::{Shape, Unfit};

fn shape(component: &[u8]) -> Shape {
    let measured = Shape::measure(component, &ComponentLimits::default());
    measured.unwrap_or_else(|unfit| match unfit {
        Unfit::Broken(error) => panic!("{error}"),
        Unfit::TooLarge(too_large) => panic!("{too_large}"),
    })
}

/// How many modules Wasmtime starts with a component: the least number of instances that a store
/// has to allow.
fn started_by_wasmtime(component: &[u8]) -> u64 {
    let mut config = Config::new();
    config.wasm_custom_page_sizes(true);
    config.wasm_multi_memory(true);
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, component).unwrap();
    let mut linker: Linker<StoreLimits> = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let starts_with = |instances: usize| {
        let limits = StoreLimitsBuilder::new().instances(instances).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        linker.instantiate(&mut store, &component).is_ok()
    };
    let (mut too_few, mut enough) = (0, 10_000);
    assert!(starts_with(enough));
    while too_few < enough {
        let middle = usize::midpoint(too_few, enough);
        if starts_with(middle) {
            enough = middle;
        } else {
            too_few = middle + 1;
        }
    }
    enough.try_into().unwrap()
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % end
    }
}

/// What is in a component whose levels around it have so many components each: modules that are
/// started, components in it, and instances of all that have a number there.
fn inside(random: &mut Random, around: &mut Vec<u64>) -> String {
    let mut text = String::from("(core module)");
    for _ in 0..random.below(3) {
        text.push_str("(core instance (instantiate 0))");
    }
    let mut own = 0;
    for number in 0..random.below(4) {
        match random.below(4) {
            0 | 1 if around.len() < 4 => {
                around.push(own);
                let inner = inside(random, around);
                around.pop();
                let _ = write!(text, "(component {inner})");
            }
            2 if own > 0 => {
                let of = random.below(own);
                let _ = write!(text, "(export \"c{number}\" (component {of}))");
            }
            _ => {
                let seen: Vec<_> = around
                    .iter()
                    .rev()
                    .zip(1..)
                    .filter(|(all, _)| **all > 0)
                    .collect();
                let Some((all, level)) = seen.first().map(|(all, level)| (**all, *level)) else {
                    continue;
                };
                let of = random.below(all);
                let _ = write!(text, "(alias outer {level} {of} (component))");
            }
        }
        own += 1;
        for _ in 0..random.below(3) {
            let of = random.below(own);
            let _ = write!(text, "(instance (instantiate {of}))");
        }
    }
    text
}

#[test]
fn what_is_counted_is_what_wasmtime_starts() {
    let mut random = Random(11);
    let (mut different, mut largest) = (std::collections::BTreeSet::new(), 0);
    for _ in 0..150 {
        // Wasmtime lets no component out of the outermost.
        let inner = inside(&mut random, &mut vec![0]);
        let text = format!("(component (component {inner}) (instance (instantiate 0)))");
        let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let shape = shape(&component);
        assert_eq!(
            shape.modules_started,
            started_by_wasmtime(&component),
            "{text}"
        );
        assert!(shape.instances >= shape.modules_started);
        different.insert(shape.modules_started);
        largest = largest.max(shape.modules_started);
    }
    // There are enough of them whose components multiply.
    assert!(different.len() > 10 && largest > 20, "{different:?}");
}

#[test]
fn a_guest_starts_its_memory_and_its_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let wit = [root.join("wit"), root.join("tests/guests/world.wit")];
    let wit = wit.each_ref().map(PathBuf::as_path);
    for guest in ["canary", "canary-state", "grow-table"] {
        let core = std::fs::read(root.join(format!("tests/guests/{guest}.wat"))).unwrap();
        let component = evroute_componentize::componentize(&core, &wit, "local-request").unwrap();
        let started = shape(&component).modules_started;
        assert_eq!(started, started_by_wasmtime(&component), "{guest}");
        assert!((1..=4).contains(&started), "{guest}: {started}");
    }
}

/// Between components that hand text to each other there is code of Wasmtime's own, which is
/// started once for each of them that is handed something.
#[test]
fn beside_them_wasmtime_starts_code_of_its_own() {
    let nested = wat::parse_str(include_str!("../../../tests/refused/nested.wat")).unwrap();
    let (own, all) = (shape(&nested).modules_started, started_by_wasmtime(&nested));
    assert_eq!((own, all), (3, 4));
}

#[test]
fn a_component_that_is_defined_and_not_used_costs_nothing_elsewhere() {
    let many = "(core instance (instantiate 0))".repeat(900);
    let text = format!(
        "(component (component $large (core module) {many}) (component $small)
         {} (instance (instantiate $large)))",
        "(instance (instantiate $small))".repeat(500)
    );
    let shape = shape(&wat::parse_str(text).unwrap());
    assert_eq!((shape.instances, shape.modules_started), (1401, 900));
}
