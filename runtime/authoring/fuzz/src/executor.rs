//! One execution after the other, for one thread.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use evroute_cases::{Error, Harness, HarnessRun};
use evroute_sandbox::Tapping;
use evroute_tap::WitValue;

use crate::component::EdgeMap;
use crate::counters::registered;
use crate::heard::{FuzzTap, HeardCall, Listening};
use crate::input::Input;
use crate::neighbour::{Neighbour, leak};
use crate::ring::Comparison;
use crate::seen::{Hit, hits};
use crate::target::FuzzTarget;

/// An instrumented handler burns two to three times the fuel of the original.
pub const FUEL_TIMES: u64 = 4;

/// Runs inputs.
pub(crate) struct Executor {
    pub(crate) target: Arc<FuzzTarget>,
    search: Harness,
    compared: Harness,
    server: Harness,
    neighbour: Neighbour,
}

/// What came of an input.
pub(crate) struct Execution {
    pub(crate) run: HarnessRun,
    pub(crate) calls: Vec<HeardCall>,
    /// The ways that were taken; none of the original component.
    pub(crate) hits: Vec<Hit>,
    /// What else tells executions apart.
    pub(crate) features: Vec<u64>,
}

impl Executor {
    pub(crate) fn new(target: &Arc<FuzzTarget>) -> Result<Self, Error> {
        let bytes = |maps: &[EdgeMap]| maps.iter().map(EdgeMap::bytes).sum();
        let search = Harness::new(&target.search, Arc::clone(&target.edges))?;
        let compared = Harness::new(&target.search, Arc::clone(&target.compared))?;
        Ok(Self {
            search: search.with_more_bytes(bytes(&target.edge_maps)),
            compared: compared.with_more_bytes(bytes(&target.compared_maps)),
            server: Harness::new(&target.server, Arc::clone(&target.component))?,
            neighbour: Neighbour::new(target)?,
            target: Arc::clone(target),
        })
    }

    /// Runs the instrumented handler with this budget of fuel.
    pub(crate) fn search(&mut self, input: &Input, fuel_max: u64) -> Result<Execution, Error> {
        let listening = match self.target.has_own_edges() {
            true => Listening::Effects,
            false => Listening::All,
        };
        let (tapping, heard) = tapped(input, listening);
        let target = &self.target;
        let mut found = Vec::with_capacity(256);
        self.search.set_fuel_max(fuel_max);
        let run = self.search.run_watched(&input.draft, tapping, |store, _| {
            registered(store, |number, list| {
                let map = target.edge_maps.get(number);
                let counters = map.map(|map| map.counters(list)).unwrap_or_default();
                let first = target.firsts.get(number).copied();
                hits(first.unwrap_or_default(), counters, &mut found);
            });
        })?;
        let calls = heard.take();
        if !calls.iter().any(HeardCall::writes) {
            self.search.untouched();
        }
        let features = features(&run, &calls, target.has_own_edges());
        Ok(Execution {
            run,
            calls,
            hits: found,
            features,
        })
    }

    /// What the handler compares with what, on this input, each with the number of its list.
    pub(crate) fn comparisons(&mut self, input: &Input, fuel_max: u64) -> Vec<(usize, Comparison)> {
        let (tapping, _) = tapped(input, Listening::Effects);
        let target = &self.target;
        let mut found = Vec::new();
        self.compared.set_fuel_max(fuel_max.saturating_mul(2));
        let run = self
            .compared
            .run_watched(&input.draft, tapping, |store, _| {
                registered(store, |number, list| {
                    if let Some(map) = target.compared_maps.get(number) {
                        found.extend(map.comparisons(list).into_iter().map(|one| (number, one)));
                    }
                });
            });
        match run {
            Ok(_) => found,
            Err(_) => Vec::new(),
        }
    }

    /// Where a secret of another tenant comes out of a run of the original that comes after that
    /// tenant's, if it does.
    pub(crate) fn leak(&mut self, input: &Input) -> Option<&'static str> {
        self.neighbour.run(input);
        let execution = self.original(input).ok()?;
        leak(&execution.run, &execution.calls)
    }

    /// Runs the original as a server does, listening to every call.
    pub(crate) fn original(&mut self, input: &Input) -> Result<Execution, Error> {
        let (tapping, heard) = tapped(input, Listening::All);
        let run = self.server.run(&input.draft, tapping)?;
        Ok(Execution {
            run,
            calls: heard.take(),
            hits: Vec::new(),
            features: Vec::new(),
        })
    }
}

fn tapped(input: &Input, listening: Listening) -> (Tapping, crate::heard::Heard) {
    let (tap, heard) = FuzzTap::new(listening, input.answers.clone());
    let tapping = Tapping {
        tap: Some(Box::new(tap)),
        ..Tapping::default()
    };
    (tapping, heard)
}

/// What tells executions apart beside edges: how they end and, of a handler whose code lies in
/// components within it, what it asks one thing after the other, and how much it works.
fn features(run: &HarnessRun, calls: &[HeardCall], has_own_edges: bool) -> Vec<u64> {
    let mut features = Vec::new();
    let mut add = |of: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        of(&mut hasher);
        features.push(hasher.finish());
    };
    let verdict = run.verdict.as_deref().unwrap_or_default();
    let verdict = verdict.split(' ').next().unwrap_or_default();
    let kind = run.run.outcome.kind().as_str();
    add(&|hasher| (verdict, kind).hash(hasher));
    if has_own_edges {
        return features;
    }
    let mut before = 0_u64;
    for call in calls {
        let mut hasher = DefaultHasher::new();
        (call.function.name, shape(call.answer.as_ref())).hash(&mut hasher);
        for argument in &call.arguments {
            // Which field or variable is asked for; what else is said may come with the input.
            if let WitValue::Text(text) = argument
                && asks(call.function.name)
                && !text.contains("=>")
            {
                text.hash(&mut hasher);
            }
        }
        let this = hasher.finish();
        add(&|hasher| (before, this).hash(hasher));
        before = this;
    }
    let fuel = run.run.used.fuel.max(1).ilog2();
    add(&|hasher| ("fuel", fuel).hash(hasher));
    features
}

/// Whether a function is given the name of what it asks for.
fn asks(function: &str) -> bool {
    let names = [
        "[method]message.header",
        "[method]message.headers",
        "[static]table.open",
        "get",
    ];
    names.contains(&function)
}

/// How an answer looks, without what it says.
fn shape(answer: Option<&WitValue>) -> u8 {
    match answer {
        None => 0,
        Some(WitValue::Result(Ok(of))) => 1 + shape(Some(of)),
        Some(WitValue::Result(Err(_))) => 20,
        Some(WitValue::Option(None)) => 21,
        Some(WitValue::Option(Some(_))) => 22,
        Some(WitValue::Bool(value)) => 23 + u8::from(*value),
        Some(WitValue::List(of)) => 25 + u8::try_from(of.len().min(4)).unwrap_or_default(),
        Some(
            WitValue::Unsigned(_)
            | WitValue::Signed(_)
            | WitValue::Real(_)
            | WitValue::Text(_)
            | WitValue::Bytes(_)
            | WitValue::Tuple(_)
            | WitValue::Record(_)
            | WitValue::Case(..)
            | WitValue::Handle(_),
        ) => 30,
    }
}
