//! Two revisions of a handler, compared on recorded events: while it runs, and as it is shown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use evroute_compare::{Group, Options, RecordedEvents, RevisionComparison, compare};
use evroute_deploy::{ComponentDigest, ShadowShown};
use evroute_fuzz::Turn;
use evroute_server::PATIENCE;
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::output::{self, Tone};

/// Runs the events of recordings in two components, on all processors, and tells how it goes.
///
/// # Errors
/// Why it cannot be done is printed; how the command ends.
pub(crate) fn run(
    [old, new]: [&Arc<[u8]>; 2],
    recordings: &dyn RecordedEvents,
) -> Result<RevisionComparison, Exit> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options {
        threads: u32::try_from(threads).unwrap_or(1),
        code_cache: None,
    };
    let count = recordings.count();
    output::tell(format_args!("comparing on {count} events ..."));
    let last = Mutex::new(Instant::now());
    let progress = |done: usize| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= PATIENCE {
            *last = Instant::now();
            output::tell(format_args!("{done} of {count} events"));
        }
    };
    let compared = compare([old, new], recordings, options, &progress);
    compared.map_err(output::wrong)
}

/// As people read it.
pub(crate) fn lines(comparison: &RevisionComparison) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    let (same, different) = (comparison.same, comparison.different());
    let tone = if different == 0 {
        Tone::Good
    } else {
        Tone::Plain
    };
    let events = comparison.events;
    lines.push((
        tone,
        format!("{events} events: {same} end as before, {different} differently"),
    ));
    let [old, new] = comparison.fuel;
    lines.push((
        Tone::Plain,
        format!("fuel     {old} before, {new} now{}", change(old, new)),
    ));
    for group in &comparison.groups {
        lines.push((Tone::Bad, headline(group)));
        if let Some(decision) = &group.decision {
            lines.push((
                Tone::Plain,
                format!(
                    "         decided at {} of the {} revision: {}; so do {:.0} % of these and {:.0} % of the others",
                    decision.place,
                    decision.side.word(),
                    way(decision.turn),
                    decision.within * 100.0,
                    decision.without * 100.0
                ),
            ));
        }
        let [old, new] = group.fuel.map(|fuel| fuel / group.count.max(1));
        lines.push((
            Tone::Plain,
            format!("         fuel {old} before, {new} now, for one"),
        ));
        lines.push((
            Tone::Plain,
            format!("         {}", group.examples.join(" ")),
        ));
    }
    for unclear in &comparison.unclear {
        let (count, why) = (unclear.count, &unclear.why);
        lines.push((Tone::Bad, format!("{count:>8} nobody knows: {why}")));
        lines.push((
            Tone::Plain,
            format!("         {}", unclear.examples.join(" ")),
        ));
    }
    lines
}

fn headline(group: &Group) -> String {
    let Group {
        from, to, count, ..
    } = group;
    let what = group.differences.join(", ");
    match from == to {
        true => format!("{count:>8} {from} as before, but another {what}"),
        false => format!("{count:>8} {from} before, {to} now ({what})"),
    }
}

fn change(old: u64, new: u64) -> String {
    #[allow(
        clippy::cast_precision_loss,
        reason = "a share is shown with one decimal"
    )]
    let share = (new as f64 - old as f64) / old.max(1) as f64 * 100.0;
    if old == new {
        String::new()
    } else {
        format!(" ({share:+.1} %)")
    }
}

fn way(turn: Turn) -> String {
    match turn {
        Turn::Entered => "the function is called".to_owned(),
        Turn::Looped => "the loop is begun".to_owned(),
        Turn::Taken => "the condition holds".to_owned(),
        Turn::NotTaken => "the condition does not hold".to_owned(),
        Turn::Target(number) => format!("case {number} is taken"),
    }
}

/// As programs read it.
pub(crate) fn json(comparison: &RevisionComparison) -> Value {
    let groups = comparison.groups.iter().map(|group| {
        json!({
            "from": group.from,
            "to": group.to,
            "differences": group.differences,
            "events": group.count,
            "fuel": group.fuel,
            "examples": group.examples,
            "decision": group.decision.as_ref().map(|decision| json!({
                "revision": decision.side.word(),
                "file": decision.place.file,
                "line": decision.place.line,
                "way": way(decision.turn),
                "share_of_group": decision.within,
                "share_of_others": decision.without,
            })),
        })
    });
    let unclear = comparison.unclear.iter();
    let unclear =
        unclear.map(|one| json!({ "why": one.why, "events": one.count, "examples": one.examples }));
    json!({
        "events": comparison.events,
        "same": comparison.same,
        "different": comparison.different(),
        "unclear": comparison.unclear(),
        "fuel": comparison.fuel,
        "groups": groups.collect::<Vec<_>>(),
        "unclear_groups": unclear.collect::<Vec<_>>(),
    })
}

/// What is attested of a comparison with this revision.
pub(crate) fn shown(old: &[u8], comparison: &RevisionComparison) -> ShadowShown {
    let [first, last] = comparison.time_us.unwrap_or_default();
    ShadowShown {
        against: ComponentDigest::of(old).to_string(),
        events: comparison.events.saturating_sub(comparison.unclear()),
        different: comparison.different(),
        unclear: comparison.unclear(),
        seconds: last.saturating_sub(first) / 1_000_000,
    }
}

/// How a command ends that only compares.
pub(crate) fn exit(comparison: &RevisionComparison, printed: Exit) -> Exit {
    match (comparison.different() + comparison.unclear(), printed) {
        (1.., Exit::Done) => Exit::Wrong,
        (_, printed) => printed,
    }
}
