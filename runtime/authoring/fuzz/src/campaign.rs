//! The search: inputs are changed, run, kept when they take another way, and judged.

mod begin;
mod shared;
mod solve;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use evroute_cases::{Draft, Error};

use crate::finding::Finding;
use crate::oracle::Oracle;
use crate::property::{Property, Sense};
use crate::target::FuzzTarget;

use shared::Shared;

pub use begin::Stop;

/// What is searched, and for how long.
#[derive(Debug)]
pub struct Campaign {
    /// The handler.
    pub target: Arc<FuzzTarget>,
    /// The revision that it is compared with.
    pub against: Option<Arc<FuzzTarget>>,
    /// Where random numbers begin. With one thread, the same seed gives the same campaign.
    pub seed: u64,
    /// How many threads.
    pub threads: usize,
    /// How many executions at most.
    pub executions: Option<u64>,
    /// For how long at most.
    pub time: Option<Duration>,
    /// Ends at the first finding.
    pub until_finding: bool,
    /// Where inputs are kept for the next campaign.
    pub corpus: Option<PathBuf>,
    /// Where findings are kept.
    pub findings: Option<PathBuf>,
    /// The events to raise; all that the handler handles when empty.
    pub events: Vec<String>,
    /// The tenant's domains.
    pub domains: Vec<String>,
    /// Cases to begin with.
    pub seeds: Vec<Draft>,
    /// What must hold.
    pub properties: Vec<Property>,
    /// Oracles that are not asked.
    pub off: Vec<Oracle>,
    /// Verdicts must not depend on the clock or random numbers.
    pub steady: bool,
}

/// How far a campaign is.
#[derive(Clone, Debug, Default)]
pub struct CampaignProgress {
    /// Since its begin.
    pub elapsed: Duration,
    /// Executions so far.
    pub executions: u64,
    /// Inputs that the server's parser refused, which reached no handler.
    pub refused: u64,
    /// Edges that were taken.
    pub edges: usize,
    /// Edges that there are.
    pub edges_all: usize,
    /// Inputs that are kept.
    pub corpus: usize,
    /// The most fuel that a run of the original burnt which ended well.
    pub fuel_max: u64,
    /// Findings.
    pub findings: usize,
    /// Executions that showed what is known already.
    pub known: u64,
}

impl CampaignProgress {
    /// The share of inputs that reached the handler, in percent.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        let all = self.executions.saturating_add(self.refused).max(1);
        self.executions.saturating_mul(100) / all
    }
}

