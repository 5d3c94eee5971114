//! What lies between a language and WIT, made of `wit/` at every build.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_bindgen_core::{Files, WorldGenerator};

use crate::{BuildError, builder};

/// Where they are written to, below the project.
const FOLDER: &str = "build/bindings";

/// The world that bindings were made of.
pub(crate) struct Bindings {
    /// The world's name with underscores, which the files are named by.
    pub(crate) world: String,
}

impl Bindings {
    /// Makes them of the world in `wit/` of this project.
    pub(crate) fn make(
        root: &Path,
        generator: Box<dyn WorldGenerator>,
    ) -> Result<Self, BuildError> {
        Self::make_in(root, Path::new(FOLDER), generator)
    }

    /// The same in another folder of the project.
    pub(crate) fn make_in(
        root: &Path,
        folder: &Path,
        mut generator: Box<dyn WorldGenerator>,
    ) -> Result<Self, BuildError> {
        let (mut resolve, world) = read(root)?;
        let name = resolve
            .worlds
            .get(world)
            .map(|world| world.name.replace('-', "_"));
        let mut files = Files::default();
        // The generator panics on types that its language cannot have; who watches wants to go on all the same.
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
        for (name, octets) in files.iter() {
            let path = folder.join(name);
            builder::make_folder_of(&path)?;
            builder::replace(&path, octets).map_err(BuildError::writing(&path))?;
        }
        Ok(Self {
            world: name.unwrap_or_default(),
        })
    }

    /// One of their files, relative to the project: the world's name, and this after it.
    pub(crate) fn file(&self, end: &str) -> PathBuf {
        Path::new(FOLDER).join(format!("{}{end}", self.world))
    }
}

/// The name of the only world of `wit/`.
pub(crate) fn world_name(root: &Path) -> Result<String, BuildError> {
    let (resolve, world) = read(root)?;
    let world = resolve.worlds.get(world);
    Ok(world.map(|world| world.name.clone()).unwrap_or_default())
}

/// The only world of `wit/`.
fn read(root: &Path) -> Result<(Resolve, WorldId), BuildError> {
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
