//! LibAFL's search of a handler: its own queue, feedback and mutations over our executions.

use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::Arc;

use evroute_cases::{Draft, Harness, HarnessSandbox, all_grants};
use evroute_fuzz::{EdgeMap, Instrumented, Noted, register, registered};
use evroute_sandbox::Tapping;
use libafl::HasMetadata;
use libafl::corpus::InMemoryCorpus;
use libafl::events::NopEventManager;
use libafl::executors::{Executor, ExitKind, HasObservers};
use libafl::feedbacks::{ConstFeedback, MaxMapFeedback};
use libafl::fuzzer::{Evaluator, Fuzzer, StdFuzzer};
use libafl::inputs::{BytesInput, HasTargetBytes};
use libafl::mutators::{HavocScheduledMutator, Tokens, havoc_mutations, tokens_mutations};
use libafl::observers::{HitcountsMapObserver, StdMapObserver};
use libafl::schedulers::{IndexesLenTimeMinimizerScheduler, QueueScheduler};
use libafl::stages::StdMutationalStage;
use libafl::state::{HasExecutions, StdState};
use libafl_bolts::AsSliceMut;
use libafl_bolts::rands::StdRand;
use libafl_bolts::tuples::{Merge, RefIndexable, tuple_list};

/// A message is never made longer than this, bytes; as in our own search.
const MESSAGE_BYTES_MAX: usize = 60_000;

type Map = HitcountsMapObserver<StdMapObserver<'static, u8, false>>;

/// Runs the instrumented handler, and hands its counters to LibAFL.
struct Handler {
    harness: Harness,
    draft: Draft,
    maps: Vec<EdgeMap>,
    observers: (Map, ()),
    /// The edges that were taken so far.
    taken: Vec<bool>,
}

impl Handler {
    fn new(component: &[u8], fuel_times: u64) -> Result<Self, Box<dyn Error>> {
        let instrumented = Instrumented::of(component, Noted::Edges)?;
        let sandbox = HarnessSandbox::for_instrumented(register(), 2)?;
        let wasm: Arc<[u8]> = Arc::from(instrumented.wasm);
        let maps = instrumented.maps;
        let edges = maps.iter().map(|map| map.edges.len()).sum();
        let harness = Harness::new(&sandbox, wasm)?;
        let bytes = maps.iter().map(EdgeMap::bytes).sum();
        let mut harness = harness.with_more_bytes(bytes);
        let grants = all_grants();
        let handled = harness.handled(&grants)?;
        let event = handled.events.first().ok_or("it handles no event")?;
        let mut draft = Draft::of_event(event, &grants, &["example.org".to_owned()])?;
        for table in &handled.declared.tables {
            draft.add_table(table);
        }
        harness.set_fuel_max(draft.fuel_max().saturating_mul(fuel_times));
        let map = StdMapObserver::owned("edges", vec![0; edges]);
        Ok(Self {
            harness,
            draft,
            maps,
            observers: tuple_list!(HitcountsMapObserver::new(map)),
            taken: vec![false; edges],
        })
    }

    fn run(&mut self, message: &[u8]) {
        let Self {
            harness,
            draft,
            maps,
            observers: (map, ()),
            taken,
        } = self;
        draft.set_message(message.to_vec());
        let counters = map.as_slice_mut();
        // What the parser refuses reaches no handler and takes no way; it is an execution all the
        // same.
        let _ = harness.run_watched(draft, Tapping::default(), |store, _| {
            let mut first = 0;
            registered(store, |number, list| {
                let Some(one) = maps.get(number) else { return };
                for (counter, place) in one.counters(list).iter().zip(first..) {
                    if let (Some(map), Some(taken)) = (counters.get_mut(place), taken.get_mut(place))
                    {
                        *map = *counter;
                        *taken |= *counter > 0;
                    }
                }
                first += one.edges.len();
            });
        });
    }
}

impl HasObservers for Handler {
    type Observers = (Map, ());

    fn observers(&self) -> RefIndexable<&Self::Observers, Self::Observers> {
        RefIndexable::from(&self.observers)
    }

    fn observers_mut(&mut self) -> RefIndexable<&mut Self::Observers, Self::Observers> {
        RefIndexable::from(&mut self.observers)
    }
}

impl<EM, S: HasExecutions, Z> Executor<EM, BytesInput, S, Z> for Handler {
    fn run_target(
        &mut self,
        _: &mut Z,
        state: &mut S,
        _: &mut EM,
        input: &BytesInput,
    ) -> Result<ExitKind, libafl::Error> {
        *state.executions_mut() += 1;
        self.run(&input.target_bytes());
        Ok(ExitKind::Ok)
    }
}

/// How many edges it takes in so many executions.
pub(crate) fn search(component: &[u8], executions: u64, seed: u64) -> Result<usize, Box<dyn Error>> {
    let mut executor = Handler::new(component, evroute_fuzz::FUEL_TIMES)?;
    let first = executor.draft.message().unwrap_or_default().to_vec();
    let observer = &executor.observers.0;
    let mut feedback = MaxMapFeedback::new(observer);
    let mut objective = ConstFeedback::new(false);
    let queue = QueueScheduler::new();
    let scheduler = IndexesLenTimeMinimizerScheduler::new(observer, queue);
    let corpus = InMemoryCorpus::<BytesInput>::new();
    let found = InMemoryCorpus::<BytesInput>::new();
    let rand = StdRand::with_seed(seed);
    let mut state = StdState::new(rand, corpus, found, &mut feedback, &mut objective)?;
    state.set_max_size(MESSAGE_BYTES_MAX);
    state.add_metadata(Tokens::from(words(component)));
    let mut fuzzer = StdFuzzer::new(scheduler, feedback, objective);
    let mut manager = NopEventManager::new();
    let mutator = HavocScheduledMutator::new(havoc_mutations().merge(tokens_mutations()));
    let most = NonZeroUsize::new(128).ok_or("0")?;
    let stage = StdMutationalStage::with_max_iterations(mutator, most);
    let mut stages = tuple_list!(stage);
    fuzzer.add_input(&mut state, &mut executor, &mut manager, BytesInput::new(first))?;
    while *state.executions() < executions {
        fuzzer.fuzz_one(&mut stages, &mut executor, &mut state, &mut manager)?;
    }
    Ok(executor.taken.iter().filter(|taken| **taken).count())
}

/// The words in a component's data, as our own dictionary takes them.
fn words(component: &[u8]) -> Vec<Vec<u8>> {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    let runs = component.split(|byte| !is_text(byte));
    let runs = runs.filter(|run| (3..=64).contains(&run.len()));
    let words = runs.flat_map(|run| {
        let parts = run.split(|byte| b" ,;:=/<>@\"'()".contains(byte));
        std::iter::once(run).chain(parts.filter(|word| word.len() >= 3))
    });
    let mut words: Vec<Vec<u8>> = words.map(<[u8]>::to_vec).collect();
    words.sort();
    words.dedup();
    words
}
