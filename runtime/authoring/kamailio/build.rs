//! Assembles the runtime, `src/runtime/*.wat`: one module. The linker takes what is called.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use evroute_contract::{CoreType, FUNCTIONS, Function};

/// The files, in the order of the module. Imports come first.
const FILES: &[&str] = &[
    "linked",
    "memory",
    "value",
    "format",
    "server",
    "text",
    "uri",
    "parameter",
    "nameaddr",
    "address",
    "substitution",
    "xavp",
    "function",
    "http",
    "sql",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("src/runtime");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut text = String::from("(module\n");
    for function in FUNCTIONS {
        import(function, &mut text)?;
    }
    for name in FILES {
        let file = folder.join(name).with_extension("wat");
        let part = std::fs::read_to_string(&file);
        text.push_str(&part.map_err(|error| format!("{}: {error}", file.display()))?);
    }
    text.push(')');
    let module = wat::parse_str(&text)?;
    let file = PathBuf::from(std::env::var("OUT_DIR")?).join("runtime.wasm");
    std::fs::write(file, module)?;
    Ok(())
}

/// The line that imports a function of the server.
fn import(function: &Function, text: &mut String) -> std::fmt::Result {
    let types = |types: &[CoreType]| {
        let types = types.iter().map(|ty| format!(" {}", ty.as_str()));
        types.collect::<String>()
    };
    writeln!(
        text,
        "(import {:?} {:?} (func ${} (param{}) (result{})))",
        function.interface,
        function.name,
        function.symbol(),
        types(function.parameters),
        types(function.result.as_slice()),
    )
}
