//! Properties that an author declares: conditions over an event and what becomes of it.

use crate::executor::Execution;
use crate::input::Input;

/// When a property must hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sense {
    /// In every execution: `--assert`, `--never`.
    Always,
    /// In one of all: `--sometimes`.
    Sometimes,
}

/// A condition, and when it must hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Property {
    /// As it was written.
    pub text: String,
    /// When it must hold.
    pub sense: Sense,
    condition: Condition,
}

/// What is written is no condition.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{text:?} is no condition: {why}; write one such as 'verdict != drop || method != INVITE'. Names: {}",
    NAMES.join(", ")
)]
pub struct PropertyError {
    text: String,
    why: String,
}

/// What a condition can ask for, beside `header(NAME)` and `after(NAME)`, a field of the message
/// before and after the run, and `reply(NAME)`, one that is added to the answer of the verdict.
pub const NAMES: [&str; 14] = [
    "verdict", "outcome", "event", "method", "uri", "status", "from", "to", "call_id", "body",
    "next_hop", "log", "calls", "fuel",
];

#[derive(Clone, PartialEq, Debug)]
enum Condition {
    Or(Vec<Condition>),
    And(Vec<Condition>),
    Not(Box<Condition>),
    Compared(Operand, Comparator, Operand),
}

#[derive(Clone, PartialEq, Debug)]
enum Operand {
    Name(&'static str),
    Before(String),
    After(String),
    Reply(String),
    Text(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Comparator {
    Equal,
    Different,
    Less,
    More,
    Contains,
}

impl Property {
    /// Reads a condition.
    ///
    /// # Errors
    /// [`PropertyError`] says what is wrong with it.
    pub fn parse(text: &str, sense: Sense) -> Result<Self, PropertyError> {
        let mut parser = Parser {
            tokens: tokens(text),
            at: 0,
        };
        let condition = parser.or();
        let condition = condition.and_then(|condition| match parser.tokens.get(parser.at) {
            None => Ok(condition),
            Some(more) => Err(format!("{more:?} comes after its end")),
        });
        let condition = condition.map_err(|why| PropertyError {
            text: text.to_owned(),
            why,
        })?;
        Ok(Self {
            text: text.to_owned(),
            sense,
            condition,
        })
    }

    /// The property of `--never WORD`: no verdict begins with this word.
    ///
    /// # Errors
    /// As [`Property::parse`].
    pub fn never(verdict: &str) -> Result<Self, PropertyError> {
        let quoted = verdict.replace(['"', '\\'], "");
        let property = Self::parse(&format!("verdict != \"{quoted}\""), Sense::Always)?;
        Ok(Self {
            text: format!("--never {verdict}"),
            ..property
        })
    }

    /// Whether it holds of an execution.
    pub(crate) fn holds(&self, input: &Input, execution: &Execution) -> bool {
        self.condition.holds(&Facts { input, execution })
    }
}

struct Facts<'a> {
    input: &'a Input,
    execution: &'a Execution,
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Or(of) => of.iter().any(|one| one.holds(facts)),
            Self::And(of) => of.iter().all(|one| one.holds(facts)),
            Self::Not(of) => !of.holds(facts),
            Self::Compared(left, comparator, right) => {
                // A verdict is compared by its word, unless what it carries is written as well.
                let word_only = |one: &Operand, other: &Operand| {
                    *one == Operand::Name("verdict")
                        && matches!(other, Operand::Text(text) if !text.contains(' '))
                };
                let (mut one, mut other) = (left.value(facts), right.value(facts));
                if word_only(left, right) {
                    one = first_word(&one);
                }
                if word_only(right, left) {
                    other = first_word(&other);
                }
                comparator.holds(&one, &other)
            }
        }
    }
}

fn first_word(text: &str) -> String {
    text.split(' ').next().unwrap_or_default().to_owned()
}

impl Comparator {
    fn holds(self, one: &str, other: &str) -> bool {
        let numbers = one.parse::<f64>().ok().zip(other.parse::<f64>().ok());
        match self {
            Self::Equal => one == other,
            Self::Different => one != other,
            Self::Less => numbers.map_or(one < other, |(one, other)| one < other),
            Self::More => numbers.map_or(one > other, |(one, other)| one > other),
            Self::Contains => one.contains(other),
        }
    }
}

