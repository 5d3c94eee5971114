//! The skeleton of an event.

use crate::edit::{after_last, appended, before_close, last_item, last_row};
use crate::{Error, EventName, MARK, Tree};

/// The versions that a package may have, the last one first; the first is what one begins with.
fn version(tree: &Tree, module: &str) -> String {
    let mut versions = (0..100).rev().map(|patch| format!("0.1.{patch}"));
    let is_there = |version: &String| tree.has(&wit_path(module, version));
    versions
        .find(is_there)
        .unwrap_or_else(|| "0.1.0".to_owned())
}

fn wit_path(module: &str, version: &str) -> String {
    format!("wit/deps/{module}@{version}/{module}.wit")
}

/// Begins an event of a module that exists.
///
/// # Errors
/// There is such an event or no such module, or the tree does not look as expected.
pub fn event(tree: &mut Tree, name: &EventName) -> Result<(), Error> {
    let module = name.module.as_str();
    if !tree.has(&format!("runtime/modules/{module}/Cargo.toml")) {
        return Err(Error::NoModule(name.module.clone()));
    }
    if !tree.has(&format!("runtime/modules/{module}/src/events.rs")) {
        return Err(Error::NoEvents(name.module.clone()));
    }
    interface(tree, name)?;
    raised(tree, name)?;
    getters(tree, name)?;
    case(tree, name)?;
    documents(tree, name)?;
    test(tree, name)
}

/// The event's interface, and the resource of what it carries among the package's types.
fn interface(tree: &mut Tree, name: &EventName) -> Result<(), Error> {
    let (module, event) = (name.module.as_str(), name.name());
    let version = version(tree, module);
    let path = wit_path(module, &version);
    if !tree.has(&path) {
        let text = format!(
            "package evroute:{module}@{version};\n\n/// Payloads of the {module} module's events.\n\
             @since(version = {version})\ninterface types {{\n}}\n"
        );
        tree.write(&path, text);
    }
    if tree.read(&path)?.contains(&format!("interface {event} {{")) {
        return Err(Error::EventExists(name.clone()));
    }
    let since = format!("@since(version = {version})");
    let resource = format!(
        "\n  /// What `event_route[{name}]` carries.\n  {since}\n  resource {event}-event {{\n    \
         /// {MARK}: what it is.\n    {since}\n    name: func() -> string;\n  }}\n"
    );
    tree.edit(&path, "interface types", |text| {
        before_close(text, "interface types {", "}", &resource)
    })?;
    let text = appended(
        &tree.read(&path)?,
        &format!(
            "/// `event_route[{name}]`: {MARK}: when it is raised.\n///\n/// There is nothing to decide.\n\
             {since}\ninterface {event} {{\n  use types.{{{event}-event}};\n\n  \
             /// `err` is a sentence for the operator's log.\n  {since}\n  \
             handle: func(event: {event}-event) -> result<_, string>;\n}}\n"
        ),
    );
    tree.write(
        &path,
        text.replace("interface types {\n\n", "interface types {\n"),
    );
    Ok(())
}

/// The struct that the module raises, and its row among the module's events.
fn raised(tree: &mut Tree, name: &EventName) -> Result<(), Error> {
    let ty = name.type_name();
    let path = format!("runtime/modules/{}/src/events.rs", name.module);
    let skeleton = format!(
        "/// `event_route[{name}]`: {MARK}: when it is raised.\n#[derive(Debug)]\npub struct {ty} {{\n    \
         /// When; no message.\n    pub subject: evroute_event::Subject,\n    \
         /// {MARK}: what it carries.\n    \
         pub name: String,\n}}\n\n\
         evroute_event::event!({ty}: \"{name}\" -> ());\n\n\
         impl evroute_module_api::GuestEvent for {ty} {{\n    \
         type Export = evroute_bindings::export::{ty};\n}}\n"
    );
    let row = format!("Arc::new(evroute_module_api::TypedBinding::<{ty}>::default())");
    let text = tree.read(&path)?;
    tree.write(&path, appended(&text, &skeleton));
    tree.edit(&path, "list of bindings, vec![ in fn bindings", |text| {
        last_item(text, "vec![", &row)
    })
}

