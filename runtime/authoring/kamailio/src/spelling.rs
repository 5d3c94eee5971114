//! Pseudo-variables and texts with variables in them, taken apart.

use crate::ast::{Index, Part, Transformation, Variable};
use crate::fault::Diagnostic;
use crate::lexer::variable_length;
use crate::limits::NESTING_MAX;
use crate::span::Span;

/// Takes a text apart that a function puts variables into. `$$` is a dollar sign.
pub(crate) fn parts(text: &str, span: Span) -> Result<Vec<Part>, Diagnostic> {
    parts_at(text, span, 0)
}

/// Takes a variable apart.
pub(crate) fn variable(text: &str, span: Span) -> Result<Variable, Diagnostic> {
    variable_at(text, span, 0)
}

fn parts_at(text: &str, span: Span, depth: usize) -> Result<Vec<Part>, Diagnostic> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        literal.push_str(before);
        if let Some(after) = from.strip_prefix("$$") {
            literal.push('$');
            rest = after;
            continue;
        }
        let Some(length) = variable_length(from) else {
            let fault = Diagnostic::new(span, "a $ that begins no variable");
            return Err(fault.instead("write $$ for a dollar sign"));
        };
        let (spelled, after) = from.split_at_checked(length).unwrap_or((from, ""));
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        let variable = variable_at(spelled, span, depth + 1)?;
        parts.push(Part::Variable(Box::new(variable)));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(parts)
}

fn variable_at(text: &str, span: Span, depth: usize) -> Result<Variable, Diagnostic> {
    if depth > NESTING_MAX {
        return Err(Diagnostic::new(
            span,
            format!("more than {NESTING_MAX} variables inside of each other"),
        ));
    }
    let wrong = || Diagnostic::new(span, format!("{text} is no pseudo-variable"));
    let inner = text.strip_prefix('$').ok_or_else(wrong)?;
    let whole = match inner.strip_prefix('(') {
        Some(rest) => rest.strip_suffix(')').ok_or_else(wrong)?,
        None => inner,
    };
    let name_end = whole
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(whole.len());
    let (name, mut rest) = whole.split_at_checked(name_end).ok_or_else(wrong)?;
    if name.is_empty() {
        return Err(wrong());
    }
    let mut argument = None;
    if rest.starts_with('(') {
        let end = closing(rest, b'(', b')').ok_or_else(wrong)?;
        let inside = rest.get(1..end).ok_or_else(wrong)?;
        argument = Some(parts_at(inside, span, depth)?);
        rest = rest.get(end + 1..).ok_or_else(wrong)?;
    }
    let mut index = None;
    if rest.starts_with('[') {
        let end = closing(rest, b'[', b']').ok_or_else(wrong)?;
        let inside = rest.get(1..end).ok_or_else(wrong)?.trim();
        index = Some(match inside {
            "*" => Index::All,
            spelled if spelled.starts_with('$') => {
                Index::Variable(Box::new(variable_at(spelled, span, depth + 1)?))
            }
            number => {
                let number = number.parse().map_err(|_| {
                    wrong().instead("an index is a number, a variable with one, or *")
                })?;
                Index::At(number)
            }
        });
        rest = rest.get(end + 1..).ok_or_else(wrong)?;
    }
    let mut transformations = Vec::new();
    while rest.starts_with('{') {
        let end = closing(rest, b'{', b'}').ok_or_else(wrong)?;
        let inside = rest.get(1..end).ok_or_else(wrong)?;
        transformations.push(transformation(inside, span, depth)?);
        rest = rest.get(end + 1..).ok_or_else(wrong)?;
    }
    if !rest.is_empty() {
        return Err(wrong());
    }
    Ok(Variable {
        span,
        name: name.to_owned(),
        argument,
        index,
        transformations,
    })
}

fn transformation(text: &str, span: Span, depth: usize) -> Result<Transformation, Diagnostic> {
    let (name, rest) = match text.split_once(',') {
        Some((name, rest)) => (name, Some(rest)),
        None => (text, None),
    };
    let mut parameters = Vec::new();
    // A regular expression is taken as it is: what `$` and a comma mean in it is its own.
    if name.trim() == "re.subst" {
        let text = rest.unwrap_or_default().to_owned();
        return Ok(Transformation {
            name: "re.subst".to_owned(),
            parameters: vec![vec![Part::Text(text)]],
        });
    }
    // `{s.select,1,,}`: what follows the last comma that separates is taken as it is, a comma
    // included.
    let mut rest = rest;
    while let Some(text) = rest {
        let is_comma = text == ",";
        let (parameter, after) = match split_parameter(text) {
            Some((parameter, after)) if !is_comma => (parameter, Some(after)),
            Some(_) | None => (text, None),
        };
        let parameter = parameter.strip_prefix('\\').unwrap_or(parameter);
        parameters.push(parts_at(parameter, span, depth)?);
        rest = after;
    }
    Ok(Transformation {
        name: name.trim().to_owned(),
        parameters,
    })
}

/// Splits at the first comma that is not inside of a variable.
fn split_parameter(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

/// Where the bracket is that closes the first one.
fn closing(text: &str, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
