//! The server's runners: lent for a run, started, ended.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evroute_event::{LimitKind, Outcome};
use evroute_sandbox::{CellHandler, CellName, CellRun, CellRunStart, Cells, ComponentRefusal};

use crate::keeper::Keeper;
use crate::leased_run::LeasedRun;
use crate::runner::{Runner, RunnerEnd};
use crate::{CellSeen, RunnerConfig, RunnerCounts, StartRefusal};

/// A runner that nobody has used for so long is ended.
const UNUSED: Duration = Duration::from_secs(60);
/// One that was lent for so long, all in all, is ended before the system ends it for its processor
/// time.
const WORN: Duration = Duration::from_secs(300);
/// How long no runner of a cell is started after one did not start: so long at first, twice as
/// long each time, up to the second.
const BACKOFF: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(10)];

#[derive(Default, Debug)]
struct Counters {
    started: AtomicU64,
    failed: AtomicU64,
    broken: AtomicU64,
    late: AtomicU64,
    refused: AtomicU64,
}

/// The runners of all cells, and what became of others.
pub(crate) struct Runners {
    cells: Mutex<HashMap<CellName, CellRunners>>,
    counters: Counters,
}

/// The runners of one cell.
#[derive(Default)]
struct CellRunners {
    idle: Vec<Runner>,
    /// Those that are lent or being started.
    lent: usize,
    /// Until when none is started, and how long that was.
    backoff: Option<(Instant, Duration)>,
}

/// Keeps the server's runners.
pub struct RunnerPool {
    config: RunnerConfig,
    runners: Arc<Runners>,
    keeper: Keeper,
}

impl fmt::Debug for RunnerPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunnerPool")
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

