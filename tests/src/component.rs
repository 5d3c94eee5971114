//! Where components come from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use evroute_componentize::{Adapter, componentize_adapted};
use evroute_contract::EVENTS;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};

use crate::{Error, evroute, run_to_end};

/// The repository's root.
#[must_use]
pub fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// An example handler as `make guests` leaves it, by its name: `local-request`.
///
/// # Errors
/// [`Error::NoComponent`] when it was not built.
pub fn example(name: &str) -> Result<PathBuf, Error> {
    let path = repository().join(format!("guest-examples/target/components/{name}.wasm"));
    if path.is_file() {
        Ok(path)
    } else {
        Err(Error::NoComponent(path))
    }
}

/// A hostile guest of `tests/guests`, or of the folder in it for those that use WASI, made a
/// component in this folder.
///
/// # Errors
/// When there is no such guest, or it does not fit its world.
pub fn hostile(name: &str, world: &str, folder: &Path) -> Result<PathBuf, Error> {
    let mut guests = repository().join("tests/guests");
    let path = folder.join(format!("{name}.wasm"));
    let mut source = guests.join(format!("{name}.wat"));
    if !source.is_file() {
        guests.push("wasi");
        source = guests.join(format!("{name}.wat"));
    }
    assemble(&source, &guests.join("world.wit"), world, &[], &path)?;
    Ok(path)
}

/// Blocks of Kamailio, made a component in this folder.
///
/// # Errors
/// When they do not compile; what `evroute build` wrote is in the error.
pub fn blocks(text: &str, folder: &Path) -> Result<PathBuf, Error> {
    let source = folder.join("blocks.cfg");
    fs::write(&source, text).map_err(Error::file("write", &source))?;
    let mut build = Command::new(evroute()?);
    build.arg("build").arg(&source);
    let built = run_to_end(build)?;
    match built.code {
        Some(0) => Ok(source.with_extension("wasm")),
        _ => Err(Error::Unreadable(format!("not built: {built:?}"))),
    }
}

/// The handler of every event, made a component in this folder.
///
/// # Errors
/// When it does not fit its world.
pub fn witness(folder: &Path) -> Result<PathBuf, Error> {
    let suite = repository().join("tests/e2e/witness");
    let (template, source) = (suite.with_extension("wat"), folder.join("witness.wat"));
    let text = fs::read_to_string(&template).map_err(Error::file("read", &template))?;
    let exports = EVENTS.iter().map(|event| {
        let interface = event.interface;
        format!("\n  (export \"{interface}#handle\" (func $pass))")
    });
    let text = text.replace(
        ";; EXPORTS:",
        &format!("{}\n  ;;", exports.collect::<String>()),
    );
    fs::write(&source, text).map_err(Error::file("write", &source))?;
    let path = folder.join("witness.wasm");
    assemble(&source, &suite.with_extension("wit"), "witness", &[], &path)?;
    Ok(path)
}

/// A handler of these events, `custom/event`, each run of which traps, made a component in this
/// folder.
///
/// # Errors
/// When there is no such event.
pub fn trapping(name: &str, events: &[&str], folder: &Path) -> Result<PathBuf, Error> {
    let (mut exports, mut world) = (String::new(), String::new());
    for event in EVENTS
        .iter()
        .filter(|event| events.contains(&event.path().as_str()))
    {
        let interface = event.interface;
        exports += &format!("(export \"{interface}#handle\" (func $trap))\n");
        world += &format!("export {interface};\n");
    }
    let text = format!(
        "(module (memory (export \"memory\") 1)
           (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) unreachable)
           (func $trap (param i32) (result i32) unreachable)
           {exports})"
    );
    let world = format!("package evroute:trapping; world trapping {{ {world} }}");
    of_text(name, &text, ("trapping", &world), folder)
}

