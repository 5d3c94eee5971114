//! What a language's toolchain makes, in the compiler's own process.

use std::path::PathBuf;

use evroute_compile::{CompileChild, CompileLimits};
use evroute_confine::Isolation;
use evroute_sandbox::{Compile, CompilerEngine};

use crate::{Error, Example};

/// Compiles the examples of a language as a server does, with the memory that it lends to one
/// compilation unless somebody says otherwise, and says which are refused. How long it may take is
/// the machine's affair here.
///
/// # Errors
/// When an example or the command is not there.
pub fn uncompiled(language: &'static str) -> Result<Vec<String>, Error> {
    let limits = CompileLimits {
        seconds_max: 600,
        isolation: Isolation::Required,
        ..CompileLimits::default()
    };
    let child = CompileChild::new(evroute()?, limits);
    let engine = CompilerEngine::new()?;
    let mut complaints = Vec::new();
    for example in Example::all(&[language])? {
        let component = example.component()?;
        let compiled = child.compile(&component, true, &engine.fingerprint());
        if let Err(why) = compiled {
            complaints.push(format!("{}: {why}", example.name));
        }
    }
    Ok(complaints)
}

/// The command that was built with this: it lies beside this program, or one folder above a test.
fn evroute() -> Result<PathBuf, Error> {
    let this = std::env::current_exe()?;
    let found = this.ancestors().skip(1).take(2);
    let found = found.map(|folder| folder.join("evroute"));
    let lacking = || format!("there is no evroute beside {}", this.display()).into();
    found
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(lacking)
}
