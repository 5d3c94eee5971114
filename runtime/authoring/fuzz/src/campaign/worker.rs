//! One thread of a campaign.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use evroute_cases::Error;
use evroute_event::Outcome;
use evroute_tap::{HostCall, WitValue};

use super::begin::Working;
use super::shared::Shared;
use super::{Campaign, Happening, Stop, solve};
use crate::corpus::{Corpus, Entry, keep};
use crate::dictionary::Dictionary;
use crate::executor::{Execution, Executor, FUEL_TIMES};
use crate::finding::Finding;
use crate::heard::{HeardCall, is_sql};
use crate::input::{FunctionName, Input};
use crate::minimise::minimise;
use crate::mutate::{Mutator, mutate_answer};
use crate::oracle::{Judge, Judged, Oracle};
use crate::property::Sense;
use crate::random::Random;
use crate::seen::Seen;

/// Changed inputs that come of one entry before another one is taken.
const OF_ONE_ENTRY: usize = 128;
/// One in so many other executions is looked at as closely as one that is kept.
const CLOSELY_ONCE_IN: usize = 8192;
/// The least fuel that a search gives an input.
pub(super) const FUEL_CAP_MIN: u64 = 200_000;

pub(super) struct Worker<'a> {
    campaign: &'a Campaign,
    shared: Arc<Shared>,
    executor: Executor,
    judge: Judge,
    random: Random,
    seen: Seen,
    dictionary: Dictionary,
    corpus: Corpus,
    /// Inputs that come before changed ones.
    next: VecDeque<Input>,
}

impl<'a> Worker<'a> {
    /// One of them; the inputs come before changed ones.
    pub(super) fn new(
        campaign: &'a Campaign,
        shared: &Arc<Shared>,
        dictionary: Dictionary,
        number: usize,
        next: VecDeque<Input>,
    ) -> Result<Self, Error> {
        let against = campaign.against.as_ref().map(Executor::new).transpose()?;
        Ok(Self {
            campaign,
            executor: Executor::new(&campaign.target)?,
            judge: Judge {
                properties: campaign.properties.clone(),
                off: campaign.off.clone(),
                against,
                steady: campaign.steady,
                prints: campaign.target.prints(),
            },
            random: Random::new(campaign.seed.wrapping_add(number as u64)),
            seen: Seen::new(campaign.target.edges()),
            dictionary,
            corpus: Corpus::default(),
            next,
            shared: Arc::clone(shared),
        })
    }

