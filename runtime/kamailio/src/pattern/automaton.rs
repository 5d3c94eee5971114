use std::collections::{BTreeSet, HashMap};

use super::{Node, Set};

/// What a run walks through: for each state and each class of octets the next state.
#[derive(Debug)]
pub(crate) struct Automaton {
    /// The class of each octet.
    pub(crate) classes: Vec<u8>,
    pub(crate) classes_count: usize,
    /// State by state, the next one for each class. State 0 is the first, [`MATCHED`] stays what it is.
    pub(crate) steps: Vec<u8>,
    /// For each state whether the text may end in it.
    pub(crate) ends: Vec<u8>,
}

/// The state in which nothing that follows matters.
pub(crate) const MATCHED: usize = 1;

/// States at most: their numbers are octets.
const STATES_MAX: usize = 255;
/// Steps that a pattern may be taken apart into, with all its repetitions.
const STEPS_MAX: usize = 600;

/// A step of the pattern, by number.
enum Step {
    Octet(Box<Set>, usize),
    Split(usize, usize),
    Start(usize),
    End(usize),
    Matched,
}

#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    fn push(&mut self, step: Step) -> Result<usize, String> {
        if self.0.len() >= STEPS_MAX {
            return Err("it is too large".to_owned());
        }
        self.0.push(step);
        Ok(self.0.len() - 1)
    }

    /// Adds what a node says, to be followed by the step `next`, and returns where it begins.
    fn add(&mut self, node: &Node, next: usize) -> Result<usize, String> {
        match node {
            Node::Set(set) => self.push(Step::Octet(set.clone(), next)),
            Node::Start => self.push(Step::Start(next)),
            Node::End => self.push(Step::End(next)),
            Node::Chain(nodes) => nodes
                .iter()
                .rev()
                .try_fold(next, |next, node| self.add(node, next)),
            Node::Either(branches) => {
                let mut first = None;
                for branch in branches {
                    let begin = self.add(branch, next)?;
                    first = Some(match first {
                        None => begin,
                        Some(other) => self.push(Step::Split(other, begin))?,
                    });
                }
                Ok(first.unwrap_or(next))
            }
            Node::Group(_, node) => self.add(node, next),
            Node::Repeat(node, least, most) => self.repeat(node, *least, *most, next),
        }
    }

    fn repeat(
        &mut self,
        node: &Node,
        least: u32,
        most: Option<u32>,
        next: usize,
    ) -> Result<usize, String> {
        let mut begin = match most {
            None => {
                let split = self.push(Step::Split(next, next))?;
                let inner = self.add(node, split)?;
                if let Some(step) = self.0.get_mut(split) {
                    *step = Step::Split(inner, next);
                }
                split
            }
            Some(most) => {
                let mut begin = next;
                for _ in least..most {
                    let inner = self.add(node, begin)?;
                    begin = self.push(Step::Split(inner, next))?;
                }
                begin
            }
        };
        for _ in 0..least {
            begin = self.add(node, begin)?;
        }
        Ok(begin)
    }

    /// All steps that these lead to without an octet.
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
            match self.0.get(number) {
                Some(Step::Split(a, b)) => open.extend([*a, *b]),
                Some(Step::Start(next)) if at_start => open.push(*next),
                Some(Step::End(next)) if at_end => open.push(*next),
                Some(Step::Start(_) | Step::End(_) | Step::Octet(..) | Step::Matched) | None => {}
            }
        }
        seen
    }

    fn is_matched(&self, steps: &BTreeSet<usize>) -> bool {
        steps
            .iter()
            .any(|number| matches!(self.0.get(*number), Some(Step::Matched)))
    }

    /// Where an octet leads from these.
    fn after(&self, steps: &BTreeSet<usize>, octet: u8) -> Vec<usize> {
        let leads = steps.iter().filter_map(|number| match self.0.get(*number) {
            Some(Step::Octet(set, next)) if set.get(usize::from(octet)) == Some(&true) => {
                Some(*next)
            }
            _ => None,
        });
        leads.collect()
    }

    /// The class of each octet, and one octet of each: those that no set tells apart are of one class.
    fn classes(&self) -> (Vec<u8>, Vec<u8>) {
        let mut known: HashMap<Vec<bool>, u8> = HashMap::new();
        let (mut classes, mut examples) = (Vec::new(), Vec::new());
        for octet in 0_u8..=255 {
            let signature = self.0.iter().filter_map(|step| match step {
                Step::Octet(set, _) => set.get(usize::from(octet)).copied(),
                _ => None,
            });
            let next = u8::try_from(known.len()).unwrap_or(u8::MAX);
            let class = *known.entry(signature.collect()).or_insert_with(|| {
                examples.push(octet);
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
        let mut steps = Steps::default();
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
            for octet in &examples {
                let mut leads = steps.after(&state, *octet);
                // It may begin again behind every octet.
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
        for octet in text.bytes() {
            let class = usize::from(self.classes[usize::from(octet)]);
            state = usize::from(self.steps[state * self.classes_count + class]);
        }
        self.ends[state] == 1
    }
}
