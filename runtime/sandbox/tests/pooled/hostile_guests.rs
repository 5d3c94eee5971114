//! The hostile guests that are run on an event of a request of the server's own.

use std::path::Path;

/// Those of another event, and those that are refused.
const OTHERS: [&str; 12] = [
    "abort-startup",
    "call-at-start",
    "curious",
    "endless-query",
    "endless-start",
    "fill-reply",
    "large-start",
    "trap-at-start",
    "waiting-start",
    "endless-request",
    "raise-again",
    "run-sql",
];

/// Name and text of each, by name.
pub(crate) fn guests() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests");
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let mut guests: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .filter(|(name, _)| !OTHERS.contains(&name.as_str()))
        // Those that no module could be made into; the table of attacks runs them.
        .filter(|(_, text)| !text.contains("\n(component"))
        .collect();
    guests.sort();
    guests
}
