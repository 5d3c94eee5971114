//! One event in handlers of several languages.

use crate::setup::{Bench, Error};
use crate::{logged, run_events};

/// How long the slowest may take for its share of one repeat; an interpreter is asked less often
/// than compiled code.
const SHARE_NS: f64 = 1e9;

struct Language {
    name: String,
    bench: Bench,
    events: u32,
    samples: Vec<f64>,
}

/// Measures `NAME=COMPONENT` after `NAME=COMPONENT`, and prints what an event costs in each.
pub(crate) fn measure(mut arguments: impl Iterator<Item = String>) -> Result<(), Error> {
    let usage = "usage: evroute-bench-events each LOG EVENTS REPEATS NAME=COMPONENT...";
    let (Some(log), Some(events), Some(repeats)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err(usage.into());
    };
    let (events, repeats): (u32, usize) = (events.parse()?, repeats.parse()?);
    let mut languages = Vec::new();
    for argument in arguments {
        let (name, component) = argument.split_once('=').ok_or(usage)?;
        eprintln!("bench: preparing {name}");
        languages.push(Language::new(name, component, &log, events)?);
    }
    for repeat in 1..=repeats {
        eprintln!("bench: languages, round {repeat} of {repeats}");
        for language in &mut languages {
            let sample = logged(&language.bench, language.events)?;
            language.samples.push(sample);
        }
    }
    print(&mut languages)
}

impl Language {
    fn new(name: &str, component: &str, log: &str, events: u32) -> Result<Self, Error> {
        let bench = Bench::any(component, log, true, true, None)
            .map_err(|error| format!("{name}: {component}: {error}"))?;
        // The first events of a component pay for its pages.
        run_events(&bench, 20)?;
        let one = logged(&bench, 20)?.max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of events below one of 32 bits"
        )]
        let events = events.min((SHARE_NS / one) as u32).max(20);
        Ok(Self {
            name: name.to_owned(),
            bench,
            events,
            samples: Vec::new(),
        })
    }
}

fn print(languages: &mut [Language]) -> Result<(), Error> {
    println!("\nd. one event with local-request, its line written, CPU in us");
    println!(
        "  {:<12} {:>9} {:>9} {:>9}  sandbox",
        "", "median", "min", "max"
    );
    for language in languages {
        let samples = &mut language.samples;
        samples.sort_by(f64::total_cmp);
        let (Some(least), Some(most)) = (samples.first(), samples.last()) else {
            return Err("no repeats: nothing was measured".into());
        };
        let median = samples.get(samples.len() / 2).unwrap_or(least);
        let [median, least, most] = [median, least, most].map(|ns| ns / 1e3);
        let sandbox = if language.bench.pools_instances() {
            "put back"
        } else {
            "made anew"
        };
        println!(
            "  {:<12} {median:>9.2} {least:>9.2} {most:>9.2}  {sandbox}",
            language.name
        );
    }
    Ok(())
}
