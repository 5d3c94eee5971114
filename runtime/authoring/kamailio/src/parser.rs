//! Words to routes.

mod cursor;
mod expression;
mod statement;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::ast::Block;
use crate::fault::Diagnostic;
use crate::preprocessor::is_reserved;
use crate::span::Span;
use crate::tables::event;
use crate::token::{Token, TokenKind};

use self::cursor::Cursor;

/// One `route[...]` or `event_route[...]` whose inside has not been looked at yet.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) name: String,
    pub(crate) span: Span,
    tokens: Range<usize>,
}

/// `modparam("module", "name", "value")`
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) span: Span,
}

/// A configuration, split at its outermost level.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// In their order.
    pub(crate) events: Vec<Route>,
    /// By name.
    pub(crate) routes: BTreeMap<String, Route>,
    /// Other kinds of routes: what kind, and where.
    pub(crate) others: Vec<(String, Span)>,
    /// `modparam(...)`, in their order.
    pub(crate) settings: Vec<Setting>,
    /// How many parameters there are outside of routes: `loadmodule`, `modparam` and their kind.
    pub(crate) parameters: usize,
}

/// The kinds of routes that Kamailio has besides `route` and `event_route`.
const OTHERS: [&str; 8] = [
    "request_route",
    "reply_route",
    "onreply_route",
    "failure_route",
    "branch_route",
    "onsend_route",
    "error_route",
    "startup_route",
];

/// Splits a configuration. Parameters end with their line, as in Kamailio.
pub(crate) fn outline(tokens: &[Token], faults: &mut Vec<Diagnostic>) -> Outline {
    let mut outline = Outline::default();
    let mut cursor = Cursor::new(tokens, 0..tokens.len());
    while let Some(token) = cursor.next() {
        match &token.kind {
            TokenKind::Word(word)
                if word == "route" || word == "event_route" || OTHERS.contains(&word.as_str()) =>
            {
                if let Some(route) = route(&mut cursor, token, faults) {
                    outline.add(word, route, faults);
                }
            }
            TokenKind::Sign(";") => {}
            _ => {
                outline.parameters += 1;
                outline.settings.extend(setting(&cursor, token));
                parameter(&mut cursor, token);
            }
        }
    }
    outline
}

impl Outline {
    fn add(&mut self, kind: &str, route: Route, faults: &mut Vec<Diagnostic>) {
        match kind {
            "event_route" if route.name.is_empty() => {
                let fault =
                    Diagnostic::new(route.span, "an event_route needs the name of its event");
                faults.push(fault.instead("write event_route[tm:local-request] { ... }"));
            }
            "event_route" => {
                if self.events.iter().any(|known| known.name == route.name) {
                    let what = format!("event_route[{}] is there twice", route.name);
                    faults.push(Diagnostic::new(route.span, what).instead("put both into one"));
                }
                self.events.push(route);
            }
            // `route { ... }` without a name is the request route.
            "route" if route.name.is_empty() => {
                self.others.push(("request_route".to_owned(), route.span))
            }
            "route" => {
                if self.routes.contains_key(&route.name) {
                    let what = format!("route[{}] is there twice", route.name);
                    faults.push(
                        Diagnostic::new(route.span, what).instead("give one of them another name"),
                    );
                }
                self.routes.insert(route.name.clone(), route);
            }
            other => {
                let shown = if route.name.is_empty() {
                    other.to_owned()
                } else {
                    format!("{other}[{}]", route.name)
                };
                self.others.push((shown, route.span));
            }
        }
    }
}

/// The name and the extent of a route, after its keyword.
fn route(cursor: &mut Cursor<'_>, keyword: &Token, faults: &mut Vec<Diagnostic>) -> Option<Route> {
    let mut name = String::new();
    if cursor.take("[") {
        match cursor.peek().and_then(named) {
            Some(Ok(own)) => {
                name = own;
                cursor.next();
            }
            Some(Err(fault)) => {
                faults.push(fault);
                cursor.next();
            }
            None => {}
        }
        if !cursor.take("]") {
            faults.push(cursor.expected("]"));
        }
    }
    if !cursor.take("{") {
        faults.push(cursor.expected("{"));
        return None;
    }
    let begin = cursor.position();
    let mut depth = 1_u32;
    while let Some(token) = cursor.next() {
        if token.is("{") {
            depth += 1;
        } else if token.is("}") {
            depth -= 1;
        }
        if depth == 0 {
            let tokens = begin..cursor.position().saturating_sub(1);
            return Some(Route {
                name,
                span: keyword.span,
                tokens,
            });
        }
    }
    let fault = Diagnostic::new(keyword.span, "this block does not end");
    faults.push(fault.instead("a } is missing"));
    None
}

