//! Regular expressions: POSIX extended ones, for `=~` without regard to case and for `case` with
//! it, as in Kamailio. They become tables before the run, so a run pays one step for each byte of
//! the text, whatever the pattern.

mod automaton;
mod program;
mod search;
mod steps;

pub(crate) use self::automaton::Automaton;
pub(crate) use self::program::Program;
pub(crate) use self::search::{Match, Search};
pub(crate) use self::steps::Step;

use crate::limits::NESTING_MAX;

/// A set of bytes.
pub(crate) type Set = [bool; 256];

/// What a pattern says.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Set(Box<Set>),
    /// `^`
    Start,
    /// `$`
    End,
    Chain(Vec<Node>),
    Either(Vec<Node>),
    /// So often at least, and at most.
    Repeat(Box<Node>, u32, Option<u32>),
    /// What stands in parentheses, by their number from 1.
    Group(u32, Box<Node>),
}

/// How often something can be repeated by a number.
const REPEAT_MAX: u32 = 255;

/// Reads a pattern, which is for letters of both cases where it `folds` them.
pub(crate) fn read(pattern: &str, folds: bool) -> Result<Node, String> {
    read_by(pattern, folds, false)
}

/// The same for a text of lines: `.` and what a set leaves out are no ends of lines.
pub(crate) fn read_lines(pattern: &str, folds: bool) -> Result<Node, String> {
    read_by(pattern, folds, true)
}

