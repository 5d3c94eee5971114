//! Which line decided that events end differently.
//!
//! Both revisions are run once more on some events of each group and on some others, with counters
//! at every branch. The branch that the group takes one way, and the others the other way, decided.
//! That is a statistic and no proof, so the shares are kept with it: 1 of the group and 0 of the
//! others is as sure as it gets.

use std::sync::Arc;

use evroute_fuzz::{Edge, Turn, is_authors};

use crate::RecordedEvents;
use crate::comparison::{Decision, Group, Side};
use crate::revision::Traced;
use crate::seen::Sorted;

/// So many events of a group are traced, and so many others.
const TRACED_MAX: usize = 200;
/// Smaller groups than these are not looked into.
const GROUPS_MAX: usize = 20;
/// A branch that tells a group from the others by less than this decides nothing.
const SHARE_MIN: f64 = 0.2;

/// Fills in the decision of each group.
pub(crate) fn decide(
    components: [&Arc<[u8]>; 2],
    recordings: &dyn RecordedEvents,
    groups: &mut [Group],
    sorted: &Sorted,
) {
    if groups.is_empty() {
        return;
    }
    for (side, component) in [Side::New, Side::Old]
        .into_iter()
        .zip([components[1], components[0]])
    {
        // Without branches nothing is known of where it was decided, and all else is.
        let traced = Traced::new(component).ok();
        let Some(mut traced) = traced.filter(|traced| !traced.places.is_empty()) else {
            continue;
        };
        let same = shares(&mut traced, recordings, &sorted.same);
        let looked_into = sorted.groups.iter().take(GROUPS_MAX);
        let of_groups: Vec<Shares> = looked_into
            .map(|numbers| shares(&mut traced, recordings, numbers))
            .collect();
        for (place, group) in groups.iter_mut().enumerate() {
            let others = of_groups.iter().enumerate();
            let others = others
                .filter(|(other, _)| *other != place)
                .map(|(_, shares)| shares);
            let Some(within) = of_groups.get(place) else {
                continue;
            };
            // What is unchanged tells best; where everything changes, the other groups.
            let without = match same.events {
                0 => Shares::of_all(others),
                _ => same.clone(),
            };
            let found = decision(side, &traced, within, &without);
            let is_better = |found: &Decision| {
                let before = group.decision.as_ref().map(Decision::weight);
                before.is_none_or(|before| found.weight() > before)
            };
            if let Some(found) = found.filter(is_better) {
                group.decision = Some(found);
            }
        }
    }
}

/// How many events take each edge.
#[derive(Clone, Default)]
struct Shares {
    events: u32,
    taken: Vec<u32>,
}

impl Shares {
    fn add(&mut self, taken: impl Iterator<Item = u32>, events: u32) {
        self.events = self.events.saturating_add(events);
        for (place, taken) in taken.enumerate() {
            if self.taken.len() <= place {
                self.taken.push(0);
            }
            if let Some(sum) = self.taken.get_mut(place) {
                *sum = sum.saturating_add(taken);
            }
        }
    }

    fn of_all<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for one in all {
            sum.add(one.taken.iter().copied(), one.events);
        }
        sum
    }

    fn share(&self, edge: usize) -> f64 {
        let taken = self.taken.get(edge).copied().unwrap_or_default();
        f64::from(taken) / f64::from(self.events.max(1))
    }
}

/// Traces some of these events, spread over all of them.
fn shares(traced: &mut Traced, recordings: &dyn RecordedEvents, numbers: &[usize]) -> Shares {
    let mut shares = Shares::default();
    let step = numbers.len().div_ceil(TRACED_MAX).max(1);
    for number in numbers.iter().step_by(step) {
        // One that cannot be read or traced is one fewer.
        let recording = recordings.read(*number).ok();
        if let Some(taken) = recording.and_then(|recording| traced.taken(&recording).ok()) {
            shares.add(taken.into_iter().map(u32::from), 1);
        }
    }
    shares
}

impl Decision {
    /// The better the more it tells the group from the others.
    fn weight(&self) -> f64 {
        self.within - self.without
    }
}

/// The branch that tells a group from the others best, in the author's own source if there is one.
fn decision(side: Side, traced: &Traced, within: &Shares, without: &Shares) -> Option<Decision> {
    if within.events == 0 || without.events == 0 {
        return None;
    }
    let edges: Vec<&Edge> = traced.edges().collect();
    let is_at = |one: &&Edge, other: &&Edge| {
        (one.module, one.function, one.offset) == (other.module, other.function, other.offset)
    };
    let mut best: Option<(bool, Decision)> = None;
    let mut next = 0;
    for branch in edges.chunk_by(is_at) {
        let numbers = next..next + branch.len();
        next = numbers.end;
        for (number, edge) in numbers.clone().zip(branch) {
            let is_branch = match edge.turn {
                Turn::Taken | Turn::NotTaken | Turn::Target(_) => true,
                Turn::Entered | Turn::Looped => false,
            };
            // The others come by, and go another way.
            let mut ways = numbers.clone().filter(|other| *other != number);
            if !is_branch || !ways.any(|other| without.share(other) > 0.0) {
                continue;
            }
            let Some(place) = traced.places.get(number) else {
                continue;
            };
            let found = Decision {
                side,
                place: place.clone(),
                turn: edge.turn,
                within: within.share(number),
                without: without.share(number),
            };
            let is_own = place.line > 0 && is_authors(&place.file);
            let is_better = best.as_ref().is_none_or(|(was_own, before)| {
                (found.weight(), is_own) > (before.weight(), *was_own)
            });
            if found.weight() >= SHARE_MIN && is_better {
                best = Some((is_own, found));
            }
        }
    }
    best.map(|(_, decision)| decision)
}
