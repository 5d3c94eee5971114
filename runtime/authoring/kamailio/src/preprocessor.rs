//! `#!define`, `#!ifdef` and their kind, as Kamailio 5.6 has them, and `#!ifexp` and `#!defexp` of
//! 5.7.

mod arithmetic;
mod directive;
mod number;
mod reserved;
mod substitution;

use std::collections::HashMap;

use crate::fault::Diagnostic;
use crate::given::Given;
use crate::span::Span;

use self::arithmetic::Outcome;
pub(crate) use self::directive::{Condition, Define, Directive, Substitute};
pub(crate) use self::reserved::is_reserved;
use self::substitution::Substitution;

/// What a name stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Value {
    Text(String),
    /// Only Kamailio knows, when it starts; why.
    Unknown(String),
    /// Only Kamailio knows whether there is such a name; why.
    Doubtful(String),
}

/// A block that a condition skips.
#[derive(Debug)]
pub(crate) struct SkippedBlock {
    /// `event_route[tm:local-request]`
    pub(crate) block: String,
    pub(crate) span: Span,
    /// `#!ifdef WITH_X`
    pub(crate) condition: String,
    pub(crate) condition_span: Span,
    /// What would turn it on.
    pub(crate) remedy: String,
}

/// Names and conditions so far.
#[derive(Default)]
pub(crate) struct Preprocessor {
    defined: HashMap<String, Value>,
    environment: HashMap<String, String>,
    substitutions: Vec<Substitution>,
    conditions: Vec<Open>,
    pub(crate) skipped: Vec<SkippedBlock>,
    /// Steps that looking for patterns has taken.
    fuel: u64,
}

/// A condition that is not closed yet.
struct Open {
    how: Condition,
    text: String,
    span: Span,
    holds: bool,
    is_else: bool,
}

/// Open conditions at the same time, Kamailio's `MAX_IFDEFS`.
const CONDITIONS_MAX: usize = 512;
/// Names, Kamailio's `MAX_DEFINES`, and substitutions.
const NAMES_MAX: usize = 512;
/// Blocks that are remembered for messages.
const SKIPPED_MAX: usize = 64;
/// Steps that looking for patterns may take altogether.
const STEPS_MAX: u64 = 20_000_000;

impl Preprocessor {
    /// What is defined before the first line: what was given, and what every Kamailio defines.
    pub(crate) fn new(given: &Given) -> Self {
        let mut preprocessor = Self {
            fuel: STEPS_MAX,
            ..Self::default()
        };
        let text = |text: &str| Value::Text(text.to_owned());
        preprocessor
            .defined
            .insert("KAMAILIO_5".to_owned(), text(""));
        for (name, value) in &given.defines {
            preprocessor.defined.insert(name.clone(), text(value));
        }
        preprocessor.environment = given.environment.iter().cloned().collect();
        preprocessor
    }

    /// Whether what is read counts.
    pub(crate) fn is_live(&self) -> bool {
        self.conditions.iter().all(|open| open.holds)
    }

    /// How many conditions are open.
    pub(crate) fn level(&self) -> usize {
        self.conditions.len()
    }

    /// Closes what a file has left open; a fault for each.
    pub(crate) fn close(&mut self, level: usize, faults: &mut Vec<Diagnostic>) {
        for open in self.conditions.drain(level.min(self.conditions.len())..) {
            let fault = Diagnostic::new(open.span, format!("{} without #!endif", open.shown()));
            faults.push(fault.instead("end it with #!endif in the same file"));
        }
    }

    /// What a name stands for; none when it is not defined.
    pub(crate) fn value(&self, name: &str) -> Option<Value> {
        match self.defined.get(name) {
            Some(value) => Some(value.clone()),
            None if is_version(name) => Some(Value::Doubtful(version(name))),
            None => None,
        }
    }

    /// A text after all substitutions, which may add `left` bytes to it. An error is why nobody
    /// knows it.
    pub(crate) fn substituted(&mut self, text: &str, left: &mut usize) -> Result<String, String> {
        let mut text = text.to_owned();
        let mut fuel = self.fuel;
        for substitution in &self.substitutions {
            let defined = |name: &str| self.value(name);
            let Some(after) = substitution.apply(&text, &defined, &mut fuel)? else {
                continue;
            };
            let growth = after.len().saturating_sub(text.len());
            *left = left
                .checked_sub(growth)
                .ok_or("substitutions make too much of it")?;
            text = after;
        }
        self.fuel = fuel;
        Ok(text)
    }

