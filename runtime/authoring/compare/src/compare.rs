//! Runs all events in both revisions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evroute_cases::{CodeCache, Error, Replayed, Replayer};

use crate::RecordedEvents;
use crate::comparison::RevisionComparison;
use crate::deciding::decide;
use crate::ending::{differences, ending};
use crate::revision::Revision;
use crate::seen::{How, Seen, sorted};

/// How it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// How many threads run events.
    pub threads: u32,
    /// Where compiled code is kept.
    pub code_cache: Option<&'a CodeCache>,
}

/// Runs recordings in two revisions of a handler. `progress` is told how many events were run; it
/// is called from several threads.
///
/// # Errors
/// One of the components is refused, or there are no threads.
pub fn compare(
    [old, new]: [&Arc<[u8]>; 2],
    recordings: &dyn RecordedEvents,
    options: Options<'_>,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<RevisionComparison, Error> {
    let revision = |component| Revision::new(component, options.threads, options.code_cache);
    let revisions = [revision(old)?, revision(new)?];
    let next = AtomicUsize::new(0);
    let run = || -> Result<Vec<(usize, Seen)>, Error> {
        let mut replayers = [revisions[0].replayer()?, revisions[1].replayer()?];
        let mut seen = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= recordings.count() {
                return Ok(seen);
            }
            seen.push((number, one(&mut replayers, recordings, number)));
            progress(number.saturating_add(1));
        }
    };
    let seen: Result<Vec<_>, Error> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..options.threads.max(1))
            .map(|_| scope.spawn(run))
            .collect();
        let ended = threads.into_iter().map(|thread| {
            let broken = |_| Error::from("a thread broke while it ran a recording");
            thread.join().map_err(broken)?
        });
        ended.collect()
    });
    let mut seen: Vec<_> = seen?.into_iter().flatten().collect();
    seen.sort_unstable_by_key(|(number, _)| *number);
    let seen: Vec<_> = seen.into_iter().map(|(_, seen)| seen).collect();
    let (mut comparison, sorted) = sorted(recordings, &seen);
    decide([old, new], recordings, &mut comparison.groups, &sorted);
    Ok(comparison)
}

/// One event in both revisions.
fn one([old, new]: &mut [Replayer; 2], recordings: &dyn RecordedEvents, number: usize) -> Seen {
    let recording = match recordings.read(number) {
        Ok(recording) => recording,
        Err(why) => return Seen::Unclear { why },
    };
    let ran = old
        .replay(&recording)
        .and_then(|old| Ok((old, new.replay(&recording)?)));
    let (old, new) = match ran {
        Ok(ran) => ran,
        Err(error) => {
            let why = format!("cannot be run: {error}");
            return Seen::Unclear { why };
        }
    };
    for (which, replayed) in [("old", &old), ("new", &new)] {
        if let Some(call) = &replayed.unanswered {
            let function = call.function.rsplit(']').next().unwrap_or_default();
            let why = format!("the {which} revision asks for what was not recorded: {function}");
            return Seen::Unclear { why };
        }
    }
    let fuel = [old.found.fuel, new.found.fuel];
    let event = recording.event.unwrap_or_default();
    let time_us = event.time_us;
    match how(&event.message.unwrap_or_default(), &old, &new) {
        None => Seen::Same { time_us, fuel },
        Some(how) => Seen::Differs { time_us, how, fuel },
    }
}

fn how(given: &[u8], old: &Replayed, new: &Replayed) -> Option<How> {
    let differences = differences(given, old, new);
    (!differences.is_empty()).then(|| How {
        from: ending(&old.found),
        to: ending(&new.found),
        differences,
    })
}
