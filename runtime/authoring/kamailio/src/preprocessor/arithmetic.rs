//! Expressions of `#!ifexp` and `#!defexp`: those of Kamailio 5.7 and later
//! (`core/utils/snexpr.h`), without assignments and macros. Numbers have the precision that they
//! have there.

use std::cmp::Ordering;

use super::Value;
use super::number::{float, number, whole};

/// What an expression comes to.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Outcome {
    Number(f32),
    Text(String),
}

/// What is still to be done, the innermost last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Pending {
    Open,
    Unary(Unary),
    Binary(Binary),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unary {
    Negative,
    Not,
    Complement,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Binary {
    Power,
    Divide,
    Multiply,
    Remainder,
    Plus,
    Minus,
    ShiftLeft,
    ShiftRight,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    Differs,
    BitAnd,
    BitOr,
    BitXor,
    And,
    Or,
}

/// Signs between two operands, longer ones first.
const BINARY: [(&str, Binary); 19] = [
    ("**", Binary::Power),
    ("<<", Binary::ShiftLeft),
    (">>", Binary::ShiftRight),
    ("<=", Binary::LessEqual),
    (">=", Binary::GreaterEqual),
    ("==", Binary::Equal),
    ("!=", Binary::Differs),
    ("&&", Binary::And),
    ("||", Binary::Or),
    ("/", Binary::Divide),
    ("*", Binary::Multiply),
    ("%", Binary::Remainder),
    ("+", Binary::Plus),
    ("-", Binary::Minus),
    ("<", Binary::Less),
    (">", Binary::Greater),
    ("&", Binary::BitAnd),
    ("|", Binary::BitOr),
    ("^", Binary::BitXor),
];

impl Binary {
    /// The lower, the more tightly it binds.
    fn precedence(self) -> u8 {
        match self {
            Self::Power | Self::Divide | Self::Multiply | Self::Remainder => 2,
            Self::Plus | Self::Minus => 3,
            Self::ShiftLeft | Self::ShiftRight => 4,
            Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual
            | Self::Equal
            | Self::Differs => 5,
            Self::BitAnd => 6,
            Self::BitOr => 7,
            Self::BitXor => 8,
            Self::And => 9,
            Self::Or => 10,
        }
    }

    /// Whether what stands before it is done first.
    fn waits_for(self, before: Pending) -> bool {
        match before {
            Pending::Open => false,
            Pending::Unary(_) => true,
            Pending::Binary(other) => {
                let (own, other) = (self.precedence(), other.precedence());
                own > other || (own == other && self != Self::Power)
            }
        }
    }
}

/// Operators and operands that an expression may have.
const WORDS_MAX: usize = 256;

/// Evaluates an expression; `defined` knows what names stand for.
pub(super) fn evaluate(
    text: &str,
    defined: &dyn Fn(&str) -> Option<Value>,
) -> Result<Outcome, String> {
    let mut machine = Machine::default();
    let mut rest = text.trim();
    let mut operand_next = true;
    let mut words = 0;
    while !rest.is_empty() && !rest.starts_with('#') {
        words += 1;
        if words > WORDS_MAX {
            return Err("the expression is too long".to_owned());
        }
        rest = if operand_next {
            operand(rest, &mut machine, &mut operand_next, defined)?
        } else {
            operator(rest, &mut machine, &mut operand_next)?
        }
        .trim_start();
    }
    if operand_next {
        return Err("a value is missing in the expression".to_owned());
    }
    while let Some(pending) = machine.pending.pop() {
        if !machine.bind(pending)? {
            return Err("a parenthesis is not closed".to_owned());
        }
    }
    machine
        .operands
        .pop()
        .filter(|_| machine.operands.is_empty())
        .ok_or_else(|| "this is no expression".to_owned())
}

fn operand<'a>(
    text: &'a str,
    machine: &mut Machine,
    operand_next: &mut bool,
    defined: &dyn Fn(&str) -> Option<Value>,
) -> Result<&'a str, String> {
    let after = |length: usize| text.get(length..).unwrap_or_default();
    let first = text.chars().next().unwrap_or_default();
    let pending = match first {
        '(' => Some(Pending::Open),
        '-' => Some(Pending::Unary(Unary::Negative)),
        '!' => Some(Pending::Unary(Unary::Not)),
        '^' => Some(Pending::Unary(Unary::Complement)),
        _ => None,
    };
    if let Some(pending) = pending {
        machine.pending.push(pending);
        return Ok(after(1));
    }
    *operand_next = false;
    if first.is_ascii_digit() {
        let is_digit = |c: char| c.is_ascii_digit() || c == '.';
        let length = text.find(|c| !is_digit(c)).unwrap_or(text.len());
        let digits = text.get(..length).unwrap_or_default();
        machine.operands.push(Outcome::Number(number(digits)?));
        return Ok(after(length));
    }
    if first == '"' || first == '\'' {
        let (quoted, length) = quoted(text, first)?;
        machine.operands.push(Outcome::Text(quoted));
        return Ok(after(length));
    }
    let length = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    let name = text.get(..length).unwrap_or_default();
    if name.is_empty() || after(length).trim_start().starts_with('(') {
        return Err(format!("{text} is not read in an expression"));
    }
    machine.operands.push(match defined(name) {
        None => Outcome::Number(0.0),
        Some(Value::Text(value)) if value.is_empty() => Outcome::Number(1.0),
        Some(Value::Text(value)) => Outcome::Text(unquoted(&value).to_owned()),
        Some(Value::Unknown(why) | Value::Doubtful(why)) => return Err(why),
    });
    Ok(after(length))
}

