//! Go: its own compiler for `wasip1`, whose runtime is started at build time by Wizer. What it asks
//! of WASI's first version is answered by an adapter.
//!
//! A project is a Go module of its own, with a function for each event. The bindings lie in another
//! one, below `build/go`, which the project's `go.mod` names: editors and `go vet` see what the
//! compiler sees.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evroute_componentize::componentize_adapted;

use crate::bindings::Bindings;
use crate::builder::{StepTimer, make_folder_of};
use crate::preview1::ADAPTER;
use crate::world::{Event, World};
use crate::{BuildEnv, BuildError, Language, installed, replace, script, text};

/// Where the module with the bindings and the program's beginning is, below the project.
const STAGE: &str = "build/go";

/// The folder with the packages that every new project has.
const SDK: &str = "evroute";

macro_rules! package {
    ($path:literal) => {
        (
            $path,
            include_str!(concat!("../../../../guest-examples/go/pkg/", $path)),
        )
    };
}

/// What the bindings are made with, and what stands between an event and the handler's function.
const PACKAGE: [(&str, &str); 7] = [
    package!("go.mod"),
    package!("wit/types/types.go"),
    package!("wit/runtime/runtime.go"),
    package!("wit/text/text.go"),
    package!("wit/guarded/guarded.go"),
    package!("wit/guarded/random.go"),
    package!("wit/guarded/empty.s"),
];

/// What links it: without DWARF, and with names of the runtime (`pkg/wit/guarded/random.go`).
const LINK: &str = "-ldflags=-w -checklinkname=0";

/// Go, as pip has it, and Wizer.
pub(crate) struct Go {
    go: PathBuf,
    wizer: PathBuf,
    cache: PathBuf,
}

impl Go {
    pub(crate) fn find(root: &Path, build_env: &BuildEnv) -> Result<Self, BuildError> {
        let found = installed::find(Language::Go, root, build_env)?;
        Ok(Self {
            go: found.must("go")?.into(),
            wizer: found.must("wizer")?.into(),
            cache: build_env.cache.join("guest-tools/go-cache"),
        })
    }

    pub(crate) fn component(
        &self,
        root: &Path,
        timer: &mut StepTimer<'_>,
    ) -> Result<Vec<u8>, BuildError> {
        let world = World::read(root)?;
        timer.time("go", || self.compile(root, &world))?;
        let mut wizer = Command::new(&self.wizer);
        wizer
            .current_dir(root)
            .args([
                "--allow-wasi",
                "--init-func",
                "_initialize",
                "--wasm-bulk-memory",
                "true",
            ])
            .args(["build/module.wasm", "-o", "build/started.wasm"]);
        timer.time("wizer", || script::run(&mut wizer, "npm"))?;
        let started = root.join("build/started.wasm");
        let started = fs::read(&started).map_err(BuildError::reading(&started))?;
        let wit = root.join("wit");
        timer.time("component", || {
            componentize_adapted(&started, &[&wit], &world.name, &[ADAPTER])
                .map_err(|why| unfit(&world, &why.to_string()))
        })
    }

    fn compile(&self, root: &Path, world: &World) -> Result<(), BuildError> {
        let module = stage(root, world)?;
        let mut go = Command::new(&self.go);
        go.current_dir(root.join(STAGE))
            .envs([
                ("GOFLAGS", "-mod=mod"),
                ("GOTOOLCHAIN", "local"),
                ("GOWORK", "off"),
            ])
            .envs([("GOOS", "wasip1"), ("GOARCH", "wasm")])
            .env("GOCACHE", &self.cache);
        if !root.join("go.sum").is_file() {
            // No module of anybody else's: nothing is asked of the network.
            go.env("GOPROXY", "off");
        }
        go.args([
            "build",
            "-buildmode=c-shared",
            LINK,
            "-o",
            "../module.wasm",
            ".",
        ]);
        script::run_advised(&mut go, "golang-go", |said| advice(world, &module, said))
    }
}