/// A handler of `custom:event` that does nothing, with so many functions that its compilation takes
/// seconds, made a component in this folder.
///
/// # Errors
/// When it does not fit its world.
pub fn slow_to_compile(name: &str, functions: usize, folder: &Path) -> Result<PathBuf, Error> {
    let step = "(local.set $x (i64.add (i64.mul (local.get $x) (local.get $y)) (local.get $y)))
        (local.set $y (i64.xor (i64.rotl (local.get $x) (i64.const 7)) (local.get $y)))\n";
    let body = step.repeat(100);
    let function =
        format!("(func (param $x i64) (param $y i64) (result i64) {body} (local.get $x))\n");
    let text = format!(
        "(module (memory (export \"memory\") 1)
           (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
           (func (export \"evroute:custom/event@0.1.0#handle\") (param i32) (result i32)
             (i32.const 1024))
           {})",
        function.repeat(functions)
    );
    let world = "package evroute:slow; world slow { export evroute:custom/event@0.1.0; }";
    of_text(name, &text, ("slow", world), folder)
}

/// A handler that, before a request is routed, writes this number into `before` of the database
/// `main` and then into `gate` of the database `gate`, which may be locked; when it is routed, into
/// `after` of `main`. Made a component in this folder.
///
/// # Errors
/// When it does not fit its world.
pub fn waiting_at_gate(number: u8, folder: &Path) -> Result<PathBuf, Error> {
    let text = format!(
        "(module
           (import \"evroute:sql/sql@0.1.0\" \"[static]connection.open\"
             (func $open (param i32 i32 i32)))
           (import \"evroute:sql/sql@0.1.0\" \"[method]connection.execute\"
             (func $execute (param i32 i32 i32 i32 i32 i32)))
           (memory (export \"memory\") 1)
           (data (i32.const 16) \"main\")
           (data (i32.const 24) \"gate\")
           (data (i32.const 32) \"insert into before values ({number:02})\")
           (data (i32.const 80) \"insert into gate   values ({number:02})\")
           (data (i32.const 128) \"insert into after  values ({number:02})\")
           (func (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)
             (i32.const 4096))
           (func $write (param $database i32) (param $statement i32)
             (call $open (local.get $database) (i32.const 4) (i32.const 256))
             (if (i32.load8_u (i32.const 256)) (then unreachable))
             (call $execute (i32.load (i32.const 260)) (local.get $statement) (i32.const 30)
               (i32.const 0) (i32.const 0) (i32.const 320))
             (if (i32.load8_u (i32.const 320)) (then unreachable)))
           (func (export \"evroute:core/pre-routing@0.1.1#handle\") (param i32) (result i32)
             (call $write (i32.const 16) (i32.const 32))
             (call $write (i32.const 24) (i32.const 80))
             (i32.const 1024))
           (func (export \"evroute:core/request@0.1.1#handle\") (param i32) (result i32)
             (call $write (i32.const 16) (i32.const 128))
             (i32.const 1024)))"
    );
    let world = "package evroute:waiting; world waiting { import evroute:sql/sql@0.1.0;
        export evroute:core/pre-routing@0.1.1; export evroute:core/request@0.1.1; }";
    let name = format!("waiting-{number}");
    of_text(&name, &text, ("waiting", world), folder)
}

/// A component of this text and this world, whose name is the first.
fn of_text(
    name: &str,
    text: &str,
    (world, wit): (&str, &str),
    folder: &Path,
) -> Result<PathBuf, Error> {
    let source = folder.join(world).with_extension("wat");
    let world_file = source.with_extension("wit");
    for (path, text) in [(&source, text), (&world_file, wit)] {
        fs::write(path, text).map_err(Error::file("write", path))?;
    }
    let path = folder.join(format!("{name}.wasm"));
    assemble(&source, &world_file, world, &[], &path)?;
    Ok(path)
}

/// The handler that writes a row for every request, made a component in this folder.
///
/// # Errors
/// When it does not fit its world.
pub fn visitor(folder: &Path) -> Result<PathBuf, Error> {
    of_suite("visitor", folder)
}

fn of_suite(name: &str, folder: &Path) -> Result<PathBuf, Error> {
    let suite = repository().join("tests/e2e").join(name);
    let (source, wit) = (suite.with_extension("wat"), suite.with_extension("wit"));
    let path = folder.join(format!("{name}.wasm"));
    assemble(&source, &wit, name, &[], &path)?;
    Ok(path)
}

/// A guest of `tests/guests/wasi` that is written in C, compiled with the C library of WASI and
/// made a component in this folder. `flags` are further words for the compiler.
///
/// # Errors
/// When it does not compile, for want of a compiler too, or does not fit its world.
pub fn compiled(name: &str, world: &str, flags: &[&str], folder: &Path) -> Result<PathBuf, Error> {
    let guests = repository().join("tests/guests/wasi");
    let source = guests.join(format!("{name}.c"));
    let core = folder.join(format!("{name}.core"));
    let unbuilt = |why: String| {
        let needs = "needs clang-22, lld-22, wasi-libc and libclang-rt-22-dev-wasm32";
        Error::Unreadable(format!("{}: {needs}: {why}", source.display()))
    };
    let built = Command::new("clang-22")
        .args([
            "--target=wasm32-wasi",
            "-Wno-deprecated",
            "-mexec-model=reactor",
            "-O1",
        ])
        .args([
            "-fuse-ld=/usr/bin/wasm-ld-22",
            "-Wl,-z,stack-size=65536",
            "-o",
        ])
        .args([core.as_os_str(), source.as_os_str()])
        .args(flags)
        .output()
        .map_err(|cause| unbuilt(cause.to_string()))?;
    if !built.status.success() {
        return Err(unbuilt(String::from_utf8_lossy(&built.stderr).into_owned()));
    }
    let path = folder.join(format!("{name}.wasm"));
    let adapter = Adapter {
        name: WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
        module: WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        world: None,
    };
    let wit = guests.join("world.wit");
    assemble(&core, &wit, world, &[adapter], &path)?;
    Ok(path)
}

fn assemble(
    source: &Path,
    wit: &Path,
    world: &str,
    adapters: &[Adapter<'_>],
    path: &Path,
) -> Result<(), Error> {
    let core = fs::read(source).map_err(Error::file("read", source))?;
    let contract = repository().join("wit");
    let wasi = repository().join("runtime/modules/wasi/wit");
    let component = componentize_adapted(&core, &[&contract, &wasi, wit], world, adapters);
    let unfit = |cause| Error::Unreadable(format!("{}: {cause}", source.display()));
    let component = component.map_err(unfit)?;
    fs::write(path, component).map_err(Error::file("write", path))
}
