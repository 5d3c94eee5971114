//! The engine's clock: wall deadlines of runs are counted in its ticks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How many ticks the clock skips at once while it finds no run alive: most runs are over in
/// microseconds, and a thread that wakes two hundred times a second costs as much as many of them.
/// Skipped time is not made up for, since a run that began in it would lose it: such a run's
/// deadline is late by at most this.
const LEFT_OUT_TICKS: u32 = 3;

/// For how many looks in a row no run must have begun before the clock rests: about a second.
/// Waking it costs a system call, which must stay rare.
const QUIET_LOOKS: u32 = 50;

/// Ticks as long as there are runs, and rests when there were none for a while.
pub(crate) struct Clock {
    beat: Arc<Beat>,
    thread: Thread,
}

/// What runs and the clock's thread share.
#[derive(Default)]
struct Beat {
    /// How many runs are alive, in the lower half; how many have begun, in the upper half, where it
    /// may overflow.
    runs: AtomicU64,
    rests: AtomicBool,
    is_over: AtomicBool,
}

/// One more run has begun and is alive.
const BEGUN: u64 = (1 << 32) | 1;
/// One run less is alive.
const ENDED: u64 = 1;

/// A run's claim on the clock: it ticks at least until this is dropped.
pub(crate) struct Alive<'a>(&'a AtomicU64);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(ENDED, Ordering::Release);
    }
}

impl Clock {
    /// Starts the thread.
    pub(crate) fn start(engine: &Engine, tick: Duration) -> std::io::Result<Self> {
        let beat = Arc::new(Beat::default());
        let engine = engine.weak();
        let shared = Arc::clone(&beat);
        let handle = std::thread::Builder::new()
            .name("evroute-clock".to_owned())
            .spawn(move || shared.tick(&engine, tick))?;
        Ok(Self {
            beat,
            thread: handle.thread().clone(),
        })
    }

    /// Says that a run begins, before its deadline is set.
    pub(crate) fn begin(&self) -> Alive<'_> {
        // Sequentially consistent, as is all of `rest`: one of the two sees what the other did.
        self.beat.runs.fetch_add(BEGUN, Ordering::SeqCst);
        if self.beat.rests.load(Ordering::SeqCst) {
            self.wake();
        }
        Alive(&self.beat.runs)
    }

    /// How many runs are alive.
    pub(crate) fn alive(&self) -> u64 {
        self.beat.runs.load(Ordering::Relaxed) & u64::from(u32::MAX)
    }

    #[cold]
    fn wake(&self) {
        self.beat.rests.store(false, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.beat.is_over.store(true, Ordering::SeqCst);
        self.wake();
    }
}

impl Beat {
    fn tick(&self, engine: &EngineWeak, tick: Duration) {
        let mut quiet = 0;
        let mut seen = 0;
        while !self.is_over.load(Ordering::SeqCst) {
            let Some(engine) = engine.upgrade() else {
                return;
            };
            engine.increment_epoch();
            drop(engine);
            let is_idle = alive(seen) == 0;
            std::thread::sleep(if is_idle {
                tick.saturating_mul(1 + LEFT_OUT_TICKS)
            } else {
                tick
            });
            let runs = self.runs.load(Ordering::SeqCst);
            let is_quiet = runs == seen && alive(runs) == 0;
            seen = runs;
            quiet = if is_quiet { quiet + 1 } else { 0 };
            if quiet >= QUIET_LOOKS {
                self.rest(seen);
                quiet = 0;
            }
        }
    }

    /// Waits for the next run to begin, unless one has begun since `seen`.
    fn rest(&self, seen: u64) {
        self.rests.store(true, Ordering::SeqCst);
        if self.runs.load(Ordering::SeqCst) != seen || self.is_over.load(Ordering::SeqCst) {
            self.rests.store(false, Ordering::SeqCst);
        }
        while self.rests.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }
}

fn alive(runs: u64) -> u64 {
    runs & u64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn until(met: impl Fn() -> bool) {
        let begun = Instant::now();
        while !met() {
            assert!(begun.elapsed() < Duration::from_secs(30), "never met");
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_clock_rests_when_no_run_is_alive_and_wakes_for_the_next() {
        let engine = Engine::default();
        let clock = Clock::start(&engine, Duration::from_nanos(1)).unwrap();
        let rests = || clock.beat.rests.load(Ordering::SeqCst);
        until(rests);
        let run = clock.begin();
        assert!(!rests());
        drop(run);
        until(rests);
    }

    #[test]
    fn the_clock_ticks_as_long_as_a_run_is_alive() {
        let beat = Beat::default();
        beat.runs.fetch_add(BEGUN, Ordering::SeqCst);
        let (first, second) = (BEGUN, BEGUN.wrapping_add(BEGUN));
        assert_eq!((alive(0), alive(first), alive(second)), (0, 1, 2));
        // A run that began after the clock had looked keeps it from resting.
        beat.rest(0);
        assert!(!beat.rests.load(Ordering::SeqCst));
    }
}
