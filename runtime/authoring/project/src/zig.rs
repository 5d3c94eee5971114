//! Zig: it reads C, so wit-bindgen makes a C header of `wit/`, `zig translate-c` makes the module
//! `bindings` of that, and Zig's own C compiler compiles what lies behind it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bindings::Bindings;
use crate::builder::StepTimer;
use crate::clang::{STACK_BYTES, to_component};
use crate::world::World;
use crate::{BuildEnv, BuildError, Language, installed, script};

/// Zig, as pip has it.
pub(crate) struct Zig {
    python: PathBuf,
    cache: PathBuf,
}

impl Zig {
    pub(crate) fn find(root: &Path, build_env: &BuildEnv) -> Result<Self, BuildError> {
        let found = installed::find(Language::Zig, root, build_env)?;
        Ok(Self {
            python: Path::new(found.must("pip")?).join("python"),
            cache: build_env.cache.join("guest-tools/zig-cache"),
        })
    }

    pub(crate) fn component(
        &self,
        root: &Path,
        timer: &mut StepTimer<'_>,
    ) -> Result<Vec<u8>, BuildError> {
        if !self.cache.is_dir() {
            timer.once("Zig's translator of C is made once, about a minute");
        }
        let module = timer.time("zig", || self.compile(root))?;
        timer.time("component", || to_component(&module))
    }

    /// The headers of a C library are wanted, but nothing of it is linked: Zig has memcpy and its
    /// like.
    fn compile(&self, root: &Path) -> Result<Vec<u8>, BuildError> {
        let bindings = Bindings::make_for_c(root)?;
        let mut translate = self.zig(
            root,
            &[
                "translate-c",
                "-target",
                "wasm32-wasi",
                "-lc",
                "-Ibuild/bindings",
            ],
        );
        let header = bindings.file(".h");
        let translated = script::output_of(translate.arg(&header), "python3-venv")?;
        let path = root.join("build/bindings/bindings.zig");
        crate::replace(&path, translated.as_bytes()).map_err(BuildError::writing(&path))?;

        let compile = [
            "cc",
            "-target",
            "wasm32-wasi",
            "-O2",
            "-Ibuild/bindings",
            "-c",
        ];
        for (source, object) in [
            (Path::new("src/evroute/arena.c"), Path::new("build/arena.o")),
            (&bindings.file(".c"), Path::new("build/bindings.o")),
        ] {
            script::run(
                self.zig(root, &compile).arg(source).arg("-o").arg(object),
                "python3-venv",
            )?;
        }
        let mut link = self.zig(
            root,
            &[
                "build-exe",
                "-target",
                "wasm32-freestanding",
                "-fno-entry",
                "-rdynamic",
            ],
        );
        link.args([
            "-O",
            "ReleaseSmall",
            "-fno-strip",
            "--export=__heap_base",
            "--stack",
        ])
        .arg(STACK_BYTES.to_string())
        .args(["build/bindings.o", "build/arena.o"])
        .arg(bindings.file("_component_type.o"))
        .args([
            "--dep",
            "evroute",
            "--dep",
            "bindings",
            "-Mroot=src/handler.zig",
            "--dep",
            "bindings",
            "-Mevroute=src/evroute/evroute.zig",
        ])
        .args([
            "-Mbindings=build/bindings/bindings.zig",
            "-femit-bin=build/module.wasm",
        ]);
        let world = World::read(root)?;
        script::run_advised(&mut link, "python3-venv", |said| advice(&world, said))?;
        let module = root.join("build/module.wasm");
        fs::read(&module).map_err(BuildError::reading(&module))
    }

    fn zig(&self, root: &Path, arguments: &[&str]) -> Command {
        let mut zig = Command::new(&self.python);
        zig.current_dir(root)
            .env("ZIG_GLOBAL_CACHE_DIR", &self.cache)
            .env("ZIG_LOCAL_CACHE_DIR", &self.cache)
            .args(["-m", "ziglang"])
            .args(arguments);
        zig
    }
}

/// What follows what the compiler said: the lines that the world lacks, or what there is in place
/// of Zig's standard library, which has no system under it here.
fn advice(world: &World, said: &str) -> Option<String> {
    let lines = world.lines_to_add(|one| said.contains(&format!("'{}_", one.underscored())));
    let is_std = || said.contains("/lib/std/") || said.contains("std.");
    lines.or_else(|| {
        is_std().then(|| {
            "Zig's standard library has no clock, console or randomness in a run: the time is try ev.pv.int(\"$TS\"), a line of \
             the log is ev.log.info(\"from {s}\", .{user})"
                .to_owned()
        })
    })
}