fn operator<'a>(
    text: &'a str,
    machine: &mut Machine,
    operand_next: &mut bool,
) -> Result<&'a str, String> {
    if let Some(after) = text.strip_prefix(')') {
        while let Some(pending) = machine.pending.pop() {
            if !machine.bind(pending)? {
                return Ok(after);
            }
        }
        return Err("a ) closes nothing".to_owned());
    }
    let found = BINARY.iter().find(|(sign, _)| text.starts_with(sign));
    let Some((sign, operator)) = found else {
        return Err(format!("{text} is not read in an expression"));
    };
    while let Some(before) = machine.pending.last().copied() {
        if !operator.waits_for(before) {
            break;
        }
        machine.pending.pop();
        machine.bind(before)?;
    }
    machine.pending.push(Pending::Binary(*operator));
    *operand_next = true;
    Ok(text.get(sign.len()..).unwrap_or_default())
}

/// A value without the quotes round it.
fn unquoted(value: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value)
}

fn quoted(text: &str, quote: char) -> Result<(String, usize), String> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Ok((value, at + 1));
        }
        if character != '\\' {
            value.push(character);
            continue;
        }
        value.push(match characters.next() {
            Some((_, 'n')) => '\n',
            Some((_, 'r')) => '\r',
            Some((_, 't')) => '\t',
            Some((_, other)) => other,
            None => break,
        });
    }
    Err("a text in the expression does not end".to_owned())
}

#[derive(Default)]
struct Machine {
    operands: Vec<Outcome>,
    pending: Vec<Pending>,
}

impl Machine {
    /// Does what was pending; a parenthesis is not that.
    fn bind(&mut self, pending: Pending) -> Result<bool, String> {
        let missing = "a value is missing in the expression";
        let outcome = match pending {
            Pending::Open => return Ok(false),
            Pending::Unary(operator) => unary(operator, self.operands.pop().ok_or(missing)?)?,
            Pending::Binary(operator) => {
                let right = self.operands.pop().ok_or(missing)?;
                binary(operator, self.operands.pop().ok_or(missing)?, right)?
            }
        };
        self.operands.push(outcome);
        Ok(true)
    }
}

fn unary(operator: Unary, right: Outcome) -> Result<Outcome, String> {
    let number = numeric(right)?;
    Ok(Outcome::Number(match operator {
        Unary::Negative => -number,
        Unary::Not => truth(number == 0.0),
        Unary::Complement => float(!whole(number)?),
    }))
}

fn truth(holds: bool) -> f32 {
    if holds { 1.0 } else { 0.0 }
}

