//! One event in this process and in a cell.

use std::sync::Arc;
use std::time::Instant;

use evroute_cell::{RunnerConfig, RunnerPool, RunnerRoom};
use evroute_sandbox::{Cells, SandboxConfig};

use crate::run_events;
use crate::setup::{Bench, Error, offered};

/// Wall time of an event in microseconds, round by round.
struct Row {
    name: String,
    here: Bench,
    there: Bench,
    samples: [Vec<f64>; 2],
}

/// Measures `NAME=COMPONENT` after `NAME=COMPONENT`, and prints what an event costs either way.
pub(crate) fn measure(mut arguments: impl Iterator<Item = String>) -> Result<(), Error> {
    let usage = "usage: evroute-bench-events cell LOG EVENTS REPEATS NAME=COMPONENT...";
    let (Some(log), Some(events), Some(repeats)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err(usage.into());
    };
    let (events, repeats): (u32, usize) = (events.parse()?, repeats.parse()?);
    let own = SandboxConfig::default();
    let pool = RunnerPool::new(RunnerConfig {
        program: "/proc/self/exe".into(),
        arguments: vec!["__cell".to_owned()],
        memory_bytes_max: 1 << 30,
        runs_per_cell_max: 1,
        runners_max: 1,
        sandbox: own.clone(),
    })?;
    let in_cell = SandboxConfig {
        cells: Some(Arc::new(pool) as Arc<dyn Cells>),
        ..own.clone()
    };
    let mut rows = Vec::new();
    for argument in arguments {
        let (name, component) = argument.split_once('=').ok_or(usage)?;
        let row = Row {
            name: name.to_owned(),
            here: Bench::of(component, &log, true, &own, None)?,
            there: Bench::of(component, &log, true, &in_cell, None)?,
            samples: [Vec::new(), Vec::new()],
        };
        // The first events of a component pay for its pages.
        run_events(&row.here, 20)?;
        run_events(&row.there, 20)?;
        rows.push(row);
    }
    for repeat in 1..=repeats {
        eprintln!("bench: cells, round {repeat} of {repeats}");
        for row in &mut rows {
            let [here, there] = &mut row.samples;
            here.push(wall_us(&row.here, events)?);
            there.push(wall_us(&row.there, events)?);
        }
    }
    println!("One event, wall time in microseconds, median of {repeats} rounds of {events}:");
    for Row { name, samples, .. } in &mut rows {
        let [here, there] = samples.each_mut().map(|samples| median(samples));
        println!(
            "{name:<24} in the server {here:>8.1}   in a cell {there:>8.1}   {:.1} x",
            there / here
        );
    }
    Ok(())
}

fn wall_us(bench: &Bench, events: u32) -> Result<f64, Error> {
    let begun = Instant::now();
    run_events(bench, events)?;
    bench.flush()?;
    Ok(begun.elapsed().as_secs_f64() * 1e6 / f64::from(events.max(1)))
}

fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// This program as a runner, called with what a runner is told.
pub(crate) fn serve(arguments: impl Iterator<Item = String>) -> Result<(), Error> {
    let words: Vec<String> = arguments.collect();
    let sandbox = SandboxConfig {
        runs_concurrent_max: 4,
        ..SandboxConfig::default()
    };
    let room = RunnerRoom::told(&words, sandbox).ok_or("a runner was not told its room")?;
    let (capabilities, bindings) = offered();
    Ok(evroute_cell::serve(&room, capabilities, bindings)?)
}