/// What is in there is whole even if somebody panicked while holding it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl RunnerPool {
    /// Keeps no runner yet.
    ///
    /// # Errors
    /// There is no thread that could start one.
    pub fn new(config: RunnerConfig) -> std::io::Result<Self> {
        let runners = Arc::new(Runners {
            cells: Mutex::default(),
            counters: Counters::default(),
        });
        let keeper = Keeper::start(config.clone(), &runners)?;
        Ok(Self {
            config,
            runners,
            keeper,
        })
    }

    /// What became of runners so far.
    #[must_use]
    pub fn counts(&self) -> RunnerCounts {
        let counters = &self.runners.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let cells = lock(&self.runners.cells);
        let alive = cells.values().map(CellRunners::alive);
        RunnerCounts {
            alive: alive.sum::<usize>() as u64,
            started: read(&counters.started),
            failed: read(&counters.failed),
            broken: read(&counters.broken),
            late: read(&counters.late),
            refused: read(&counters.refused),
        }
    }

    /// The cells that have runners, by name.
    #[must_use]
    pub fn cells(&self) -> Vec<CellSeen> {
        let cells = lock(&self.runners.cells);
        let alive = cells.iter().filter(|(_, cell)| cell.alive() > 0);
        let mut seen: Vec<_> = alive
            .map(|(name, cell)| CellSeen {
                cell: name.clone(),
                idle: cell.idle.len(),
                lent: cell.lent,
            })
            .collect();
        seen.sort_by(|one, other| one.cell.cmp(&other.cell));
        seen
    }

    /// A runner of a cell: one that has loaded this handler, any other, or a new one.
    fn lend(&self, handler: &CellHandler) -> Result<Lent, Outcome> {
        let lent = self.take(handler)?;
        match lent {
            Some(runner) => Ok(self.lent(&handler.cell, runner)),
            None => self.started(&handler.cell),
        }
    }

    /// One that is idle; none where a new one has to be started, for which a place is taken.
    fn take(&self, handler: &CellHandler) -> Result<Option<Runner>, Outcome> {
        let mut cells = lock(&self.runners.cells);
        let cell = cells.entry(handler.cell.clone()).or_default();
        while let Some(mut runner) = cell.take(handler) {
            if runner.has_ended() {
                // Nobody's run: it was ended while it waited for one.
                count(&self.runners.counters.broken);
                continue;
            }
            cell.lent += 1;
            return Ok(Some(runner));
        }
        if cell.lent >= self.config.runs_per_cell_max {
            count(&self.runners.counters.refused);
            return Err(Outcome::QuotaExceeded(LimitKind::RunsConcurrent));
        }
        if cell.is_in_backoff() {
            count(&self.runners.counters.refused);
            let why = "the runners of this cell do not start; see the log".to_owned();
            return Err(Outcome::HostFault(why));
        }
        cell.lent += 1;
        // Those that had ended are not among them any more; the one that is to come is.
        let all: usize = cells.values().map(CellRunners::alive).sum();
        if all > self.config.runners_max {
            let unused = longest_unused(&mut cells);
            if unused.is_none() {
                let cell = cells.entry(handler.cell.clone()).or_default();
                cell.lent = cell.lent.saturating_sub(1);
                count(&self.runners.counters.refused);
                return Err(Outcome::QuotaExceeded(LimitKind::RunsConcurrent));
            }
            drop(cells);
            // Waits for the end of its process.
            drop(unused);
        }
        Ok(None)
    }

    fn started(&self, cell: &CellName) -> Result<Lent, Outcome> {
        let started = self.keeper.spawn().and_then(|mut runner| {
            runner.ready()?;
            Ok(runner)
        });
        let mut cells = lock(&self.runners.cells);
        let known = cells.entry(cell.clone()).or_default();
        match started {
            Ok(runner) => {
                known.backoff = None;
                drop(cells);
                count(&self.runners.counters.started);
                Ok(self.lent(cell, runner))
            }
            Err(why) => {
                let [first, most] = BACKOFF;
                let pause = known
                    .backoff
                    .map_or(first, |(_, pause)| most.min(2 * pause));
                known.backoff = Some((Instant::now() + pause, pause));
                known.lent = known.lent.saturating_sub(1);
                drop(cells);
                count(&self.runners.counters.failed);
                tracing::error!(cell = %cell, "a runner does not start: {why}");
                Err(Outcome::HostFault(format!("no runner starts: {why}")))
            }
        }
    }

    fn lent(&self, cell: &CellName, runner: Runner) -> Lent {
        Lent {
            runner,
            place: LentPlace {
                cell: cell.clone(),
                runners: Arc::clone(&self.runners),
            },
            since: Instant::now(),
        }
    }

    /// A runner that has loaded a handler.
    fn loaded(
        &self,
        handler: &CellHandler,
    ) -> Result<Result<Lent, (StartRefusal, String)>, Outcome> {
        let mut lent = self.lend(handler)?;
        match lent.runner.load(handler) {
            Ok(Ok(())) => Ok(Ok(lent)),
            Ok(Err(refused)) => {
                lent.give_back();
                Ok(Err(refused))
            }
            Err(end) => {
                let why = format!("{end}, while it loaded the handler");
                lent.broken(&end);
                Err(Outcome::HostFault(why))
            }
        }
    }
}

impl Cells for RunnerPool {
    fn probe(&self, handler: &CellHandler) -> Result<(), ComponentRefusal> {
        match self.loaded(handler) {
            Ok(Ok(lent)) => {
                lent.give_back();
                Ok(())
            }
            Ok(Err((refusal, why))) => Err(match refusal {
                StartRefusal::Limit => ComponentRefusal::NotStarted(why),
                StartRefusal::Broke => ComponentRefusal::StartBroke(why),
                StartRefusal::NotTried => ComponentRefusal::CellBroke(why),
            }),
            Err(outcome) => Err(ComponentRefusal::CellBroke(outcome.to_string())),
        }
    }