fn numeric(value: Outcome) -> Result<f32, String> {
    match value {
        Outcome::Number(number) => Ok(number),
        Outcome::Text(text) => Err(format!("\"{text}\" is a text where a number is needed")),
    }
}

fn binary(operator: Binary, left: Outcome, right: Outcome) -> Result<Outcome, String> {
    let holds = |is: fn(Ordering) -> bool| {
        compared(&left, &right).map(|order| truth(order.is_some_and(is)))
    };
    let numbers = || Ok::<_, String>((numeric(left.clone())?, numeric(right.clone())?));
    let wholes = || numbers().and_then(|(left, right)| Ok((whole(left)?, whole(right)?)));
    let number = match operator {
        Binary::Less => holds(Ordering::is_lt),
        Binary::LessEqual => holds(Ordering::is_le),
        Binary::Greater => holds(Ordering::is_gt),
        Binary::GreaterEqual => holds(Ordering::is_ge),
        Binary::Equal => holds(Ordering::is_eq),
        // Of two that cannot be compared this holds.
        Binary::Differs => {
            compared(&left, &right).map(|order| truth(order.is_none_or(Ordering::is_ne)))
        }
        Binary::Plus => return sum(left, right),
        Binary::Power => numbers().map(|(left, right)| left.powf(right)),
        Binary::Divide => match numbers()? {
            (_, 0.0) => Err("a division by 0".to_owned()),
            (left, right) => Ok(left / right),
        },
        Binary::Multiply => numbers().map(|(left, right)| left * right),
        Binary::Remainder => numbers().map(|(left, right)| left % right),
        Binary::Minus => numbers().map(|(left, right)| left - right),
        Binary::BitAnd => wholes().map(|(left, right)| float(left & right)),
        Binary::BitOr => wholes().map(|(left, right)| float(left | right)),
        Binary::BitXor => wholes().map(|(left, right)| float(left ^ right)),
        Binary::ShiftLeft => {
            wholes().and_then(|(left, right)| shifted(left, right, i32::checked_shl))
        }
        Binary::ShiftRight => {
            wholes().and_then(|(left, right)| shifted(left, right, i32::checked_shr))
        }
        Binary::And => numbers().map(|(left, right)| if left == 0.0 { 0.0 } else { right }),
        Binary::Or => numbers().map(|(left, right)| if left == 0.0 { right } else { left }),
    };
    number.map(Outcome::Number)
}

/// The kind of the left value decides what a sum is.
fn sum(left: Outcome, right: Outcome) -> Result<Outcome, String> {
    match (left, right) {
        (Outcome::Text(left), right) => Ok(Outcome::Text(left + &shown(&right)?)),
        (Outcome::Number(left), Outcome::Number(right)) => Ok(Outcome::Number(left + right)),
        (Outcome::Number(left), Outcome::Text(right)) => {
            Ok(Outcome::Number(left + number(&right)?))
        }
    }
}

fn shifted(number: i32, by: i32, shift: fn(i32, u32) -> Option<i32>) -> Result<f32, String> {
    let by = u32::try_from(by).ok();
    by.and_then(|by| shift(number, by))
        .map(float)
        .ok_or_else(|| "a shift by too much".to_owned())
}

/// As Kamailio compares: the kind of the left value decides.
fn compared(left: &Outcome, right: &Outcome) -> Result<Option<Ordering>, String> {
    match (left, right) {
        (Outcome::Text(left), right) => Ok(Some(left.as_bytes().cmp(shown(right)?.as_bytes()))),
        (Outcome::Number(left), Outcome::Number(right)) => Ok(left.partial_cmp(right)),
        (Outcome::Number(left), Outcome::Text(right)) => Ok(left.partial_cmp(&number(right)?)),
    }
}

/// A value as a text.
pub(super) fn shown(value: &Outcome) -> Result<String, String> {
    match value {
        Outcome::Text(text) => Ok(text.clone()),
        Outcome::Number(number) => whole(*number).and_then(|whole| {
            if float(whole) == *number {
                Ok(whole.to_string())
            } else {
                Err(format!("{number} is no whole number"))
            }
        }),
    }
}
