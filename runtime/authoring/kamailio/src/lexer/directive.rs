//! Lines of the preprocessor, distinguished as Kamailio's lexer does.

use crate::fault::Diagnostic;
use crate::preprocessor::{Condition, Define, Directive, Substitute};
use crate::span::Span;

use super::input::Input;

/// What Kamailio eats between the words of a directive.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{8}' | '\r')
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The word behind `#!` or `!!`, if that is next.
fn word(input: &Input<'_>) -> Option<String> {
    let is_next = input.starts_with("#!") || input.starts_with("!!");
    let word = input.ahead().skip(2).take_while(|c| is_word(*c));
    is_next.then(|| word.collect())
}

/// A directive that begins here; none when it is a comment or something else to Kamailio.
pub(super) fn read(input: &mut Input<'_>) -> Option<Result<Directive, Diagnostic>> {
    let word = word(input)?;
    let span = input.span();
    let define = match word.as_str() {
        "define" | "def" => Some(Define::Once),
        "trydefine" | "trydef" => Some(Define::Try),
        "redefine" | "redef" => Some(Define::Again),
        "defexp" => Some(Define::Expression { quoted: false }),
        "defexps" => Some(Define::Expression { quoted: true }),
        _ => None,
    };
    if let Some(how) = define {
        return spaced(input, &word).then(|| defined(input, how, &word, span));
    }
    if let Some(directive) = condition(input, &word, span) {
        return Some(directive);
    }
    let directive = match word.as_str() {
        "subst" => Directive::Substitute(Substitute::Text),
        "substdef" => Directive::Substitute(Substitute::Define { quoted: false }),
        "substdefs" => Directive::Substitute(Substitute::Define { quoted: true }),
        "include_file" | "import_file" => {
            input.skip(2);
            return include(input);
        }
        "defenv" | "defenvs" | "trydefenv" | "trydefenvs" => {
            input.skip(2 + word.len());
            input.take_while(|c| c == ' ' || c == '\t');
            let named = input.take_while(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'));
            if named.is_empty() {
                let fault = Diagnostic::new(span, format!("#!{word} without a name"));
                return Some(Err(fault.instead(format!("write #!{word} NAME"))));
            }
            return Some(Ok(Directive::Environment {
                named,
                quoted: word.ends_with('s'),
                required: word.starts_with("defenv"),
                span,
            }));
        }
        "SER" if input.ahead().nth(2 + word.len()) == Some('\n') => {
            input.skip(2 + word.len());
            let fault = Diagnostic::new(
                span,
                "#!SER gives $ another meaning, which is not read here",
            );
            return Some(Err(
                fault.instead("write #!KAMAILIO, and variables as it has them")
            ));
        }
        _ => return None,
    };
    input.skip(2 + word.len());
    Some(Ok(directive))
}

/// Takes a directive's word and the space that has to follow it.
fn spaced(input: &mut Input<'_>, word: &str) -> bool {
    let follows = input.ahead().nth(2 + word.len());
    let is_spaced = follows.is_some_and(is_space);
    if is_spaced {
        input.skip(2 + word.len());
        input.take_while(is_space);
    }
    is_spaced
}

/// A condition that begins here: those count in what is left out as well, even in its comments and
/// texts.
pub(super) fn condition_here(
    input: &mut Input<'_>,
    span: Span,
) -> Option<Result<Directive, Diagnostic>> {
    let word = word(input)?;
    condition(input, &word, span)
}

/// `#!ifdef` and its kind.
fn condition(
    input: &mut Input<'_>,
    word: &str,
    span: Span,
) -> Option<Result<Directive, Diagnostic>> {
    let how = match word {
        "ifdef" => Condition::Defined,
        "ifndef" => Condition::Undefined,
        "ifexp" => Condition::Expression,
        "else" | "endif" => return closing(input, word, span),
        _ => return None,
    };
    if !spaced(input, word) {
        return None;
    }
    if how == Condition::Expression {
        let (text, is_ended) = input.line();
        return Some(ended(is_ended, span).map(|()| Directive::If { how, text, span }));
    }
    let name = match name(input, word, span) {
        Ok(name) => name,
        Err(fault) => return Some(Err(fault)),
    };
    // Whatever else stands there Kamailio reads over.
    let (_, is_ended) = input.line();
    Some(ended(is_ended, span).map(|()| Directive::If {
        how,
        text: name,
        span,
    }))
}

/// `#!else` and `#!endif`, which stand alone: with anything behind them they are comments to
/// Kamailio.
fn closing(input: &mut Input<'_>, word: &str, span: Span) -> Option<Result<Directive, Diagnostic>> {
    let stands_alone = {
        let mut behind = input.ahead().skip(2 + word.len());
        behind.find(|c| !is_space(*c)) == Some('\n')
    };
    if stands_alone {
        input.skip(2 + word.len());
        input.line();
        return Some(Ok(if word == "else" {
            Directive::Else(span)
        } else {
            Directive::Endif(span)
        }));
    }
    None
}

/// Whether `#!else` or `#!endif` is next with something behind it, and what is wrong with that.
pub(super) fn commented(input: &Input<'_>) -> Option<Diagnostic> {
    let word = word(input).filter(|word| word == "else" || word == "endif")?;
    let span = input.span();
    let is_last = !input.ahead().any(|c| c == '\n');
    let (what, remedy) = if is_last {
        (
            format!("#!{word} at the end of a file without a line break is a comment to Kamailio"),
            "end the line",
        )
    } else {
        (
            format!("#!{word} with something behind it is a comment to Kamailio"),
            "let it stand alone on its line",
        )
    };
    Some(Diagnostic::new(span, what).instead(remedy))
}

fn ended(is_ended: bool, span: Span) -> Result<(), Diagnostic> {
    if is_ended { Ok(()) } else { Err(endless(span)) }
}

fn endless(span: Span) -> Diagnostic {
    Diagnostic::new(span, "this line does not end").instead("end the file with a line break")
}

/// The name behind `#!define` or `#!ifdef`.
fn name(input: &mut Input<'_>, word: &str, span: Span) -> Result<String, Diagnostic> {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !input.peek().is_some_and(is_first) {
        let fault = Diagnostic::new(span, format!("#!{word} without a name"));
        input.line();
        return Err(fault.instead(format!("write #!{word} NAME")));
    }
    let name = input.take_while(is_word);
    if input.peek() == Some('-') {
        input.line();
        let fault = Diagnostic::new(span, format!("the name {name}- has a - in it"));
        return Err(fault.instead("names are letters, digits and _"));
    }
    Ok(name)
}

fn defined(
    input: &mut Input<'_>,
    how: Define,
    word: &str,
    span: Span,
) -> Result<Directive, Diagnostic> {
    let name = name(input, word, span)?;
    input.take_while(is_space);
    let mut value = String::new();
    loop {
        match input.next() {
            Some('\n') if value.ends_with('\\') && value.len() > 1 => {
                value.pop();
            }
            Some('\n') if value == "\\" => {
                let fault =
                    Diagnostic::new(span, "a value that begins with \\ at the end of its line");
                return Err(fault.instead("begin the value on the line of its name"));
            }
            Some('\n') => break,
            Some(character) => value.push(character),
            None => return Err(endless(span)),
        }
    }
    Ok(Directive::Define {
        how,
        name,
        value,
        span,
    })
}

/// `include_file "x"`, at its first word.
pub(super) fn include(input: &mut Input<'_>) -> Option<Result<Directive, Diagnostic>> {
    let span = input.span();
    let required = input.starts_with("include_file");
    input.take_while(is_word);
    input.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
    let name = input.take_while(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'));
    Some(Ok(Directive::Include {
        required,
        name,
        span,
    }))
}
