//! Recorded events, to be run in two revisions.

use std::path::{Path, PathBuf};

use evroute_compare::RecordedEvents;
use evroute_recording::Recording;

use crate::recording_file;

/// RecordedEvents in files.
#[derive(Debug)]
pub(crate) struct RecordingFiles(Vec<PathBuf>);

impl RecordingFiles {
    /// These files, and those in these folders whose names end in `.evrec`, by their names.
    ///
    /// # Errors
    /// A sentence: a folder cannot be read, or there is no recording at all.
    pub(crate) fn below(paths: &[PathBuf]) -> Result<Self, String> {
        let mut files = Vec::new();
        for path in paths {
            if !path.is_dir() {
                files.push(path.clone());
                continue;
            }
            let unreadable = |error| format!("{} cannot be read: {error}", path.display());
            let first = files.len();
            for entry in std::fs::read_dir(path).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                if path.extension().is_some_and(|end| end == "evrec") {
                    files.push(path);
                }
            }
            files.get_mut(first..).unwrap_or_default().sort();
            if files.len() == first {
                return Err(format!("{}: there is no .evrec in it", path.display()));
            }
        }
        Ok(Self(files))
    }

    fn path(&self, number: usize) -> &Path {
        self.0.get(number).map_or(Path::new(""), PathBuf::as_path)
    }
}

impl RecordedEvents for RecordingFiles {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, number: usize) -> String {
        self.path(number).display().to_string()
    }

    fn read(&self, number: usize) -> Result<Recording, String> {
        recording_file::read(self.path(number))
    }
}

/// RecordedEvents that a server has sent, each with its id.
#[derive(Debug, Default)]
pub(crate) struct FetchedRecordings(pub(crate) Vec<(String, Recording)>);

impl RecordedEvents for FetchedRecordings {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, number: usize) -> String {
        self.0
            .get(number)
            .map_or_else(String::new, |(id, _)| id.clone())
    }

    fn read(&self, number: usize) -> Result<Recording, String> {
        let found = self.0.get(number).map(|(_, recording)| recording.clone());
        found.ok_or_else(|| "it is gone".to_owned())
    }
}
