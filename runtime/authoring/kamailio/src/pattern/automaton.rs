use std::collections::{BTreeSet, HashMap};

use super::Node;
use super::steps::{Groups, Step, Steps};

/// What a run walks through: for each state and each class of bytes the next state.
#[derive(Debug)]
pub(crate) struct Automaton {
    /// The class of each byte.
    pub(crate) classes: Vec<u8>,
    pub(crate) classes_count: usize,
    /// State by state, the next one for each class. State 0 is the first, [`MATCHED`] stays what it
    /// is.
    pub(crate) steps: Vec<u8>,
    /// For each state whether the text may end in it.
    pub(crate) ends: Vec<u8>,
}

/// The state in which nothing that follows matters.
pub(crate) const MATCHED: usize = 1;

/// States at most: their numbers are bytes.
const STATES_MAX: usize = 255;
/// Steps that a pattern may be taken apart into, with all its repetitions.
const STEPS_MAX: usize = 600;

impl Steps {
    /// All steps that these lead to without an byte.
    fn closure(
        &self,
        from: impl IntoIterator<Item = usize>,
        at_start: bool,
        at_end: bool,
    ) -> BTreeSet<usize> {
        let mut open: Vec<usize> = from.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(number) = open.pop() {
            if !seen.insert(number) {
                continue;
            }
            match self.steps.get(number) {
                Some(Step::Split(a, b)) => open.extend([*a, *b]),
                Some(Step::Start(next)) if at_start => open.push(*next),
                Some(Step::End(next)) if at_end => open.push(*next),
                Some(Step::Save(_, next)) => open.push(*next),
                Some(Step::Start(_) | Step::End(_) | Step::Byte(..) | Step::Matched) | None => {}
            }
        }
        seen
    }

    fn is_matched(&self, steps: &BTreeSet<usize>) -> bool {
        steps
            .iter()
            .any(|number| matches!(self.steps.get(*number), Some(Step::Matched)))
    }

    /// Where an byte leads from these.
    fn after(&self, steps: &BTreeSet<usize>, byte: u8) -> Vec<usize> {
        let leads = steps
            .iter()
            .filter_map(|number| match self.steps.get(*number) {
                Some(Step::Byte(set, next)) if self.takes(*set, byte) => Some(*next),
                _ => None,
            });
        leads.collect()
    }

    fn takes(&self, set: usize, byte: u8) -> bool {
        let set = self.sets.get(set);
        set.and_then(|set| set.get(usize::from(byte))) == Some(&true)
    }

    /// The class of each byte, and one byte of each: those that no set tells apart are of one
    /// class.
    fn classes(&self) -> (Vec<u8>, Vec<u8>) {
        let mut known: HashMap<Vec<bool>, u8> = HashMap::new();
        let (mut classes, mut examples) = (Vec::new(), Vec::new());
        for byte in 0_u8..=255 {
            let signature = (0..self.sets.len()).map(|set| self.takes(set, byte));
            let next = u8::try_from(known.len()).unwrap_or(u8::MAX);
            let class = *known.entry(signature.collect()).or_insert_with(|| {
                examples.push(byte);
                next
            });
            classes.push(class);
        }
        (classes, examples)
    }
}

impl Automaton {
    /// Makes the tables of a pattern, which may match anywhere in a text.
    pub(crate) fn new(node: &Node) -> Result<Self, String> {
        let mut steps = Steps::new(Groups::Ignored, STEPS_MAX);
        let matched = steps.push(Step::Matched)?;
        let begin = steps.add(node, matched)?;
        let (classes, examples) = steps.classes();
        let mut numbers: HashMap<BTreeSet<usize>, u8> = HashMap::new();
        let first = steps.closure([begin], true, false);
        let mut states = vec![first.clone(), BTreeSet::new()];
        numbers.insert(first, 0);
        let mut table = Vec::new();
        let mut ends = Vec::new();
        let mut at = 0;
        while let Some(state) = states.get(at).cloned() {
            let done = at == MATCHED || steps.is_matched(&state);
            let at_end = steps.closure(state.iter().copied(), at == 0, true);
            ends.push(u8::from(done || steps.is_matched(&at_end)));
            for byte in &examples {
                let mut leads = steps.after(&state, *byte);
                // It may begin again behind every byte.
                leads.push(begin);
                let next = steps.closure(leads, false, false);
                let number = if done || steps.is_matched(&next) {
                    u8::try_from(MATCHED).unwrap_or(u8::MAX)
                } else if let Some(known) = numbers.get(&next) {
                    *known
                } else {
                    let number = u8::try_from(states.len())
                        .ok()
                        .filter(|_| states.len() < STATES_MAX);
                    let number = number.ok_or("it is too large")?;
                    states.push(next.clone());
                    numbers.insert(next, number);
                    number
                };
                table.push(number);
            }
            at += 1;
        }
        Ok(Self {
            classes,
            classes_count: examples.len(),
            steps: table,
            ends,
        })
    }

    /// Whether it matches, as the runtime finds out.
    #[cfg(test)]
    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut state = 0;
        for byte in text.bytes() {
            let class = usize::from(self.classes[usize::from(byte)]);
            state = usize::from(self.steps[state * self.classes_count + class]);
        }
        self.ends[state] == 1
    }
}
