//! The components that a component of the direct layout has in it.

use wasmparser::{ComponentExternalKind, ComponentType, ComponentTypeRef, Payload};

use super::NotEligible;
use super::provenance::plain;

/// What the one function that it is given is called.
pub(super) const FUNCTION: &str = "import-func-handle";

/// What it gives that function out as.
const EXPORT: &str = "handle";

const UNUSUAL: NotEligible =
    NotEligible("a component in it does more than give a handler its types");

/// A nested component that gives its names to types, and gives out the one function that it is
/// given.
///
/// Since it has no other function, no instances, no aliases and no code, there is nothing else that
/// its export could be.
#[derive(Default)]
pub(super) struct Nested {
    functions_imported: u32,
    functions_exported: u32,
}

impl Nested {
    pub(super) fn payload(&mut self, payload: &Payload<'_>) -> Result<(), NotEligible> {
        match payload {
            Payload::Version { .. } | Payload::CustomSection(_) | Payload::End(_) => {}
            Payload::ComponentTypeSection(section) => {
                for ty in section.clone() {
                    let (ComponentType::Defined(_) | ComponentType::Func(_)) = ty? else {
                        return Err(UNUSUAL);
                    };
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    let import = import?;
                    match import.ty {
                        ComponentTypeRef::Type(_) => {}
                        ComponentTypeRef::Func(_) if plain(&import.name)? == FUNCTION => {
                            self.functions_imported += 1;
                        }
                        ComponentTypeRef::Func(_)
                        | ComponentTypeRef::Module(_)
                        | ComponentTypeRef::Value(_)
                        | ComponentTypeRef::Instance(_)
                        | ComponentTypeRef::Component(_) => return Err(UNUSUAL),
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    match export.kind {
                        ComponentExternalKind::Type => {}
                        // The first function there is: an export comes after what it exports.
                        ComponentExternalKind::Func
                            if export.index == 0 && plain(&export.name)? == EXPORT =>
                        {
                            self.functions_exported += 1;
                        }
                        ComponentExternalKind::Func
                        | ComponentExternalKind::Module
                        | ComponentExternalKind::Value
                        | ComponentExternalKind::Instance
                        | ComponentExternalKind::Component => return Err(UNUSUAL),
                    }
                }
            }
            _ => return Err(UNUSUAL),
        }
        Ok(())
    }

    /// Once it has ended.
    pub(super) fn check(&self) -> Result<(), NotEligible> {
        match (self.functions_imported, self.functions_exported) {
            (1, 1) => Ok(()),
            _ => Err(UNUSUAL),
        }
    }
}
