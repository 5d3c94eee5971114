//! Whether a canary is worse than the revision that it is tried beside.

use std::collections::BTreeMap;

use crate::statistic::{departs, is_higher, next_look};

/// The fewest runs of a canary that say anything, however bad they are.
const RUNS_MIN: u64 = 20;

/// What a share of runs may be higher by without being worse: half a run in a hundred.
const TOLERANCE: f64 = 0.005;

/// What became of the runs of one revision while a canary was watched.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RevisionReading {
    /// Runs that are over.
    pub runs: u64,
    /// Those that trapped, or ended with an error of the guest.
    pub traps: u64,
    /// Those that ran out of fuel or memory, or used up another limit.
    pub exhausted: u64,
    /// Those that took too long.
    pub deadline_misses: u64,
    /// Those whose effects were refused, since the tenant had no room for them.
    pub refused_effects: u64,
    /// How often each verdict was given, by event.
    pub verdicts: BTreeMap<String, BTreeMap<String, u64>>,
}

/// What is to be done with a canary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Judgement {
    /// Go on. There is nothing to look at before the canary has had so many runs.
    Watch {
        /// When to look again.
        next_look: u64,
    },
    /// Put it in force: it was watched long enough and is not worse.
    Promote,
    /// Take it away.
    Stop {
        /// Why, in one sentence with the numbers.
        reason: String,
    },
}

/// One rate that is compared.
struct Rate {
    what: &'static str,
    of: fn(&RevisionReading) -> u64,
}

const RATES: [Rate; 4] = [
    Rate {
        what: "trapped",
        of: |reading| reading.traps,
    },
    Rate {
        what: "used up a limit",
        of: |reading| reading.exhausted,
    },
    Rate {
        what: "missed their deadline",
        of: |reading| reading.deadline_misses,
    },
    Rate {
        what: "had their effects refused",
        of: |reading| reading.refused_effects,
    },
];

/// Compares a canary with the revision in force, by what both did since the canary began. `is_over`
/// says that it was watched as long as it should be.
#[must_use]
pub fn judge(old: &RevisionReading, new: &RevisionReading, is_over: bool) -> Judgement {
    if new.runs >= RUNS_MIN
        && let Some(reason) = worse_rate(old, new).or_else(|| other_verdicts(old, new))
    {
        return Judgement::Stop { reason };
    }
    match is_over {
        false => Judgement::Watch {
            next_look: next_look(new.runs).max(RUNS_MIN),
        },
        true if new.runs < RUNS_MIN => Judgement::Stop {
            reason: format!(
                "it had {} runs, and fewer than {RUNS_MIN} say nothing; give it more calls or time, \
                 or promote it by hand",
                new.runs
            ),
        },
        true => Judgement::Promote,
    }
}

/// With few runs of the old revision the bounds of its rates are wide, so that nothing is worse.
fn worse_rate(old: &RevisionReading, new: &RevisionReading) -> Option<String> {
    let worse = RATES.iter().find(|rate| {
        let of = |reading| ((rate.of)(reading), reading.runs);
        is_higher(of(old), of(new), TOLERANCE)
    })?;
    let shown = |reading: &RevisionReading| format!("{} of {}", (worse.of)(reading), reading.runs);
    Some(format!(
        "{} of its runs {}; of those of the revision in force {}",
        shown(new),
        worse.what,
        shown(old)
    ))
}

