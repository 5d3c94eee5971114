//! What lies between a language and WIT, made of `wit/` at every build.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_bindgen_core::{Files, WorldGenerator};

use crate::world::World;
use crate::{BuildError, builder, text};

/// Where they are written to, below the project.
const FOLDER: &str = "build/bindings";

/// Bindings that were made.
pub(crate) struct Bindings {
    /// What the files are named by.
    name: String,
}

/// A world with all that there is to import.
const ALL: &str = "all";

/// What C's bindings are called, so that handlers and `evroute.h` need not know the world's name.
const NAME_IN_C: &str = "bindings";

impl Bindings {
    /// Makes them of the world in `wit/` of this project.
    pub(crate) fn make(
        root: &Path,
        generator: Box<dyn WorldGenerator>,
    ) -> Result<Self, BuildError> {
        Self::make_in(root, Path::new(FOLDER), generator)
    }

    /// `bindings.h`, what lies behind it, and `world.h`, which says which interfaces the world has:
    /// `evroute.h` asks.
    pub(crate) fn make_for_c(root: &Path) -> Result<Self, BuildError> {
        let options = wit_bindgen_c::Opts {
            rename_world: Some(NAME_IN_C.to_owned()),
            ..wit_bindgen_c::Opts::default()
        };
        let mut bindings = Self::make(root, options.build())?;
        NAME_IN_C.clone_into(&mut bindings.name);
        let header = root.join(bindings.file(".h"));
        let text = fs::read_to_string(&header).map_err(BuildError::reading(&header))?;
        let path = root.join(FOLDER).join("world.h");
        builder::replace(&path, interfaces(&text).as_bytes())
            .map_err(BuildError::writing(&path))?;
        text::in_c(&root.join(bindings.file(".c")))?;
        Ok(bindings)
    }

    /// Makes them in another folder of the project, of all that there is to import too: whoever
    /// writes a handler has it at hand, and what the world lacks is reported when the component is
    /// made. For languages that omit what is not used.
    pub(crate) fn make_all_in(
        root: &Path,
        folder: &Path,
        generator: Box<dyn WorldGenerator>,
    ) -> Result<Self, BuildError> {
        let world = World::read(root)?;
        let (mut resolve, _) = read(root)?;
        let mut text = format!(
            "package evroute:build;\nworld {ALL} {{\n  include {};\n",
            world.path()
        );
        for one in world.unused.iter().filter(|one| !one.is_event) {
            text += &format!("  {}\n", one.line());
        }
        text += "}\n";
        let package = resolve.push_source("build.wit", &text);
        let unfit = |why| BuildError::Unfit(format!("no bindings can be made of wit/: {why:#}"));
        let selected = package.and_then(|package| resolve.select_world(&[package], Some(ALL)));
        Self::of(root, folder, resolve, selected.map_err(unfit)?, generator)
    }

    /// Makes them of the world in `wit/`, in another folder of the project.
    fn make_in(
        root: &Path,
        folder: &Path,
        generator: Box<dyn WorldGenerator>,
    ) -> Result<Self, BuildError> {
        let (resolve, world) = read(root)?;
        Self::of(root, folder, resolve, world, generator)
    }

    fn of(
        root: &Path,
        folder: &Path,
        mut resolve: Resolve,
        world: WorldId,
        mut generator: Box<dyn WorldGenerator>,
    ) -> Result<Self, BuildError> {
        let name = resolve
            .worlds
            .get(world)
            .map(|world| world.name.replace('-', "_"));
        let mut files = Files::default();
        // The generator panics on types that its language cannot have; who watches wants to go on
        // all the same.
        let made = catch_unwind(AssertUnwindSafe(|| {
            generator
                .generate(&mut resolve, world, &mut files)
                .map_err(|why| format!("{why:#}"))
        }));
        made.unwrap_or_else(|_| {
            Err("the generator does not know what to make of it; see above".to_owned())
        })
        .map_err(|why| BuildError::Unfit(format!("no bindings can be made of wit/: {why}")))?;
        let folder = root.join(folder);
        for (name, bytes) in files.iter() {
            let path = folder.join(name);
            builder::make_folder_of(&path)?;
            builder::replace(&path, bytes).map_err(BuildError::writing(&path))?;
        }
        Ok(Self {
            name: name.unwrap_or_default(),
        })
    }

    /// One of their files, relative to the project: their name, and this after it.
    pub(crate) fn file(&self, end: &str) -> PathBuf {
        Path::new(FOLDER).join(format!("{}{end}", self.name))
    }
}

/// What the C examples have from `world.sed`: a line for each interface, of the comments in their
/// header.
fn interfaces(header: &str) -> String {
    let lines = header.lines().filter_map(|line| {
        let (direction, line) = line
            .strip_prefix("// ")?
            .split_once("ported Functions from `")?;
        let (interface, _) = line.split_once('@')?;
        let name = format!("{direction}ports_{interface}").replace([':', '/', '-'], "_");
        Some(format!("#define {}\n", name.to_uppercase()))
    });
    lines.collect()
}

/// The only world of `wit/`.
pub(crate) fn read(root: &Path) -> Result<(Resolve, WorldId), BuildError> {
    let wit = root.join("wit");
    fs::read_dir(&wit).map_err(BuildError::reading(&wit))?;
    let unfit = |why: String| BuildError::Unfit(format!("{}: {why}", wit.display()));
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(&wit)
        .map_err(|why| unfit(format!("{why:#}")))?;
    let world = resolve
        .select_world(&[package], None)
        .map_err(|why| unfit(format!("{why:#}")))?;
    Ok((resolve, world))
}

#[cfg(test)]
mod tests {
    use super::interfaces;

    #[test]
    fn a_header_says_which_interfaces_there_are() {
        let header = "// Imported Functions from `evroute:log/log@0.1.0`\nextern void f(void);\n\
                      // Exported Functions from `evroute:tm/local-request@0.1.0`\n";
        assert_eq!(
            interfaces(header),
            "#define IMPORTS_EVROUTE_LOG_LOG\n#define EXPORTS_EVROUTE_TM_LOCAL_REQUEST\n"
        );
    }
}
