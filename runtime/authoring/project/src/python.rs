//! Python: `CPython` with the handler in it, run up to where the first event would come, and kept
//! like that. A run does not start an interpreter.
//!
//! Around the handler comes what `templates/python/entry.py` has: a sentence of whatever is raised,
//! checks of what is returned.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

use crate::builder::{StepTimer, make_folder_of};
use crate::world::{Interface, World};
use crate::{BuildEnv, BuildError, Language, build_world, installed, replace, script};

/// Where the tools write to, below the project.
const COMPONENT: &str = "build/interpreter.wasm";

/// What is put around every handler: the module that the component is made of.
const ENTRY: &str = include_str!("../templates/python/entry.py");
const ENTRY_NAME: &str = "evroute_entry";

/// The packages that a handler names, where pip puts them, and the file that says which are there.
/// The folder stands for a virtual environment: packages of the machine's own Python are never
/// found.
const REQUIREMENTS: &str = "requirements.txt";
const ENVIRONMENT: &str = "build/packages";
const PACKAGES: &str = "build/packages/lib/python3/site-packages";
const INSTALLED: &str = "build/packages/requirements.txt";

/// The Python in the component, which packages have to be for.
const PYTHON_VERSION: &str = "3.14";

/// The compiler for `CPython`.
pub(crate) struct Python {
    programs: PathBuf,
}

impl Python {
    pub(crate) fn find(root: &Path, build_env: &BuildEnv) -> Result<Self, BuildError> {
        let found = installed::find(Language::Python, root, build_env)?;
        Ok(Self {
            programs: found.must("pip")?.into(),
        })
    }

    pub(crate) fn component(
        &self,
        root: &Path,
        timer: &mut StepTimer<'_>,
    ) -> Result<Vec<u8>, BuildError> {
        let world = World::read(root)?;
        self.bindings(root, &world)?;
        self.install(root, timer)?;
        write(root, &format!("build/entry/{ENTRY_NAME}.py"), ENTRY)?;
        write(root, "build/entry/evroute_world.py", &world_module(&world))?;
        let mut compiler = self.componentize_py(root, "wit", &world.name);
        compiler.args(["componentize", "--output", COMPONENT]);
        // In this order, since entry.py knows what stands for what.
        for folder in ["build/entry", "src"] {
            compiler.args(["--python-path", folder]);
        }
        compiler.arg(ENTRY_NAME);
        timer.time("componentize-py", || {
            let (said, status) = script::heard(&mut compiler, "python3-venv")?;
            if status.success() {
                return Ok(());
            }
            if let Some(refusal) = refusal(&said) {
                return Err(BuildError::Unfit(refusal.to_owned()));
            }
            script::tell(&said);
            script::ended("componentize-py", status)
        })?;
        let path = root.join(COMPONENT);
        fs::read(&path).map_err(BuildError::reading(&path))
    }

    fn componentize_py(&self, root: &Path, wit: &str, world: &str) -> Command {
        let mut compiler = Command::new(self.programs.join("componentize-py"));
        compiler
            .current_dir(root)
            .env("VIRTUAL_ENV", root.join(ENVIRONMENT))
            .env_remove("PYTHONPATH")
            .env_remove("PYTHONHOME")
            .args(["--quiet", "--wit-path", wit, "--world", world]);
        compiler
    }

    /// The module `wit_world` for editors and checkers, which `pyproject.toml` names: of all that
    /// there is to import, as the SDK uses it. The component has one of its own.
    fn bindings(&self, root: &Path, world: &World) -> Result<(), BuildError> {
        let folder = root.join("build/bindings");
        if folder.is_dir() {
            fs::remove_dir_all(&folder).map_err(BuildError::writing(&folder))?;
        }
        let unused = world.unused.iter().filter(|one| !one.is_event);
        let imports: Vec<_> = unused.map(Interface::line).collect();
        build_world::write(root, world, &imports, &[])?;
        let mut compiler = self.componentize_py(root, build_world::FOLDER, build_world::NAME);
        script::run_quietly(
            compiler.args(["bindings", "build/bindings"]),
            "python3-venv",
        )
    }

    /// What `requirements.txt` names, if it has changed: packages that are Python only, since
    /// nothing else runs here.
    fn install(&self, root: &Path, timer: &mut StepTimer<'_>) -> Result<(), BuildError> {
        let packages = root.join(PACKAGES);
        let wanted = fs::read_to_string(root.join(REQUIREMENTS)).unwrap_or_default();
        let there = fs::read_to_string(root.join(INSTALLED)).unwrap_or_default();
        if packages.is_dir() && wanted == there {
            return Ok(());
        }
        let environment = root.join(ENVIRONMENT);
        if environment.is_dir() {
            fs::remove_dir_all(&environment).map_err(BuildError::writing(&environment))?;
        }
        fs::create_dir_all(&packages).map_err(BuildError::writing(&packages))?;
        let mut lines = wanted.lines().map(str::trim);
        if lines.any(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut pip = Command::new(self.programs.join("pip"));
            pip.current_dir(root)
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .args(["--target", PACKAGES, "--only-binary", ":all:"])
                .args(["--platform", "any", "--implementation", "py"])
                .args(["--python-version", PYTHON_VERSION, "-r", REQUIREMENTS]);
            timer.time("pip", || script::run(&mut pip, "python3-venv"))?;
        }
        write(root, INSTALLED, &wanted)
    }
}

/// What `entry.py` says between two lines of its own, when it ends the build.
fn refusal(said: &str) -> Option<&str> {
    let (_, text) = said.split_once("evroute: begin\n")?;
    let (text, _) = text.split_once("\nevroute: end")?;
    Some(text)
}

/// What `entry.py` has to know of the world, as a module. JSON's texts, numbers, lists and objects
/// are Python's.
fn world_module(world: &World) -> String {
    let exports = world.exports.iter().map(|event| {
        let one = &event.interface;
        let row = [one.snake().into(), one.line().into(), event.verdict.clone()];
        (one.pascal(), Value::Array(row.into()))
    });
    let exports = Value::Object(exports.collect());
    let mut imported = Map::new();
    let mut exported = Map::new();
    for one in &world.unused {
        let lines = if one.is_event {
            &mut exported
        } else {
            &mut imported
        };
        for name in names(one) {
            lines.insert(name, one.line().into());
        }
    }
    let text = format!(
        "# Made of wit/ by `evroute build`.\nnull = None\nEXPORTS = {exports}\nLINES = {{\n    \
         \"wit_world.imports.\": {},\n    \"wit_world.exports.\": {},\n}}\n",
        Value::Object(imported),
        Value::Object(exported)
    );
    text
}

/// What an interface may be called in Python: module and class, with an underscore where Python has
/// the word itself.
fn names(of: &Interface) -> Vec<String> {
    let snake = of.snake();
    vec![format!("{snake}_"), snake, of.underscored(), of.pascal()]
}

fn write(root: &Path, below: &str, text: &str) -> Result<(), BuildError> {
    let path = root.join(below);
    make_folder_of(&path)?;
    replace(&path, text.as_bytes()).map_err(BuildError::writing(&path))
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn what_the_entry_says_is_shown_without_what_is_around_it() {
        let said = "AssertionError:\nevroute: begin\n  File \"src/handler.py\"\nImportError: x\nevroute: end\nCaused by:\n";
        assert_eq!(
            refusal(said),
            Some("  File \"src/handler.py\"\nImportError: x")
        );
        assert_eq!(refusal("no wit here"), None);
    }
}
