//! What was seen of each event, put together.

use std::collections::BTreeMap;

use crate::RecordedEvents;
use crate::comparison::{EXAMPLES_MAX, Group, RevisionComparison, Unclear};

/// What came of one event.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// It ends as before.
    Same { time_us: u64, fuel: [u64; 2] },
    /// It ends differently.
    Differs {
        time_us: u64,
        how: How,
        fuel: [u64; 2],
    },
    /// Nobody knows how it would end.
    Unclear { why: String },
}

/// How an event ends differently.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct How {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) differences: Vec<String>,
}

/// The numbers of the events that end alike.
#[derive(Default)]
pub(crate) struct Sorted {
    pub(crate) same: Vec<usize>,
    pub(crate) groups: Vec<Vec<usize>>,
}

/// Puts them together; each is the event of its place. The groups are in the same order in both.
pub(crate) fn sorted(
    recordings: &dyn RecordedEvents,
    seen: &[Seen],
) -> (RevisionComparison, Sorted) {
    let mut comparison = RevisionComparison::default();
    let mut sorted = Sorted::default();
    let mut groups: BTreeMap<&How, ([u64; 2], Vec<usize>)> = BTreeMap::new();
    let mut unclear: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, one) in seen.iter().enumerate() {
        match one {
            Seen::Same { time_us, fuel } => {
                span(&mut comparison.time_us, *time_us);
                add(&mut comparison.fuel, *fuel);
                sorted.same.push(number);
            }
            Seen::Differs { time_us, how, fuel } => {
                span(&mut comparison.time_us, *time_us);
                add(&mut comparison.fuel, *fuel);
                let group = groups.entry(how).or_default();
                add(&mut group.0, *fuel);
                group.1.push(number);
            }
            Seen::Unclear { why } => unclear.entry(why).or_default().push(number),
        }
    }
    let examples = |numbers: &[usize]| {
        let some = numbers.iter().take(EXAMPLES_MAX);
        some.map(|number| recordings.name(*number)).collect()
    };
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (_, numbers))| std::cmp::Reverse(numbers.len()));
    for (how, (fuel, numbers)) in groups {
        let How {
            from,
            to,
            differences,
        } = how.clone();
        comparison.groups.push(Group {
            from,
            to,
            differences,
            count: count(&numbers),
            fuel,
            decision: None,
            examples: examples(&numbers),
        });
        sorted.groups.push(numbers);
    }
    comparison.unclear = unclear
        .into_iter()
        .map(|(why, numbers)| Unclear {
            why: why.to_owned(),
            count: count(&numbers),
            examples: examples(&numbers),
        })
        .collect();
    comparison
        .unclear
        .sort_by_key(|unclear| std::cmp::Reverse(unclear.count));
    comparison.same = count(&sorted.same);
    comparison.events = count(seen);
    (comparison, sorted)
}

fn add(sum: &mut [u64; 2], fuel: [u64; 2]) {
    for (sum, fuel) in sum.iter_mut().zip(fuel) {
        *sum = sum.saturating_add(fuel);
    }
}

fn span(span: &mut Option<[u64; 2]>, time_us: u64) {
    let [first, last] = span.unwrap_or([time_us; 2]);
    *span = Some([first.min(time_us), last.max(time_us)]);
}

fn count<T>(of: &[T]) -> u64 {
    u64::try_from(of.len()).unwrap_or(u64::MAX)
}
