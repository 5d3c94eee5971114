//! What an event costs, in CPU time of the whole process (the log's writing thread included).
//!
//! `evroute-bench-events each LOG EVENTS REPEATS NAME=COMPONENT...` measures `event` alone, for
//! handlers in any language by turns, and prints a table.
//!
//! `evroute-bench-events cell LOG EVENTS REPEATS NAME=COMPONENT...` measures the same event in this
//! process and in a cell by turns, in wall time, since two processes work at it.
//!
//! `evroute-bench-events COMPONENT LOG [EVENTS] [REPEATS] [COMPILED] [SILENT]` prints one JSON line
//! per measurement: `{"name": ..., "unit": "ns", "samples": [...]}`, one sample per repeat, each
//! the mean of EVENTS events.
//!
//! | name | what is timed |
//! |---|---|
//! | `event` | `tm:local-request` raised through the dispatcher: an instance put back or fresh, the handler, its log line written to LOG |
//! | `event_fresh` | the same from a fresh instance of the component each time, nothing kept |
//! | `event_compiled` | as `event`, with COMPILED in the place of COMPONENT: the same block, compiled from Kamailio's language |
//! | `event_silent` | as `event`, with SILENT in the place of COMPONENT: a block that compares `$fU` and logs nothing |
//! | `event_quiet` | as `event`, the line formatted but not kept (log level) |
//! | `event_sampled_out` | as `event_quiet`, of a tenant that has a share of its calls recorded, not this one |
//! | `event_listened` | as `event_quiet`, of a tenant that has failed runs recorded; each run's calls are written down and dropped |
//! | `instantiate` | store and instance made and dropped, nothing called |
//! | `call` | one call of a handler in an instance that is there already, the line formatted but not kept |
//! | `event_async` | store, instance and call as the async lane makes them, on a stack of their own; the line not kept |
//! | `unhandled` | raising an event that nobody handles |

mod cell;
mod each;
mod recorded;
mod setup;

use std::time::Duration;

use evroute_event::Cause;
use evroute_module_tm::events::{LocalRequest, LocalResponse};

use recorded::{failed_only, sampled_out};
use setup::{Bench, Error, poll, subject};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    match first.as_deref() {
        Some("each") => return each::measure(arguments),
        Some("cell") => return cell::measure(arguments),
        Some("__cell") => return cell::serve(arguments),
        _ => {}
    }
    let (Some(component), Some(log)) = (first, arguments.next()) else {
        return Err(
            "usage: evroute-bench-events COMPONENT LOG [EVENTS] [REPEATS] [COMPILED]".into(),
        );
    };
    let events: u32 = arguments.next().map_or(Ok(200_000), |text| text.parse())?;
    let repeats: usize = arguments.next().map_or(Ok(9), |text| text.parse())?;
    let mut further = || {
        let component = arguments.next();
        let bench = component.map(|component| Bench::new(&component, &log, true, true));
        bench.transpose()
    };
    let benches = Benches {
        kept: Bench::new(&component, &log, true, true)?,
        quiet: Bench::new(&component, &log, false, true)?,
        fresh: Bench::new(&component, &log, true, false)?,
        sampled_out: Bench::any(&component, &log, false, true, Some(&sampled_out()))?,
        listened: Bench::any(&component, &log, false, true, Some(&failed_only()))?,
        compiled: further()?,
        silent: further()?,
    };
    // The first events of a component pay for its pages.
    run_events(&benches.kept, events / 10)?;
    run_events(&benches.fresh, events / 10)?;
    let mut series = measurements(&benches);
    for further in [&benches.compiled, &benches.silent].into_iter().flatten() {
        run_events(further, events / 10)?;
    }
    for _ in 0..repeats {
        for Series {
            measure, samples, ..
        } in &mut series
        {
            samples.push(measure(&benches, events)?);
        }
    }
    for Series { name, samples, .. } in series {
        println!(
            "{}",
            serde_json::json!({ "name": name, "unit": "ns", "samples": samples })
        );
    }
    Ok(())
}

