//! Which files hold cases.

use std::path::{Path, PathBuf};

/// How recordings end.
const RECORDING: &str = "evrec";

/// What there is to be run.
#[derive(Debug, Default)]
pub(crate) struct CaseFiles {
    /// Files of cases.
    pub(crate) cases: Vec<PathBuf>,
    /// Recordings, which are a case each.
    pub(crate) recordings: Vec<PathBuf>,
}

/// The file itself, or the TOML files and the recordings of a folder in the order of their names.
///
/// # Errors
/// A sentence when there are none.
pub(crate) fn of(path: &Path) -> Result<CaseFiles, String> {
    let shown = path.display();
    let mut files = CaseFiles::default();
    let ends = |path: &Path, with: &str| path.extension().is_some_and(|end| end == with);
    if path.is_file() {
        let is_recording = ends(path, RECORDING);
        let list = if is_recording {
            &mut files.recordings
        } else {
            &mut files.cases
        };
        list.push(path.to_owned());
        return Ok(files);
    }
    let wrong = |error| format!("{shown}: cases cannot be read: {error}");
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        let file = entry.map_err(wrong)?.path();
        if ends(&file, "toml") {
            files.cases.push(file);
        } else if ends(&file, RECORDING) {
            files.recordings.push(file);
        }
    }
    if files.cases.is_empty() && files.recordings.is_empty() {
        return Err(format!(
            "{shown}: no cases there; write them to a file that ends in .toml, docs/testing-handlers.md says how"
        ));
    }
    files.cases.sort_unstable();
    files.recordings.sort_unstable();
    Ok(files)
}
