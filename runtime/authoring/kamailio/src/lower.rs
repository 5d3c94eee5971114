//! Routes to code, with every name checked on the way.

mod answer;
mod assignment;
mod call;
mod core_word;
mod expression;
mod folded;
mod handler;
mod http_reply;
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

use crate::code::{Callee, Definition, Global};
use crate::constants::Constants;
use crate::declared::Declared;
use crate::fault::Diagnostic;
use crate::initial::Initial;
use crate::limits::{INSTRUCTIONS_MAX, ROUTES_MAX};
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
    pub(crate) callee: Callee,
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
    /// Globals of the blocks, with the cell that they begin with.
    pub(crate) globals: BTreeMap<Global, u32>,
    pub(crate) functions: Vec<Definition>,
    /// How long they are together.
    instructions: usize,
    /// Private variables, by kind and name.
    private: HashMap<(&'static str, String), Global>,
    /// Routes by block and name: their functions.
    routes: HashMap<(usize, String), Callee>,
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
            instructions: 0,
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
            let callee = Callee::Block(number);
            self.routine(number, (event, segment), route, callee);
            while let Some((number, route)) = self.pending.pop() {
                if self.is_too_long(route.span) {
                    return blocks;
                }
                if let Some(callee) = self.routes.get(&(number, route.name.clone())).copied() {
                    self.routine(number, (event, segment), &route, callee);
                }
            }
            if self.is_too_long(route.span) {
                return blocks;
            }
            blocks.push(Block {
                event,
                segment,
                callee,
            });
        }
        blocks
    }

    /// Whether there is more code than may be, and a fault when there is.
    fn is_too_long(&mut self, span: Span) -> bool {
        let is_too_long = self.instructions >= INSTRUCTIONS_MAX;
        if is_too_long {
            let what = format!("the code has more than {INSTRUCTIONS_MAX} instructions");
            let fault = Diagnostic::new(span, what);
            self.faults
                .push(fault.instead("divide it among several handlers"));
        }
        is_too_long
    }

    fn routine(
        &mut self,
        block: usize,
        event: (&'static Event, Option<&str>),
        route: &Route,
        callee: Callee,
    ) {
        let body = parser::body(self.tokens, route, &mut self.faults);
        let mut routine = Routine::new(self, block, event.0, event.1);
        routine.statements(&body);
        let is_block = matches!(callee, Callee::Block(_));
        let kind = if is_block { "event_route" } else { "route" };
        let place = routine.low.place(route.span);
        let function = routine.finish(callee, format!("{kind}[{}] ({place})", route.name));
        self.instructions = self.instructions.saturating_add(function.code.len());
        self.functions.push(function);
    }

    /// The function of a route that this block calls; none when there is no such route.
    fn route(&mut self, block: usize, name: &str, span: Span) -> Option<Callee> {
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
        if let Some(callee) = self.routes.get(&key) {
            return Some(*callee);
        }
        if self.routes.len() >= ROUTES_MAX {
            self.faults.push(Diagnostic::new(
                span,
                format!("more than {ROUTES_MAX} routes are called"),
            ));
            return None;
        }
        let callee = Callee::Route(self.routes.len());
        self.routes.insert(key, callee);
        self.pending.push((block, route.clone()));
        Some(callee)
    }

    /// The global of a private variable, which begins with this cell.
    fn private(&mut self, kind: &'static str, name: &str, begin: u32) -> Global {
        let number = self.private.len();
        let own = self.private.entry((kind, name.to_owned()));
        let global = *own.or_insert(Global::Private(number));
        self.globals.entry(global).or_insert(begin);
        global
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
