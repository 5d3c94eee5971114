//! Pseudo-variables: names and the table that modules fill.

use std::collections::HashMap;
use std::fmt;

use crate::{RunState, Value, VariableError};

/// How a variable is read.
pub(crate) type Get = fn(&mut RunState, &VariableName<'_>) -> Result<Value, VariableError>;

/// How a variable is written.
pub(crate) type Set = fn(&mut RunState, &VariableName<'_>, Value) -> Result<(), VariableError>;

/// One row of the table: a variable that some module owns.
#[derive(Clone, Copy)]
pub struct Variable {
    /// The name without `$` and arguments: `ru`, `hdr`, `sht`.
    pub name: &'static str,
    /// How it is spelled in full, for the documentation: `$hdr(name)[i]`.
    pub spelling: &'static str,
    /// What it is, for the documentation.
    pub meaning: &'static str,
    /// The word that grants it, when it needs one beyond `pv`.
    pub grant: Option<&'static str>,
    /// Whether reading it changes something (`$shtinc`). A write to such a variable is refused
    /// without reading it first.
    pub counts: bool,
    /// Reads it.
    pub get: Get,
    /// Writes it; none for read-only ones.
    pub set: Option<Set>,
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spelling)
    }
}

/// A name as a handler spells it, taken apart: `$hdr(X-Foo)[1]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VariableName<'a> {
    /// `hdr`.
    pub name: &'a str,
    /// `X-Foo`.
    pub argument: Option<&'a str>,
    /// `1`; negative counts from the end, as in Kamailio. None where all are asked for.
    pub index: Option<i32>,
    /// `[*]` in the place of the index: all of them.
    pub is_every: bool,
}

/// The longest name a handler may spell, in bytes.
const NAME_BYTES_MAX: usize = 1024;

/// Not the spelling of a pseudo-variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the name of a pseudo-variable")]
pub struct VariableNameError;

impl<'a> VariableName<'a> {
    /// Takes a spelling apart: `$name`, `$name(argument)`, `$name(argument)[index]` and Kamailio's
    /// `$(...)` around them. Transformations (`{...}`) are not part of this server: string work
    /// belongs to the guest's language.
    ///
    /// ```
    /// use evroute_module_api::VariableName;
    ///
    /// let last = VariableName::parse("$(hdr(Via)[-1])")?;
    /// assert_eq!((last.name, last.argument, last.index), ("hdr", Some("Via"), Some(-1)));
    /// assert!(VariableName::parse("$(ru{s.len})").is_err());
    /// # Ok::<(), evroute_module_api::VariableNameError>(())
    /// ```
    ///
    /// # Errors
    /// [`VariableNameError`] for any other text, and for names over 1024 bytes.
    pub fn parse(text: &'a str) -> Result<Self, VariableNameError> {
        let rest = text
            .strip_prefix('$')
            .filter(|_| text.len() <= NAME_BYTES_MAX);
        let rest = rest.ok_or(VariableNameError)?;
        let rest = match rest.strip_prefix('(') {
            Some(inner) => inner.strip_suffix(')').ok_or(VariableNameError)?,
            None => rest,
        };
        let (rest, is_every) = match rest.strip_suffix("[*]") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (rest, index) = split_index(rest)?;
        if is_every && index.is_some() {
            return Err(VariableNameError);
        }
        let (name, argument) = match rest.split_once('(') {
            Some((name, tail)) => (name, Some(tail.strip_suffix(')').ok_or(VariableNameError)?)),
            None => (rest, None),
        };
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        if name.is_empty() || !name.chars().all(word) {
            return Err(VariableNameError);
        }
        Ok(Self {
            name,
            argument,
            index,
            is_every,
        })
    }
}

fn split_index(text: &str) -> Result<(&str, Option<i32>), VariableNameError> {
    let Some(head) = text.strip_suffix(']') else {
        return Ok((text, None));
    };
    let (head, index) = head.rsplit_once('[').ok_or(VariableNameError)?;
    Ok((head, Some(index.parse().map_err(|_| VariableNameError)?)))
}

/// All pseudo-variables of this server.
#[derive(Default, Debug)]
pub struct Variables {
    rows: HashMap<&'static str, Variable>,
}

impl Variables {
    /// The table of all rows. A later row of the same name replaces an earlier one.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = Variable>) -> Self {
        Self {
            rows: rows.into_iter().map(|row| (row.name, row)).collect(),
        }
    }

    /// The row of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Variable> {
        self.rows.get(name)
    }

    /// All rows, by name.
    #[must_use]
    pub fn rows(&self) -> Vec<Variable> {
        let mut rows: Vec<_> = self.rows.values().copied().collect();
        rows.sort_by_key(|row| row.name);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(&str, Option<&str>, Option<i32>)> {
        VariableName::parse(text)
            .ok()
            .map(|v| (v.name, v.argument, v.index))
    }

    #[test]
    fn kamailio_spellings_are_taken_apart() {
        assert_eq!(parsed("$ru"), Some(("ru", None, None)));
        assert_eq!(parsed("$hdr(X-Foo)"), Some(("hdr", Some("X-Foo"), None)));
        assert_eq!(
            parsed("$hdr(Via)[-1]"),
            Some(("hdr", Some("Via"), Some(-1)))
        );
        assert_eq!(
            parsed("$(hdr(Via)[1])"),
            Some(("hdr", Some("Via"), Some(1)))
        );
        let every = VariableName::parse("$(hdr(Via)[*])").unwrap();
        assert_eq!(
            (every.argument, every.index, every.is_every),
            (Some("Via"), None, true)
        );
        assert_eq!(parsed("$sht(a=>x)"), Some(("sht", Some("a=>x"), None)));
        assert_eq!(
            parsed("$sht(a=>f(x))"),
            Some(("sht", Some("a=>f(x)"), None))
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "$",
            "ru",
            "$(",
            "$()",
            "$hdr(",
            "$hdr)x",
            "$hdr(x)[",
            "$hdr(x)[y]",
            "$hdr(x)[1][*]",
            "$hdr(x)[*][1]",
            "$a b",
            "$ru{s.len}",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
