//! The steps that a pattern is taken apart into: what a run walks through
//! ([`Program`](super::Program)), and what tables are made of ([`Automaton`](super::Automaton)).

use super::{Node, Set};

/// Groups at most, as many as a replacement can name.
const GROUPS_MAX: u32 = 9;

/// A step: the number of the next one, or of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Matched,
    /// An byte of the set of this number.
    Byte(usize, usize),
    /// The first one is preferred.
    Split(usize, usize),
    /// Keeps where the text is in this slot.
    Save(u32, usize),
    Start(usize),
    End(usize),
}

/// Which groups are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Groups {
    /// Where each begins and ends is kept.
    Kept,
    /// Only whether the whole matches.
    Ignored,
}

/// Steps by number, and the sets that they name.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) steps: Vec<Step>,
    pub(super) sets: Vec<Set>,
    /// Places that are kept: the beginning and the end of the whole and of each group.
    pub(super) slots: u32,
    groups: Groups,
    steps_max: usize,
}

impl Steps {
    pub(super) fn new(groups: Groups, steps_max: usize) -> Self {
        Self {
            steps: Vec::new(),
            sets: Vec::new(),
            slots: 2,
            groups,
            steps_max,
        }
    }

    pub(super) fn push(&mut self, step: Step) -> Result<usize, String> {
        if self.steps.len() >= self.steps_max {
            return Err("it is too large".to_owned());
        }
        self.steps.push(step);
        Ok(self.steps.len() - 1)
    }

    /// Adds what a node says, to be followed by the step `next`, and returns where it begins.
    pub(super) fn add(&mut self, node: &Node, next: usize) -> Result<usize, String> {
        match node {
            Node::Set(set) => {
                let known = self.sets.iter().position(|own| *own == **set);
                let number = known.unwrap_or(self.sets.len());
                if known.is_none() {
                    self.sets.push(**set);
                }
                self.push(Step::Byte(number, next))
            }
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
            Node::Group(_, node) if self.groups == Groups::Ignored => self.add(node, next),
            Node::Group(number, node) => {
                if *number > GROUPS_MAX {
                    return Err(format!("it has more than {GROUPS_MAX} groups"));
                }
                let slot = number * 2;
                self.slots = self.slots.max(slot + 2);
                let end = self.push(Step::Save(slot + 1, next))?;
                let inner = self.add(node, end)?;
                self.push(Step::Save(slot, inner))
            }
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
        let mut begin = next;
        match most {
            None => {
                let split = self.push(Step::Split(next, next))?;
                let inner = self.add(node, split)?;
                if let Some(step) = self.steps.get_mut(split) {
                    *step = Step::Split(inner, next);
                }
                begin = split;
            }
            Some(most) => {
                for _ in least..most {
                    let inner = self.add(node, begin)?;
                    begin = self.push(Step::Split(inner, next))?;
                }
            }
        }
        for _ in 0..least {
            begin = self.add(node, begin)?;
        }
        Ok(begin)
    }
}
