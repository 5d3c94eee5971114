//! Kamailio's configuration language, compiled to a handler.
//!
//! [`compile`] takes the `event_route[...]` blocks of a configuration, and the `route[...]` blocks
//! that they call, and makes one component of them. No compiler is needed: the code generator and a
//! small runtime are part of this crate.
//!
//! Words (`lexer`, `preprocessor`) become routes (`parser`), routes become code (`lower`, by the
//! rows of `tables`), and code becomes a module together with what it needs of the runtime
//! (`link`).
//!
//! What stands outside of event routes is read over and reported. What stands inside and cannot be
//! compiled is a [`Diagnostic`] with its place and what to write instead; all are reported.

mod absent;
mod ast;
mod code;
mod constants;
mod declared;
mod fault;
mod given;
mod initial;
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

pub use fault::{Diagnostic, Diagnostics};
pub use given::Given;
pub use lexer::Includes;
pub use span::Span;

use crate::absent::Absent;
use crate::initial::Initial;
use crate::lexer::Lexer;
use crate::link::{Reached, Runtime};
use crate::lower::Lowering;

/// A configuration and what to make of it.
pub struct Source<'a> {
    /// The name of the file, for messages.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
    /// Reads files that it includes: the name as written, and the name of the file that names it.
    pub includes: &'a Includes<'a>,
    /// Names and an environment from outside.
    pub given: &'a Given,
    /// The events whose blocks are wanted, with their event filter; all when empty.
    pub events: &'a [String],
}

impl<'a> Source<'a> {
    /// One file that includes no other and is given nothing; all of its blocks.
    #[must_use]
    pub fn alone(name: &'a str, text: &'a str) -> Self {
        static NOTHING: Given = Given {
            defines: Vec::new(),
            environment: Vec::new(),
        };
        Self {
            name,
            text,
            includes: &|_, _| Ok(None),
            given: &NOTHING,
            events: &[],
        }
    }
}

/// A handler.
#[derive(Debug)]
pub struct Compiled {
    /// The component.
    pub component: Vec<u8>,
    /// The core module that it was made of.
    pub module: Vec<u8>,
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
    Diagnostics(#[from] Diagnostics),
    /// What was made of it is no component. Our fault.
    #[error("the compiler made something that is no component; please report it: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(cause))
    }
}

impl Compiled {
    /// The module as WebAssembly text.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is no module.
    pub fn module_text(&self) -> Result<String, Error> {
        let printed = wasmprinter::print_bytes(&self.module);
        printed.map_err(|cause| Error::Internal(cause.into()))
    }
}

/// Compiles a configuration.
///
/// # Errors
/// [`Error::Diagnostics`] with everything that is wrong with it, [`Error::Internal`] when that is
/// nothing and there is no component all the same.
pub fn compile(source: &Source<'_>) -> Result<Compiled, Error> {
    let mut lexer = Lexer::new(source.includes, source.given);
    lexer.file(source.name, source.text, Span::default());
    let mut faults = std::mem::take(&mut lexer.faults);
    let outline = parser::outline(&lexer.tokens, &mut faults);
    let absent = Absent {
        outline: &outline,
        skipped: &lexer.preprocessor.skipped,
        notes: &lexer.notes,
        files: &lexer.files,
    };
    let wanted = absent.wanted(source.events, &mut faults);
    let initial = Initial::read(&outline.settings, &mut faults);
    let defined = |name: &str| lexer.defined(name);
    let mut lowering = Lowering::new(&lexer.tokens, &outline, &lexer.files, &defined, &initial);
    let blocks = lowering.blocks(&wanted);
    faults.append(&mut lowering.faults);
    if !faults.is_empty() {
        return Err(Diagnostics::new(lexer.files.clone(), &lexer.texts, faults).into());
    }
    let runtime = Runtime::read().map_err(Error::internal)?;
    let reached = Reached::from(&runtime, &lowering.functions).map_err(Error::internal)?;
    let handlers = lower::handlers(&blocks, &reached, &mut lowering.constants);
    let exports: BTreeSet<&str> = blocks.iter().map(|block| block.event.interface).collect();
    lowering.functions.extend(handlers);
    for route in &wanted {
        lowering.declared.event(&route.name);
    }
    let declared = &lowering.declared;
    let linked = link::link(
        &runtime,
        &link::Blocks {
            definitions: &lowering.functions,
            globals: &lowering.globals,
            files: &lexer.files,
        },
        lowering.constants,
        declared,
    )
    .map_err(Error::internal)?;
    let world = world::world(&linked.interfaces, &exports);
    let packages = world::packages(&world);
    let component =
        componentize_text(&linked.module, &packages, "routes").map_err(Error::internal)?;
    Ok(Compiled {
        component,
        module: linked.module,
        events: wanted.iter().map(|route| route.name.clone()).collect(),
        skipped: absent.skipped(&lowering.called),
    })
}

#[cfg(test)]
mod tests;
