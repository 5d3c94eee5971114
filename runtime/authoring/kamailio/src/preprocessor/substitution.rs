//! `#!subst` and its kind: a pattern and what replaces it in texts.

use std::collections::BTreeSet;

use crate::pattern::{self, Node, Search};

use super::Value;

/// One rule, `/pattern/replacement/flags` with any delimiter.
#[derive(Debug)]
pub(super) struct Substitution {
    pattern: Pattern,
    replacement: Vec<Piece>,
    /// All matches instead of the first: flag `g`.
    all: bool,
    /// `.` and `^` know lines: no flag `s`.
    lines: bool,
}

#[derive(Debug)]
enum Pattern {
    /// The same bytes, whatever they are.
    Literal(String),
    Expression(Node),
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `\1`; 0 is all of the match.
    Group(u32),
    /// `$def(NAME)`
    Defined(String),
    /// What Kamailio puts there when it starts, and nobody knows before.
    Unknown(String),
}

/// Bytes that one replacement may have, Kamailio's `REPLACE_BUFFER_SIZE`.
const REPLACEMENT_BYTES_MAX: usize = 1022;
/// Escapes and variables in a replacement, Kamailio's `MAX_REPLACE_WITH`.
const PIECES_MAX: usize = 99;

/// A definition taken apart by its delimiter.
pub(super) struct Parts<'a> {
    pub(super) pattern: &'a str,
    pub(super) value: &'a str,
}

/// Where the delimiter stands next without a backslash before it.
fn unescaped(text: &str, delimiter: char) -> Option<usize> {
    let mut before = '\0';
    text.char_indices().find_map(|(at, character)| {
        let found = (character == delimiter && before != '\\').then_some(at);
        before = character;
        found
    })
}

/// Takes `/name/value/flags` apart, as `#!substdef` does: there a backslash always keeps a
/// delimiter from being one.
pub(super) fn parts(text: &str) -> Result<Parts<'_>, String> {
    let wrong = || "this is no substitution".to_owned();
    let delimiter = text.chars().next().ok_or_else(wrong)?;
    let inner = text.get(delimiter.len_utf8()..).ok_or_else(wrong)?;
    let end = unescaped(inner, delimiter).ok_or_else(wrong)?;
    let (pattern, rest) = inner.split_at_checked(end).ok_or_else(wrong)?;
    let rest = rest.get(delimiter.len_utf8()..).ok_or_else(wrong)?;
    let end = unescaped(rest, delimiter).ok_or_else(wrong)?;
    let value = rest.get(..end).ok_or_else(wrong)?;
    Ok(Parts { pattern, value })
}

impl Substitution {
    /// Reads a rule.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "this is no substitution".to_owned();
        let delimiter = text.chars().next().ok_or_else(wrong)?;
        if delimiter == '\\' || delimiter == '$' || !delimiter.is_ascii() {
            return Err(format!("{delimiter} cannot be the delimiter"));
        }
        let inner = text.get(1..).ok_or_else(wrong)?;
        let end = unescaped(inner, delimiter).ok_or_else(wrong)?;
        let (pattern, rest) = inner.split_at_checked(end).ok_or_else(wrong)?;
        let rest = rest.get(1..).ok_or_else(wrong)?;
        let (replacement, flags) = replacement(rest, delimiter)?;
        if let Some(flag) = flags.chars().find(|flag| !"igs".contains(*flag)) {
            return Err(format!("{flag} is no flag; there are g, i and s"));
        }
        let (folds, lines) = (flags.contains('i'), !flags.contains('s'));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-:/!@#%&=,;<>~\"' ".contains(c);
        if pattern.is_empty() {
            return Err("the pattern is empty".to_owned());
        }
        let pattern = if !folds && pattern.chars().all(is_plain) {
            Pattern::Literal(pattern.to_owned())
        } else {
            let node = if lines {
                pattern::read_lines(pattern, folds)?
            } else {
                pattern::read(pattern, folds)?
            };
            let wanted = replacement.iter().filter_map(|piece| match piece {
                Piece::Group(number) if *number > 0 => Some(*number),
                _ => None,
            });
            if !node.is_settled(&wanted.collect::<BTreeSet<_>>()) {
                return Err(
                    "a group inside of a repetition or of one of several branches is \
                            put into the replacement"
                        .to_owned(),
                );
            }
            Pattern::Expression(node)
        };
        Ok(Self {
            pattern,
            replacement,
            all: flags.contains('g'),
            lines,
        })
    }

    /// The text after the rule; none when it stays as it is. `defined` knows what names stand for.
    pub(super) fn apply(
        &self,
        text: &str,
        defined: &dyn Fn(&str) -> Option<Value>,
        fuel: &mut u64,
    ) -> Result<Option<String>, String> {
        let bytes = text.as_bytes();
        let mut done: Vec<u8> = Vec::new();
        let (mut at, mut count) = (0, 0_u32);
        while let Some(found) = self.find(text, at, fuel)? {
            // Kamailio leaves a text as it is in which a pattern matches nothing at all.
            if found.whole.is_empty() {
                return Ok(None);
            }
            done.extend_from_slice(bytes.get(at..found.whole.start).unwrap_or_default());
            let begin = done.len();
            for piece in &self.replacement {
                match piece {
                    Piece::Text(text) => done.extend_from_slice(text.as_bytes()),
                    Piece::Group(number) => {
                        let group = match number {
                            0 => Some(&found.whole),
                            other => found.groups.get(other),
                        };
                        let part = group.and_then(|group| bytes.get(group.clone()));
                        done.extend_from_slice(part.unwrap_or_default());
                    }
                    Piece::Defined(name) => match defined(name) {
                        Some(Value::Text(value)) => done.extend_from_slice(value.as_bytes()),
                        Some(Value::Unknown(why) | Value::Doubtful(why)) => return Err(why),
                        None => {
                            return Err(format!("$def({name}) is not defined where it is used"));
                        }
                    },
                    Piece::Unknown(what) => {
                        return Err(format!(
                            "{what} in a substitution is read when Kamailio starts"
                        ));
                    }
                }
            }
            if done.len() - begin > REPLACEMENT_BYTES_MAX {
                return Err(format!(
                    "a replacement of more than {REPLACEMENT_BYTES_MAX} octets"
                ));
            }
            at = found.whole.end;
            count += 1;
            if !self.all {
                break;
            }
        }
        if count == 0 {
            return Ok(None);
        }
        done.extend_from_slice(bytes.get(at..).unwrap_or_default());
        let text = String::from_utf8(done);
        text.map(Some)
            .map_err(|_| "a substitution takes a character apart".to_owned())
    }

    fn find(
        &self,
        text: &str,
        from: usize,
        fuel: &mut u64,
    ) -> Result<Option<pattern::Match>, String> {
        let node = match &self.pattern {
            Pattern::Literal(literal) => {
                let begin = text
                    .get(from..)
                    .and_then(|rest| rest.find(literal.as_str()));
                return Ok(begin.map(|begin| pattern::Match {
                    whole: from + begin..from + begin + literal.len(),
                    groups: Default::default(),
                }));
            }
            Pattern::Expression(node) => node,
        };
        let before = from.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        let mut search = Search {
            text: text.as_bytes(),
            from,
            // As Kamailio tells regexec: a line begins behind either of its two characters.
            is_start: matches!(before, None | Some(b'\n' | b'\r')),
            lines: self.lines,
            fuel,
        };
        search.find(node)
    }
}

