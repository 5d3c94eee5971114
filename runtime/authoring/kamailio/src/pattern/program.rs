//! A pattern whose groups are wanted: the steps that a run follows side by side, so that it takes
//! no longer than the text times the steps, whatever the pattern.

use super::steps::{Groups, Step, Steps};
use super::{Node, Set};

/// Steps at most: a run has room for each of them twice.
const STEPS_MAX: usize = 400;

/// What a run walks through.
#[derive(Debug)]
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
        let mut steps = Steps::new(Groups::Kept, STEPS_MAX);
        let matched = steps.push(Step::Matched)?;
        let end = steps.push(Step::Save(1, matched))?;
        let inner = steps.add(node, end)?;
        let first = steps.push(Step::Save(0, inner))?;
        Ok(Self {
            steps: steps.steps,
            sets: steps.sets,
            first,
            slots: steps.slots,
        })
    }
}