fn read_by(pattern: &str, folds: bool, lines: bool) -> Result<Node, String> {
    let mut reader = Reader {
        rest: pattern.as_bytes(),
        depth: 0,
        groups: 0,
        folds,
        lines,
    };
    let node = reader.either()?;
    match reader.rest.first() {
        None => Ok(node),
        Some(_) => Err("a ) closes nothing".to_owned()),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
    /// Parentheses so far.
    groups: u32,
    folds: bool,
    lines: bool,
}

impl Reader<'_> {
    fn take(&mut self, byte: u8) -> bool {
        let rest = self.rest.strip_prefix(&[byte]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn either(&mut self) -> Result<Node, String> {
        if self.depth >= NESTING_MAX {
            return Err(format!(
                "more than {NESTING_MAX} groups inside of each other"
            ));
        }
        self.depth += 1;
        let mut branches = vec![self.chain()?];
        while self.take(b'|') {
            branches.push(self.chain()?);
        }
        self.depth -= 1;
        Ok(Node::Either(branches))
    }

    fn chain(&mut self) -> Result<Node, String> {
        let mut nodes = Vec::new();
        while let Some(byte) = self.rest.first().copied() {
            if byte == b'|' || byte == b')' {
                break;
            }
            let atom = self.atom()?;
            nodes.push(self.repeated(atom)?);
        }
        Ok(Node::Chain(nodes))
    }

    fn repeated(&mut self, mut node: Node) -> Result<Node, String> {
        let mut times = 0;
        loop {
            let (least, most) = match self.rest.first() {
                Some(b'*') => (0, None),
                Some(b'+') => (1, None),
                Some(b'?') => (0, Some(1)),
                Some(b'{') => {
                    self.next();
                    let bounds = self.bounds()?;
                    node = Node::Repeat(Box::new(node), bounds.0, bounds.1);
                    times += 1;
                    continue;
                }
                _ => return Ok(node),
            };
            self.next();
            times += 1;
            if times > 4 {
                return Err("something is repeated again and again".to_owned());
            }
            node = Node::Repeat(Box::new(node), least, most);
        }
    }

    fn bounds(&mut self) -> Result<(u32, Option<u32>), String> {
        let least = self.number()?.ok_or("{ needs a number")?;
        let most = if self.take(b',') {
            self.number()?
        } else {
            Some(least)
        };
        if !self.take(b'}') {
            return Err("{ is not closed".to_owned());
        }
        if most.is_some_and(|most| most < least) {
            return Err("{m,n} with n below m".to_owned());
        }
        Ok((least, most))
    }

    fn number(&mut self) -> Result<Option<u32>, String> {
        let mut number = None;
        while let Some(digit) = self.rest.first().filter(|byte| byte.is_ascii_digit()) {
            let sum = number.unwrap_or(0) * 10 + u32::from(digit - b'0');
            if sum > REPEAT_MAX {
                return Err(format!("repeated more than {REPEAT_MAX} times"));
            }
            number = Some(sum);
            self.next();
        }
        Ok(number)
    }

    fn atom(&mut self) -> Result<Node, String> {
        let Some(byte) = self.next() else {
            return Ok(Node::Chain(Vec::new()));
        };
        match byte {
            b'(' => {
                self.groups += 1;
                let number = self.groups;
                let node = self.either()?;
                if self.take(b')') {
                    Ok(Node::Group(number, Box::new(node)))
                } else {
                    Err("( is not closed".to_owned())
                }
            }
            b'[' => self.set(),
            b'.' => Ok(Node::Set(Box::new(self.without_ends([true; 256])))),
            b'^' => Ok(Node::Start),
            b'$' => Ok(Node::End),
            b'\\' => self.escaped(),
            b'*' | b'+' | b'?' => Err(format!("{} repeats nothing", char::from(byte))),
            other => Ok(Node::Set(Box::new(self.set_of(|c| c == other)))),
        }
    }

    fn escaped(&mut self) -> Result<Node, String> {
        let is_word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
        let is_space = |c: u8| c.is_ascii_whitespace() || c == 11;
        let set = match self.next().ok_or("a \\ at the end")? {
            b'w' => self.set_of(is_word),
            b'W' => negated(self.set_of(is_word)),
            b's' => self.set_of(is_space),
            b'S' => negated(self.set_of(is_space)),
            word @ (b'1'..=b'9' | b'b' | b'B' | b'<' | b'>' | b'`' | b'\'') => {
                return Err(format!("\\{} is not read", char::from(word)));
            }
            other => self.set_of(|c| c == other),
        };
        Ok(Node::Set(Box::new(set)))
    }

    /// What stands between brackets.
    fn set(&mut self) -> Result<Node, String> {
        let is_negated = self.take(b'^');
        let mut set = [false; 256];
        let mut is_first = true;
        loop {
            let byte = self.next().ok_or("[ is not closed")?;
            match byte {
                b']' if !is_first => break,
                b'[' if matches!(self.rest.first(), Some(b':')) => self.class(&mut set)?,
                b'[' if matches!(self.rest.first(), Some(b'.' | b'=')) => {
                    return Err("[. and [= are not read".to_owned());
                }
                _ => {
                    let last = self.range_end(byte)?;
                    for (position, member) in (0_u8..=255).zip(set.iter_mut()) {
                        *member |= (byte..=last).contains(&position);
                    }
                }
            }
            is_first = false;
        }
        let set = self.folded(set);
        Ok(Node::Set(Box::new(if is_negated {
            self.without_ends(negated(set))
        } else {
            set
        })))
    }

    /// Without the end of a line, where texts have lines.
    fn without_ends(&self, mut set: Set) -> Set {
        if let Some(member) = set.get_mut(usize::from(b'\n')).filter(|_| self.lines) {
            *member = false;
        }
        set
    }

    /// The last byte of `a-z`; the first one where it is no range.
    fn range_end(&mut self, first: u8) -> Result<u8, String> {
        match self.rest {
            [b'-', last, rest @ ..] if *last != b']' => {
                if *last < first {
                    return Err(format!(
                        "{}-{} is no range",
                        char::from(first),
                        char::from(*last)
                    ));
                }
                self.rest = rest;
                Ok(*last)
            }
            _ => Ok(first),
        }
    }

    /// The bytes of which this holds.
    fn set_of(&self, is: impl Fn(u8) -> bool) -> Set {
        let mut set = [false; 256];
        for (byte, member) in (0_u8..=255).zip(set.iter_mut()) {
            *member = is(byte);
        }
        self.folded(set)
    }

    /// The same in both cases, where it folds them.
    fn folded(&self, set: Set) -> Set {
        if !self.folds {
            return set;
        }
        let mut both = set;
        for (byte, member) in (0_u8..=255).zip(both.iter_mut()) {
            let other = if byte.is_ascii_lowercase() {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            };
            *member |= set.get(usize::from(other)).copied().unwrap_or(false);
        }
        both
    }

    /// `[:digit:]` and its kind.
    fn class(&mut self, set: &mut Set) -> Result<(), String> {
        let text = String::from_utf8_lossy(self.rest).into_owned();
        let name = text
            .strip_prefix(':')
            .and_then(|rest| rest.split_once(":]"))
            .map(|(name, _)| name);
        let name = name.ok_or("[: is not closed")?;
        let is: fn(&u8) -> bool = match name {
            "alnum" => u8::is_ascii_alphanumeric,
            "alpha" => u8::is_ascii_alphabetic,
            "digit" => u8::is_ascii_digit,
            "lower" => u8::is_ascii_lowercase,
            "upper" => u8::is_ascii_uppercase,
            "space" => |c| c.is_ascii_whitespace() || *c == 11,
            "blank" => |c| *c == b' ' || *c == b'\t',
            "punct" => u8::is_ascii_punctuation,
            "xdigit" => u8::is_ascii_hexdigit,
            "cntrl" => u8::is_ascii_control,
            "print" => |c| (32..127).contains(c),
            "graph" => u8::is_ascii_graphic,
            _ => return Err(format!("[:{name}:] is no class")),
        };
        self.rest = self.rest.get(name.len() + 3..).unwrap_or_default();
        for (position, member) in (0_u8..=255).zip(set.iter_mut()) {
            *member |= is(&position);
        }
        Ok(())
    }
}

fn negated(set: Set) -> Set {
    set.map(|member| !member)
}

#[cfg(test)]
mod tests;
