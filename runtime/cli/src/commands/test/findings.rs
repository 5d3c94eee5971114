//! What `evroute fuzz` has found, run again.

use std::path::Path;
use std::sync::Arc;

use evroute_cases::{CaseResult, CodeCache, Mismatch};
use evroute_fuzz::{FuzzTarget, Retried, finding_folders, retry};

use super::Tested;
use crate::output::{self, Tone};

/// Runs every finding in this folder; nothing where there is none.
pub(super) fn run(findings: &Path, wasm: &[u8], code_cache: Option<&CodeCache>) -> Option<Tested> {
    let folders = finding_folders(findings);
    if folders.is_empty() {
        return None;
    }
    let name = findings.display().to_string();
    let target = match FuzzTarget::new(wasm, 1, code_cache) {
        Ok(target) => Arc::new(target),
        Err(why) => {
            let why = format!("{name}: {why}");
            output::complain(&why);
            return Some((name, Err(why)));
        }
    };
    let mut results = Vec::new();
    for folder in folders {
        match retry(&target, &folder) {
            Ok(retried) => {
                let _ = output::lines(&told(&retried));
                results.push(result(retried));
            }
            Err(why) => {
                let why = format!("{}: {why}", folder.display());
                output::complain(&why);
                return Some((name, Err(why)));
            }
        }
    }
    Some((name, Ok(results)))
}

fn told(retried: &Retried) -> Vec<(Tone, String)> {
    match &retried.still {
        None => vec![(Tone::Good, format!("ok   finding {}", retried.name))],
        Some(still) => vec![
            (Tone::Bad, format!("FAIL finding {}", retried.name)),
            (Tone::Bad, format!("  {still}")),
        ],
    }
}

/// As one more case, for the report.
fn result(retried: Retried) -> CaseResult {
    let differences = retried.still.into_iter().map(|still| Mismatch {
        what: "finding",
        expected: Vec::new(),
        found: vec![still],
        help: Vec::new(),
    });
    CaseResult {
        name: format!("finding {}", retried.name),
        line: 1,
        end: retried.what,
        differences: differences.collect(),
        at: String::new(),
        log: Vec::new(),
        recording: None,
        took: std::time::Duration::ZERO,
        fuel: 0,
        memory_bytes: 0,
    }
}