/// The same tenant and handler, and others in its place.
struct Benches {
    /// The log keeps its lines.
    kept: Bench,
    /// The log does not.
    quiet: Bench,
    /// The log keeps its lines, and no instance is pooled for the next run.
    fresh: Bench,
    /// As `quiet`, of a tenant of which a share of calls is recorded, and none of these.
    sampled_out: Bench,
    /// As `quiet`, of a tenant whose failed runs are recorded, and none of these fails.
    listened: Bench,
    /// The log keeps its lines; the handler was compiled from Kamailio's language.
    compiled: Option<Bench>,
    /// The handler compares and says nothing, and was compiled from Kamailio's language.
    silent: Option<Bench>,
}

/// Nanoseconds of CPU time for one event.
type Measure = fn(&Benches, u32) -> Result<f64, Error>;

struct Series {
    name: &'static str,
    measure: Measure,
    samples: Vec<f64>,
}

/// Calls in one sandbox: few enough for the budget of one run, its log lines and its memory.
const CALLS: u32 = 9;

fn measurements(benches: &Benches) -> Vec<Series> {
    let series = |name, measure| Series {
        name,
        measure,
        samples: Vec::new(),
    };
    let mut all = vec![
        series("event", |benches, events| logged(&benches.kept, events)),
        series("event_fresh", |benches, events| {
            logged(&benches.fresh, events)
        }),
        series("event_quiet", |Benches { quiet, .. }, events| {
            time(events, || run_events(quiet, events))
        }),
        series(
            "event_sampled_out",
            |Benches { sampled_out, .. }, events| time(events, || run_events(sampled_out, events)),
        ),
        series("event_listened", |Benches { listened, .. }, events| {
            time(events, || run_events(listened, events))
        }),
        series("event_async", |Benches { quiet, .. }, events| {
            time(events, || quiet.run_async(events))
        }),
        series("instantiate", |Benches { kept, .. }, events| {
            time(events, || kept.instantiate(events))
        }),
        series("call", |Benches { quiet, .. }, events| {
            let sandboxes = events / CALLS;
            let one = time(sandboxes, || quiet.call(sandboxes, 1))?;
            let many = time(sandboxes, || quiet.call(sandboxes, CALLS))?;
            Ok((many - one) / f64::from(CALLS - 1))
        }),
        series("unhandled", |Benches { kept, .. }, events| {
            let many = events.saturating_mul(20);
            time(many, || raise_unhandled(kept, many))
        }),
    ];
    if benches.compiled.is_some() {
        all.push(series("event_compiled", |benches, events| {
            further(benches.compiled.as_ref(), events)
        }));
    }
    if benches.silent.is_some() {
        all.push(series("event_silent", |benches, events| {
            further(benches.silent.as_ref(), events)
        }));
    }
    all
}

/// As [`logged`], of a handler that was named.
fn further(bench: Option<&Bench>, events: u32) -> Result<f64, Error> {
    logged(bench.ok_or("there is no such handler")?, events)
}

/// One event, its line written.
fn logged(bench: &Bench, events: u32) -> Result<f64, Error> {
    time(events, || {
        run_events(bench, events).and_then(|()| bench.flush())
    })
}

fn run_events(bench: &Bench, events: u32) -> Result<(), Error> {
    let cause = Cause::outside(bench.tenant);
    for _ in 0..events {
        let event = LocalRequest {
            subject: subject(&bench.message),
        };
        let (event, verdict) = poll(bench.local_request.emit(cause, event))?;
        std::hint::black_box((event, verdict));
    }
    Ok(())
}

fn raise_unhandled(bench: &Bench, events: u32) -> Result<(), Error> {
    let cause = Cause::outside(bench.tenant);
    for _ in 0..events {
        // As modules do it: ask first, build the event only for listeners.
        if bench.local_response.is_handled(cause.tenant) {
            let event = LocalResponse {
                subject: subject(&bench.message),
            };
            poll(bench.local_response.emit(cause, event))?;
        }
        std::hint::black_box(&cause);
    }
    Ok(())
}

/// CPU time per event, in nanoseconds.
fn time(events: u32, work: impl FnOnce() -> Result<(), Error>) -> Result<f64, Error> {
    let before = cpu_time();
    work()?;
    let used = cpu_time().saturating_sub(before);
    Ok(used.as_secs_f64() * 1e9 / f64::from(events.max(1)))
}

/// User and system time of this process, all threads, to the nanosecond.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
