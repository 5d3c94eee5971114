//! Which files hold cases.

use std::path::{Path, PathBuf};

/// The file itself, or the TOML files of a folder in the order of their names.
///
/// # Errors
/// A sentence when there are none.
pub(crate) fn of(path: &Path) -> Result<Vec<PathBuf>, String> {
    let shown = path.display();
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let wrong = |error| format!("{shown}: cases cannot be read: {error}");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        let file = entry.map_err(wrong)?.path();
        if file.extension().is_some_and(|end| end == "toml") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(format!(
            "{shown}: no cases there; write them to a file that ends in .toml, docs/testing-handlers.md says how"
        ));
    }
    files.sort_unstable();
    Ok(files)
}
