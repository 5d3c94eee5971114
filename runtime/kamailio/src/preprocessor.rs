//! `#!define`, `#!ifdef` and their kind.

use std::collections::HashMap;

use crate::fault::Fault;
use crate::span::Span;

/// What a directive asks of the reader.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Read this file here.
    Include(String),
}

/// Names and conditions so far.
#[derive(Default)]
pub(crate) struct Preprocessor {
    defined: HashMap<String, String>,
    /// Literal texts and what replaces them inside of quoted texts.
    substitutions: Vec<(String, String)>,
    /// One for each open `#!ifdef`: whether its part is read, and whether it stands in one that is.
    conditions: Vec<Condition>,
}

struct Condition {
    live: bool,
    outer: bool,
}

/// Open conditions at the same time.
const CONDITIONS_MAX: usize = 64;
/// Names and substitutions.
const NAMES_MAX: usize = 4096;

impl Preprocessor {
    /// Whether what is read counts.
    pub(crate) fn is_live(&self) -> bool {
        self.conditions
            .last()
            .is_none_or(|condition| condition.live)
    }

    /// How many conditions are open.
    pub(crate) fn level(&self) -> usize {
        self.conditions.len()
    }

    /// Closes what a file has left open, and says whether it had.
    pub(crate) fn close(&mut self, level: usize) -> bool {
        let left = self.conditions.len() > level;
        self.conditions.truncate(level);
        left
    }

    /// What a word stands for; none when it stands for itself.
    pub(crate) fn defined(&self, word: &str) -> Option<String> {
        let value = self.defined.get(word)?;
        (!value.is_empty()).then(|| value.clone())
    }

    /// A quoted text after all substitutions, or after those for which `left` octets are enough.
    pub(crate) fn substituted(&self, text: &str, left: &mut usize) -> String {
        let mut text = text.to_owned();
        for (pattern, value) in &self.substitutions {
            let times = text.matches(pattern).count();
            let growth = times.saturating_mul(value.len());
            if times > 0 && growth <= *left {
                *left -= growth;
                text = text.replace(pattern, value);
            }
        }
        text
    }

    /// Carries out one line.
    pub(crate) fn directive(&mut self, line: &str, span: Span) -> Result<Option<Request>, Fault> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "ifdef" => self.open(self.defined.contains_key(rest), span)?,
            "ifndef" => self.open(!self.defined.contains_key(rest), span)?,
            "else" => {
                let condition = self.conditions.last_mut();
                let condition =
                    condition.ok_or_else(|| Fault::new(span, "#!else without #!ifdef"))?;
                condition.live = condition.outer && !condition.live;
            }
            "endif" => {
                let closed = self.conditions.pop();
                closed.ok_or_else(|| Fault::new(span, "#!endif without #!ifdef"))?;
            }
            _ if !self.is_live() => {}
            "define" | "trydef" | "redefine" | "def" | "redef" => self.define(word, rest, span)?,
            "undef" => {
                self.defined.remove(rest);
            }
            "substdef" | "substdefs" => self.substitute(rest, true, span)?,
            "subst" => self.substitute(rest, false, span)?,
            "include_file" | "import_file" => {
                return Ok(Some(Request::Include(rest.trim_matches('"').to_owned())));
            }
            "ifexp" | "defexp" | "defexps" | "defenv" | "defenvs" | "trydefenv" => {
                let fault = Fault::new(span, format!("#!{word} is not read here"));
                return Err(fault.instead("write #!define and #!ifdef with what it comes to"));
            }
            // #!KAMAILIO and its kind, and what is only a comment to Kamailio as well.
            _ => {}
        }
        Ok(None)
    }

    fn open(&mut self, holds: bool, span: Span) -> Result<(), Fault> {
        if self.conditions.len() >= CONDITIONS_MAX {
            let what = format!("more than {CONDITIONS_MAX} conditions inside of each other");
            return Err(Fault::new(span, what));
        }
        let outer = self.is_live();
        self.conditions.push(Condition {
            live: outer && holds,
            outer,
        });
        Ok(())
    }

    fn define(&mut self, word: &str, rest: &str, span: Span) -> Result<(), Fault> {
        let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(Fault::new(span, format!("#!{word} without a name")));
        }
        self.room(span)?;
        if word == "trydef" && self.defined.contains_key(name) {
            return Ok(());
        }
        self.defined
            .insert(name.to_owned(), value.trim().to_owned());
        Ok(())
    }

    fn room(&self, span: Span) -> Result<(), Fault> {
        if self.defined.len() + self.substitutions.len() < NAMES_MAX {
            return Ok(());
        }
        Err(Fault::new(
            span,
            format!("more than {NAMES_MAX} names are defined"),
        ))
    }

    /// `"/pattern/value/g"`, with any delimiter. Patterns that are no plain text would need a regular expression.
    fn substitute(&mut self, rest: &str, defines: bool, span: Span) -> Result<(), Fault> {
        let text = rest.trim_matches('"');
        let mut characters = text.chars();
        let parts: Vec<&str> = match characters.next() {
            Some(delimiter) => characters.as_str().split(delimiter).collect(),
            None => Vec::new(),
        };
        let &[pattern, value, ..] = parts.as_slice() else {
            let fault = Fault::new(span, "this is no substitution");
            return Err(fault.instead("write it as \"!NAME!value!g\""));
        };
        if pattern.is_empty()
            || pattern.contains([
                '\\', '^', '$', '.', '[', ']', '*', '+', '?', '(', ')', '{', '|',
            ])
        {
            let fault = Fault::new(span, format!("the pattern {pattern} is no plain name"));
            return Err(fault.instead("use a name of letters, digits and _"));
        }
        self.room(span)?;
        self.substitutions
            .push((pattern.to_owned(), value.to_owned()));
        if defines {
            self.defined.insert(pattern.to_owned(), value.to_owned());
        }
        Ok(())
    }
}
