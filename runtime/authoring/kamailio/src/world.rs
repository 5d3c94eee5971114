//! The world of a compiled configuration: what it handles, and what it asks for.

use std::collections::BTreeSet;

/// The packages of the server and the world of a configuration, by the names of their files.
pub(crate) fn packages(world: &str) -> Vec<(&str, &str)> {
    let packages = evroute_contract::PACKAGES.iter();
    let packages = packages.map(|package| (package.path, package.text));
    packages.chain([("routes.wit", world)]).collect()
}

/// The world in WIT.
pub(crate) fn world(imports: &BTreeSet<&str>, exports: &BTreeSet<&str>) -> String {
    let mut text = "package evroute:routes;\nworld routes {\n".to_owned();
    for import in imports {
        text.push_str(&format!("  import {import};\n"));
    }
    for export in exports {
        text.push_str(&format!("  export {export};\n"));
    }
    text + "}\n"
}
