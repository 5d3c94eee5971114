//! Core WebAssembly modules to components, so that building a handler needs no tool from outside.
//!
//! A guest language's compiler ends with a *core* module. A handler is a *component*: the same
//! code, plus the types of what it imports and exports. [`componentize`] adds them from a world in
//! a WIT directory (for WAT, Zig, C without bindings), [`componentize_self_described`] takes them
//! from the custom section that `wit-bindgen` leaves in the module (for Rust and C with bindings).
//!
//! DWARF that a compiler left is read here and replaced by a small table of source lines, which the
//! server shows when a run fails (ADR 0019).
//!
//! Nothing is run here and nothing is granted: whatever the component imports, the server checks
//! again at deploy.

mod direct;
mod error;
mod segments;
mod sources;
mod world;

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

pub use error::Error;

/// Makes a component of a core module by the types of one world.
///
/// `core` is a binary module or its text form (WAT). `wit` lists WIT directories or files, each of
/// which may use packages of those before it and of its own `deps/`; the last one is where an
/// unqualified `world` is looked for. Strings cross the boundary as UTF-8.
///
/// # Errors
/// [`Error::Text`] when the text does not parse, [`Error::NotAModule`] for anything but a core
/// module, [`Error::Wit`] and [`Error::World`] when the types cannot be read, [`Error::Unfit`] when
/// the module's imports and exports are not those of the world.
pub fn componentize(core: &[u8], wit: &[&Path], world: &str) -> Result<Vec<u8>, Error> {
    componentize_adapted(core, wit, world, &[])
}

/// A core module that answers the imports which another module makes from one name.
#[derive(Clone, Copy, Debug)]
pub struct Adapter<'a> {
    /// What the imports are made from, `wasi_snapshot_preview1`.
    pub name: &'a str,
    /// The module, binary or text. It imports no more than the other's memory and what the world
    /// offers, or its own.
    pub module: &'a [u8],
    /// A world of its own, where it imports what the component's world does not have.
    pub world: Option<AdapterWorld<'a>>,
}

/// What an adapter imports: a world in packages that are at hand as text.
#[derive(Clone, Copy, Debug)]
pub struct AdapterWorld<'a> {
    /// Names and contents of packages, each after those that it uses. The world is looked for in
    /// the last one.
    pub packages: &'a [(&'a str, &'a str)],
    /// The world's name.
    pub name: &'a str,
}

/// Makes a component as [`componentize`] does, of a module with imports that the world does not
/// offer: those of Go, whose standard library asks for WASI.
///
/// # Errors
/// As [`componentize`], of the adapters too.
pub fn componentize_adapted(
    core: &[u8],
    wit: &[&Path],
    world: &str,
    adapters: &[Adapter<'_>],
) -> Result<Vec<u8>, Error> {
    let mut module = read_module(core)?;
    let (resolve, world) = world::select(wit, Some(world))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|cause| Error::unfit(&cause))?;
    encode_adapted(&module, adapters)
}

/// Makes a component as [`componentize_self_described`] does, of a module that may import what the
/// adapters answer. One that does not is made without them.
///
/// # Errors
/// As [`componentize_self_described`], of the adapters too.
pub fn componentize_self_described_adapted(
    core: &[u8],
    adapters: &[Adapter<'_>],
) -> Result<Vec<u8>, Error> {
    let module = read_module(core)?;
    if !world::is_self_described(&module) {
        return Err(Error::NoWorld);
    }
    let asked = adapters.iter().copied();
    let asked: Vec<_> = asked
        .filter(|adapter| imports_from(&module, adapter.name))
        .collect();
    encode_adapted(&module, &asked)
}

/// Whether a module imports anything from a module of this name.
fn imports_from(module: &[u8], name: &str) -> bool {
    let payloads = wasmparser::Parser::new(0).parse_all(module);
    let sections = payloads.filter_map(|payload| match payload {
        Ok(wasmparser::Payload::ImportSection(section)) => Some(section),
        _ => None,
    });
    let mut imports = sections.flat_map(|section| section.into_imports().flatten());
    imports.any(|import| import.module == name)
}

fn encode_adapted(module: &[u8], adapters: &[Adapter<'_>]) -> Result<Vec<u8>, Error> {
    if adapters.is_empty() {
        return encode(module);
    }
    let mut encoder = ComponentEncoder::default().validate(true);
    for adapter in adapters {
        let mut adapting = read_module(adapter.module)?;
        if let Some(of) = adapter.world {
            let (resolve, world) = world::select_text(of.packages, of.name)?;
            embed_component_metadata(&mut adapting, &resolve, world, StringEncoding::UTF8)
                .map_err(|cause| Error::unfit(&cause))?;
        }
        encoder = encoder
            .adapter(adapter.name, &adapting)
            .map_err(|cause| Error::unfit(&cause))?;
    }
    encoder
        .module(&strip(module))
        .and_then(|mut encoder| encoder.encode())
        .map_err(|cause| Error::unfit(&cause))
}

/// Makes a component as [`componentize`] does, from WIT that is at hand as text: the names and
/// contents of packages, each after those that it uses. The world is looked for in the last one.
///
/// # Errors
/// As [`componentize`].
pub fn componentize_text(
    core: &[u8],
    packages: &[(&str, &str)],
    world: &str,
) -> Result<Vec<u8>, Error> {
    let mut module = read_module(core)?;
    let (resolve, world) = world::select_text(packages, world)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .map_err(|cause| Error::unfit(&cause))?;
    encode(&module)
}

/// Makes a component of a core module that carries its own world, as `wit-bindgen` leaves it.
///
/// # Errors
/// As [`componentize`]; [`Error::NoWorld`] when the module carries none.
pub fn componentize_self_described(core: &[u8]) -> Result<Vec<u8>, Error> {
    let module = read_module(core)?;
    if !world::is_self_described(&module) {
        return Err(Error::NoWorld);
    }
    encode(&module)
}

/// The name of the only world of the last WIT directory, for callers that were given none.
///
/// # Errors
/// [`Error::Wit`] when the types cannot be read, [`Error::World`] when there is none or more than
/// one.
pub fn only_world(wit: &[&Path]) -> Result<String, Error> {
    let (resolve, world) = world::select(wit, None)?;
    world::name(&resolve, world)
}

/// Text to binary, and refuses what is not a core module before anything else looks at it.
fn read_module(core: &[u8]) -> Result<Vec<u8>, Error> {
    const MAGIC: &[u8] = b"\0asm";
    /// Version 1, layer 0. A component has layer 1 in the same four bytes.
    const CORE_MODULE: &[u8] = &[1, 0, 0, 0];

    let binary = wat::parse_bytes(core).map_err(|cause| Error::Text(cause.to_string()))?;
    match binary.strip_prefix(MAGIC) {
        Some(rest) if rest.starts_with(CORE_MODULE) => Ok(binary.into_owned()),
        Some(_) => Err(Error::NotAModule("it is a component already")),
        None => Err(Error::NotAModule(
            "it does not begin with the magic number of WebAssembly",
        )),
    }
}

/// The module without what a run would pay for and not use.
fn strip(module: &[u8]) -> Vec<u8> {
    segments::merge_segments(&sources::extract_line_table(module)).into_owned()
}

/// The usual layout first, which any module that fits its world can have, then the one that starts
/// faster where it can be had.
fn encode(module: &[u8]) -> Result<Vec<u8>, Error> {
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&strip(module))
        .and_then(|mut encoder| encoder.encode())
        .map_err(|cause| Error::unfit(&cause))?;
    Ok(direct::relink(&component).unwrap_or(component))
}

#[cfg(test)]
mod tests;
