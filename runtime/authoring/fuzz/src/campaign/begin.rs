//! How a campaign begins.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use evroute_cases::{Draft, Error, all_grants};

use super::shared::Shared;
use super::worker::Worker;
use super::{Campaign, Happening};
use crate::corpus::load;
use crate::dictionary::Dictionary;
use crate::input::Input;

/// Why a campaign ended before its time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Something could not be written.
    CannotWrite(String),
    /// No input reached the handler.
    NothingRan(String),
    /// One finding was enough.
    Found,
}

impl Campaign {
    /// Sets everything up; nothing has been run yet.
    pub(super) fn begin(
        &self,
        begun: Instant,
        tell: &mut dyn FnMut(Happening<'_>),
    ) -> Result<(Arc<Shared>, Vec<Worker<'_>>), Error> {
        let least = self.least()?;
        let mut inputs: Vec<Input> = least.iter().cloned().map(Input::new).collect();
        let handled = self.target.events();
        for seed in &self.seeds {
            if handled.contains(&seed.event()) {
                inputs.push(Input::new(seed.clone()));
            }
        }
        if let Some(folder) = &self.corpus {
            std::fs::create_dir_all(folder)
                .map_err(|why| format!("{} cannot be made: {why}", folder.display()))?;
            let loaded = load(folder, &least, &mut |why| tell(Happening::Note(why)));
            let fits = |input: &Input| handled.contains(&input.draft.event());
            inputs.extend(loaded.into_iter().filter(fits));
        }
        let threads = self.threads.max(1);
        let dictionary = Dictionary::of_component(&self.target.component);
        let words = dictionary.clone();
        let shared = Arc::new(Shared::new(self, words, threads, begun));
        let mut workers = Vec::with_capacity(threads);
        for number in 0..threads {
            let own = inputs.iter().skip(number).step_by(threads).cloned();
            workers.push(Worker::new(
                self,
                &shared,
                dictionary.clone(),
                number,
                own.collect(),
            )?);
        }
        Ok((shared, workers))
    }

    /// The least of each event that is raised.
    fn least(&self) -> Result<Vec<Draft>, Error> {
        let handled = self.target.events().iter();
        let wanted = |event: &&&'static str| {
            self.events.is_empty() || self.events.iter().any(|wanted| wanted == **event)
        };
        let events: Vec<_> = handled.filter(wanted).collect();
        if events.is_empty() {
            let handled = self.target.events().join(", ");
            return Err(
                format!("it handles {handled}, and none of the events that are asked for").into(),
            );
        }
        let grants = all_grants();
        let mut least = Vec::new();
        for event in events {
            let mut draft = Draft::of_event(event, &grants, &self.domains)?;
            for table in &self.target.handled.declared.tables {
                draft.add_table(table);
            }
            least.push(draft);
        }
        Ok(least)
    }
}

/// Counts the workers that are left.
pub(super) struct Working<'a>(pub(super) &'a AtomicUsize);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, std::sync::atomic::Ordering::Release);
    }
}