    /// `#!ifdef` and its kind.
    pub(crate) fn open(
        &mut self,
        how: Condition,
        text: &str,
        span: Span,
    ) -> Result<(), Diagnostic> {
        if self.conditions.len() >= CONDITIONS_MAX {
            let what = format!("more than {CONDITIONS_MAX} conditions inside of each other");
            return Err(Diagnostic::new(span, what));
        }
        let mut open = Open {
            how,
            text: text.trim().to_owned(),
            span,
            holds: false,
            is_else: false,
        };
        // What is left out anyway has nothing to ask; a condition that cannot be read leaves both
        // parts out.
        let holds = if self.is_live() {
            self.asked(how, text, span)
        } else {
            Ok(true)
        };
        open.holds = matches!(holds, Ok(true));
        self.conditions.push(open);
        holds.map(|_| ())
    }

    fn asked(&self, how: Condition, text: &str, span: Span) -> Result<bool, Diagnostic> {
        let value = self.value(text);
        match (how, value) {
            (Condition::Expression, _) => {
                let outcome = arithmetic::evaluate(text, &|name| self.value(name));
                match outcome {
                    Ok(Outcome::Number(number)) => Ok(number != 0.0),
                    Ok(Outcome::Text(text)) => Ok(!text.is_empty()),
                    Err(why) => Err(Diagnostic::new(span, format!("#!ifexp: {why}"))
                        .instead("write #!ifdef with a name for what it comes to")),
                }
            }
            (_, Some(Value::Doubtful(why))) => Err(Diagnostic::new(span, why)
                .instead(format!("say -A {text}, or take the condition out"))),
            (Condition::Defined, value) => Ok(value.is_some()),
            (Condition::Undefined, value) => Ok(value.is_none()),
        }
    }

    /// `#!else`
    pub(crate) fn otherwise(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(open) = self.conditions.last_mut() else {
            return Err(Diagnostic::new(span, "#!else without #!ifdef"));
        };
        if open.is_else {
            return Err(Diagnostic::new(
                span,
                "a second #!else of the same condition",
            ));
        }
        open.holds = !open.holds;
        open.is_else = true;
        Ok(())
    }

    /// `#!endif`
    pub(crate) fn endif(&mut self, span: Span) -> Result<(), Diagnostic> {
        let closed = self.conditions.pop();
        closed
            .map(|_| ())
            .ok_or_else(|| Diagnostic::new(span, "#!endif without #!ifdef"))
    }

    /// Remembers a block that stands where nothing counts.
    pub(crate) fn leave_out(&mut self, block: String, span: Span) {
        let by = self.conditions.iter().find(|open| !open.holds);
        if let Some(open) = by.filter(|_| self.skipped.len() < SKIPPED_MAX) {
            self.skipped.push(SkippedBlock {
                block,
                span,
                condition: open.shown(),
                condition_span: open.span,
                remedy: open.remedy(),
            });
        }
    }

    /// `#!define` and its kind.
    pub(crate) fn define(
        &mut self,
        how: Define,
        name: &str,
        value: &str,
        span: Span,
    ) -> Result<(), Diagnostic> {
        if self.defined.contains_key(name) {
            match how {
                Define::Try => return Ok(()),
                Define::Again => {}
                Define::Once | Define::Expression { .. } => return Err(twice(name, span)),
            }
        }
        self.room(span)?;
        let value = match how {
            Define::Once | Define::Try | Define::Again => Value::Text(value.to_owned()),
            Define::Expression { quoted } => {
                let outcome = arithmetic::evaluate(value, &|name| self.value(name));
                let shown = outcome.and_then(|outcome| match outcome {
                    // Kamailio writes it without a sign.
                    Outcome::Number(number) if number < 0.0 => Err(format!("{number} is below 0")),
                    Outcome::Number(number) => arithmetic::shown(&Outcome::Number(number.trunc())),
                    Outcome::Text(text) => Ok(text),
                });
                match shown {
                    Ok(shown) if quoted => Value::Text(format!("\"{shown}\"")),
                    Ok(shown) => Value::Text(shown),
                    Err(why) => Value::Unknown(format!("{name} cannot be told: {why}")),
                }
            }
        };
        self.defined.insert(name.to_owned(), value);
        Ok(())
    }

