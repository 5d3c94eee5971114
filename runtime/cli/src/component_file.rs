//! Components as files.

use std::path::Path;

/// Reads one.
///
/// # Errors
/// A sentence: it cannot be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let file = std::fs::read(path);
    file.map_err(|error| format!("{}: it cannot be read: {error}", path.display()))
}
