//! A pattern whose groups are wanted: the steps that a run follows side by side, so that it takes no longer than the text
//! times the steps, whatever the pattern.

use super::{Node, Set};

/// Steps at most: a run has room for each of them twice.
const STEPS_MAX: usize = 400;
/// Groups at most, as many as a replacement can name.
const GROUPS_MAX: u32 = 9;

/// A step: the number of the next one, or of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    Matched,
    /// An octet of the set of this number.
    Octet(usize, usize),
    /// The first one is preferred.
    Split(usize, usize),
    /// Keeps where the text is in this slot.
    Save(u32, usize),
    Start(usize),
    End(usize),
}

/// What a run walks through.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) steps: Vec<Step>,
    pub(crate) sets: Vec<Set>,
    /// Where it begins.
    pub(crate) first: usize,
    /// Places that are kept: the beginning and the end of the whole and of each group.
    pub(crate) slots: u32,
}

impl Program {
    /// Takes a pattern apart; the reason why not otherwise.
    pub(crate) fn new(node: &Node) -> Result<Self, String> {
        let mut program = Self {
            slots: 2,
            ..Self::default()
        };
        let matched = program.push(Step::Matched)?;
        let end = program.push(Step::Save(1, matched))?;
        let inner = program.add(node, end)?;
        program.first = program.push(Step::Save(0, inner))?;
        Ok(program)
    }

    fn push(&mut self, step: Step) -> Result<usize, String> {
        if self.steps.len() >= STEPS_MAX {
            return Err("it is too large".to_owned());
        }
        self.steps.push(step);
        Ok(self.steps.len() - 1)
    }

    /// Adds what a node says, to be followed by the step `next`, and returns where it begins.
    fn add(&mut self, node: &Node, next: usize) -> Result<usize, String> {
        match node {
            Node::Set(set) => {
                let known = self.sets.iter().position(|own| *own == **set);
                let number = known.unwrap_or(self.sets.len());
                if known.is_none() {
                    self.sets.push(**set);
                }
                self.push(Step::Octet(number, next))
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
