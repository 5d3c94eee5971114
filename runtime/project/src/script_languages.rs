//! JavaScript, TypeScript and Python: an interpreter with the handler in it, run up to where the first event would come, and
//! kept like that. A run does not start an interpreter.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::builder::Clock;
use crate::{BuildError, Language, Surroundings, bindings, installed, script};

/// Where the tools write to, below the project.
const COMPONENT: &str = "build/interpreter.wasm";

/// The compiler for `QuickJS`, and what makes one module of a handler and its imports.
pub(crate) struct JavaScript {
    programs: PathBuf,
    /// TypeScript's checker.
    types: Option<PathBuf>,
}

impl JavaScript {
    pub(crate) fn find(
        language: Language,
        root: &Path,
        surroundings: &Surroundings,
    ) -> Result<Self, BuildError> {
        let found = installed::find(language, root, surroundings)?;
        let types = match language {
            Language::TypeScript => Some(Path::new(found.must("typescript")?).join("tsc")),
            _ => None,
        };
        Ok(Self {
            programs: found.must("npm")?.into(),
            types,
        })
    }

    pub(crate) fn component(
        &self,
        root: &Path,
        clock: &mut Clock<'_>,
    ) -> Result<Vec<u8>, BuildError> {
        let handler = match &self.types {
            None => "src/handler.js",
            Some(tsc) => {
                clock.time("types", || {
                    script::run(
                        Command::new(tsc).current_dir(root).args(["--project", "."]),
                        "npm",
                    )
                })?;
                "src/handler.ts"
            }
        };
        let mut esbuild = Command::new(self.programs.join("esbuild"));
        esbuild.current_dir(root).arg(handler).args([
            "--bundle",
            "--format=esm",
            "--external:evroute:*",
            "--log-level=warning",
            "--outfile=build/handler.mjs",
        ]);
        clock.time("esbuild", || script::run(&mut esbuild, "npm"))?;
        let mut compiler = Command::new(self.programs.join("componentize-qjs"));
        compiler
            .current_dir(root)
            .args(["--wit", "wit", "--js", "build/handler.mjs"]);
        compiler.args(["--sync", "--stub-wasi", "--output", COMPONENT]);
        clock.time("componentize-qjs", || {
            script::run_quietly(&mut compiler, "npm")
        })?;
        read(root)
    }
}

/// The compiler for `CPython`.
pub(crate) struct Python {
    program: PathBuf,
}

impl Python {
    pub(crate) fn find(root: &Path, surroundings: &Surroundings) -> Result<Self, BuildError> {
        let found = installed::find(Language::Python, root, surroundings)?;
        Ok(Self {
            program: Path::new(found.must("pip")?).join("componentize-py"),
        })
    }

    pub(crate) fn component(
        &self,
        root: &Path,
        clock: &mut Clock<'_>,
    ) -> Result<Vec<u8>, BuildError> {
        let world = bindings::world_name(root)?;
        let folder = root.join("build");
        fs::create_dir_all(&folder).map_err(BuildError::writing(&folder))?;
        let mut compiler = Command::new(&self.program);
        compiler
            .current_dir(root)
            .args(["--quiet", "--wit-path", "wit", "--world", &world])
            .args([
                "componentize",
                "--stub-wasi",
                "--python-path",
                "src",
                "--output",
                COMPONENT,
                "handler",
            ]);
        clock.time("componentize-py", || {
            script::run(&mut compiler, "python3-venv")
        })?;
        read(root)
    }
}

fn read(root: &Path) -> Result<Vec<u8>, BuildError> {
    let path = root.join(COMPONENT);
    fs::read(&path).map_err(BuildError::reading(&path))
}
