//! Recordings as files.

use std::path::Path;

use evroute_recording::Recording;

/// Reads one.
///
/// # Errors
/// A sentence: it cannot be read, is no recording, or a corrupt one.
pub(crate) fn read(path: &Path) -> Result<Recording, String> {
    let file = std::fs::read(path).map_err(|error| format!("it cannot be read: {error}"))?;
    evroute_recording::read(&file).map_err(|error| error.to_string())
}
