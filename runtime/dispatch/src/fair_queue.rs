//! Who of those that wait is next. Reads no clock and waits for nothing.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// What a flow of weight 1 is given in one round. A run in a lane that others wait for takes a few
/// milliseconds at most before it is at work no more.
const QUANTUM_NANOS: i64 = 1_000_000;
/// After so many runs of dialogs in a row, something else of the flow is next.
const IN_DIALOG_IN_A_ROW_MAX: u32 = 7;

/// One of those who share: a tenant.
pub(crate) type FlowId = u64;

/// What a flow is given of what there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShareWeight {
    /// Of two flows that both have work, each gets time in proportion to its weight. Default 1;
    /// 0 counts as 1.
    pub weight: u32,
    /// So much run time in a second comes before anything else that others are due by their
    /// weights. Default 0.
    pub floor_per_second: Duration,
}

impl Default for ShareWeight {
    fn default() -> Self {
        Self {
            weight: 1,
            floor_per_second: Duration::ZERO,
        }
    }
}

/// What comes first of one flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Urgency {
    /// Part of a call or transaction that has begun.
    InDialog,
    /// Something new.
    New,
}

/// Those that wait, by flow: deficit round robin (Shreedhar and Varghese, 1995), where what a run
/// costs is known when it is over. Each round gives every flow that has work time in proportion to
/// its weight; a flow is served as long as it has some left, and owes what it took beyond. What it
/// owes stays when it has no work.
#[derive(Debug)]
pub(crate) struct FairQueue<T> {
    flows: HashMap<FlowId, Flow<T>>,
    /// Those that have work, the next one first.
    active: VecDeque<FlowId>,
}

#[derive(Debug)]
struct Flow<T> {
    weight: i64,
    floor: Floor,
    /// Nanoseconds that it may take, or owes.
    deficit: i64,
    in_dialog: VecDeque<T>,
    new: VecDeque<T>,
    in_dialog_in_a_row: u32,
}

/// What comes before the others' shares: a bucket that holds as much as one second brings.
#[derive(Debug)]
struct Floor {
    per_second: i64,
    /// Nanoseconds in it at `at`; what was taken beyond is owed.
    holds: i64,
    at: Duration,
}

impl Floor {
    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at);
        self.at = now;
        let brings = nanos(passed).saturating_mul(self.per_second / 1000) / 1_000_000;
        self.holds = self.holds.saturating_add(brings).min(self.per_second);
    }
}

impl<T> Flow<T> {
    fn is_idle(&self) -> bool {
        self.in_dialog.is_empty() && self.new.is_empty()
    }

    fn pop(&mut self) -> Option<T> {
        let must_alternate = self.in_dialog_in_a_row >= IN_DIALOG_IN_A_ROW_MAX;
        if (must_alternate || self.in_dialog.is_empty())
            && let Some(next) = self.new.pop_front()
        {
            self.in_dialog_in_a_row = 0;
            return Some(next);
        }
        self.in_dialog_in_a_row = self.in_dialog_in_a_row.saturating_add(1);
        self.in_dialog.pop_front()
    }

    /// Of what it did not take, a round is saved: its next run may be about to come. What saves for
    /// longer is the budget of its tenant.
    fn cap(&mut self) {
        self.deficit = self.deficit.min(self.quantum());
    }

    fn quantum(&self) -> i64 {
        self.weight.saturating_mul(QUANTUM_NANOS)
    }

    /// How many rounds it takes until it may take something.
    fn rounds_away(&self) -> i64 {
        if self.deficit > 0 {
            0
        } else {
            (-self.deficit) / self.quantum() + 1
        }
    }
}

impl<T> FairQueue<T> {
    pub(crate) fn new() -> Self {
        Self {
            flows: HashMap::new(),
            active: VecDeque::new(),
        }
    }

    /// One more to share with. `now` is since whenever, the same for all.
    pub(crate) fn join(&mut self, flow: FlowId, share: ShareWeight, now: Duration) {
        let per_second = nanos(share.floor_per_second);
        let joined = Flow {
            weight: i64::from(share.weight.max(1)),
            floor: Floor {
                per_second,
                holds: per_second,
                at: now,
            },
            deficit: 0,
            in_dialog: VecDeque::new(),
            new: VecDeque::new(),
            in_dialog_in_a_row: 0,
        };
        self.flows.insert(flow, joined);
    }

