use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Node;

/// Looks for a pattern in a text as POSIX says: the match that begins first, of those the longest,
/// and of its groups each as long as it can be, the first ones first.
pub(crate) struct Search<'t> {
    pub(crate) text: &'t [u8],
    /// Where to begin.
    pub(crate) from: usize,
    /// Whether `^` matches there.
    pub(crate) is_start: bool,
    /// Whether `^` and `$` match at the ends of lines as well.
    pub(crate) lines: bool,
    /// Steps that may still be taken.
    pub(crate) fuel: &'t mut u64,
}

/// What was found: where, and where its groups are.
pub(crate) struct Match {
    pub(crate) whole: Range<usize>,
    pub(crate) groups: BTreeMap<u32, Range<usize>>,
}

type Positions = BTreeSet<usize>;

impl Search<'_> {
    /// The first match; none when there is none. An error when it takes too long.
    pub(crate) fn find(&mut self, node: &Node) -> Result<Option<Match>, String> {
        for begin in self.from..=self.text.len() {
            let ends = self.ends(node, &Positions::from([begin]))?;
            if let Some(end) = ends.last() {
                let mut groups = BTreeMap::new();
                self.groups(node, begin..*end, &mut groups)?;
                return Ok(Some(Match {
                    whole: begin..*end,
                    groups,
                }));
            }
        }
        Ok(None)
    }

    /// Where a match that begins at one of these positions can end.
    fn ends(&mut self, node: &Node, from: &Positions) -> Result<Positions, String> {
        let steps = u64::try_from(from.len()).unwrap_or(u64::MAX);
        *self.fuel = self
            .fuel
            .checked_sub(steps.saturating_add(1))
            .ok_or("looking for it takes too long")?;
        let lines = self.lines;
        Ok(match node {
            Node::Set(set) => {
                let fits = |at: &usize| {
                    let byte = self.text.get(*at);
                    byte.is_some_and(|byte| set.get(usize::from(*byte)) == Some(&true))
                };
                from.iter().filter(|at| fits(at)).map(|at| at + 1).collect()
            }
            Node::Start => {
                let begins = |at: usize| {
                    let is_line = lines && self.before(at) == Some(b'\n');
                    if at == self.from {
                        self.is_start
                    } else {
                        is_line
                    }
                };
                from.iter().copied().filter(|at| begins(*at)).collect()
            }
            Node::End => {
                let is_end = |at: usize| match self.text.get(at) {
                    None => true,
                    Some(byte) => lines && *byte == b'\n',
                };
                from.iter().copied().filter(|at| is_end(*at)).collect()
            }
            Node::Chain(nodes) => {
                let mut at = from.clone();
                for node in nodes {
                    if at.is_empty() {
                        break;
                    }
                    at = self.ends(node, &at)?;
                }
                at
            }
            Node::Either(branches) => {
                let mut all = Positions::new();
                for branch in branches {
                    all.append(&mut self.ends(branch, from)?);
                }
                all
            }
            Node::Group(_, node) => self.ends(node, from)?,
            Node::Repeat(node, least, most) => self.repeat(node, *least, *most, from)?,
        })
    }

    fn before(&self, at: usize) -> Option<u8> {
        self.text.get(at.checked_sub(1)?).copied()
    }

    fn repeat(
        &mut self,
        node: &Node,
        least: u32,
        most: Option<u32>,
        from: &Positions,
    ) -> Result<Positions, String> {
        let mut at = from.clone();
        for _ in 0..least {
            at = self.ends(node, &at)?;
        }
        let mut all = at.clone();
        let mut turns = most.map(|most| most.saturating_sub(least));
        while !at.is_empty() && turns != Some(0) {
            let next = self.ends(node, &at)?;
            at = next.difference(&all).copied().collect();
            all.extend(&at);
            turns = turns.map(|turns| turns - 1);
        }
        Ok(all)
    }

    /// Finds the groups of a node that matches exactly here. Those whose part is a matter of taste
    /// have none: they were refused before, see [`Node::is_settled`].
    fn groups(
        &mut self,
        node: &Node,
        whole: Range<usize>,
        found: &mut BTreeMap<u32, Range<usize>>,
    ) -> Result<(), String> {
        match node {
            Node::Group(number, inner) => {
                found.insert(*number, whole.clone());
                self.groups(inner, whole, found)
            }
            Node::Either(branches) => match branches.as_slice() {
                [only] => self.groups(only, whole, found),
                _ => Ok(()),
            },
            Node::Repeat(inner, _, Some(1)) if !whole.is_empty() => {
                self.groups(inner, whole, found)
            }
            Node::Chain(nodes) => {
                let mut at = whole.start;
                let mut rest = nodes.as_slice();
                while let Some((first, others)) = rest.split_first() {
                    let others_node = Node::Chain(others.to_vec());
                    let ends = self.ends(first, &Positions::from([at]))?;
                    let mut end = at;
                    for candidate in ends.into_iter().rev().filter(|end| *end <= whole.end) {
                        let reached = self.ends(&others_node, &Positions::from([candidate]))?;
                        if reached.contains(&whole.end) {
                            end = candidate;
                            break;
                        }
                    }
                    self.groups(first, at..end, found)?;
                    at = end;
                    rest = others;
                }
                Ok(())
            }
            Node::Set(_) | Node::Start | Node::End | Node::Repeat(..) => Ok(()),
        }
    }
}

impl Node {
    /// Whether POSIX settles what these groups are: it does not for those inside of a repetition or
    /// of one of several branches.
    pub(crate) fn is_settled(&self, wanted: &BTreeSet<u32>) -> bool {
        match self {
            Self::Group(_, inner) => inner.is_settled(wanted),
            Self::Chain(nodes) => nodes.iter().all(|node| node.is_settled(wanted)),
            Self::Either(branches) => match branches.as_slice() {
                [only] => only.is_settled(wanted),
                several => !several.iter().any(|branch| branch.has_group(wanted)),
            },
            Self::Repeat(inner, _, Some(1)) => inner.is_settled(wanted),
            Self::Repeat(inner, ..) => !inner.has_group(wanted),
            Self::Set(_) | Self::Start | Self::End => true,
        }
    }

    fn has_group(&self, wanted: &BTreeSet<u32>) -> bool {
        match self {
            Self::Group(number, inner) => wanted.contains(number) || inner.has_group(wanted),
            Self::Chain(nodes) | Self::Either(nodes) => {
                nodes.iter().any(|node| node.has_group(wanted))
            }
            Self::Repeat(inner, ..) => inner.has_group(wanted),
            Self::Set(_) | Self::Start | Self::End => false,
        }
    }
}
