//! Parts a and b: what one event costs, in Kamailio and in evroute, round by round.

use crate::error::Error;
use crate::handler_loop::HandlerLoop;
use crate::kamailio::Memory;
use crate::micro::Micro;
use crate::options::{Options, Part};
use crate::progress::Progress;
use crate::report::Report;
use crate::sample::Series;
use crate::tool;

/// Series of the micro-bench that belong to part a, and what the table calls them.
const HANDLED_EVENTS: [(&str, &str); 5] = [
    ("event", "sandbox put back/line"),
    ("event_compiled", "compiled Kamailio block/line"),
    ("event_fresh", "sandbox made anew/line"),
    ("event_silent", "compiled Kamailio block/silent"),
    ("event_quiet", "sandbox put back, line not kept/silent"),
];

/// Parts of an event, and the series of the micro-bench that each is a part of or an alternative
/// to.
const PARTS_OF_EVENTS: [(&str, &str); 5] = [
    ("instantiate", "event_fresh"),
    ("call", "event_quiet"),
    ("event_async", "event_quiet"),
    ("event_sampled_out", "event_quiet"),
    ("event_listened", "event_quiet"),
];

const METHOD_A: [&str; 5] = [
    "CPU time (user and system) of the worker for one run of the local-request handler.",
    "Kamailio runs it in a loop that one OPTIONS triggers; the same loop left empty is subtracted.",
    "/line writes one log line to a file with one write(2); /silent only compares $fU.",
    "evroute's compiled block does the same; `line not kept` makes the line and then drops it.",
    "`entered anew` calls into the interpreter for each event, as event_callback does.",
];
const METHOD_B: [&str; 6] = [
    "Reported by the micro-bench command, run once in every round of part a.",
    "event, event_fresh and event_quiet are part a's rows; quiet: the line is made and dropped.",
    "instantiate: a component's sandbox made and dropped; call: one more call in one that is there.",
    "event_async: the same handler on a stack of its own, as those with I/O are run.",
    "event_sampled_out: event_quiet, where a share of calls is recorded, of which this is none.",
    "event_listened: event_quiet, where failed runs are recorded; the calls of this one are dropped.",
];

/// Measures part a, part b or both, interleaved.
pub(crate) fn measure(options: &Options, progress: &Progress) -> Result<Vec<Report>, Error> {
    if !options.wants(Part::A) && options.micro.is_none() {
        let what = "needs --micro COMMAND".to_owned();
        return Err(Error::Unexpected {
            name: "part b".to_owned(),
            what,
        });
    }
    let effort = options.effort();
    let mut loops = Vec::new();
    if options.wants(Part::A) {
        tool::require_kamailio()?;
        for memory in Memory::ALL {
            loops.push(HandlerLoop::start(memory, &options.out)?);
        }
    }
    let mut micro = options
        .micro
        .as_deref()
        .map(|command| Micro::new(command, options.out.clone()));
    if micro.is_none() {
        progress.say("evroute's events are not measured: no --micro COMMAND");
    }
    for round in 1..=effort.event_rounds {
        progress.say(&format!("events: round {round} of {}", effort.event_rounds));
        for handler_loop in &mut loops {
            handler_loop.measure_round(effort.event_turns)?;
        }
        if let Some(micro) = &mut micro {
            micro.measure_round()?;
        }
    }
    let kamailio: Vec<Series> = loops
        .into_iter()
        .flat_map(|handler_loop| handler_loop.series)
        .collect();
    let ours = micro.map(|micro| micro.series).unwrap_or_default();
    Ok(reports(options, kamailio, ours))
}

fn reports(options: &Options, kamailio: Vec<Series>, ours: Vec<Series>) -> Vec<Report> {
    let part_b = part_b(&ours);
    let handler: Vec<Series> = ours
        .into_iter()
        .filter(|series| row_of(series).is_some())
        .collect();
    let mut reports = Vec::new();
    if options.wants(Part::A) {
        reports.push(part_a(kamailio, handler));
    }
    if options.wants(Part::B) {
        reports.extend(part_b);
    }
    reports
}

/// None when nothing was measured.
fn part_b(ours: &[Series]) -> Option<Report> {
    let rows: Vec<&Series> = ours.iter().filter(|s| row_of(s).is_none()).collect();
    if rows.is_empty() {
        return None;
    }
    let mut report = Report::new("instantiation", "b. evroute alone", &METHOD_B);
    let named = |name: &str| ours.iter().find(|series| series.name == name);
    for (part, whole) in PARTS_OF_EVENTS {
        if let (Some(part), Some(whole)) = (named(part), named(whole)) {
            report.ratio(part, whole);
        }
    }
    rows.into_iter()
        .for_each(|series| report.row(series.clone()));
    Some(report)
}

fn part_a(kamailio: Vec<Series>, ours: Vec<Series>) -> Report {
    let mut report = Report::new(
        "event",
        "a. One event with the local-request handler",
        &METHOD_A,
    );
    let named = |series: Series| Series {
        name: format!("evroute {}", row_of(&series).unwrap_or(&series.name)),
        ..series
    };
    let ours: Vec<Series> = ours.into_iter().map(named).collect();
    for kind in ["/line", "/silent"] {
        let peers = || kamailio.iter().filter(|series| is_headline(series, kind));
        for mine in ours.iter().filter(|series| series.name.ends_with(kind)) {
            peers().for_each(|peer| report.ratio(mine, peer));
        }
        let native = peers().find(|series| series.name.contains("native"));
        if let Some(native) = native {
            peers()
                .filter(|peer| peer.name != native.name)
                .for_each(|peer| {
                    report.ratio(peer, native);
                });
        }
    }
    ours.into_iter()
        .chain(kamailio)
        .for_each(|series| report.row(series));
    report
}

/// What the table of part a calls this series of the micro-bench, if it belongs there.
fn row_of(series: &Series) -> Option<&'static str> {
    HANDLED_EVENTS
        .iter()
        .find(|(name, _)| *name == series.name)
        .map(|(_, row)| *row)
}

/// The rows that are worth a ratio: plain native, Lua and Python.
fn is_headline(series: &Series, kind: &str) -> bool {
    ["native", "Lua", "Python"].iter().any(|engine| {
        series.name.ends_with(&format!("Kamailio {engine}{kind}"))
            || series.name.ends_with(&format!("-x fm {engine}{kind}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_compare_like_with_like() {
        let series = |name: &str| Series {
            samples: vec![1.0],
            ..Series::new(name, "ns")
        };
        assert!(is_headline(&series("Kamailio native/line"), "/line"));
        assert!(is_headline(&series("Kamailio -x fm Lua/line"), "/line"));
        assert!(!is_headline(
            &series("Kamailio Lua entered anew/line"),
            "/line"
        ));
        assert!(!is_headline(&series("Kamailio Lua/silent"), "/line"));
        let report = part_a(vec![series("Kamailio native/line")], vec![series("event")]);
        let table = report.table();
        assert!(
            table.contains("evroute sandbox put back/line / Kamailio native/line"),
            "{table}"
        );
    }

    #[test]
    fn parts_of_an_event_are_compared_with_the_whole() {
        let series = |name: &str, sample: f64| Series {
            samples: vec![sample],
            ..Series::new(name, "ns")
        };
        let ours = [series("event_fresh", 4.0), series("instantiate", 2.0)];
        let table = part_b(&ours).unwrap().table();
        assert!(table.contains("instantiate / event_fresh"), "{table}");
        assert!(part_b(&ours[..1]).is_none());
    }
}
