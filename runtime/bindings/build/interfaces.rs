//! A type for every interface: what modules name to say that they implement it, or that handlers
//! export it.

use std::fmt::Write as _;

use crate::Generator;
use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_parser::{Handle, InterfaceId, Resolve, Type, TypeDefKind};

/// An interface and what it is called in Rust.
struct Named<'a> {
    /// `evroute:htable/mod-init@0.1.0`
    id: String,
    /// `htable`, `mod-init`
    parts: [&'a str; 2],
}

impl Named<'_> {
    /// `HtableModInit`
    fn word(&self) -> String {
        self.parts
            .map(ToUpperCamelCase::to_upper_camel_case)
            .concat()
    }

    /// `htable::mod_init`
    fn path(&self) -> String {
        self.parts.map(ToSnakeCase::to_snake_case).join("::")
    }

    /// `htable_mod_init`
    fn function(&self) -> String {
        self.parts.map(ToSnakeCase::to_snake_case).join("_")
    }
}

fn named(resolve: &Resolve, interface: InterfaceId) -> Option<Named<'_>> {
    let known = resolve.interfaces.get(interface)?;
    let package = resolve.packages.get(known.package?)?;
    Some(Named {
        id: resolve.id_of(interface)?,
        parts: [&package.name.name, known.name.as_deref()?],
    })
}

/// The module `import`, whose types are linked; `waits` says which have calls that may wait.
pub(crate) fn imports(
    generator: &Generator,
    imports: impl Iterator<Item = InterfaceId>,
    waits: impl Fn(&str) -> bool,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = "/// The interfaces that handlers import.\npub mod import {\n".to_owned();
    for interface in imports {
        let named = named(&generator.resolve, interface).ok_or("an interface has a name")?;
        let (id, word, path) = (&named.id, named.word(), named.path());
        let does_wait = waits(id);
        writeln!(
            text,
            "/// `{id}`\n#[derive(Debug)]\npub enum {word} {{}}\n\
             impl<T, D> crate::GuestImport<T, D> for {word}\nwhere\n\
             T: evroute_abi::CoreGuest + evroute_tap::TapHost,\n\
             D: crate::View<T> + Send,\n\
             for<'a> D::Data<'a>: crate::evroute::{path}::Host,\n{{\n\
             const INTERFACE: &'static str = {id:?};\nconst WAITS: bool = {does_wait};\n\
             fn link(linker: &mut wasmtime::component::Linker<T>) -> wasmtime::Result<()> {{\n\
             crate::evroute::{path}::add_to_linker::<T, crate::TappedView<T, D>>(linker, crate::tapped::<T, D>)\n}}"
        )?;
        if !does_wait {
            writeln!(
                text,
                "fn link_core(linker: &mut wasmtime::Linker<T>) -> wasmtime::Result<()> {{\n\
                 crate::core_linker::{}::<T, crate::TappedView<T, D>>(linker, crate::tapped::<T, D>)\n}}",
                named.function()
            )?;
        }
        writeln!(
            text,
            "#[allow(unused_variables, unused_mut, clippy::too_many_lines, reason = \"as many as the interface has functions\")]\n\
             fn call<'a>(run: &'a mut T, function: &'a str, arguments: Vec<evroute_tap::WitValue>) -> evroute_tap::CallFuture<'a> {{\n\
             Box::pin(async move {{\nlet mut arguments = evroute_tap::CallArguments::new(arguments);\n\
             match function {{\n{}unknown => Err(wasmtime::Error::msg(format!(\"{id} has no function {{unknown}}\"))),\n}}\n}})\n}}\n}}",
            generator.arms(interface)?
        )?;
    }
    text.push_str("}\n");
    Ok(text)
}

/// The module `export`, whose types are events.
pub(crate) fn exports(
    resolve: &Resolve,
    exports: impl Iterator<Item = InterfaceId>,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut text =
        "/// The interfaces that handlers export: the events.\npub mod export {\n".to_owned();
    for interface in exports {
        let named = named(resolve, interface).ok_or("an interface has a name")?;
        let (id, word, path) = (&named.id, named.word(), named.path());
        let handle =
            payload(resolve, interface).ok_or_else(|| format!("{id}: handle takes the event"))?;
        let has_verdict = resolve
            .interfaces
            .get(interface)
            .is_some_and(|known| known.types.contains_key("verdict"));
        let verdict = if has_verdict {
            format!("crate::exports::evroute::{path}::Verdict")
        } else {
            "()".to_owned()
        };
        writeln!(
            text,
            "/// `{id}`\n#[derive(Debug)]\npub enum {word} {{}}\nimpl crate::GuestExport for {word} {{\n\
             type Handle = crate::handle::{};\ntype Verdict = {verdict};\n\
             const INTERFACE: &'static str = {id:?};\n}}",
            handle.to_upper_camel_case()
        )?;
    }
    text.push_str("}\n");
    Ok(text)
}

/// The resource that an event hands over.
fn payload(resolve: &Resolve, interface: InterfaceId) -> Option<&str> {
    let handle = resolve.interfaces.get(interface)?.functions.get("handle")?;
    let mut ty = handle.params.first()?.ty;
    while let Type::Id(id) = ty {
        let found = resolve.types.get(id)?;
        match found.kind {
            TypeDefKind::Handle(Handle::Own(of)) => ty = Type::Id(of),
            TypeDefKind::Type(of) => ty = of,
            _ => return found.name.as_deref(),
        }
    }
    None
}
