//! Recordings as files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use evroute_recording::{RECORDING_BYTES_MAX, Recording};

/// A recording in its frame is shorter; of a longer file no more is read.
const FILE_BYTES_MAX: u64 = 2 * RECORDING_BYTES_MAX as u64;

/// Reads one.
///
/// # Errors
/// A sentence: it cannot be read, is no recording, or a corrupt one.
pub(crate) fn read(path: &Path) -> Result<Recording, String> {
    let unread = |error| format!("it cannot be read: {error}");
    let mut file = Vec::new();
    let opened = File::open(path).map_err(unread)?;
    opened
        .take(FILE_BYTES_MAX)
        .read_to_end(&mut file)
        .map_err(unread)?;
    evroute_recording::read(&file).map_err(|error| error.to_string())
}