    /// Runs what a campaign begins with.
    pub(super) fn seed(&mut self, tell: &mut dyn FnMut(Happening<'_>)) {
        let mut why = None;
        for input in std::mem::take(&mut self.next) {
            // A seed that stops a search would be run for nothing.
            if let Err(error) = self.execute(input, true) {
                why = Some(error);
            }
        }
        if let Some(why) = why {
            tell(Happening::Note(format!(
                "an input to begin with is left out: {why}"
            )));
        }
    }

    /// Changes and runs inputs until the campaign is over.
    pub(super) fn work(&mut self) {
        let shared = Arc::clone(&self.shared);
        let working = Working(&shared.working);
        while !self.is_over() {
            self.hear();
            let entry = self.corpus.pick(&mut self.random).cloned();
            let Some(entry) = entry else {
                shared.end(Stop::NothingRan("no input reaches the handler".to_owned()));
                break;
            };
            for _ in 0..OF_ONE_ENTRY {
                if self.is_over() {
                    break;
                }
                let input = match self.next.pop_front() {
                    Some(input) => input,
                    None => self.changed(&entry),
                };
                // What the parser refuses is counted.
                let _ = self.execute(input, false);
            }
        }
        drop(working);
        shared.notify();
    }

    fn is_over(&self) -> bool {
        let executions = self.shared.executions.load(Ordering::Relaxed);
        let is_enough = self
            .campaign
            .executions
            .is_some_and(|max| executions >= max);
        is_enough || self.shared.stop.load(Ordering::Relaxed)
    }

    /// Takes over what other threads have found.
    fn hear(&mut self) {
        if self.shared.entries.load(Ordering::Acquire) == self.corpus.len() {
            return;
        }
        let (entries, seen, dictionary) = self.shared.news(self.corpus.len());
        for entry in entries {
            self.corpus.add(entry);
        }
        self.seen = seen;
        self.dictionary = dictionary;
    }

    fn changed(&mut self, entry: &Entry) -> Input {
        let mut input = entry.input.clone();
        let other = match self.random.once_in(4) {
            true => self.corpus.pick(&mut self.random).cloned(),
            false => None,
        };
        let mut mutator = Mutator {
            random: &mut self.random,
            dictionary: &self.dictionary,
        };
        if !entry.answers.is_empty() && mutator.random.once_in(3) {
            let answer = mutator.random.pick(&entry.answers).cloned();
            if let Some((function, call, mut answer)) = answer {
                mutate_answer(&mut mutator, &function.1, &mut answer);
                let answers = input.answers.entry(function).or_default();
                answers.resize(answers.len().max(call + 1), None);
                if let Some(place) = answers.get_mut(call) {
                    *place = Some(answer);
                }
            }
        } else {
            mutator.mutate(&mut input, other.as_deref().map(|entry| &entry.input));
        }
        input
    }

    /// Runs an input, keeps it when it takes another way, and looks for bugs.
    fn execute(&mut self, input: Input, is_seed: bool) -> Result<(), Error> {
        let budget = input.draft.fuel_max().saturating_mul(FUEL_TIMES);
        let cap = self.shared.fuel_cap.load(Ordering::Relaxed).min(budget);
        let fuel = if is_seed { budget } else { cap };
        let execution = match self.executor.search(&input, fuel) {
            Ok(execution) => execution,
            Err(refused) => {
                self.shared.refused.fetch_add(1, Ordering::Relaxed);
                return Err(refused);
            }
        };
        self.shared.executions.fetch_add(1, Ordering::Relaxed);
        self.note(&input, &execution);
        let is_out = execution.run.run.outcome == Outcome::OutOfFuel;
        if !is_out && self.seen.is_new(&execution.hits, &execution.features) {
            self.keep(input, &execution);
            return Ok(());
        }
        let suspicions = self.judge.suspicions(&input, &execution);
        if !suspicions.is_empty() {
            self.suspect(&input, &execution, &suspicions);
        } else if self.random.once_in(CLOSELY_ONCE_IN) {
            let judged = self.judge.judge_deeply(&mut self.executor, &input);
            self.report(&input, judged);
        }
        Ok(())
    }

    /// Remembers which conditions have held, and where the handler looks for entries.
    fn note(&mut self, input: &Input, execution: &Execution) {
        for property in &self.judge.properties {
            if property.sense == Sense::Sometimes && property.holds(input, execution) {
                self.shared.meet(&property.text);
            }
        }
        if execution.run.run.outcome == Outcome::Returned {
            let fuel = execution.run.run.used.fuel;
            self.shared.fuel_max.fetch_max(fuel, Ordering::Relaxed);
        }
    }

    fn keep(&mut self, input: Input, execution: &Execution) {
        let original = self.executor.original(&input);
        let answers = original
            .as_ref()
            .map(|original| answerable(&original.calls));
        let entry = Entry::new(input.clone(), &execution.hits, answers.unwrap_or_default());
        let entry = Arc::new(entry);
        if !self.shared.add(entry, &execution.hits, &execution.features) {
            self.hear();
            return;
        }
        let fuel = execution.run.run.used.fuel.saturating_mul(8);
        self.shared.fuel_cap.fetch_max(fuel, Ordering::Relaxed);
        let mut learnt = Dictionary::default();
        if let Ok(original) = &original {
            learn(&mut learnt, &original.calls);
            self.plant_tables(&input, &original.calls);
        }
        let comparisons = self.executor.comparisons(&input, fuel.max(FUEL_CAP_MIN));
        for (_, one) in &comparisons {
            learnt.add_number(one.first);
            learnt.add_number(one.second);
        }
        self.shared.compare(&comparisons);
        self.shared.learn(&learnt);
        self.next.extend(solve::variants(&input, &comparisons));
        if let Some(folder) = &self.campaign.corpus
            && let Err(why) = keep(folder, &input)
        {
            self.shared.end(Stop::CannotWrite(why));
        }
        let judged = self.judge.judge_deeply(&mut self.executor, &input);
        self.report(&input, judged);
        self.hear();
    }

    /// A table that the handler opens and that is not there is there the next time.
    fn plant_tables(&mut self, input: &Input, calls: &[HeardCall]) {
        for call in calls {
            let opens = call.function.name == "[static]table.open";
            let refused = matches!(call.answer, Some(WitValue::Result(Err(_))));
            if let (true, true, Some(WitValue::Text(name))) =
                (opens, refused, call.arguments.first())
            {
                let mut other = input.clone();
                other.draft.add_table(name);
                self.next.push_back(other);
            }
        }
    }

    /// Looks at the original when the instrumented handler seems to have a bug.
    fn suspect(&mut self, input: &Input, execution: &Execution, suspicions: &[Judged]) {
        let is_cut = execution.run.run.outcome == Outcome::OutOfFuel;
        let is_new = |judged: &Judged| {
            // A search that is cut short is no bug yet; another input may be one at the same place.
            let again = is_cut && !self.shared.knows(judged);
            self.shared.suspect(judged) || again
        };
        let new: Vec<bool> = suspicions.iter().map(is_new).collect();
        if !new.contains(&true) {
            self.shared.known.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let judged = self.judge.judge(&mut self.executor, input);
        if is_cut && !judged.iter().any(|judged| judged.oracle == Oracle::Fuel) {
            // It would have ended: the search was given too little.
            let cap = self.shared.fuel_cap.load(Ordering::Relaxed);
            self.shared
                .fuel_cap
                .fetch_max(cap.saturating_mul(2), Ordering::Relaxed);
        }
        self.report(input, judged);
    }

    fn report(&mut self, input: &Input, judged: Vec<Judged>) {
        for bug in judged {
            if self.shared.knows(&bug) {
                continue;
            }
            let smallest = minimise(&mut self.judge, &mut self.executor, &bug, input);
            let finding = Finding {
                oracle: bug.oracle,
                name: Finding::name_of(&bug, input.draft.event()),
                event: input.draft.event(),
                execution: self.shared.executions.load(Ordering::Relaxed),
                seconds: self.shared.begun.elapsed().as_secs_f64(),
                sizes: (input.size(), smallest.size()),
                steady: bug.oracle == Oracle::Property && bug.place == "--steady",
                what: bug.what,
                place: bug.place,
                input: smallest,
            };
            self.shared.find(finding);
            if self.campaign.until_finding {
                self.shared.end(Stop::Found);
            }
        }
    }
}

/// The answers of a run that may be others: those of databases, and that something was written.
fn answerable(calls: &[HeardCall]) -> Vec<(FunctionName, usize, WitValue)> {
    let mut times = std::collections::HashMap::new();
    let mut answers = Vec::new();
    for call in calls {
        let time: &mut usize = times.entry(call.function.name).or_default();
        let number = std::mem::replace(time, *time + 1);
        let Some(answer) = &call.answer else { continue };
        let name = call.function.name;
        let is_write = ["[method]table.set", "[method]table.add", "raise"].contains(&name);
        if (is_sql(call.function) && *answer != WitValue::UNIT) || is_write {
            let function = (call.function.interface.to_owned(), name.to_owned());
            answers.push((function, number, answer.clone()));
        }
    }
    answers
}

fn learn(dictionary: &mut Dictionary, calls: &[HeardCall]) {
    let mut table = String::new();
    for call in calls {
        dictionary.learn(&HostCall {
            function: call.function,
            arguments: &call.arguments,
        });
        let text = |at: usize| match call.arguments.get(at) {
            Some(WitValue::Text(text)) => text.as_str(),
            _ => "",
        };
        match call.function.name {
            "[static]table.open" => text(0).clone_into(&mut table),
            "[method]table.get" if !table.is_empty() => {
                dictionary.add_place(format!("tables.{table}.{}", text(1)));
            }
            "get" if call.function.interface.starts_with("evroute:pv/shv@") => {
                dictionary.add_place(format!("shared.{}", text(0)));
            }
            _ => {}
        }
    }
}