/// Writes what lies in `build/go`: bindings, the packages of the SDK, and a package for each event
/// that calls the handler's function. Returns the name of the project's module.
pub(crate) fn stage(root: &Path, world: &World) -> Result<String, BuildError> {
    let stage = root.join(STAGE);
    let module = module_of(root)?;
    // Packages of an earlier world would be compiled too.
    if stage.is_dir() {
        fs::remove_dir_all(&stage).map_err(BuildError::writing(&stage))?;
    }
    Bindings::make_all_in(
        root,
        Path::new(STAGE),
        wit_bindgen_go::Opts::default().build(),
    )?;
    text::in_go(&stage)?;
    for (path, text) in PACKAGE {
        write(&stage.join("pkg").join(path), text)?;
    }
    let path = stage.join("go.mod");
    let text = fs::read_to_string(&path).map_err(BuildError::reading(&path))?;
    let more = format!(
        "\nrequire {module} v0.0.0\n\nreplace (\n\tgo.bytecodealliance.org/pkg => ./pkg\n\t{module} => ../..\n)\n"
    );
    write(&path, &format!("{text}{more}"))?;
    let sums = root.join("go.sum");
    if sums.is_file() {
        let target = stage.join("go.sum");
        fs::copy(&sums, &target).map_err(BuildError::writing(&target))?;
    }
    for event in &world.exports {
        let package = format!("export_{}", event.interface.underscored());
        let text = call(event, &module, &package);
        write(&stage.join(package).join("handle.go"), &text)?;
    }
    copy_sdk(root, &stage)?;
    Ok(module)
}

/// The name in the project's `go.mod`.
fn module_of(root: &Path) -> Result<String, BuildError> {
    let path = root.join("go.mod");
    let text = fs::read_to_string(&path).map_err(BuildError::reading(&path))?;
    let mut lines = text.lines();
    let module = lines.find_map(|line| line.strip_prefix("module "));
    module
        .map(|module| module.trim().to_owned())
        .ok_or_else(|| BuildError::Unfit(format!("{}: no line \"module NAME\"", path.display())))
}

/// The package of an event's export, which calls the function of the handler.
fn call(event: &Event, module: &str, package: &str) -> String {
    let (guard, function) = (guard(event), function(event));
    format!(
        "// Made of wit/ by `evroute build`.\npackage {package}\n\nimport (\n\t\"go.bytecodealliance.org/pkg/wit/guarded\"\n\t\
         handler \"{module}\"\n)\n\n// Handle is the handler of {}.\nvar Handle = guarded.{guard}(handler.{function})\n",
        event.interface.id
    )
}

fn guard(event: &Event) -> &'static str {
    if event.verdict.is_null() {
        "Unit"
    } else {
        "Verdict"
    }
}

/// The name of the function that handles an event: `CoreRequest`.
fn function(event: &Event) -> String {
    let package = crate::world::pascal(&event.interface.package);
    format!("{package}{}", event.interface.pascal())
}

/// What follows what the compiler said: how the functions look that it did not find as it wants
/// them.
fn advice(world: &World, module: &str, said: &str) -> Option<String> {
    let meant = |event: &&Event| said.contains(&format!("handler.{}", function(event)));
    let lines = world.exports.iter().filter(meant).map(|event| {
        let (name, function) = (&event.interface.id, function(event));
        let answer = match guard(event) {
            "Unit" => "error",
            _ => "(event.Verdict, error)",
        };
        let package = event.interface.underscored();
        format!(
            "the world in wit/world.wit promises a handler of {name}; write it in a file of {module}, or take that line \
             out of the world:\n    import event \"wit_component/{package}\"\n    \
             func {function}(happened *event.{}Event) {answer} {{ ... }}",
            payload(event)
        )
    });
    let lines: Vec<_> = lines.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// `Request`, of which the payload is a `RequestEvent`.
fn payload(event: &Event) -> String {
    match event.interface.name.as_str() {
        // Its payload is a custom event, not an event's event.
        "event" => crate::world::pascal(&event.interface.package),
        _ => event.interface.pascal(),
    }
}

/// Why there is no component: an import that the world lacks is followed by the line to add.
fn unfit(world: &World, why: &str) -> BuildError {
    let lines = world.lines_to_add(|one| why.contains(&one.id));
    let lines = lines.map(|lines| format!("\n{lines}")).unwrap_or_default();
    BuildError::Unfit(format!("no component can be made: {why}{lines}"))
}

/// The SDK's packages are the bindings' module's: `evroute` of the project, which has one level of
/// folders.
fn copy_sdk(root: &Path, stage: &Path) -> Result<(), BuildError> {
    let sdk = root.join(SDK);
    // A project may do without.
    let Ok(entries) = sdk.read_dir() else {
        return Ok(());
    };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        let inner = path.read_dir().into_iter().flatten().filter_map(Result::ok);
        for file in inner.map(|one| one.path()).chain([path]) {
            if file.extension().is_some_and(|end| end == "go") {
                let text = fs::read_to_string(&file).map_err(BuildError::reading(&file))?;
                let below = file.strip_prefix(root).unwrap_or(&file);
                write(&stage.join(below), &text)?;
            }
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    make_folder_of(path)?;
    replace(path, text.as_bytes()).map_err(BuildError::writing(path))
}
