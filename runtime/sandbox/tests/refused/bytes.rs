//! Components whose bytes are changed at random: the pass before the compiler reads them all. The
//! fuzz target `shape` does the same for as long as it is let.

use std::path::{Path, PathBuf};

use evroute_componentize::componentize;
use evroute_sandbox::{ComponentLimits, ComponentRefusal};
use wasmparser::{Validator, WasmFeatures};

/// How many components are made of each that is there.
const CHANGED: usize = 4000;

/// Numbers that look random, and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn components() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let wit = [root.join("wit"), root.join("tests/guests/world.wit")];
    let wit = wit.each_ref().map(PathBuf::as_path);
    let guest = |name: &str| {
        let core = std::fs::read(root.join(format!("tests/guests/{name}.wat"))).unwrap();
        componentize(&core, &wit, "local-request").unwrap()
    };
    let nested = wat::parse_str(include_str!("nested.wat")).unwrap();
    vec![
        guest("canary"),
        guest("canary-state"),
        guest("misleading-names"),
        nested,
    ]
}

/// Changes one to four places: a byte, some bytes less, or some of elsewhere.
fn change(component: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(component.len());
        let length = 1 + random.below(8).min(component.len() - at - 1);
        match random.below(4) {
            0 => component[at] = u8::try_from(random.below(256)).unwrap(),
            1 => component[at] ^= 1 << random.below(8),
            2 if component.len() > 100 => drop(component.drain(at..at + length)),
            _ => {
                let to = random.below(component.len());
                let copied = component[at..at + length].to_vec();
                component.splice(to..to, copied);
            }
        }
    }
}

#[test]
fn what_wasmtime_could_read_is_read_before_and_what_it_could_not_does_no_harm() {
    let limits = ComponentLimits::default();
    let mut random = Random(7);
    let (mut valid, mut broken) = (0, 0);
    for component in components() {
        assert!(limits.check(&component).is_ok());
        for _ in 0..CHANGED {
            let mut changed = component.clone();
            change(&mut changed, &mut random);
            let mut validator = Validator::new_with_features(WasmFeatures::all());
            let is_valid = validator.validate_all(&changed).is_ok();
            match limits.check(&changed) {
                Ok(()) => {}
                Err(ComponentRefusal::NotAComponent(why)) => {
                    assert!(!is_valid, "{why}: {changed:?}")
                }
                Err(ComponentRefusal::TooLarge(_)) => {}
                Err(other) => panic!("{other}"),
            }
            valid += usize::from(is_valid);
            broken += usize::from(!is_valid);
        }
    }
    assert!(
        valid > CHANGED / 10 && broken > CHANGED,
        "{valid} valid, {broken} broken"
    );
}
