//! Recordings that are cases.

use std::path::Path;

use evroute_cases::judge;
use evroute_recording::Recording;
use evroute_server::CodeCache;

use super::Tested;

/// Its name: its file's.
pub(super) fn name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Runs one in this component.
pub(super) fn judged(
    path: &Path,
    recording: &Recording,
    component: &[u8],
    code_cache: Option<&CodeCache>,
) -> Tested {
    let shown = path.display().to_string();
    let judged = judge(component, &name(path), recording, code_cache);
    let judged = judged.map(|case| vec![case]);
    let judged = judged.map_err(|error| format!("{shown}: {error}"));
    (shown, judged)
}
