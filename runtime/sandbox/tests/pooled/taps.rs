//! A tap sees the same of a run in both backends, and what it answers is not carried out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use evroute_sandbox::Tapping;
use evroute_tap::{HostCall, HostFunction, Tap, WitValue};

use crate::scene::{Scene, component};

const FILL_TABLE: &str = include_str!("../../../../tests/guests/fill-table.wat");

type Calls = Arc<Mutex<VecDeque<(String, WitValue)>>>;

fn shown(call: &HostCall<'_>) -> String {
    let arguments = call.arguments.iter().map(ToString::to_string);
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    format!("{}({arguments})", call.function.name)
}

/// Writes down what the server answers, or gives the answers in their order.
struct Tape {
    calls: Calls,
    answers: bool,
}

impl Tap for Tape {
    fn wants(&mut self, function: &'static HostFunction) -> bool {
        !function.is_about_the_event()
    }

    fn answer(&mut self, call: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>> {
        self.answers.then(|| {
            let (recorded, answer) = self.calls.lock().unwrap().pop_front().unwrap();
            assert_eq!(recorded, shown(call));
            Ok(answer)
        })
    }

    fn seen(&mut self, call: &HostCall<'_>, answer: Result<&WitValue, &wasmtime::Error>) {
        let answer = answer.unwrap().clone();
        self.calls.lock().unwrap().push_back((shown(call), answer));
    }
}

fn tapping(calls: &Calls, answers: bool) -> Tapping {
    let calls = Arc::clone(calls);
    Tapping {
        tap: Some(Box::new(Tape { calls, answers })),
        ..Tapping::default()
    }
}

#[test]
fn a_run_is_repeated_from_its_answers_in_either_backend() {
    let guest = component(FILL_TABLE);
    let recorded = [true, false].map(|is_kept| {
        let calls = Calls::default();
        let scene = Scene::new(&guest, is_kept);
        let traces = scene.run_tapped(b"", tapping(&calls, false));
        assert_eq!(traces.fuel, scene.run(b"").fuel);
        let calls = calls.lock().unwrap().clone();
        (calls, traces.outcome, traces.fuel)
    });
    let [(calls, outcome, fuel), as_component] = recorded;
    assert_eq!((&calls, &outcome, &fuel), {
        let (calls, outcome, fuel) = &as_component;
        (calls, outcome, fuel)
    });
    let (first, answer) = calls.front().unwrap();
    assert_eq!(first, "[static]table.open(\"blocked\")");
    assert_eq!(answer.to_string(), "ok(#0)");
    let (last, answer) = calls.back().unwrap();
    assert!(last.starts_with("[method]table.set(#0, "), "{last}");
    assert_eq!(answer.to_string(), "err(quota-exceeded)");

    for is_kept in [true, false] {
        let tape = Arc::new(Mutex::new(calls.clone()));
        let scene = Scene::new(&guest, is_kept);
        let traces = scene.run_tapped(b"", tapping(&tape, true));
        assert_eq!((traces.outcome, traces.fuel), (outcome.clone(), fuel));
        assert!(tape.lock().unwrap().is_empty());
        assert!(traces.tables.is_empty(), "{:?}", traces.tables);
    }
}
