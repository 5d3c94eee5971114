//! What an editor asks about a project: the language's own checker.

use std::path::{Path, PathBuf};

use crate::javascript::{JAVASCRIPT_SETTINGS, TYPESCRIPT_SETTINGS};
use crate::script::Findings;
use crate::{BuildEnv, BuildError, Language, clang, installed};

/// The checker's program and its arguments, to be run in the project's folder; none where the
/// language has none.
///
/// # Errors
/// [`BuildError::Missing`] where it is not on this machine and cannot be installed.
pub fn checker(
    language: Language,
    root: &Path,
    build_env: &BuildEnv,
) -> Result<Option<(PathBuf, Vec<String>)>, BuildError> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let found = |language| installed::find(language, root, build_env);
    Ok(match language {
        // rust-analyzer runs it, for the machine that it is on.
        Language::Rust => Some((PathBuf::from("cargo"), words(&["check", "--quiet"]))),
        // clangd reads compile_flags.txt.
        Language::C => Some(clang::checker(root, "c", "src/handler.c")?),
        Language::Cpp => Some(clang::checker(root, "cpp", "src/handler.cpp")?),
        // gopls has the same analysers.
        Language::Go => Some((
            found(language)?.must("go")?.into(),
            words(&["vet", "./..."]),
        )),
        Language::JavaScript => Some(tsc(&found(language)?, JAVASCRIPT_SETTINGS)?),
        Language::TypeScript => Some(tsc(&found(language)?, TYPESCRIPT_SETTINGS)?),
        Language::Python => {
            let pyright = installed::pyright(root, build_env)?;
            Some((pyright, Vec::new()))
        }
        Language::Zig | Language::Kamailio => None,
    })
}

fn tsc(found: &Findings, settings: &str) -> Result<(PathBuf, Vec<String>), BuildError> {
    let tsc = Path::new(found.must("typescript")?).join("tsc");
    let words = ["--noEmit", "--project", settings].map(str::to_owned);
    Ok((tsc, words.into()))
}
