//! JavaScript and TypeScript: `QuickJS` with the handler in it, run up to where the first event
//! would come, and kept like that. A run does not start an interpreter.
//!
//! Around the handler comes what `templates/javascript/runtime.mjs` has: console, text, random
//! numbers, checks, and a sentence of whatever is thrown.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::builder::{StepTimer, make_folder_of};
use crate::source_map::Runs;
use crate::world::World;
use crate::{BuildEnv, BuildError, Language, build_world, installed, replace, script};

/// Where the tools write to, below the project.
const COMPONENT: &str = "build/interpreter.wasm";
const BUNDLE: &str = "build/component.mjs";

/// The settings of the types' checker, which editors read too.
pub(crate) const TYPESCRIPT_SETTINGS: &str = "tsconfig.json";
pub(crate) const JAVASCRIPT_SETTINGS: &str = "jsconfig.json";

/// What is put around every handler.
const RUNTIME: &str = include_str!("../templates/javascript/runtime.mjs");
const TEXT: &str = include_str!("../../../../guest-examples/javascript/sdk/text.js");

macro_rules! wasi {
    ($($name:literal)*) => {
        [$((
            concat!("deps/wasi-", $name, "/", $name, ".wit"),
            include_str!(concat!("../../../modules/wasi/wit/deps/", $name, ".wit")),
        )),*]
    };
}
const WASI: [(&str, &str); 3] = wasi!["cli" "io" "random"];

/// The compiler for `QuickJS`, what makes one module of a handler and its imports, and TypeScript's
/// checker.
pub(crate) struct JavaScript {
    programs: PathBuf,
    tsc: PathBuf,
    handler: &'static str,
    /// The checker's settings. JavaScript that has none is not checked.
    settings: &'static str,
}

impl JavaScript {
    pub(crate) fn find(
        language: Language,
        root: &Path,
        build_env: &BuildEnv,
    ) -> Result<Self, BuildError> {
        let found = installed::find(language, root, build_env)?;
        let (handler, settings) = if language == Language::TypeScript {
            ("src/handler.ts", TYPESCRIPT_SETTINGS)
        } else {
            ("src/handler.js", JAVASCRIPT_SETTINGS)
        };
        Ok(Self {
            programs: found.must("npm")?.into(),
            tsc: Path::new(found.must("typescript")?).join("tsc"),
            handler,
            settings,
        })
    }

    pub(crate) fn component(
        &self,
        root: &Path,
        timer: &mut StepTimer<'_>,
    ) -> Result<Vec<u8>, BuildError> {
        let world = World::read(root)?;
        if root.join(self.settings).is_file() {
            let mut tsc = Command::new(&self.tsc);
            tsc.current_dir(root)
                .args(["--noEmit", "--project", self.settings]);
            timer.time("types", || script::run(&mut tsc, "npm"))?;
        }
        timer.time("esbuild", || {
            self.bundle(root, self.handler, "build/handler.mjs")?;
            self.check(root, &world)?;
            self.put_around(root, &world)?;
            self.bundle(root, "build/entry.mjs", BUNDLE)?;
            tell_lines(root)
        })?;
        let mut compiler = Command::new(self.programs.join("componentize-qjs"));
        compiler
            .current_dir(root)
            .args(["--wit", build_world::FOLDER, "--world", build_world::NAME])
            .args(["--js", BUNDLE, "--sync", "--output", COMPONENT]);
        timer.time("componentize-qjs", || {
            script::run_quietly(&mut compiler, "npm")
        })?;
        let path = root.join(COMPONENT);
        fs::read(&path).map_err(BuildError::reading(&path))
    }

    /// One module of a file and what it imports, but for the server's interfaces.
    fn bundle(&self, root: &Path, file: &str, to: &str) -> Result<(), BuildError> {
        let mut esbuild = Command::new(self.programs.join("esbuild"));
        esbuild.current_dir(root).arg(file).args([
            "--bundle",
            "--format=esm",
            "--external:evroute:*",
            "--external:wasi:*",
            "--sourcemap=external",
            "--log-level=warning",
        ]);
        esbuild
            .arg(format!("--outfile={to}"))
            .arg(format!("--metafile={}", sibling(to, "json")));
        script::run(&mut esbuild, "npm")
    }

