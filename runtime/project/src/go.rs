//! Go: its own compiler for `wasip1`, whose runtime is started at build time by Wizer. What it asks of WASI is answered by a module
//! that says no.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evroute_componentize::{Adapter, componentize_adapted};

use crate::bindings::{self, Bindings};
use crate::builder::{Clock, make_folder_of};
use crate::{BuildError, Language, Surroundings, installed, replace, script};

/// Where Go's module is put together, below the project: bindings, what they are made with, and a copy of the handler.
const STAGE: &str = "build/go";

/// The folder with the packages that every new project has.
const SDK: &str = "evroute";

/// What the bindings are made with.
const PACKAGE: [(&str, &str); 3] = [
    (
        "pkg/go.mod",
        include_str!("../../../guest-examples/go/pkg/go.mod"),
    ),
    (
        "pkg/wit/types/types.go",
        include_str!("../../../guest-examples/go/pkg/wit/types/types.go"),
    ),
    (
        "pkg/wit/runtime/runtime.go",
        include_str!("../../../guest-examples/go/pkg/wit/runtime/runtime.go"),
    ),
];

/// What answers the imports that Go's runtime makes.
const WASI: &str = include_str!("../../../guest-examples/go/wasi.wat");

/// Go, as pip has it, and Wizer.
pub(crate) struct Go {
    go: PathBuf,
    wizer: PathBuf,
    cache: PathBuf,
}

impl Go {
    pub(crate) fn find(root: &Path, surroundings: &Surroundings) -> Result<Self, BuildError> {
        let found = installed::find(Language::Go, root, surroundings)?;
        Ok(Self {
            go: found.must("go")?.into(),
            wizer: found.must("wizer")?.into(),
            cache: surroundings.cache.join("guest-tools/go-cache"),
        })
    }

    pub(crate) fn component(
        &self,
        root: &Path,
        clock: &mut Clock<'_>,
    ) -> Result<Vec<u8>, BuildError> {
        clock.time("go", || self.compile(root))?;
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
        clock.time("wizer", || script::run(&mut wizer, "npm"))?;
        let started = root.join("build/started.wasm");
        let started = fs::read(&started).map_err(BuildError::reading(&started))?;
        let world = bindings::world_name(root)?;
        let adapter = Adapter {
            name: "wasi_snapshot_preview1",
            module: WASI.as_bytes(),
        };
        let wit = root.join("wit");
        clock.time("component", || {
            componentize_adapted(&started, &[&wit], &world, &[adapter])
                .map_err(|why| BuildError::Unfit(format!("no component can be made: {why}")))
        })
    }

    /// The name that the bindings give the package of the world's export, `export_evroute_tm_local_request`, is in the handler.
    fn compile(&self, root: &Path) -> Result<(), BuildError> {
        let stage = root.join(STAGE);
        // Packages of an earlier world would be compiled too.
        if stage.is_dir() {
            fs::remove_dir_all(&stage).map_err(BuildError::writing(&stage))?;
        }
        Bindings::make_in(
            root,
            Path::new(STAGE),
            wit_bindgen_go::Opts::default().build(),
        )?;
        for (path, text) in PACKAGE {
            write(&stage.join(path), text)?;
        }
        let module = stage.join("go.mod");
        let text = fs::read_to_string(&module).map_err(BuildError::reading(&module))?;
        write(
            &module,
            &format!("{text}\nreplace go.bytecodealliance.org/pkg => ./pkg\n"),
        )?;
        copy(root, &stage)?;
        copy_sdk(root, &stage)?;
        let mut go = Command::new(&self.go);
        go.current_dir(&stage)
            .envs([
                ("GOPROXY", "off"),
                ("GOFLAGS", "-mod=mod"),
                ("GOTOOLCHAIN", "local"),
                ("GOWORK", "off"),
            ])
            .envs([("GOOS", "wasip1"), ("GOARCH", "wasm")])
            .env("GOCACHE", &self.cache)
            .args([
                "build",
                "-buildmode=c-shared",
                "-ldflags=-w",
                "-o",
                "../module.wasm",
                ".",
            ]);
        script::run(&mut go, "golang-go")
    }
}

/// The handler's files lie at the project's root; each goes into the folder of its package.
fn copy(root: &Path, stage: &Path) -> Result<(), BuildError> {
    let entries = root.read_dir().map_err(BuildError::reading(root))?;
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.extension().is_none_or(|end| end != "go") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(BuildError::reading(&path))?;
        let package = text.lines().find_map(|line| line.strip_prefix("package "));
        let package = package.unwrap_or_default().trim();
        if package.is_empty() || package.contains(['/', '.']) {
            return Err(BuildError::Unfit(format!(
                "{}: no package clause",
                path.display()
            )));
        }
        write(&stage.join(package).join(entry.file_name()), &text)?;
    }
    Ok(())
}

/// The SDK's packages are the module's own: `evroute` of the project, which has one level of folders.
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
