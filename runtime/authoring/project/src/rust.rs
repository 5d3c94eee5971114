//! Rust: cargo for `wasm32-unknown-unknown`, which knows no WASI, so that a handler can import
//! nothing but `evroute:*`.

use std::fs::{self, File};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::builder::make_folder_of;
use crate::script::{self, Findings};
use crate::{BuildEnv, BuildError};

const TARGET: &str = "wasm32-unknown-unknown";

/// What the example handlers are built with too: shell functions that look for compilers.
const SEARCH: &str = include_str!("../../../../guest-examples/rust/toolchain.sh");

/// What asks them.
const ASK: &str = r#"
if target_is_installed; then echo installed=yes; exit; fi
if [ "${1:-}" = rustup ]; then
    timeout 120 rustup target add wasm32-unknown-unknown >&2 && echo installed=yes && exit
fi
missing=$(missing_packages)
if [ -n "$missing" ]; then echo "missing=$missing"; exit; fi
echo "flavour=$(debian_flavour)"
echo "linker=$(wasm_linker)"
"#;

/// Builds Rust's own libraries for the target from Debian's sources.
const MAKE_LIBRARIES: &str = include_str!("../../../../guest-examples/rust/mkstd.sh");

/// The shadow stack of a run. Every run pays for its memory, and one that overflows is a trap. The
/// examples do with 4096.
const STACK_BYTES: u32 = 16 * 1024;

/// A compiler for the target.
pub(crate) enum Rust {
    /// The one in PATH knows it.
    Installed,
    /// Debian's, with libraries that were built here.
    Debian { sysroot: PathBuf, linker: String },
}

impl Rust {
    /// Looks for a compiler. `say` is called for what takes long.
    pub(crate) fn find(
        root: &Path,
        build_env: &BuildEnv,
        say: &mut dyn FnMut(&str),
    ) -> Result<Self, BuildError> {
        let wish: &[&str] = if build_env.rustup { &["rustup"] } else { &[] };
        let found = script::shell(&format!("set -eu\n{SEARCH}{ASK}"), wish, root)?;
        let found = Findings::of(&found);
        if found.get("installed").is_some() {
            return Ok(Self::Installed);
        }
        if let Some(packages) = found.get("missing") {
            return Err(BuildError::Missing {
                what: format!("a Rust compiler for {TARGET}"),
                how: format!(
                    "apt-get install -y --no-install-recommends {packages}, or: rustup target add {TARGET} (which \
                     EVROUTE_RUSTUP=1 does)"
                ),
            });
        }
        let sysroot = build_env
            .cache
            .join("wasm-sysroot")
            .join(found.must("flavour")?);
        if !sysroot.is_dir() {
            say("Rust's libraries for WebAssembly are built once, about 40 s");
            script::shell(MAKE_LIBRARIES, &[&sysroot.to_string_lossy()], root)?;
        }
        Ok(Self::Debian {
            sysroot,
            linker: found.must("linker")?.to_owned(),
        })
    }

    /// Compiles the project to a core module, which carries its world.
    ///
    /// Projects share what cargo makes, so that a second one finds the crates of the first
    /// compiled. Two of one name would have their modules in the same place: who builds holds a
    /// lock until the module is read.
    pub(crate) fn compile(
        &self,
        root: &Path,
        target: Option<&Path>,
    ) -> Result<Vec<u8>, BuildError> {
        let mut cargo = self.cargo(root);
        let lock = target.map(lock).transpose()?;
        if let Some(target) = target {
            cargo.env("CARGO_TARGET_DIR", target);
        }
        let (messages, ended) = script::output_and_end(&mut cargo, "cargo")?;
        let told = tell(&messages);
        ended.map_err(|error| script::advised(error, advice(&told).map(str::to_owned)))?;
        let module = module_of(&messages)?;
        let bytes = fs::read(&module).map_err(BuildError::reading(&module));
        drop(lock);
        bytes
    }

    fn cargo(&self, root: &Path) -> Command {
        // __heap_base tells the component maker how little memory will do
        // (evroute-guest/src/small_memory.rs).
        let mut flags = vec![
            format!("-Clink-arg=-zstack-size={STACK_BYTES}"),
            "-Clink-arg=--export=__heap_base".to_owned(),
        ];
        let mut cargo = Command::new("cargo");
        cargo.current_dir(root).args([
            "build",
            "--release",
            "--target",
            TARGET,
            if io::stderr().is_terminal() {
                "--message-format=json-diagnostic-rendered-ansi"
            } else {
                "--message-format=json"
            },
        ]);
        // Who builds again wants to read what is new: the errors.
        if root.join("Cargo.lock").is_file() {
            cargo.arg("--quiet");
        }
        for variable in ["RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER"] {
            cargo.env_remove(variable);
        }
        if let Self::Debian { sysroot, linker } = self {
            flags.push(format!("--sysroot={}", sysroot.display()));
            cargo
                .env("RUSTC", "/usr/bin/rustc")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        cargo
    }
}

/// Waits until nobody else builds in this folder; for as long as the file is open.
fn lock(target: &Path) -> Result<File, BuildError> {
    let path = target.join("evroute.lock");
    make_folder_of(&path)?;
    let file = File::create(&path).map_err(BuildError::writing(&path))?;
    file.lock().map_err(BuildError::writing(&path))?;
    Ok(file)
}

/// Shows what the compiler says, as it rendered it; returns all of it.
fn tell(messages: &str) -> String {
    let mut told = String::new();
    for line in messages.lines() {
        let message: Option<serde_json::Value> = serde_json::from_str(line).ok();
        let rendered = message
            .as_ref()
            .and_then(|message| message.pointer("/message/rendered"));
        if let Some(rendered) = rendered.and_then(serde_json::Value::as_str) {
            script::tell(rendered.trim_end());
            told += rendered;
        }
    }
    told
}

/// What follows what the compiler said of a handler that wants what its standard library has.
fn advice(told: &str) -> Option<&'static str> {
    let prints = ["println", "print", "eprintln", "eprint", "dbg"];
    let wants = |name: &&str| told.contains(&format!("cannot find macro `{name}`"));
    if prints.iter().any(wants) {
        return Some(
            "to print, write a line of the operator's log: evroute_guest::info!(\"from \", user);",
        );
    }
    let is_std =
        told.contains("unlinked crate `std`") || told.contains("can't find crate for `std`");
    is_std.then_some(
        "a handler has no std unless it asks for it: the time is pv!(\"$TS\" as i64)?; collections and strings are in alloc \
         (extern crate alloc); for all of std, drop #![no_std] and name evroute-guest with default-features = false and \
         features = [\"std\"]",
    )
}

/// The module among cargo's messages: the last that a cdylib was made to.
fn module_of(messages: &str) -> Result<PathBuf, BuildError> {
    let made = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let kinds = message.get("target")?.get("kind")?.as_array()?;
        let is_module = kinds.iter().any(|kind| kind == "cdylib");
        let files = message.get("filenames")?.as_array()?;
        let file = files.iter().filter_map(|file| file.as_str());
        let mut file = file.filter(|file| file.ends_with(".wasm"));
        is_module.then_some(PathBuf::from(file.next()?))
    });
    made.ok_or_else(|| {
        BuildError::Unfit(
            "cargo made no module: add [lib] crate-type = [\"cdylib\"] to Cargo.toml".to_owned(),
        )
    })
}
