//! The skeleton of a module.

use crate::edit::{after_last, before_close};
use crate::{Error, MARK, ModuleName, Tree};

/// Begins a module.
///
/// # Errors
/// There is such a module, or the tree does not look as expected.
pub fn module(tree: &mut Tree, name: &ModuleName) -> Result<(), Error> {
    let folder = format!("runtime/modules/{name}");
    if tree.has(&folder) {
        return Err(Error::ModuleExists(name.clone()));
    }
    tree.write(&format!("{folder}/Cargo.toml"), manifest(name));
    tree.write(&format!("{folder}/src/lib.rs"), library(name));
    tree.write(&format!("{folder}/src/module.rs"), list(name));
    tree.write(&format!("{folder}/src/events.rs"), events(name));
    tree.write(&format!("{folder}/src/capability.rs"), capability(name));
    listed(tree, name)
}

fn manifest(name: &ModuleName) -> String {
    format!(
        "[package]\nname = \"evroute-module-{name}\"\nversion.workspace = true\nedition.workspace = true\n\
         rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n\
         [dependencies]\nevroute-bindings.workspace = true\nevroute-event.workspace = true\n\
         evroute-module-api.workspace = true\nwasmtime.workspace = true\n\n[lints]\nworkspace = true\n"
    )
}

fn library(name: &ModuleName) -> String {
    format!(
        "//! The {name} module: {MARK}: what it does, and what Kamailio calls that.\n\n\
         mod capability;\npub mod events;\nmod module;\n\npub use module::{}Module;\n",
        name.pascal()
    )
}

/// `module.rs`, with a test that fails until the module offers something.
fn list(name: &ModuleName) -> String {
    let ty = format!("{}Module", name.pascal());
    format!(
        "//! The module, for the server's list.\n\nuse std::sync::Arc;\n\n\
         use evroute_module_api::{{Capability, EventBinding, Module}};\n\n\
         use crate::{{capability, events}};\n\n\
         /// The module, for the server's list.\n#[derive(Clone, Copy, Debug, Default)]\n\
         pub struct {ty};\n\n\
         impl Module for {ty} {{\n    fn name(&self) -> &'static str {{\n        \"{name}\"\n    }}\n\n    \
         fn events(&self) -> Vec<Arc<dyn EventBinding>> {{\n        events::bindings()\n    }}\n\n    \
         fn capabilities(&self) -> &'static [Capability] {{\n        capability::ROWS\n    }}\n}}\n\n\
         #[cfg(test)]\nmod tests {{\n    use super::*;\n\n    #[test]\n    fn it_offers_something() {{\n        \
         assert!(\n            !{ty}.events().is_empty() || !{ty}.capabilities().is_empty(),\n            \
         \"{MARK}: make new-event NAME={name}:EVENT, or a capability\"\n        );\n    }}\n}}\n"
    )
}

fn events(name: &ModuleName) -> String {
    format!(
        "//! What this module raises.\n\nuse std::sync::Arc;\n\nuse evroute_module_api::EventBinding;\n\n\
         /// The events of the {name} module, in the order of the reference.\n\
         pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {{\n    vec![]\n}}\n"
    )
}

fn capability(name: &ModuleName) -> String {
    let view = format!("{}View", name.pascal());
    format!(
        "//! What guests may call.\n\nuse evroute_module_api::{{Capability, run_view}};\n\n\
         /// What this module implements of `evroute:{name}`.\n\
         pub(crate) const ROWS: &[Capability] = &[];\n\n\
         run_view!({view});\n"
    )
}

/// Its lines in the manifests and in the server's list.
fn listed(tree: &mut Tree, name: &ModuleName) -> Result<(), Error> {
    let crate_name = format!("evroute-module-{name}");
    let line = format!("{crate_name} = {{ path = \"runtime/modules/{name}\" }}\n");
    tree.edit("Cargo.toml", "evroute-module- lines", |text| {
        after_last(text, "evroute-module-", &line)
    })?;
    let line = format!("{crate_name}.workspace = true\n");
    tree.edit(
        "runtime/server/Cargo.toml",
        "evroute-module- lines",
        |text| after_last(text, "evroute-module-", &line),
    )?;
    let row = format!("    &evroute_module_{name}::{}Module,\n", name.pascal());
    tree.edit("runtime/server/src/modules.rs", "MODULES", |text| {
        before_close(text, "pub const MODULES", "]", &row)
    })
}