/// The name between the brackets of a route; none when this is none.
fn named(token: &Token) -> Option<Result<String, Diagnostic>> {
    let fault = |what: String| Some(Err(Diagnostic::new(token.span, what)));
    match &token.kind {
        // The server has events of its own whose names have one segment.
        TokenKind::Name(name) if is_event(name) || event::find(name).is_some() => {
            Some(Ok(name.clone()))
        }
        TokenKind::Name(name) => {
            let what = format!("{name} is no name of an event or a route");
            let remedy = "an event's is module:event, a route's has letters, digits and _ or stands in quotes";
            Some(Err(Diagnostic::new(token.span, what).instead(remedy)))
        }
        TokenKind::Word(word) if is_reserved(word) => fault(format!(
            "{word} is a word of Kamailio's own, which no route can have"
        )),
        TokenKind::Word(word) => Some(Ok(word.clone())),
        TokenKind::Text(text) => Some(Ok(text.clone())),
        TokenKind::Number(number) => Some(Ok(number.to_string())),
        TokenKind::Unread(why) => fault(why.clone()),
        TokenKind::Variable(_) | TokenKind::Address(_) | TokenKind::Sign(_) | TokenKind::Odd(_) => {
            None
        }
    }
}

/// Whether Kamailio takes this for the name of an event: `module:event`, and more segments.
fn is_event(name: &str) -> bool {
    let mut segments = name.split(':');
    let is_segment = |segment: &str, has_underscore: bool| {
        segment.starts_with(|c: char| c.is_ascii_alphabetic())
            && segment
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'-' || (has_underscore && c == b'_'))
    };
    segments
        .next()
        .is_some_and(|first| is_segment(first, false))
        && name.contains(':')
        && segments.all(|segment| is_segment(segment, true))
}

/// What a `modparam` with a text says.
fn setting(cursor: &Cursor<'_>, first: &Token) -> Option<Setting> {
    if !matches!(&first.kind, TokenKind::Word(word) if word == "modparam" || word == "modparamx") {
        return None;
    }
    let kinds: Vec<&TokenKind> = cursor.ahead().take(7).map(|token| &token.kind).collect();
    match kinds.as_slice() {
        [
            TokenKind::Sign("("),
            TokenKind::Text(module),
            TokenKind::Sign(","),
            TokenKind::Text(name),
            TokenKind::Sign(","),
            TokenKind::Text(value),
            TokenKind::Sign(")"),
        ] => Some(Setting {
            module: module.clone(),
            name: name.clone(),
            value: value.clone(),
            span: first.span,
        }),
        _ => None,
    }
}

/// Walks over a parameter: to the end of its line, and further where a bracket is open or the line
/// ends with an operator.
fn parameter(cursor: &mut Cursor<'_>, first: &Token) {
    let mut depth = 0_u32;
    let mut last = first;
    let mut line = first.span;
    loop {
        if ["(", "[", "{"].iter().any(|sign| last.is(sign)) {
            depth += 1;
        } else if [")", "]", "}"].iter().any(|sign| last.is(sign)) {
            depth = depth.saturating_sub(1);
        }
        let goes_on = depth > 0 || last.is("=") || last.is(",") || last.is("|");
        match cursor.peek() {
            Some(token)
                if goes_on || (token.span.line, token.span.file) == (line.line, line.file) =>
            {
                line = token.span;
                last = token;
                cursor.next();
            }
            Some(_) | None => return,
        }
    }
}

/// The statements of a route.
pub(crate) fn body(tokens: &[Token], route: &Route, faults: &mut Vec<Diagnostic>) -> Block {
    let mut cursor = Cursor::new(tokens, route.tokens.clone());
    statement::Statements::new(&mut cursor, faults).all()
}

#[cfg(test)]
mod tests;
