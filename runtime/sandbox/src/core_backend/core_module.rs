//! One of the two modules: whether all that a run can change in it can be reset, and names for what
//! must be.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{ExportKind, ExportSection, Module, RawSection};
use wasmparser::{DataKind, ElementKind, GlobalType, Parser, Payload, TypeRef, ValType};

use super::NotEligible;
use super::instructions::check_body;

/// Which of the two it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// Owns the memory, imports nothing.
    Memory,
    /// Imports the memory, owns none.
    Code,
}

/// A module whose state can be reset.
pub(super) struct CoreModule {
    /// The module, with exports of ours added.
    pub(super) module: Vec<u8>,
    /// The names of the globals that may be set.
    pub(super) globals: Vec<String>,
    /// The names of its tables in debug builds, which look at them.
    pub(super) tables: Vec<String>,
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
    tables_owned: u32,
    functions_imported: u32,
    /// The globals that may be set, by their numbers.
    settable: Vec<u32>,
}

/// Checks a module and exports the globals that may be set.
pub(super) fn restorable(module: &[u8], role: Role) -> Result<CoreModule, NotEligible> {
    let mut reading = Reading::default();
    let mut encoded = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        reading.payload(&payload)?;
        if let Payload::ExportSection(section) = &payload {
            let mut exports = ExportSection::new();
            for export in section.clone() {
                if export?.name.starts_with(PREFIX) {
                    return Err(NotEligible("it uses a name of ours"));
                }
            }
            RoundtripReencoder
                .parse_export_section(&mut exports, section.clone())
                .map_err(|_| NotEligible("it does not parse"))?;
            for number in &reading.settable {
                exports.export(&name(*number), ExportKind::Global, *number);
            }
            for number in reading.tables_seen() {
                exports.export(&table(number), ExportKind::Table, number);
            }
            encoded.section(&exports);
        } else if let Some((id, range)) = payload.as_section() {
            let data = module.get(range).ok_or(NotEligible("it does not parse"))?;
            encoded.section(&RawSection { id, data });
        }
    }
    reading.check(role)?;
    Ok(CoreModule {
        module: encoded.finish(),
        globals: reading.settable.iter().copied().map(name).collect(),
        tables: reading.tables_seen().map(table).collect(),
    })
}

fn table(table: u32) -> String {
    format!("{PREFIX}table:{table}")
}

fn name(global: u32) -> String {
    format!("{PREFIX}{global}")
}

impl Reading {
    /// Its tables, whose numbers no import shifts.
    fn tables_seen(&self) -> std::ops::Range<u32> {
        0..if cfg!(debug_assertions) {
            self.tables_owned
        } else {
            0
        }
    }

