//! `evroute-componentize`: a core module from any compiler to a component.
//!
//! Exit codes: 0 written, 1 the module or its WIT is wrong, 2 usage.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use evroute_componentize::{
    Adapter, componentize_adapted, componentize_self_described, only_world,
};

/// Makes a component of a core WebAssembly module.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    /// The core module, binary or text (.wasm, .wat)
    core: PathBuf,
    /// Where to write the component; left alone when it would not change
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// A WIT directory or file; may be repeated, later ones may use packages of earlier ones.
    /// Without it the module must carry its world, as wit-bindgen leaves it
    #[arg(long, value_name = "PATH")]
    wit: Vec<PathBuf>,
    /// The world of the last WIT path; may be omitted when it has just one
    #[arg(long, value_name = "NAME", requires = "wit")]
    world: Option<String>,
    /// A core module, binary or text, that answers imports made from this name; may be repeated
    #[arg(long, value_name = "NAME=FILE", requires = "wit", value_parser = named_file)]
    adapt: Vec<(String, PathBuf)>,
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("it has no =")?;
    Ok((name.to_owned(), file.into()))
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("evroute-componentize: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let core = &arguments.core;
    let bytes = read(core)?;
    let adapters: Vec<(&str, Vec<u8>)> = arguments
        .adapt
        .iter()
        .map(|(name, file)| Ok((name.as_str(), read(file)?)))
        .collect::<Result<_, String>>()?;
    let adapters: Vec<_> = adapters
        .iter()
        .map(|(name, module)| Adapter {
            name,
            module,
            world: None,
        })
        .collect();
    let component = make(&bytes, arguments, &adapters)
        .map_err(|cause| format!("{}: {cause}", core.display()))?;
    write(&arguments.output, &component)
        .map_err(|cause| format!("cannot write {}: {cause}", arguments.output.display()))
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|cause| format!("cannot read {}: {cause}", file.display()))
}

fn make(
    core: &[u8],
    arguments: &Arguments,
    adapters: &[Adapter<'_>],
) -> Result<Vec<u8>, evroute_componentize::Error> {
    let wit: Vec<&Path> = arguments.wit.iter().map(PathBuf::as_path).collect();
    match &arguments.world {
        _ if wit.is_empty() => componentize_self_described(core),
        Some(world) => componentize_adapted(core, &wit, world, adapters),
        None => componentize_adapted(core, &wit, &only_world(&wit)?, adapters),
    }
}

/// A server that watches the file never reads half of it; an unchanged component keeps its time
/// stamp, so that nothing is deployed again.
fn write(output: &Path, component: &[u8]) -> std::io::Result<()> {
    if fs::read(output).is_ok_and(|old| old == component) {
        return Ok(());
    }
    evroute_atomic_file::replace(output, evroute_atomic_file::SHARED, component)
}
