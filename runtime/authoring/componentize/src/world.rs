use std::path::Path;

use wit_parser::{PackageId, Resolve, WorldId};

use crate::error::{Error, one_line};

/// Reads every WIT path in order and picks a world, by name from the last of them or by its full
/// name.
pub(crate) fn select(wit: &[&Path], world: Option<&str>) -> Result<(Resolve, WorldId), Error> {
    let mut resolve = Resolve::default();
    let mut package = None;
    for path in wit {
        package = Some(push(&mut resolve, path)?);
    }
    let package = package.ok_or(Error::NoWorld)?;
    let world = resolve
        .select_world(&[package], world)
        .map_err(|cause| Error::World(one_line(&cause)))?;
    Ok((resolve, world))
}

/// Reads packages that are at hand as text, and picks a world of the last one.
pub(crate) fn select_text(
    packages: &[(&str, &str)],
    world: &str,
) -> Result<(Resolve, WorldId), Error> {
    let mut resolve = Resolve::default();
    let mut package = None;
    for (name, text) in packages {
        let read = resolve.push_source(name, text).map_err(|cause| Error::Wit {
            path: name.into(),
            reason: one_line(&cause),
        });
        package = Some(read?);
    }
    let package = package.ok_or(Error::NoWorld)?;
    let world = resolve
        .select_world(&[package], Some(world))
        .map_err(|cause| Error::World(one_line(&cause)))?;
    Ok((resolve, world))
}

fn push(resolve: &mut Resolve, path: &Path) -> Result<PackageId, Error> {
    let refused = |reason| Error::Wit {
        path: path.to_owned(),
        reason,
    };
    if !path.exists() {
        return Err(refused("there is no such file or directory".to_owned()));
    }
    let (package, _) = resolve
        .push_path(path)
        .map_err(|cause| refused(one_line(&cause)))?;
    Ok(package)
}

/// The full name, `namespace:package/world@version`.
pub(crate) fn name(resolve: &Resolve, world: WorldId) -> Result<String, Error> {
    let anonymous = || Error::World("the world belongs to no package".to_owned());
    let world = resolve.worlds.get(world).ok_or_else(anonymous)?;
    let package = world.package.ok_or_else(anonymous)?;
    Ok(resolve.id_of_name(package, &world.name))
}

/// True when the module carries at least one world in a custom section.
pub(crate) fn is_self_described(module: &[u8]) -> bool {
    wit_component::metadata::decode(module).is_ok_and(|(stripped, _)| stripped.is_some())
}