/// Compares how often each verdict was given to events that both handle.
fn other_verdicts(old: &RevisionReading, new: &RevisionReading) -> Option<String> {
    let both = new.verdicts.iter().filter_map(|(event, new)| {
        let old = old.verdicts.get(event)?;
        Some((event, old, new))
    });
    for (event, old, new) in both {
        let count =
            |side: &BTreeMap<String, u64>, name| side.get(name).copied().unwrap_or_default();
        let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let kinds: Vec<_> = names
            .iter()
            .map(|name| (count(old, *name), count(new, *name)))
            .collect();
        if departs(&kinds) {
            let shown = |side| {
                let counts = names
                    .iter()
                    .map(|name| format!("{name} {}", count(side, *name)));
                counts.collect::<Vec<_>>().join(", ")
            };
            return Some(format!(
                "it decides {event} otherwise: {}; the revision in force: {}",
                shown(new),
                shown(old)
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(runs: u64) -> RevisionReading {
        RevisionReading {
            runs,
            ..RevisionReading::default()
        }
    }

    fn verdicts(relayed: u64, rejected: u64) -> RevisionReading {
        let verdicts = BTreeMap::from([
            ("relay".to_owned(), relayed),
            ("reject".to_owned(), rejected),
        ]);
        RevisionReading {
            verdicts: BTreeMap::from([("core:request".to_owned(), verdicts)]),
            ..runs(relayed + rejected)
        }
    }

    fn is_stopped(old: &RevisionReading, new: &RevisionReading) -> bool {
        matches!(judge(old, new, false), Judgement::Stop { .. })
    }

    #[test]
    fn each_rate_stops_a_canary_that_is_worse_in_it() {
        type Worsen = fn(&mut RevisionReading, u64);
        let rates: [(Worsen, &str); 4] = [
            (|reading, bad| reading.traps = bad, "trapped"),
            (|reading, bad| reading.exhausted = bad, "used up a limit"),
            (
                |reading, bad| reading.deadline_misses = bad,
                "missed their deadline",
            ),
            (
                |reading, bad| reading.refused_effects = bad,
                "had their effects refused",
            ),
        ];
        for (worsen, what) in rates {
            // old runs, old bad, new runs, new bad, whether it is stopped
            let table = [
                (400, 0, 19, 19, false), // too few
                (400, 0, 20, 20, true),
                (400, 0, 20, 2, false),    // chance
                (40, 0, 40, 40, true),     // half of the calls
                (0, 0, 1000, 1000, false), // nothing to compare with
                (100_000, 0, 5000, 500, true),
                (100_000, 10_000, 5000, 500, false), // as bad as ever
                (100_000, 10_000, 5000, 400, false), // better
                (100_000, 10_000, 5000, 2000, true), // worse than bad
                (10_000_000, 10_000, 10_000_000, 40_000, false), // sure, and within tolerance
            ];
            for (old_runs, old_bad, new_runs, new_bad, stopped) in table {
                let (mut old, mut new) = (runs(old_runs), runs(new_runs));
                worsen(&mut old, old_bad);
                worsen(&mut new, new_bad);
                let row = (what, old_runs, old_bad, new_runs, new_bad);
                assert_eq!(is_stopped(&old, &new), stopped, "{row:?}");
                if stopped {
                    let Judgement::Stop { reason } = judge(&old, &new, false) else {
                        panic!("{row:?}");
                    };
                    let begin = format!("{new_bad} of {new_runs} of its runs {what}");
                    assert!(reason.starts_with(&begin), "{reason}");
                }
            }
        }
    }

    #[test]
    fn verdicts_that_depart_stop_a_canary() {
        let old = verdicts(9000, 1000);
        assert!(!is_stopped(&old, &verdicts(450, 50)));
        assert!(is_stopped(&old, &verdicts(50, 450)));
        let Judgement::Stop { reason } = judge(&old, &verdicts(50, 450), false) else {
            panic!("it decides otherwise");
        };
        let expected = "it decides core:request otherwise: reject 450, relay 50; the revision in \
                        force: reject 1000, relay 9000";
        assert_eq!(reason, expected);
    }

    #[test]
    fn an_event_that_only_one_of_them_handles_is_not_compared() {
        let old = verdicts(9000, 1000);
        let mut new = verdicts(0, 500);
        let only = new.verdicts.remove("core:request").unwrap();
        new.verdicts.insert("tm:local-request".to_owned(), only);
        assert!(!is_stopped(&old, &new));
    }

    #[test]
    fn at_the_end_a_good_canary_is_promoted_and_an_unknown_one_is_not() {
        assert_eq!(judge(&runs(400), &runs(20), true), Judgement::Promote);
        let Judgement::Stop { reason } = judge(&runs(400), &runs(19), true) else {
            panic!("nobody can tell");
        };
        assert!(reason.starts_with("it had 19 runs"), "{reason}");
        let watched = judge(&runs(400), &runs(100), false);
        assert_eq!(watched, Judgement::Watch { next_look: 111 });
        assert_eq!(
            judge(&runs(0), &runs(0), false),
            Judgement::Watch {
                next_look: RUNS_MIN
            }
        );
    }

    proptest::proptest! {
        /// What is the same in both is never worse, however bad.
        #[test]
        fn an_equal_canary_is_not_stopped(runs in 1..1_000_000_u64, bad in 0..=100_u64) {
            let mut old = self::runs(runs);
            old.traps = runs * bad / 100;
            proptest::prop_assert!(!is_stopped(&old, &old));
        }

        /// More that is bad does not make a stopped canary good.
        #[test]
        fn worse_stays_worse(old_bad in 0..50_u64, bad in 0..500_u64, more in 0..500_u64) {
            let mut old = self::runs(1000);
            old.traps = old_bad;
            let mut new = self::runs(1000);
            new.traps = bad;
            if is_stopped(&old, &new) {
                new.traps += more;
                proptest::prop_assert!(is_stopped(&old, &new));
            }
        }
    }
}
