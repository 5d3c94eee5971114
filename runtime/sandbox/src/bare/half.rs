//! One of the two modules: whether all that a run can change in it can be put back, and names for what must be.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{
    DataKind, ElementKind, FunctionBody, GlobalType, Operator, Parser, Payload, TypeRef, ValType,
};

use super::NotBare;

/// Which of the two it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// Owns the memory, imports nothing.
    Memory,
    /// Imports the memory, owns none.
    Code,
}

/// A module whose state can be put back.
pub(super) struct Half {
    /// The module, with exports of ours added.
    pub(super) module: Vec<u8>,
    /// The names of the globals that may be set.
    pub(super) globals: Vec<String>,
}

/// Setting back a global costs about as much as setting it; compilers use one to three.
const GLOBALS_MAX: usize = 16;

/// Begins the names of our exports.
const PREFIX: &str = "evroute:global:";

#[derive(Default)]
struct Reading {
    globals_imported: u32,
    memories_imported: u32,
    memories_owned: u32,
    functions_imported: u32,
    /// The globals that may be set, by their numbers.
    settable: Vec<u32>,
}

/// Checks a module and exports the globals that may be set.
pub(super) fn restorable(module: &[u8], role: Role) -> Result<Half, NotBare> {
    let mut reading = Reading::default();
    let mut encoded = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        reading.payload(&payload)?;
        if let Payload::ExportSection(section) = &payload {
            let mut exports = ExportSection::new();
            for export in section.clone() {
                if export?.name.starts_with(PREFIX) {
                    return Err(NotBare("it uses a name of ours"));
                }
            }
            RoundtripReencoder
                .parse_export_section(&mut exports, section.clone())
                .map_err(|_| NotBare("it does not parse"))?;
            for number in &reading.settable {
                exports.export(&name(*number), ExportKind::Global, *number);
            }
            encoded.section(&exports);
        } else if let Some((id, range)) = payload.as_section() {
            let data = module.get(range).ok_or(NotBare("it does not parse"))?;
            encoded.section(&RawSection { id, data });
        }
    }
    reading.check(role)?;
    Ok(Half {
        module: encoded.finish(),
        globals: reading.settable.iter().copied().map(name).collect(),
    })
}

fn name(global: u32) -> String {
    format!("{PREFIX}{global}")
}

impl Reading {
    fn payload(&mut self, payload: &Payload<'_>) -> Result<(), NotBare> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    self.import(import?.ty)?;
                }
            }
            Payload::MemorySection(section) => self.memories_owned += section.count(),
            Payload::GlobalSection(section) => {
                for (number, global) in (self.globals_imported..).zip(section.clone()) {
                    self.global(number, global?.ty)?;
                }
            }
            Payload::StartSection { .. } => return Err(NotBare("it runs code when it is started")),
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    if matches!(element?.kind, ElementKind::Passive) {
                        return Err(NotBare("it has passive segments"));
                    }
                }
            }
            Payload::DataSection(section) => {
                for data in section.clone() {
                    if matches!(data?.kind, DataKind::Passive) {
                        return Err(NotBare("it has passive segments"));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => check_body(body)?,
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, ty: TypeRef) -> Result<(), NotBare> {
        match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => self.functions_imported += 1,
            TypeRef::Memory(_) => self.memories_imported += 1,
            // The owner exports it under a name of ours if it may be set.
            TypeRef::Global(_) => self.globals_imported += 1,
            TypeRef::Table(_) | TypeRef::Tag(_) => {
                return Err(NotBare("its code imports a table"));
            }
        }
        Ok(())
    }

    fn global(&mut self, number: u32, ty: GlobalType) -> Result<(), NotBare> {
        if !ty.mutable {
            return Ok(());
        }
        match ty.content_type {
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => {}
            ValType::V128 | ValType::Ref(_) => return Err(NotBare("it has an unusual global")),
        }
        if self.settable.len() == GLOBALS_MAX {
            return Err(NotBare("it has many globals"));
        }
        self.settable.push(number);
        Ok(())
    }

    fn check(&self, role: Role) -> Result<(), NotBare> {
        let is_meant = match role {
            Role::Memory => {
                self.memories_owned == 1
                    && self.memories_imported == 0
                    && self.functions_imported == 0
                    && self.globals_imported == 0
            }
            Role::Code => self.memories_owned == 0 && self.memories_imported == 1,
        };
        is_meant
            .then_some(())
            .ok_or(NotBare("its memory is not where it is looked for"))
    }
}

/// No instruction changes a table or a segment.
fn check_body(body: &FunctionBody<'_>) -> Result<(), NotBare> {
    for operator in body.get_operators_reader()? {
        match operator? {
            Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::TableAtomicSet { .. }
            | Operator::TableAtomicRmwXchg { .. }
            | Operator::TableAtomicRmwCmpxchg { .. }
            | Operator::ElemDrop { .. } => return Err(NotBare("it changes a table")),
            Operator::MemoryInit { .. } | Operator::DataDrop { .. } => {
                return Err(NotBare("it has passive segments"));
            }
            _ => {}
        }
    }
    Ok(())
}
