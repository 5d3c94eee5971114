//! A handler for fuzzers other than our own: bytes in, counters out.

use std::sync::Arc;

use evroute_cases::{Draft, Error, all_grants};

use crate::executor::Executor;
use crate::input::Input;
use crate::ring::Comparison;
use crate::target::FuzzTarget;

/// Runs the instrumented handler on messages, and on nothing else than messages: fields, tables and
/// answers stay what an event carries at the least.
pub struct MessageRunner {
    executor: Executor,
    least: Draft,
}

impl MessageRunner {
    /// For the first event of the handler.
    ///
    /// # Errors
    /// It cannot be run; a sentence says why.
    pub fn new(target: &Arc<FuzzTarget>, domains: &[String]) -> Result<Self, Error> {
        let event = target.events().first().copied().unwrap_or_default();
        let mut least = Draft::of_event(event, &all_grants(), domains)?;
        for table in &target.handled.declared.tables {
            least.add_table(table);
        }
        Ok(Self {
            executor: Executor::new(target)?,
            least,
        })
    }

    /// The message that the event carries at the least.
    #[must_use]
    pub fn least(&self) -> &[u8] {
        self.least.message().unwrap_or_default()
    }

    /// Runs a message and shows each counter that is not 0: its number among
    /// [`FuzzTarget::edges`], and how often as one bit. False when the parser refuses the message.
    pub fn run(&mut self, message: &[u8], mut see: impl FnMut(usize, u8)) -> bool {
        let input = self.input(message);
        let Ok(execution) = self.executor.search(&input, input.draft.fuel_max()) else {
            return false;
        };
        for (place, bucket) in execution.hits {
            see(usize::try_from(place).unwrap_or(usize::MAX), bucket);
        }
        true
    }

    /// What the handler compares with what, on this message.
    pub fn comparisons(&mut self, message: &[u8]) -> Vec<Comparison> {
        let input = self.input(message);
        let compared = self.executor.comparisons(&input, input.draft.fuel_max());
        compared.into_iter().map(|(_, one)| one).collect()
    }

    fn input(&self, message: &[u8]) -> Input {
        let mut draft = self.least.clone();
        draft.set_message(message.to_vec());
        Input::new(draft)
    }
}

impl std::fmt::Debug for MessageRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageRunner").finish_non_exhaustive()
    }
}
