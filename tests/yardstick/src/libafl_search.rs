//! LibAFL's search: its queue of smallest inputs, havoc, words, and what was compared (RedQueen's
//! replacing of operands).

use std::sync::Arc;

use evroute_fuzz::{Comparison, FuzzTarget};
use libafl::corpus::{Corpus, HasCurrentCorpusId, InMemoryCorpus};
use libafl::events::NopEventManager;
use libafl::feedbacks::{ConstFeedback, MaxMapFeedback};
use libafl::fuzzer::{Evaluator, Fuzzer, StdFuzzer};
use libafl::inputs::BytesInput;
use libafl::mutators::{HavocScheduledMutator, I2SRandReplace, Tokens, havoc_mutations, tokens_mutations};
use libafl::observers::cmp::{CmpValues, CmpValuesMetadata};
use libafl::schedulers::{IndexesLenTimeMinimizerScheduler, QueueScheduler};
use libafl::stages::{Restartable, Stage, StdMutationalStage};
use libafl::state::{HasCorpus, StdState};
use libafl::{Error, HasMetadata};
use libafl_bolts::rands::StdRand;
use libafl_bolts::tuples::{Merge, tuple_list};

use crate::handler::{Handler, counters};

/// Messages of ours are no longer.
const MESSAGE_BYTES_MAX: usize = 8 << 10;
/// It gives up when the parser refuses so many times as many messages as are run.
const REFUSED_TIMES: u64 = 50;

/// How many edges are reached in so many executions.
pub fn explore(target: &Arc<FuzzTarget>, executions: u64, seed: u64) -> usize {
    let counters = counters(target.edges());
    let mut feedback = MaxMapFeedback::new(&counters);
    let mut objective = ConstFeedback::new(false);
    let scheduler = IndexesLenTimeMinimizerScheduler::new(&counters, QueueScheduler::new());
    let mut handler = Handler::new(target, counters);
    let mut state = StdState::new(
        StdRand::with_seed(seed),
        InMemoryCorpus::<BytesInput>::new(),
        InMemoryCorpus::new(),
        &mut feedback,
        &mut objective,
    )
    .expect("a state");
    libafl::state::HasMaxSize::set_max_size(&mut state, MESSAGE_BYTES_MAX);
    let mut tokens = Tokens::new();
    for word in evroute_fuzz::words(target.component()) {
        tokens.add_token(&word);
    }
    state.add_metadata(tokens);
    let mut fuzzer = StdFuzzer::new(scheduler, feedback, objective);
    let mut events = NopEventManager::new();
    let least = BytesInput::new(handler.runner.least().to_vec());
    fuzzer
        .add_input(&mut state, &mut handler, &mut events, least)
        .expect("the least message is run");
    let operands = StdMutationalStage::new(HavocScheduledMutator::new(tuple_list!(I2SRandReplace::new())));
    let havoc = HavocScheduledMutator::new(havoc_mutations().merge(tokens_mutations()));
    let mut stages = tuple_list!(Compared, operands, StdMutationalStage::new(havoc));
    while handler.executions < executions && handler.refused < executions * REFUSED_TIMES {
        fuzzer
            .fuzz_one(&mut stages, &mut handler, &mut state, &mut events)
            .expect("a round");
    }
    handler.reached()
}

/// Notes what the handler compares when it runs the entry that is changed next.
struct Compared;

impl<EM, S, Z> Stage<Handler, EM, S, Z> for Compared
where
    S: HasCorpus<BytesInput> + HasCurrentCorpusId + HasMetadata,
{
    fn perform(&mut self, _: &mut Z, handler: &mut Handler, state: &mut S, _: &mut EM) -> Result<(), Error> {
        let Some(id) = state.current_corpus_id()? else {
            return Ok(());
        };
        let entry = state.corpus().cloned_input_for_id(id)?;
        let compared = handler.runner.comparisons(entry.as_ref());
        let list = compared.iter().map(value).collect();
        state.add_metadata(CmpValuesMetadata { list });
        Ok(())
    }
}

impl<S> Restartable<S> for Compared {
    fn should_restart(&mut self, _: &mut S) -> Result<bool, Error> {
        Ok(true)
    }

    fn clear_progress(&mut self, _: &mut S) -> Result<(), Error> {
        Ok(())
    }
}

/// As wide as its operands.
fn value(one: &Comparison) -> CmpValues {
    let (first, second) = (one.first, one.second);
    if let (Ok(first), Ok(second)) = (u8::try_from(first), u8::try_from(second)) {
        return CmpValues::U8((first, second, false));
    }
    if let (Ok(first), Ok(second)) = (u16::try_from(first), u16::try_from(second)) {
        return CmpValues::U16((first, second, false));
    }
    if let (Ok(first), Ok(second)) = (u32::try_from(first), u32::try_from(second)) {
        return CmpValues::U32((first, second, false));
    }
    CmpValues::U64((first, second, false))
}
