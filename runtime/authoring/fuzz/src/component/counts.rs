//! The index spaces of a component: what is added gets the next numbers.

use wasmparser::{
    BinaryReaderError, CanonicalFunction, ComponentAlias, ComponentExternalKind,
    ComponentOuterAliasKind, ComponentTypeRef as TypeRef, ExternalKind, Payload,
};

/// How many of each there are so far: what is added gets the next numbers.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) types: u32,
    pub(super) functions: u32,
    pub(super) core_functions: u32,
    pub(super) core_memories: u32,
    pub(super) core_modules: u32,
    pub(super) core_instances: u32,
}

impl Counts {
    pub(super) fn add(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::InstanceSection(instances) => self.core_instances += instances.count(),
            Payload::ComponentTypeSection(types) => self.types += types.count(),
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    match import?.ty {
                        TypeRef::Module(_) => self.core_modules += 1,
                        TypeRef::Func(_) => self.functions += 1,
                        TypeRef::Type(_) => self.types += 1,
                        TypeRef::Value(_) | TypeRef::Instance(_) | TypeRef::Component(_) => {}
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    self.add_kind(export?.kind);
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    self.add_alias(&alias?);
                }
            }
            Payload::ComponentCanonicalSection(canonical) => {
                for function in canonical.clone() {
                    if matches!(function?, CanonicalFunction::Lift { .. }) {
                        self.functions += 1;
                    } else {
                        self.core_functions += 1;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add_alias(&mut self, alias: &ComponentAlias<'_>) {
        match alias {
            ComponentAlias::InstanceExport { kind, .. } => self.add_kind(*kind),
            ComponentAlias::CoreInstanceExport { kind, .. } => match kind {
                ExternalKind::Func | ExternalKind::FuncExact => self.core_functions += 1,
                ExternalKind::Memory => self.core_memories += 1,
                ExternalKind::Table | ExternalKind::Global | ExternalKind::Tag => {}
            },
            ComponentAlias::Outer { kind, .. } => match kind {
                ComponentOuterAliasKind::CoreModule => self.core_modules += 1,
                ComponentOuterAliasKind::Type => self.types += 1,
                ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Component => {}
            },
        }
    }

    fn add_kind(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Module => self.core_modules += 1,
            ComponentExternalKind::Func => self.functions += 1,
            ComponentExternalKind::Type => self.types += 1,
            ComponentExternalKind::Value
            | ComponentExternalKind::Instance
            | ComponentExternalKind::Component => {}
        }
    }
}
