//! Where components come from.

use std::fs;
use std::path::{Path, PathBuf};

use evroute_componentize::componentize;

use crate::Error;

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

/// A hostile guest of `tests/guests`, made a component in this folder.
///
/// # Errors
/// When there is no such guest, or it does not fit its world.
pub fn hostile(name: &str, world: &str, folder: &Path) -> Result<PathBuf, Error> {
    let guests = repository().join("tests/guests");
    assemble(
        &guests.join(format!("{name}.wat")),
        &guests.join("world.wit"),
        world,
        folder,
    )
}

/// The handler of every event, made a component in this folder.
///
/// # Errors
/// When it does not fit its world.
pub fn witness(folder: &Path) -> Result<PathBuf, Error> {
    of_suite("witness", folder)
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
    assemble(&source, &wit, name, folder)
}

fn assemble(source: &Path, wit: &Path, world: &str, folder: &Path) -> Result<PathBuf, Error> {
    let core = fs::read(source).map_err(Error::file("read", source))?;
    let component = componentize(&core, &[&repository().join("wit"), wit], world);
    let unfit = |cause| Error::Unreadable(format!("{}: {cause}", source.display()));
    let component = component.map_err(unfit)?;
    let name = source.file_stem().unwrap_or_default();
    let path = folder.join(name).with_extension("wasm");
    fs::write(&path, component).map_err(Error::file("write", &path))?;
    Ok(path)
}