/// What a handler reads of it.
fn getters(tree: &mut Tree, name: &EventName) -> Result<(), Error> {
    let (module, event, ty) = (name.module.as_str(), name.pascal(), name.type_name());
    let path = format!("runtime/modules/{module}/src/capability.rs");
    let handle = format!("wasmtime::component::Resource<evroute_bindings::handle::{event}Event>");
    let skeleton = format!(
        "impl evroute_bindings::evroute::{module}::types::Host{event}Event for {}View<'_> {{\n    \
         fn name(&mut self, _: {handle}) -> wasmtime::Result<String> {{\n        \
         let name = self.0.payload::<crate::events::{ty}>()?.name.clone();\n        \
         self.0.charge(name.len())?;\n        Ok(name)\n    }}\n\n    \
         fn drop(&mut self, _: {handle}) -> wasmtime::Result<()> {{\n        Ok(())\n    }}\n}}\n",
        name.module.pascal(),
    );
    let text = tree.read(&path)?;
    tree.write(&path, appended(&text, &skeleton));
    let types = format!("import::{}Types", name.module.pascal());
    if text.contains(&types) {
        return Ok(());
    }
    // The module's first event: its package's types are linked now.
    let view = format!("{}View", name.module.pascal());
    let host =
        format!("impl evroute_bindings::evroute::{module}::types::Host for {view}<'_> {{}}\n");
    tree.write(&path, appended(&tree.read(&path)?, &host));
    let row = format!("Capability::of::<evroute_bindings::{types}, {view}<'static>>()");
    let list = "ROWS: &[Capability] = &[";
    tree.edit(&path, list, |text| last_item(text, list, &row))
}

/// How a case writes it.
fn case(tree: &mut Tree, name: &EventName) -> Result<(), Error> {
    let (module, ty) = (name.module.as_str(), name.type_name());
    let path = format!("runtime/authoring/cases/src/events/{module}.rs");
    if !tree.has(&path) {
        first_case(tree, module, &path)?;
    }
    let row = format!("kind::<evroute_module_{module}::events::{ty}>()");
    let skeleton = format!(
        "impl InCases for evroute_module_{module}::events::{ty} {{\n    // {MARK}: what a case has to say, the least of it.\n    \
         const EXAMPLE: &'static str = \"\";\n\n    fn build(case: &Case) -> Result<Self, String> {{\n        \
         Ok(Self {{\n            subject: super::quiet(case),\n            name: \"{MARK}\".to_owned(),\n        }})\n    }}\n}}\n"
    );
    let text = tree.read(&path)?;
    tree.write(&path, appended(&text, &skeleton));
    tree.edit(&path, "list of kinds, vec![ in fn kinds", |text| {
        last_item(text, "vec![", &row)
    })
}

/// The file of a module's events in cases, with none in it yet.
fn first_case(tree: &mut Tree, module: &str, path: &str) -> Result<(), Error> {
    let text = format!(
        "//! Events of the {module} module.\n\nuse super::{{InCases, Kind, kind}};\nuse crate::case::Case;\n\n\
         pub(super) fn kinds() -> Vec<Kind> {{\n    vec![]\n}}\n"
    );
    tree.write(path, text);
    let list = "runtime/authoring/cases/src/events.rs";
    let lines = format!("mod core;\nmod {module};\n");
    tree.edit(list, "mod core;", |text| {
        text.contains("mod core;\n")
            .then(|| text.replacen("mod core;\n", &lines, 1))
    })?;
    let row = format!("{module}::kinds()");
    tree.edit(list, "kinds() lines", |text| {
        last_item(text, "    [\n", &row)
    })?;
    let line = format!("evroute-module-{module}.workspace = true\n");
    tree.edit(
        "runtime/authoring/cases/Cargo.toml",
        "evroute-module- lines",
        |text| after_last(text, "evroute-module-", &line),
    )
}

/// Its rows in the documents.
fn documents(tree: &mut Tree, name: &EventName) -> Result<(), Error> {
    let (module, event) = (name.module.as_str(), name.name());
    let kamailio = "docs/from-kamailio.md";
    let row = format!(
        "| `event_route[{name}]` | `evroute:{module}/{event}` | nothing to decide | {MARK} |"
    );
    let head = "| Kamailio | interface |";
    tree.edit(kamailio, head, |text| last_row(text, head, &row))?;
    let row = format!("| `{name}` | {MARK} | `done` |");
    let head = "| event | gives |";
    tree.edit("docs/testing-handlers.md", head, |text| {
        last_row(text, head, &row)
    })
}

/// The test that fails until something raises it.
fn test(tree: &mut Tree, name: &EventName) -> Result<(), Error> {
    let path = "tests/e2e/events.rs";
    let skeleton = format!(
        "#[test]\nfn {}_{}_is_raised() {{\n    let (server, _folder) = witnessed(9);\n    \
         // {MARK}: make happen what raises it.\n    is_seen(&server, \"{name}\");\n}}\n",
        name.module,
        name.snake()
    );
    let text = tree.read(path)?;
    tree.write(path, appended(&text, &skeleton));
    Ok(())
}
