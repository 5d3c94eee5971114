//! What handlers in C, C++, Zig and Go give the server as text is UTF-8: their bindings see to it,
//! so that odd bytes do not end a run (ADR 0037).

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{BuildError, builder, script};

/// What the bindings of C and C++ call.
const HEADER: &str = include_str!("../../../../guest-examples/c/bindings/text.h");

/// What puts the calls into the bindings of a language.
const C: &str = include_str!("../../../../guest-examples/c/bindings/text.awk");
const CPP: &str = include_str!("../../../../guest-examples/cpp/text.awk");
const GO: &str = include_str!("../../../../guest-examples/go/text.awk");

/// Changes bindings of C, and puts what they call beside them.
pub(crate) fn in_c(source: &Path) -> Result<(), BuildError> {
    header_beside(source)?;
    rewrite(C, source, 1)
}

/// The same for C++.
pub(crate) fn in_cpp(source: &Path) -> Result<(), BuildError> {
    header_beside(source)?;
    rewrite(CPP, source, 1)
}

/// Changes all bindings of Go below this folder.
pub(crate) fn in_go(folder: &Path) -> Result<(), BuildError> {
    let reading = || BuildError::reading(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(reading())? {
        let path = entry.map_err(reading())?.path();
        let package = path.join("wit_bindings.go");
        let is_bindings = path.ends_with("wit_exports.go");
        files.extend(is_bindings.then_some(path));
        files.extend(package.is_file().then_some(package));
    }
    files.iter().try_for_each(|file| rewrite(GO, file, 2))
}

fn header_beside(source: &Path) -> Result<(), BuildError> {
    let path = source.with_file_name("text.h");
    builder::replace(&path, HEADER.as_bytes()).map_err(BuildError::writing(&path))
}

/// Puts in place of a file what a script of awk makes of it, which reads it so many times.
fn rewrite(program: &str, file: &Path, times: usize) -> Result<(), BuildError> {
    // In the folder a name is no assignment, whatever the folder is called.
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
        return Ok(());
    };
    let mut awk = Command::new("awk");
    awk.current_dir(folder).arg(program);
    let made = script::output_of(awk.args(vec![name; times]), "mawk")?;
    builder::replace(file, made.as_bytes()).map_err(BuildError::writing(file))
}