    /// One less. What waits of it is dropped.
    pub(crate) fn leave(&mut self, flow: FlowId) {
        self.flows.remove(&flow);
        self.active.retain(|active| *active != flow);
    }

    /// Somebody of this flow waits from now on; dropped where it has left.
    pub(crate) fn push(&mut self, flow: FlowId, urgency: Urgency, waiting: T) {
        let Some(known) = self.flows.get_mut(&flow) else {
            return;
        };
        let was_idle = known.is_idle();
        match urgency {
            Urgency::InDialog => known.in_dialog.push_back(waiting),
            Urgency::New => known.new.push_back(waiting),
        }
        if was_idle {
            self.active.push_back(flow);
        }
    }

    /// Takes those of a flow out that are not to be kept: they have stopped waiting.
    pub(crate) fn retain(&mut self, flow: FlowId, keep: impl Fn(&T) -> bool) {
        let Some(known) = self.flows.get_mut(&flow) else {
            return;
        };
        known.in_dialog.retain(&keep);
        known.new.retain(&keep);
        if known.is_idle() {
            known.cap();
            self.active.retain(|active| *active != flow);
        }
    }

    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    /// Takes the next one out, and `expected` from what its flow may take.
    pub(crate) fn pop(&mut self, now: Duration, expected: Duration) -> Option<(FlowId, T)> {
        let flow = match self.below_floor(now) {
            Some(place) => self.active.remove(place)?,
            None => {
                self.skip_rounds();
                self.turn()?
            }
        };
        let known = self.flows.get_mut(&flow)?;
        let next = known.pop();
        if known.is_idle() {
            known.cap();
        } else if known.deficit > nanos(expected) {
            self.active.push_front(flow);
        } else {
            self.active.push_back(flow);
        }
        self.charge(flow, expected);
        next.map(|next| (flow, next))
    }

    /// A run took so long, for which `expected` was taken.
    pub(crate) fn settle(&mut self, flow: FlowId, expected: Duration, took: Duration) {
        self.take(flow, nanos(took).saturating_sub(nanos(expected)));
    }

    fn charge(&mut self, flow: FlowId, took: Duration) {
        self.take(flow, nanos(took));
    }

    fn take(&mut self, flow: FlowId, amount: i64) {
        if let Some(flow) = self.flows.get_mut(&flow) {
            flow.deficit = flow.deficit.saturating_sub(amount);
            if flow.floor.per_second > 0 {
                flow.floor.holds = flow.floor.holds.saturating_sub(amount);
            }
            flow.cap();
        }
    }

    /// The place of a flow that has not had what comes before the others' shares.
    fn below_floor(&mut self, now: Duration) -> Option<usize> {
        let flows = &mut self.flows;
        self.active.iter().position(|flow| {
            flows.get_mut(flow).is_some_and(|flow| {
                flow.floor.per_second > 0 && {
                    flow.floor.fill(now);
                    flow.floor.holds > 0
                }
            })
        })
    }

    /// Goes through as many rounds as it takes until somebody may take something.
    fn skip_rounds(&mut self) {
        let flows = &self.flows;
        let away = self.active.iter().filter_map(|flow| flows.get(flow));
        let Some(rounds) = away.map(Flow::rounds_away).min() else {
            return;
        };
        if rounds == 0 {
            return;
        }
        for flow in &self.active {
            if let Some(flow) = self.flows.get_mut(flow) {
                let given = flow.quantum().saturating_mul(rounds);
                flow.deficit = flow.deficit.saturating_add(given);
            }
        }
    }

    /// The first in turn that may take something. The others stay where they are.
    fn turn(&mut self) -> Option<FlowId> {
        let flows = &self.flows;
        let may_take = |flow: &FlowId| flows.get(flow).is_some_and(|flow| flow.deficit > 0);
        let place = self.active.iter().position(may_take)?;
        self.active.remove(place)
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