    fn payload(&mut self, payload: &Payload<'_>) -> Result<(), NotEligible> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    self.import(import?.ty)?;
                }
            }
            Payload::MemorySection(section) => self.memories_owned += section.count(),
            Payload::TableSection(section) => self.tables_owned += section.count(),
            Payload::GlobalSection(section) => {
                for (number, global) in (self.globals_imported..).zip(section.clone()) {
                    self.global(number, global?.ty)?;
                }
            }
            Payload::StartSection { .. } => {
                return Err(NotEligible("it runs code when it is started"));
            }
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    if matches!(element?.kind, ElementKind::Passive) {
                        return Err(NotEligible("it has passive segments"));
                    }
                }
            }
            Payload::DataSection(section) => {
                for data in section.clone() {
                    if matches!(data?.kind, DataKind::Passive) {
                        return Err(NotEligible("it has passive segments"));
                    }
                }
            }
            Payload::CodeSectionEntry(body) => check_body(body)?,
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, ty: TypeRef) -> Result<(), NotEligible> {
        match ty {
            TypeRef::Func(_) | TypeRef::FuncExact(_) => self.functions_imported += 1,
            TypeRef::Memory(_) => self.memories_imported += 1,
            // The owner exports it under a name of ours if it may be set.
            TypeRef::Global(_) => self.globals_imported += 1,
            TypeRef::Table(_) | TypeRef::Tag(_) => {
                return Err(NotEligible("its code imports a table"));
            }
        }
        Ok(())
    }

    fn global(&mut self, number: u32, ty: GlobalType) -> Result<(), NotEligible> {
        if !ty.mutable {
            return Ok(());
        }
        match ty.content_type {
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => {}
            ValType::V128 | ValType::Ref(_) => return Err(NotEligible("it has an unusual global")),
        }
        if self.settable.len() == GLOBALS_MAX {
            return Err(NotEligible("it has many globals"));
        }
        self.settable.push(number);
        Ok(())
    }

    fn check(&self, role: Role) -> Result<(), NotEligible> {
        let is_meant = match role {
            Role::Memory => {
                self.memories_owned == 1
                    && self.tables_owned == 0
                    && self.memories_imported == 0
                    && self.functions_imported == 0
                    && self.globals_imported == 0
            }
            Role::Code => self.memories_owned == 0 && self.memories_imported == 1,
        };
        // The pool has a place for one.
        if self.tables_owned > 1 {
            return Err(NotEligible("it has more than one table"));
        }
        is_meant
            .then_some(())
            .ok_or(NotEligible("its memory is not where it is looked for"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: &str = "(import \"m\" \"memory\" (memory 1))";

    fn reason(role: Role, text: &str) -> Option<&'static str> {
        let module = wat::parse_str(format!("(module {text})")).unwrap();
        restorable(&module, role)
            .err()
            .map(|NotEligible(reason)| reason)
    }

    #[test]
    fn a_module_whose_state_is_not_all_in_sight_is_not_put_back() {
        let table = "(table 2 funcref) (func $f)";
        let by_table = [
            "(table.set (i32.const 0) (ref.func $f))",
            "(drop (table.grow (ref.null func) (i32.const 1)))",
            "(table.fill (i32.const 0) (ref.null func) (i32.const 1))",
            "(table.copy (i32.const 0) (i32.const 1) (i32.const 1))",
            "(table.init 0 (i32.const 0) (i32.const 0) (i32.const 1))",
            "(elem.drop 0)",
        ];
        for instruction in by_table {
            let text = format!("{MEMORY} {table} (elem declare func $f) (func {instruction})");
            assert_eq!(
                reason(Role::Code, &text),
                Some("it changes a table"),
                "{instruction}"
            );
        }
        for (text, why) in [
            ("(func $s) (start $s)", "it runs code when it is started"),
            (
                "(table 1 funcref) (table 1 funcref)",
                "it has more than one table",
            ),
            ("(data \"passive\")", "it has passive segments"),
            ("(elem funcref (ref.null func))", "it has passive segments"),
            (
                "(global (mut funcref) (ref.null func))",
                "it has an unusual global",
            ),
            (
                "(global (mut v128) (v128.const i64x2 0 0))",
                "it has an unusual global",
            ),
            (
                "(import \"m\" \"t\" (table 1 funcref))",
                "its code imports a table",
            ),
            (
                "(func (export \"evroute:global:0\"))",
                "it uses a name of ours",
            ),
        ] {
            assert_eq!(reason(Role::Code, text), Some(why), "{text}");
        }
        let many = "(global (mut i32) (i32.const 0))".repeat(GLOBALS_MAX + 1);
        assert_eq!(reason(Role::Code, &many), Some("it has many globals"));
    }

    #[test]
    fn the_memory_is_owned_by_the_half_that_imports_nothing() {
        const ELSEWHERE: Option<&str> = Some("its memory is not where it is looked for");

        assert_eq!(reason(Role::Memory, "(memory 1)"), None);
        assert_eq!(reason(Role::Code, MEMORY), None);
        for (role, text) in [
            (Role::Memory, ""),
            (Role::Memory, "(memory 1) (memory 1)"),
            (Role::Memory, "(memory 1) (table 1 funcref)"),
            (Role::Memory, MEMORY),
            (Role::Memory, "(import \"m\" \"f\" (func)) (memory 1)"),
            (Role::Memory, "(import \"m\" \"g\" (global i32)) (memory 1)"),
            (Role::Code, ""),
            (Role::Code, "(memory 1)"),
            (
                Role::Code,
                "(import \"m\" \"memory\" (memory 1)) (memory 1)",
            ),
        ] {
            assert_eq!(reason(role, text), ELSEWHERE, "{text}");
        }
    }

    #[test]
    fn every_global_that_may_be_set_has_a_name_of_ours() {
        let text = "(module (import \"m\" \"memory\" (memory 1)) (import \"m\" \"g\" (global (mut i32)))
            (global i32 (i32.const 1)) (global (mut i32) (i32.const 2)) (global (mut f64) (f64.const 3))
            (func (export \"f\")))";
        let half = restorable(&wat::parse_str(text).unwrap(), Role::Code).unwrap();
        assert_eq!(half.globals, ["evroute:global:2", "evroute:global:3"]);
        let exports =
            Parser::new(0)
                .parse_all(&half.module)
                .find_map(|payload| match payload.unwrap() {
                    Payload::ExportSection(exports) => Some(exports),
                    _ => None,
                });
        let exports = exports.unwrap().into_iter().map(|export| export.unwrap());
        let exports: Vec<_> = exports
            .map(|export| (export.name.to_owned(), export.index))
            .collect();
        let expected = [("f", 0), ("evroute:global:2", 2), ("evroute:global:3", 3)];
        assert_eq!(
            exports,
            expected.map(|(name, number)| (name.to_owned(), number))
        );
    }
}