/// The pieces of a replacement up to its delimiter, and the flags behind it.
fn replacement(text: &str, delimiter: char) -> Result<(Vec<Piece>, &str), String> {
    let (mut pieces, mut literal) = (Vec::new(), String::new());
    let mut rest = text;
    let mut special = 0;
    loop {
        let mut characters = rest.chars();
        let character = characters
            .next()
            .ok_or("the delimiter is missing behind the replacement")?;
        let piece = if character == '$' {
            let (piece, after) = variable(rest);
            rest = after;
            piece
        } else if character == '\\' {
            let escaped = characters
                .next()
                .ok_or("the replacement ends with a backslash")?;
            rest = characters.as_str();
            match escaped {
                'n' => Piece::Text("\n".to_owned()),
                'r' => Piece::Text("\r".to_owned()),
                't' => Piece::Text("\t".to_owned()),
                'u' => Piece::Unknown("\\u, the Request-URI,".to_owned()),
                digit if digit.is_ascii_digit() => Piece::Group(digit.to_digit(10).unwrap_or(0)),
                other => Piece::Text(other.to_string()),
            }
        } else if character == delimiter {
            if !literal.is_empty() {
                pieces.push(Piece::Text(literal));
            }
            return Ok((pieces, characters.as_str()));
        } else {
            literal.push(character);
            rest = characters.as_str();
            continue;
        };
        special += 1;
        if special > PIECES_MAX {
            return Err("too many escapes in the replacement".to_owned());
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(piece);
    }
}

/// The variable at the beginning, and what follows it.
fn variable(text: &str) -> (Piece, &str) {
    if let Some(after) = text.strip_prefix("$$") {
        return (Piece::Text("$".to_owned()), after);
    }
    let length = crate::lexer::variable_length(text).unwrap_or(1);
    let (spelled, after) = text.split_at_checked(length).unwrap_or((text, ""));
    let name = spelled
        .strip_prefix("$def(")
        .and_then(|rest| rest.strip_suffix(')'))
        .filter(|name| name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_'));
    match name {
        Some(name) => (Piece::Defined(name.to_owned()), after),
        None => (Piece::Unknown(spelled.to_owned()), after),
    }
}

/// A value with its `$def(NAME)` put in, as `#!substdef` does when it is defined.
pub(super) fn evaluated(value: &str, defined: &dyn Fn(&str) -> Option<Value>) -> Value {
    let mut whole = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        whole.push_str(before);
        let (piece, after) = variable(from);
        rest = after;
        match piece {
            Piece::Text(text) => whole.push_str(&text),
            Piece::Defined(name) => match defined(&name) {
                Some(Value::Text(value)) => whole.push_str(&value),
                Some(unknown @ (Value::Unknown(_) | Value::Doubtful(_))) => return unknown,
                None => {
                    return Value::Unknown(format!("$def({name}) is not defined where it is used"));
                }
            },
            Piece::Group(_) => {}
            Piece::Unknown(what) => {
                return Value::Unknown(format!(
                    "{what} in a substitution is read when Kamailio starts"
                ));
            }
        }
    }
    Value::Text(whole + rest)
}
