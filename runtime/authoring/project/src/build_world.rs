//! A project's `wit/` with one world more, in `build/wit`: what tools are shown that want more than
//! the handler asks for.

use std::fs;
use std::path::Path;

use crate::builder::make_folder_of;
use crate::world::World;
use crate::{BuildError, replace};

/// The folder, below the project.
pub(crate) const FOLDER: &str = "build/wit";

/// The world's name.
pub(crate) const NAME: &str = "evroute-build";

/// How deep folders of WIT may lie.
const DEPTH_MAX: usize = 8;

/// Writes it: the handler's world, more `imports`, and the `packages` that they are in.
pub(crate) fn write(
    root: &Path,
    world: &World,
    imports: &[String],
    packages: &[(&str, &str)],
) -> Result<(), BuildError> {
    let wit = root.join(FOLDER);
    if wit.is_dir() {
        fs::remove_dir_all(&wit).map_err(BuildError::writing(&wit))?;
    }
    copy(&root.join("wit"), &wit, 0)?;
    for (below, text) in packages {
        write_file(&wit.join(below), text)?;
    }
    let imports: String = imports.iter().map(|line| format!("  {line}\n")).collect();
    let text = format!(
        "package {};\nworld {NAME} {{\n  include {};\n{imports}}}\n",
        world.package, world.name
    );
    write_file(&wit.join("evroute-build.wit"), &text)
}

fn copy(from: &Path, to: &Path, depth: usize) -> Result<(), BuildError> {
    fs::create_dir_all(to).map_err(BuildError::writing(to))?;
    let entries = fs::read_dir(from).map_err(BuildError::reading(from))?;
    for entry in entries.filter_map(Result::ok) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() && depth < DEPTH_MAX {
            copy(&path, &target, depth + 1)?;
        } else if path.is_file() {
            fs::copy(&path, &target).map_err(BuildError::writing(&target))?;
        }
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<(), BuildError> {
    make_folder_of(path)?;
    replace(path, text.as_bytes()).map_err(BuildError::writing(path))
}
