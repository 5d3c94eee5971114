//! What functions, globals and local variables are called. The server names functions when a run
//! fails; the rest is for whoever reads the module as text.

use wasm_encoder::{IndirectNameMap, NameMap, NameSection};

use crate::code::{Callee, Definition, Global};

use super::module::Parts;

pub(super) fn section(parts: &Parts<'_>) -> NameSection {
    let (mut functions, mut locals) = (NameMap::new(), IndirectNameMap::new());
    let imports = parts.imports.iter().map(|function| function.symbol());
    let mut number = 0;
    for name in imports {
        functions.append(number, &name);
        number += 1;
    }
    for function in &parts.functions {
        functions.append(number, function.name);
        let mut names = NameMap::new();
        for (local, name) in &function.locals {
            names.append(*local, name);
        }
        locals.append(number, &names);
        number += 1;
    }
    for definition in parts.blocks.definitions {
        if let Some(name) = function(definition) {
            functions.append(number, &name);
        }
        number += 1;
    }
    let mut globals = NameMap::new();
    for (number, name) in (0..).zip(parts.global_names()) {
        if let Some(name) = name {
            globals.append(number, &global(name));
        }
    }
    let mut section = NameSection::new();
    section.functions(&functions);
    section.locals(&locals);
    section.globals(&globals);
    section
}

fn function(definition: &Definition) -> Option<String> {
    let number = || match definition.callee? {
        Callee::Block(number) => Some(format!("block-{number}")),
        Callee::Route(number) => Some(format!("route-{number}")),
        Callee::Runtime(_) | Callee::Server { .. } => None,
    };
    definition.name.clone().or_else(number)
}

fn global(global: Global) -> String {
    match global {
        Global::Runtime(name) => name.to_owned(),
        Global::Answer => "answer".to_owned(),
        Global::Private(number) => format!("private-{number}"),
        Global::Reason => "reason".to_owned(),
        Global::ReasonLength => "reason-length".to_owned(),
        Global::ReplyBody => "reply-body".to_owned(),
        Global::ReplyBodyLength => "reply-body-length".to_owned(),
        Global::ReplyCloses => "reply-closes".to_owned(),
        Global::Upgrades => "upgrades".to_owned(),
    }
}