impl Operand {
    fn value(&self, facts: &Facts<'_>) -> String {
        let run = &facts.execution.run;
        let subject = run.run.payload.subject();
        // An effect of a handler that fails is forgotten, so the message is the one before.
        let after = subject.message.as_ref();
        let before = || {
            let bytes = facts.input.draft.message()?;
            let bytes = bytes::Bytes::copy_from_slice(bytes);
            evroute_sip::Message::parse(bytes, evroute_sip::Framing::Datagram).ok()
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let field = |message: &evroute_sip::Message, name: &str| {
            message
                .header(name)
                .map(|value| text(&value))
                .unwrap_or_default()
        };
        match self {
            Self::Text(text) => text.clone(),
            Self::Before(name) => before()
                .map(|message| field(&message, name))
                .unwrap_or_default(),
            Self::After(name) => after
                .map(|message| field(message, name))
                .unwrap_or_default(),
            Self::Reply(name) => {
                let parts = subject.reply.as_ref();
                let mut headers = parts.iter().flat_map(|parts| &parts.headers);
                let is_it = |own: &str| {
                    evroute_sip::HeaderName::from(own) == evroute_sip::HeaderName::from(name)
                };
                let field = headers.find(|(own, _)| is_it(own));
                field.map(|(_, value)| text(value)).unwrap_or_default()
            }
            Self::Name("verdict") => run.verdict.clone().unwrap_or_default(),
            Self::Name("outcome") => run.run.outcome.to_string(),
            Self::Name("event") => facts.input.draft.event().to_owned(),
            Self::Name("method") => before().map(|m| m.method().to_string()).unwrap_or_default(),
            Self::Name("uri") => after
                .and_then(|m| m.request_uri())
                .unwrap_or_default()
                .to_owned(),
            Self::Name("status") => {
                let status = after.and_then(evroute_sip::Message::status);
                status.map(|status| status.to_string()).unwrap_or_default()
            }
            Self::Name("from") => before()
                .map(|message| field(&message, "From"))
                .unwrap_or_default(),
            Self::Name("to") => before()
                .map(|message| field(&message, "To"))
                .unwrap_or_default(),
            Self::Name("call_id") => before().map(|m| field(&m, "Call-ID")).unwrap_or_default(),
            Self::Name("body") => after
                .map(|message| text(message.body()))
                .unwrap_or_default(),
            Self::Name("next_hop") => subject.next_hop.clone().unwrap_or_default(),
            Self::Name("log") => run.log.join("\n"),
            Self::Name("calls") => run.run.used.meter.hostcall_cost.to_string(),
            Self::Name("fuel") => run.run.used.fuel.to_string(),
            Self::Name(_) => String::new(),
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
enum Token {
    Sign(&'static str),
    Word(String),
    Quoted(String),
}

const SIGNS: [&str; 9] = ["||", "&&", "==", "!=", "!", "<", ">", "(", ")"];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else if first == '"' {
            let inner = rest.get(1..).unwrap_or_default();
            let (quoted, after) = inner.split_once('"').unwrap_or((inner, ""));
            tokens.push(Token::Quoted(quoted.to_owned()));
            rest = after;
        } else {
            let is_end = |c: char| c.is_whitespace() || "|&=!<>()\"".contains(c);
            let end = rest
                .find(is_end)
                .unwrap_or(rest.len())
                .max(first.len_utf8());
            let (word, after) = rest.split_at(end);
            tokens.push(Token::Word(word.to_owned()));
            rest = after;
        }
        rest = rest.trim_start();
    }
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn takes(&mut self, sign: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Result<Condition, String> {
        let mut of = vec![self.and()?];
        while self.takes("||") {
            of.push(self.and()?);
        }
        Ok(Condition::Or(of))
    }

    fn and(&mut self) -> Result<Condition, String> {
        let mut of = vec![self.one()?];
        while self.takes("&&") {
            of.push(self.one()?);
        }
        Ok(Condition::And(of))
    }

    fn one(&mut self) -> Result<Condition, String> {
        // Conditions are written by the author, and nested no deeper than a command line is long.
        if self.takes("!") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.takes("(") {
            let condition = self.or()?;
            return match self.takes(")") {
                true => Ok(condition),
                false => Err("a ) is missing".to_owned()),
            };
        }
        let left = self.operand()?;
        for (sign, comparator) in [
            ("==", Comparator::Equal),
            ("!=", Comparator::Different),
            ("<", Comparator::Less),
            (">", Comparator::More),
        ] {
            if self.takes(sign) {
                return Ok(Condition::Compared(left, comparator, self.operand()?));
            }
        }
        if self.tokens.get(self.at) == Some(&Token::Word("contains".to_owned())) {
            self.at += 1;
            return Ok(Condition::Compared(
                left,
                Comparator::Contains,
                self.operand()?,
            ));
        }
        // What stands alone must not be empty.
        let nothing = Operand::Text(String::new());
        Ok(Condition::Compared(left, Comparator::Different, nothing))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Quoted(text)) => Ok(Operand::Text(text)),
            Some(Token::Word(word)) => {
                if ["header", "after", "reply"].contains(&word.as_str()) && self.takes("(") {
                    let name = match self.operand()? {
                        Operand::Text(name) => name,
                        Operand::Name(name) => name.to_owned(),
                        Operand::Before(name) | Operand::After(name) | Operand::Reply(name) => name,
                    };
                    if !self.takes(")") {
                        return Err("a ) is missing".to_owned());
                    }
                    return Ok(match word.as_str() {
                        "header" => Operand::Before(name),
                        "reply" => Operand::Reply(name),
                        _ => Operand::After(name),
                    });
                }
                let name = NAMES.into_iter().find(|name| *name == word);
                Ok(name.map_or(Operand::Text(word), Operand::Name))
            }
            Some(Token::Sign(sign)) => Err(format!("{sign} stands where a name or a text should")),
            None => Err("it ends too early".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_or_told_what_is_wrong() {
        for right in [
            "verdict != drop",
            "verdict != drop || !(method == INVITE && header(Priority) == emergency)",
            "after(\"X-Trunk\") contains \"a b\"",
            "verdict != reject || reply(Retry-After) < 61",
            "fuel < 20000",
            "next_hop",
        ] {
            Property::parse(right, Sense::Always).unwrap();
        }
        for wrong in [
            "",
            "verdict ==",
            "(verdict == drop",
            "verdict == drop drop",
            "== drop",
        ] {
            Property::parse(wrong, Sense::Always).unwrap_err();
        }
    }
}
