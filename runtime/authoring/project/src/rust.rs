//! Rust: cargo for `wasm32-unknown-unknown`, which knows no WASI, so that a handler can import
//! nothing but `evroute:*`. A handler that wants std is built for `wasm32-wasip1`, where std has a
//! clock, a console and random numbers.

use std::fs::{self, File};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::builder::make_folder_of;
use crate::script::{self, Findings};
use crate::{BuildEnv, BuildError};

/// Without and with std.
const BARE: &str = "wasm32-unknown-unknown";
const WITH_STD: &str = "wasm32-wasip1";

/// What the example handlers are built with too: shell functions that look for compilers.
const SEARCH: &str = include_str!("../../../../guest-examples/rust/toolchain.sh");

/// What asks them.
const ASK: &str = r#"
if target_is_installed; then echo installed=yes; exit; fi
if [ "${1:-}" = rustup ]; then
    timeout 120 rustup target add "$rust_target" >&2 && echo installed=yes && exit
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

/// A compiler for one of the targets.
pub(crate) struct Rust {
    target: &'static str,
    compiler: Compiler,
}

enum Compiler {
    /// The one in PATH knows the target.
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
        let target = target_of(root);
        let wish: &[&str] = if build_env.rustup { &["rustup"] } else { &[] };
        let ask = format!("set -eu\nrust_target={target}\n{SEARCH}{ASK}");
        let found = script::shell(&ask, wish, root)?;
        let found = Findings::of(&found);
        if found.get("installed").is_some() {
            let compiler = Compiler::Installed;
            return Ok(Self { target, compiler });
        }
        if let Some(packages) = found.get("missing") {
            return Err(BuildError::Missing {
                what: format!("a Rust compiler for {target}"),
                how: format!(
                    "apt-get install -y --no-install-recommends {packages}, or: rustup target add {target} (which \
                     EVROUTE_RUSTUP=1 does)"
                ),
            });
        }
        let flavour = found.must("flavour")?;
        let flavour = match target {
            WITH_STD => format!("{flavour}-{WITH_STD}"),
            _ => flavour.to_owned(),
        };
        let sysroot = build_env.cache.join("wasm-sysroot").join(flavour);
        if !sysroot.is_dir() {
            say("Rust's libraries for WebAssembly are built once, about 40 s");
            script::shell(MAKE_LIBRARIES, &[&sysroot.to_string_lossy(), target], root)?;
        }
        let linker = found.must("linker")?.to_owned();
        let compiler = Compiler::Debian { sysroot, linker };
        Ok(Self { target, compiler })
    }

    /// Whether this is the compiler that the project needs, as its manifest is now.
    pub(crate) fn fits(&self, root: &Path) -> bool {
        self.target == target_of(root)
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
        let reported = tell(&messages);
        ended.map_err(|error| script::advised(error, advice(&reported).map(str::to_owned)))?;
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
            self.target,
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
        for variable in [
            "RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "RUSTC_WRAPPER",
            // By that a member of the workspace, which evroute-guest is, gets its default features.
            "CARGO_RESOLVER_FEATURE_UNIFICATION",
        ] {
            cargo.env_remove(variable);
        }
        if let Compiler::Debian { sysroot, linker } = &self.compiler {
            flags.push(format!("--sysroot={}", sysroot.display()));
            let target = self.target.to_uppercase().replace('-', "_");
            cargo
                .env("RUSTC", "/usr/bin/rustc")
                .env(format!("CARGO_TARGET_{target}_LINKER"), linker);
        }
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        cargo
    }
}

/// What a project is built for: its manifest says whether it wants std, by a feature of
/// `evroute-guest`. A manifest that cargo cannot read is for the build to complain of.
fn target_of(root: &Path) -> &'static str {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).stdin(Stdio::null());
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata = cargo.output().ok();
    let metadata = metadata.and_then(|output| serde_json::from_slice(&output.stdout).ok());
    match metadata.is_some_and(|metadata| wants_std(&metadata)) {
        true => WITH_STD,
        false => BARE,
    }
}

/// Whether a package depends on `evroute-guest` with its feature `std`.
fn wants_std(metadata: &serde_json::Value) -> bool {
    let list = |of: &serde_json::Value, key: &str| {
        let list = of.get(key).and_then(serde_json::Value::as_array);
        list.cloned().unwrap_or_default()
    };
    let packages = list(metadata, "packages").into_iter();
    let mut needed = packages.flat_map(|package| list(&package, "dependencies"));
    needed.any(|needed| {
        let is_guest = needed
            .get("name")
            .is_some_and(|name| name == "evroute-guest");
        is_guest && list(&needed, "features").iter().any(|one| one == "std")
    })
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
    let mut reported = String::new();
    for line in messages.lines() {
        let message: Option<serde_json::Value> = serde_json::from_str(line).ok();
        let rendered = message
            .as_ref()
            .and_then(|message| message.pointer("/message/rendered"));
        if let Some(rendered) = rendered.and_then(serde_json::Value::as_str) {
            script::tell(rendered.trim_end());
            reported += rendered;
        }
    }
    reported
}

/// What follows what the compiler said of a handler that wants what its standard library has.
fn advice(reported: &str) -> Option<&'static str> {
    let prints = ["println", "print", "eprintln", "eprint", "dbg"];
    let wants = |name: &&str| reported.contains(&format!("cannot find macro `{name}`"));
    if prints.iter().any(wants) {
        return Some(
            "to print, write a line of the operator's log: evroute_guest::info!(\"from \", user);",
        );
    }
    let is_std = reported.contains("unlinked crate `std`")
        || reported.contains("can't find crate for `std`");
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

#[cfg(test)]
mod tests {
    use super::{BARE, WITH_STD, target_of};

    #[test]
    fn a_project_is_built_for_wasi_if_it_wants_std() {
        let folder = tempfile::tempdir().unwrap();
        for root in ["", "g/"].map(|root| folder.path().join(root)) {
            std::fs::create_dir_all(root.join("src")).unwrap();
            std::fs::write(root.join("src/lib.rs"), "").unwrap();
        }
        let guest =
            "[package]\nname = \"evroute-guest\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        std::fs::write(folder.path().join("g/Cargo.toml"), guest).unwrap();
        let manifest = folder.path().join("Cargo.toml");
        let package =
            "[workspace]\n[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
        for (dependencies, target) in [
            (
                "[dependencies]\nevroute-guest = { path = \"g\", features = [\"panic-log\"] }",
                BARE,
            ),
            (
                "[dependencies]\nevroute-guest = { path = \"g\", default-features = false, features = [\"std\"] }",
                WITH_STD,
            ),
            (
                "[dependencies.evroute-guest]\npath = \"g\"\nfeatures = [\"std\"]",
                WITH_STD,
            ),
            (
                "[dependencies]\nserde = { version = \"1\", features = [\"std\"] }",
                BARE,
            ),
            ("[dependencies", BARE),
        ] {
            std::fs::write(&manifest, format!("{package}{dependencies}\n")).unwrap();
            assert_eq!(target_of(folder.path()), target, "{dependencies}");
        }
    }
}