    /// `#!defenv` and its kind: `NAME` or `NAME=VARIABLE`.
    pub(crate) fn environment(
        &mut self,
        named: &str,
        quoted: bool,
        required: bool,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let (name, variable) = named.split_once('=').unwrap_or((named, named));
        if name.is_empty() || variable.is_empty() {
            return Err(Diagnostic::new(span, format!("{named} is no name")));
        }
        if self.defined.contains_key(name) {
            return Err(twice(name, span));
        }
        self.room(span)?;
        let value = match self.environment.get(variable) {
            Some(value) if quoted => Value::Text(format!("\"{value}\"")),
            Some(value) => Value::Text(value.clone()),
            // Kamailio does not start without it.
            None if required => Value::Unknown(format!(
                "{name} is what the environment says where Kamailio starts; give it with --env \
                 {variable}=VALUE"
            )),
            None => Value::Doubtful(format!(
                "whether {name} is defined the environment says where Kamailio starts; give it with \
                 --env {variable}=VALUE"
            )),
        };
        self.defined.insert(name.to_owned(), value);
        Ok(())
    }

    /// `#!subst` and its kind, with the text behind it, in which earlier ones have taken effect.
    pub(crate) fn substitute(
        &mut self,
        how: Substitute,
        text: &str,
        span: Span,
    ) -> Result<(), Diagnostic> {
        let wrong = |why: String| {
            Diagnostic::new(span, format!("\"{}\": {why}", text.escape_debug()))
                .instead("write it as \"!NAME!value!g\"")
        };
        let substitution = Substitution::parse(text).map_err(wrong)?;
        self.room(span)?;
        let Substitute::Define { quoted } = how else {
            self.substitutions.push(substitution);
            return Ok(());
        };
        let parts = substitution::parts(text).map_err(wrong)?;
        if self.defined.contains_key(parts.pattern) {
            return Err(twice(parts.pattern, span));
        }
        let value = substitution::evaluated(parts.value, &|name| self.value(name));
        let value = match value {
            Value::Text(value) if quoted => Value::Text(format!("\"{value}\"")),
            other => other,
        };
        self.substitutions.push(substitution);
        self.defined.insert(parts.pattern.to_owned(), value);
        Ok(())
    }

    /// What `loadmodule` defines.
    pub(crate) fn loaded(&mut self, path: &str) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let name = name.strip_suffix(".so").unwrap_or(name);
        if self.defined.len() < NAMES_MAX {
            let name = format!("MOD_{name}");
            self.defined
                .entry(name)
                .or_insert_with(|| Value::Text(String::new()));
        }
    }

    fn room(&self, span: Span) -> Result<(), Diagnostic> {
        if self.defined.len().max(self.substitutions.len()) < NAMES_MAX {
            return Ok(());
        }
        Err(Diagnostic::new(
            span,
            format!("more than {NAMES_MAX} names are defined"),
        ))
    }
}

impl Open {
    fn shown(&self) -> String {
        let word = match self.how {
            Condition::Defined => "ifdef",
            Condition::Undefined => "ifndef",
            Condition::Expression => "ifexp",
        };
        let of = if self.is_else { "#!else of " } else { "" };
        format!("{of}#!{word} {}", self.text)
    }

    /// What would make it hold.
    fn remedy(&self) -> String {
        match (self.how, self.is_else) {
            (Condition::Defined, false) | (Condition::Undefined, true) => {
                format!("turn it on with -A {0} or a #!define {0}", self.text)
            }
            (Condition::Defined, true) | (Condition::Undefined, false) => {
                format!("take the definition of {} out", self.text)
            }
            (Condition::Expression, _) => "give its names other values with -A".to_owned(),
        }
    }
}

fn twice(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(span, format!("{name} is defined already"))
        .instead("use #!redefine, or #!trydef to keep what it is")
}

/// Names by which a file asks for a version of Kamailio.
fn is_version(name: &str) -> bool {
    name.starts_with("KAMAILIO_5_") || name == "KAMAILIO_VERSION" || name == "OS_NAME"
}

fn version(name: &str) -> String {
    format!("which Kamailio this is for, {name} does not say to a compiler")
}

#[cfg(test)]
mod tests;