    fn is_ready(&self, handler: &CellHandler) -> bool {
        let cells = lock(&self.runners.cells);
        let Some(cell) = cells.get(&handler.cell) else {
            return false;
        };
        let is_refused = cell.idle.is_empty()
            && (cell.lent >= self.config.runs_per_cell_max || cell.is_in_backoff());
        is_refused || cell.idle.iter().any(|runner| runner.has_loaded(handler))
    }

    fn begin(
        &self,
        handler: &CellHandler,
        start: &CellRunStart,
    ) -> Result<Box<dyn CellRun>, Outcome> {
        match self.loaded(handler)? {
            Ok(lent) => Ok(Box::new(LeasedRun::begin(lent, handler, start)?)),
            Err((_, why)) => Err(Outcome::HostFault(format!(
                "a runner could not start the handler, which had started before: {why}"
            ))),
        }
    }
}

/// The runner that was unused for longest, of any cell.
fn longest_unused(cells: &mut HashMap<CellName, CellRunners>) -> Option<Runner> {
    let oldest = |cell: &CellRunners| cell.idle.iter().map(|runner| runner.idle_since).min();
    let cell = cells.values_mut().filter(|cell| !cell.idle.is_empty());
    let cell = cell.min_by_key(|cell| oldest(cell))?;
    let place = cell.idle.iter().enumerate();
    let (place, _) = place.min_by_key(|(_, runner)| runner.idle_since)?;
    Some(cell.idle.swap_remove(place))
}

impl CellRunners {
    fn alive(&self) -> usize {
        self.idle.len() + self.lent
    }

    fn is_in_backoff(&self) -> bool {
        let backoff = self.backoff;
        backoff.is_some_and(|(until, _)| Instant::now() < until)
    }

    fn take(&mut self, handler: &CellHandler) -> Option<Runner> {
        let known = self
            .idle
            .iter()
            .rposition(|runner| runner.has_loaded(handler));
        match known {
            Some(place) => Some(self.idle.swap_remove(place)),
            None => self.idle.pop(),
        }
    }
}

impl Runners {
    /// Ends runners that nobody has used for a while.
    pub(crate) fn end_unused(&self) {
        let mut unused = Vec::new();
        let mut cells = lock(&self.cells);
        for cell in cells.values_mut() {
            let old = |runner: &mut Runner| runner.idle_since.elapsed() > UNUSED;
            unused.extend(cell.idle.extract_if(.., old));
        }
        cells.retain(|_, cell| cell.alive() > 0 || cell.backoff.is_some());
        drop(cells);
        // Waits for the ends of their processes.
        drop(unused);
    }
}

/// A runner that is lent; its process ends with this value unless it is given back.
pub(crate) struct Lent {
    pub(crate) runner: Runner,
    /// Free after the process has ended: the runner's field is dropped first.
    place: LentPlace,
    since: Instant,
}

/// A lent runner's place among those that there may be, free again when dropped.
struct LentPlace {
    cell: CellName,
    runners: Arc<Runners>,
}

impl Lent {
    /// It can take another run.
    pub(crate) fn give_back(self) {
        let Self {
            mut runner,
            place,
            since,
        } = self;
        runner.busy += since.elapsed();
        runner.idle_since = Instant::now();
        if runner.busy > WORN {
            return;
        }
        let mut cells = lock(&place.runners.cells);
        let cell = cells.entry(place.cell.clone()).or_default();
        cell.idle.push(runner);
        drop(cells);
    }

    /// It cannot.
    pub(crate) fn broken(self, end: &RunnerEnd) {
        let counters = &self.place.runners.counters;
        match end {
            RunnerEnd::Died(_) | RunnerEnd::Senseless(_) => count(&counters.broken),
            RunnerEnd::Late => count(&counters.late),
        }
        tracing::warn!(cell = %self.place.cell, "a runner is ended: {end}");
    }
}

impl Drop for LentPlace {
    fn drop(&mut self) {
        let mut cells = lock(&self.runners.cells);
        if let Some(cell) = cells.get_mut(&self.cell) {
            cell.lent = cell.lent.saturating_sub(1);
        }
    }
}