/// What there is to tell while it goes on.
#[derive(Debug)]
pub enum Happening<'a> {
    /// A second is over.
    Second(&'a CampaignProgress),
    /// Something was found, and is kept in this folder.
    Found(&'a Finding, Option<PathBuf>),
    /// Something that does not end the search.
    Note(String),
}

/// What a campaign came to.
#[derive(Debug)]
pub struct Campaigned {
    /// How far it came.
    pub progress: CampaignProgress,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The conditions of `--sometimes` that never held.
    pub unmet: Vec<String>,
    /// Why it ended before its time.
    pub stop: Option<Stop>,
    /// For each list of counters which edges were taken.
    pub taken: Vec<Vec<bool>>,
    /// What was compared at each comparison: a few pairs.
    pub compared: Vec<(crate::edge::Compared, Vec<(u64, u64)>)>,
}

impl Campaigned {
    /// Whether the handler was run, and all that was found could be kept.
    #[must_use]
    pub fn has_run(&self) -> bool {
        match self.stop {
            Some(Stop::CannotWrite(_) | Stop::NothingRan(_)) => false,
            Some(Stop::Found) | None => true,
        }
    }
}

impl Campaign {
    /// Goes on until its time or its executions are over.
    ///
    /// # Errors
    /// It could not begin: the handler handles none of the events, a thread cannot be started.
    pub fn run(&self, tell: &mut dyn FnMut(Happening<'_>)) -> Result<Campaigned, Error> {
        let (shared, mut workers) = self.begin(Instant::now(), tell)?;
        for worker in &mut workers {
            worker.seed(tell);
        }
        // The first execution of each thread has compiled what it runs.
        let begun = Instant::now();
        std::thread::scope(|scope| -> Result<(), Error> {
            for (number, mut worker) in workers.into_iter().enumerate() {
                let name = format!("fuzz-{number}");
                let thread = std::thread::Builder::new().name(name);
                thread.spawn_scoped(scope, move || worker.work())?;
            }
            self.watch(&shared, begun, tell);
            Ok(())
        })?;
        self.tell_findings(&shared, tell);
        Ok(self.end(&shared, begun))
    }

    /// Tells how it goes until it is over.
    fn watch(&self, shared: &Shared, begun: Instant, tell: &mut dyn FnMut(Happening<'_>)) {
        let mut told = begun;
        loop {
            let is_over = self.time.is_some_and(|time| begun.elapsed() >= time);
            if is_over {
                shared.stop.store(true, Ordering::Relaxed);
            }
            self.tell_findings(shared, tell);
            if shared.working.load(Ordering::Acquire) == 0 {
                return;
            }
            if told.elapsed() >= Duration::from_secs(1) {
                told = Instant::now();
                tell(Happening::Second(&self.progress(shared, begun)));
            }
            shared.wait(Duration::from_millis(100));
        }
    }

    fn tell_findings(&self, shared: &Shared, tell: &mut dyn FnMut(Happening<'_>)) {
        for finding in shared.untold() {
            let Some(findings) = &self.findings else {
                tell(Happening::Found(&finding, None));
                continue;
            };
            match finding.write(findings) {
                Ok(folder) => tell(Happening::Found(&finding, Some(folder))),
                Err(why) => {
                    tell(Happening::Found(&finding, None));
                    // What cannot be kept is at least said.
                    tell(Happening::Note(format!(
                        "{why}; this is what would be in it:\n{}",
                        finding.report()
                    )));
                    shared.end(Stop::CannotWrite(why));
                }
            }
        }
    }

    fn progress(&self, shared: &Shared, begun: Instant) -> CampaignProgress {
        let (edges, corpus, findings) = shared.counts();
        CampaignProgress {
            elapsed: begun.elapsed(),
            executions: shared.executions.load(Ordering::Relaxed),
            refused: shared.refused.load(Ordering::Relaxed),
            edges,
            edges_all: self.target.edges(),
            corpus,
            fuel_max: shared.fuel_max.load(Ordering::Relaxed),
            findings,
            known: shared.known.load(Ordering::Relaxed),
        }
    }

    fn end(&self, shared: &Shared, begun: Instant) -> Campaigned {
        let progress = self.progress(shared, begun);
        if progress.executions == 0 {
            shared.end(Stop::NothingRan(
                "no input has reached the handler".to_owned(),
            ));
        }
        let (findings, met, stop, seen, compared) = shared.results();
        let sometimes = self.properties.iter();
        let sometimes = sometimes.filter(|property| property.sense == Sense::Sometimes);
        let unmet = sometimes.filter(|property| !met.contains(&property.text));
        let mut first = 0;
        let taken = self.target.edge_maps.iter().map(|map| {
            let own = first..first + map.edges.len();
            first = own.end;
            own.map(|edge| seen.has(edge)).collect()
        });
        Campaigned {
            progress,
            findings,
            unmet: unmet.map(|property| property.text.clone()).collect(),
            stop,
            taken: taken.collect(),
            compared: compared
                .into_iter()
                .filter_map(|((map, site), pairs)| {
                    let map = self.target.compared_maps.get(map)?;
                    let site = usize::try_from(site).ok()?;
                    Some((*map.compared.get(site)?, pairs))
                })
                .collect(),
        }
    }
}