    /// Whether the world and the handler agree. esbuild knows what is imported and exported.
    fn check(&self, root: &Path, world: &World) -> Result<(), BuildError> {
        let meta = read_json(&root.join("build/handler.json"))?;
        let output = meta.pointer("/outputs/build~1handler.mjs");
        let list = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).cloned();
        let imports = output.and_then(|output| list(output, "imports"));
        for path in imports.iter().flatten().filter_map(path_of) {
            let is_lacking = world.unused.iter().any(|one| one.id == path);
            if let Some(lines) = world.lines_to_add(|one| is_lacking && one.id == path) {
                let user = importer(&meta, path).unwrap_or_else(|| self.handler.to_owned());
                return Err(BuildError::Unfit(format!(
                    "{user} imports {path}, and the world in wit/world.wit does not; {lines}"
                )));
            }
        }
        let exports = output.and_then(|output| list(output, "exports"));
        let exports: Vec<_> = exports.iter().flatten().filter_map(Value::as_str).collect();
        for event in &world.exports {
            let name = event.interface.camel();
            if !exports.contains(&name.as_str()) {
                let there = if exports.is_empty() {
                    "nothing".to_owned()
                } else {
                    exports.join(", ")
                };
                return Err(BuildError::Unfit(format!(
                    "{} exports {there}, but not {name}, which the world in wit/world.wit promises ({}); write \
                     \"export const {name} = {{ handle(event) {{ ... }} }};\", or take that line out of the world",
                    self.handler,
                    event.interface.line(),
                )));
            }
        }
        let forgotten =
            |one: &crate::world::Interface| one.is_event && exports.contains(&one.camel().as_str());
        if let Some(lines) = world.lines_to_add(forgotten) {
            script::tell(&format!(
                "{} exports what has the name of an event that the world does not handle; {lines}",
                self.handler
            ));
        }
        Ok(())
    }

    /// Writes the module that the component is made of, and the world with what it asks for.
    fn put_around(&self, root: &Path, world: &World) -> Result<(), BuildError> {
        write(root, "build/runtime.mjs", RUNTIME)?;
        write(root, "build/text.mjs", TEXT)?;
        write(root, "build/entry.mjs", &entry(world, self.handler))?;
        let imports = [
            "cli/stdout",
            "cli/stderr",
            "random/insecure",
            "random/random",
        ];
        let imports = imports.map(|one| format!("import wasi:{one}@0.2.12;"));
        build_world::write(root, world, &imports, &WASI)
    }
}

/// The module that exports the events' handlers, with what is put around them.
fn entry(world: &World, handler: &str) -> String {
    let mut text = "import { checked, guarded } from './runtime.mjs';\n".to_owned();
    let mut checks = String::new();
    for (number, class) in world.classes.iter().enumerate() {
        text += &format!(
            "import {{ {} as class{number} }} from '{}';\n",
            class.name, class.interface
        );
        checks += &format!(
            "checked(class{number}, '{}', {});\n",
            class.name, class.methods
        );
    }
    text += &format!("import * as handler from '../{handler}';\n\n{checks}");
    for event in &world.exports {
        let name = event.interface.camel();
        text += &format!(
            "export const {name} = guarded('{name}', handler.{name}, {});\n",
            event.verdict
        );
    }
    text
}

/// Adds to the bundle where its lines came from: an exception is thrown in a place of the bundle.
fn tell_lines(root: &Path) -> Result<(), BuildError> {
    let map = read_json(&root.join(sibling(BUNDLE, "mjs.map")))?;
    let mappings = map.get("mappings").and_then(Value::as_str);
    let path = root.join(BUNDLE);
    let bundle = fs::read_to_string(&path).map_err(BuildError::reading(&path))?;
    let runs = Runs::of(mappings.unwrap_or_default(), &bundle);
    let sources = map.get("sources").and_then(Value::as_array).cloned();
    // They are shown from where the bundle lies.
    let sources: Vec<_> = sources
        .iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|path| match path.strip_prefix("../") {
            Some(path) => path.to_owned(),
            None => format!("build/{path}"),
        })
        .collect();
    let lines = json!({ "sources": sources, "runs": runs.rows() });
    let text = format!("{bundle}\nglobalThis[Symbol.for('evroute.lines')] = {lines};\n");
    replace(&path, text.as_bytes()).map_err(BuildError::writing(&path))
}

/// The path of an import that is left to the server.
fn path_of(import: &Value) -> Option<&str> {
    import.get("path")?.as_str()
}

/// The file that imports this. A file of the SDK is told by who imports that.
fn importer(meta: &Value, path: &str) -> Option<String> {
    let inputs = meta.get("inputs")?.as_object()?;
    let imports = |input: &Value| {
        let imports = input.get("imports").and_then(Value::as_array);
        imports.is_some_and(|all| all.iter().any(|one| path_of(one) == Some(path)))
    };
    let found = inputs.iter().find(|(_, input)| imports(input))?;
    Some(found.0.clone())
}

fn sibling(path: &str, end: &str) -> String {
    Path::new(path).with_extension(end).display().to_string()
}

fn read_json(path: &Path) -> Result<Value, BuildError> {
    let text = fs::read(path).map_err(BuildError::reading(path))?;
    serde_json::from_slice(&text)
        .map_err(|why| BuildError::Fault(format!("{}: {why}", path.display())))
}

fn write(root: &Path, below: &str, text: &str) -> Result<(), BuildError> {
    let path = root.join(below);
    make_folder_of(&path)?;
    replace(&path, text.as_bytes()).map_err(BuildError::writing(&path))
}
