//! Kamailio's configuration language, compiled to a handler.
//!
//! [`compile`] takes the `event_route[...]` blocks of a configuration, and the `route[...]` blocks that they call, and
//! makes one component of them. No compiler is needed: the code generator and a small runtime are part of this crate.
//!
//! Words (`lexer`, `preprocessor`) become routes (`parser`), routes become code (`lower`, by the rows of `tables`), and
//! code becomes a module together with what it needs of the runtime (`link`).
//!
//! What stands outside of event routes is read over and reported. What stands inside and cannot be compiled is a
//! [`Fault`] with its place and what to write instead; all of them are told.

mod ast;
mod constants;
mod fault;
mod lexer;
mod limits;
mod link;
mod lower;
mod network;
mod parser;
mod pattern;
mod preprocessor;
mod span;
mod spelling;
mod tables;
mod token;
mod world;

use std::collections::BTreeSet;

use evroute_componentize::componentize_text;

pub use fault::{Fault, Faults};
pub use lexer::Includes;
pub use span::Span;

use crate::lexer::Lexer;
use crate::lower::Lowering;
use crate::parser::{Outline, Route};

/// A configuration and what to make of it.
pub struct Source<'a> {
    /// The name of the file, for messages.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
    /// Reads files that it includes: the name as written, and the name of the file that names it.
    pub includes: &'a Includes<'a>,
    /// The events whose blocks are wanted, with their third segment; all when empty.
    pub events: &'a [String],
}

/// A handler.
#[derive(Debug)]
pub struct Compiled {
    /// The component.
    pub component: Vec<u8>,
    /// The same before it was one, as WebAssembly text.
    pub module: String,
    /// The blocks in it, by the names of their events.
    pub events: Vec<String>,
    /// What was read over, and where that is done instead: a sentence each.
    pub skipped: Vec<String>,
}

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is wrong, or says what this server cannot do.
    #[error(transparent)]
    Faults(#[from] Faults),
    /// What was made of it is no component. Our fault.
    #[error("the compiler made something that is no component; please report it: {0}")]
    Internal(#[from] evroute_componentize::Error),
}

/// Compiles a configuration.
///
/// # Errors
/// [`Error::Faults`] with everything that is wrong with it, [`Error::Internal`] when that is nothing and there is no
/// component all the same.
pub fn compile(source: &Source<'_>) -> Result<Compiled, Error> {
    let mut lexer = Lexer::new(source.includes);
    lexer.file(source.name, source.text, Span::default());
    let mut faults = std::mem::take(&mut lexer.faults);
    let outline = parser::outline(&lexer.tokens, &mut faults);
    let wanted = wanted(&outline, source.events, &mut faults);
    let defined = |name: &str| lexer.defined(name);
    let mut lowering = Lowering::new(&lexer.tokens, &outline, &lexer.files, &defined);
    let blocks = lowering.blocks(&wanted);
    faults.append(&mut lowering.faults);
    if !faults.is_empty() {
        return Err(Faults::new(lexer.files.clone(), faults).into());
    }
    let handlers = lower::handlers(&blocks, &lowering.functions, &mut lowering.constants);
    let exports: BTreeSet<&str> = blocks.iter().map(|block| block.event.interface).collect();
    lowering.functions.extend(handlers);
    let linked = link::link(&lowering.functions, &lowering.globals, lowering.constants);
    let world = world::world(&linked.interfaces, &exports);
    let mut packages = world::PACKAGES.to_vec();
    packages.push(("routes.wit", &world));
    let component = componentize_text(linked.text.as_bytes(), &packages, "routes")?;
    Ok(Compiled {
        component,
        module: linked.text,
        events: wanted.iter().map(|route| route.name.clone()).collect(),
        skipped: skipped(&outline, &lowering.called),
    })
}

/// The blocks that are wanted.
fn wanted<'a>(outline: &'a Outline, events: &[String], faults: &mut Vec<Fault>) -> Vec<&'a Route> {
    let is_wanted = |route: &&Route| events.is_empty() || events.contains(&route.name);
    let wanted: Vec<&Route> = outline.events.iter().filter(is_wanted).collect();
    for event in events {
        if !outline.events.iter().any(|route| route.name == *event) {
            let there: Vec<&str> = outline
                .events
                .iter()
                .map(|route| route.name.as_str())
                .collect();
            let fault = Fault::new(
                Span {
                    file: 0,
                    line: 1,
                    column: 1,
                },
                format!("there is no event_route[{event}]"),
            );
            faults.push(fault.instead(format!("there are: {}", there.join(", "))));
        }
    }
    if outline.events.is_empty() && faults.is_empty() {
        let fault = Fault::new(
            Span {
                file: 0,
                line: 1,
                column: 1,
            },
            "there is no event_route in it",
        );
        faults.push(fault.instead("write event_route[tm:local-request] { ... }"));
    }
    wanted
}

/// What was read over: one sentence for each kind.
fn skipped(outline: &Outline, called: &BTreeSet<String>) -> Vec<String> {
    let mut skipped = Vec::new();
    for (kind, span) in &outline.others {
        let remedy = match kind.split('[').next().unwrap_or_default() {
            "request_route" => {
                "the server routes by itself; what decides about requests goes into event_route[core:request]"
            }
            "reply_route" | "onreply_route" => {
                "what looks at responses goes into event_route[core:reply]"
            }
            "failure_route" | "branch_route" => "forking and failover are the server's own",
            _ => "there is nothing like it here",
        };
        skipped.push(format!("line {}: {kind}: {remedy}", span.line));
    }
    let uncalled: Vec<&str> = outline
        .routes
        .keys()
        .filter(|name| !called.contains(*name))
        .map(String::as_str)
        .collect();
    if !uncalled.is_empty() {
        skipped.push(format!(
            "routes that no compiled event calls: {}",
            uncalled.join(", ")
        ));
    }
    if outline.parameters > 0 {
        skipped.push(format!(
            "{} parameters (loadmodule, modparam and their kind): tables, databases and grants are in the server's \
             configuration, docs/configuration.md",
            outline.parameters
        ));
    }
    skipped
}

#[cfg(test)]
mod tests;
