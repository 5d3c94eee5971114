//! Routes to code, with every name checked on the way.

mod answer;
mod assignment;
mod call;
mod core_word;
mod expression;
mod folded;
mod handler;
mod initial;
mod log;
mod named;
mod place;
mod routine;
mod select;
mod sql;
mod sql_shape;
mod statement;
mod substitution;
mod text;
mod transformation;
mod variable;
mod xavp;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::constants::Constants;
use crate::declared::Declared;
use crate::fault::Diagnostic;
use crate::initial::Initial;
use crate::limits::{CODE_BYTES_MAX, ROUTES_MAX};
use crate::parser::{self, Outline, Route};
use crate::preprocessor::Value;
use crate::span::Span;
use crate::tables::event::{self, Event};
use crate::token::{Token, TokenKind};

pub(crate) use self::handler::handlers;
use self::routine::Routine;

/// A block of an event and its code.
pub(crate) struct Block<'a> {
    pub(crate) event: &'static Event,
    pub(crate) segment: Option<&'a str>,
    /// The function that runs it.
    pub(crate) symbol: String,
}

/// What the code generator knows of the whole configuration.
pub(crate) struct Lowering<'a> {
    tokens: &'a [Token],
    outline: &'a Outline,
    files: &'a [String],
    defined: &'a dyn Fn(&str) -> Option<Value>,
    /// What `modparam` says that variables are at first.
    initial: &'a Initial,
    /// What the code names of the tenant's.
    pub(crate) declared: Declared,
    pub(crate) faults: Vec<Diagnostic>,
    pub(crate) constants: Constants,
    /// Globals of the blocks, by symbol, with the cell that they begin with.
    pub(crate) globals: BTreeMap<String, u32>,
    pub(crate) functions: Vec<String>,
    code_bytes: usize,
    /// Private variables, by kind and name.
    private: HashMap<(&'static str, String), String>,
    /// Routes by block and name: their functions.
    routes: HashMap<(usize, String), String>,
    /// Those whose functions are still to be made.
    pending: Vec<(usize, Route)>,
    /// The names of all routes that some block calls.
    pub(crate) called: BTreeSet<String>,
    /// How many times a loop may run; 0 for as often as it likes.
    turns_max: i64,
    /// Whether anything reads $rc.
    reads_rc: bool,
    /// What `$sel(cfg_get...)` reads.
    settings: BTreeMap<String, String>,
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(
        tokens: &'a [Token],
        outline: &'a Outline,
        files: &'a [String],
        defined: &'a dyn Fn(&str) -> Option<Value>,
        initial: &'a Initial,
    ) -> Self {
        Self {
            initial,
            declared: Declared::default(),
            tokens,
            outline,
            files,
            defined,
            faults: Vec::new(),
            constants: Constants::new(),
            globals: BTreeMap::new(),
            functions: Vec::new(),
            code_bytes: 0,
            private: HashMap::new(),
            routes: HashMap::new(),
            pending: Vec::new(),
            called: BTreeSet::new(),
            turns_max: turns_max(tokens),
            reads_rc: reads_rc(tokens),
            settings: select::settings(tokens),
        }
    }

    /// Compiles blocks and the routes that they call.
    pub(crate) fn blocks(&mut self, wanted: &[&'a Route]) -> Vec<Block<'a>> {
        let mut blocks = Vec::new();
        for (number, route) in wanted.iter().enumerate() {
            let Some((event, segment)) = event::find(&route.name) else {
                let what = format!("this server has no event {}", route.name);
                self.faults
                    .push(Diagnostic::new(route.span, what).instead(event::instead(&route.name)));
                continue;
            };
            let symbol = format!("$block-{number}");
            self.routine(number, (event, segment), route, &symbol);
            while let Some((number, route)) = self.pending.pop() {
                if self.code_bytes > CODE_BYTES_MAX {
                    let what = format!("the code is larger than {CODE_BYTES_MAX} octets");
                    self.faults.push(Diagnostic::new(route.span, what));
                    return blocks;
                }
                if let Some(symbol) = self.routes.get(&(number, route.name.clone())).cloned() {
                    self.routine(number, (event, segment), &route, &symbol);
                }
            }
            blocks.push(Block {
                event,
                segment,
                symbol,
            });
        }
        blocks
    }

    fn routine(
        &mut self,
        block: usize,
        event: (&'static Event, Option<&str>),
        route: &Route,
        symbol: &str,
    ) {
        let body = parser::body(self.tokens, route, &mut self.faults);
        let mut routine = Routine::new(self, block, event.0, event.1);
        routine.statements(&body);
        let is_block = symbol.starts_with("$block");
        let kind = if is_block { "event_route" } else { "route" };
        let place = routine.low.place(route.span);
        let function = routine.finish(symbol, &format!("{kind}[{}] ({place})", route.name));
        self.code_bytes = self.code_bytes.saturating_add(function.len());
        self.functions.push(function);
    }

    /// The function of a route that this block calls; none when there is no such route.
    fn route(&mut self, block: usize, name: &str, span: Span) -> Option<String> {
        let Some(route) = self.outline.routes.get(name) else {
            let fault = Diagnostic::new(span, format!("there is no route[{name}]"));
            let near = self
                .outline
                .routes
                .keys()
                .find(|own| own.eq_ignore_ascii_case(name));
            self.faults.push(match near {
                Some(near) => fault.instead(format!("there is a route[{near}]")),
                None => fault.instead("add it, or take the call out"),
            });
            return None;
        };
        self.called.insert(name.to_owned());
        let key = (block, name.to_owned());
        if let Some(symbol) = self.routes.get(&key) {
            return Some(symbol.clone());
        }
        if self.routes.len() >= ROUTES_MAX {
            self.faults.push(Diagnostic::new(
                span,
                format!("more than {ROUTES_MAX} routes are called"),
            ));
            return None;
        }
        let symbol = format!("$route-{}", self.routes.len());
        self.routes.insert(key, symbol.clone());
        self.pending.push((block, route.clone()));
        Some(symbol)
    }

    /// The global of a private variable, which begins with this cell.
    fn private(&mut self, kind: &'static str, name: &str, begin: u32) -> String {
        let number = self.private.len();
        let symbol = self
            .private
            .entry((kind, name.to_owned()))
            .or_insert_with(|| format!("$private-{number}"))
            .clone();
        self.globals.entry(symbol.clone()).or_insert(begin);
        symbol
    }

    /// A place as a log line names it.
    fn place(&self, span: Span) -> String {
        let file = self
            .files
            .get(usize::from(span.file))
            .map_or("", String::as_str);
        let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
        format!("{file}:{}:{}", span.line, span.column)
    }
}

/// Kamailio's `max_while_loops`, 100 unless it is set.
fn turns_max(tokens: &[Token]) -> i64 {
    let named =
        |token: &Token| matches!(&token.kind, TokenKind::Word(word) if word == "max_while_loops");
    let set = tokens.windows(3).find_map(|window| match window {
        [
            name,
            sign,
            Token {
                kind: TokenKind::Number(number),
                ..
            },
        ] if named(name) && sign.is("=") => Some(*number),
        _ => None,
    });
    set.unwrap_or(100)
}

/// Whether the text of any word spells $rc or $retcode.
fn reads_rc(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| match &token.kind {
        TokenKind::Variable(text) | TokenKind::Text(text) => {
            text.contains("rc") || text.contains("retcode")
        }
        _ => false,
    })
}
