//! What a campaign came to, for other programs.

use evroute_cases::{CaseResult, Mismatch, junit};
use evroute_fuzz::{Campaign, Campaigned, Finding, Oracle, coverage, html, lcov};
use serde_json::{Value, json};

use super::Arguments;
use crate::exit::Exit;
use crate::output;

impl Arguments {
    /// Writes the reports that are asked for.
    pub(super) fn report(&self, campaign: &Campaign, campaigned: &Campaigned) -> Result<(), Exit> {
        let component = self.component.display().to_string();
        if let Some(path) = &self.junit {
            let suite = (component.clone(), Ok(cases(campaigned)));
            output::file(path, junit(&[suite]).as_bytes())?;
        }
        if let Some(path) = &self.sarif {
            let sarif = format!("{:#}\n", sarif(&component, &campaigned.findings));
            output::file(path, sarif.as_bytes())?;
        }
        if self.lcov.is_none() && self.html.is_none() {
            return Ok(());
        }
        let coverage = coverage(&campaign.target, campaigned);
        if let Some(path) = &self.lcov {
            output::file(path, lcov(&coverage).as_bytes())?;
        }
        if let Some(path) = &self.html {
            // Paths are as the compiler was given them, as a rule from where it was called.
            let source = |path: &str| std::fs::read_to_string(path).ok();
            output::file(path, html(&coverage, &source).as_bytes())?;
        }
        Ok(())
    }
}

/// A case for each oracle: it fails with what that found.
fn cases(campaigned: &Campaigned) -> Vec<CaseResult> {
    let case = |name: &str, found: Vec<String>| CaseResult {
        name: name.to_owned(),
        line: 1,
        end: String::new(),
        differences: found
            .into_iter()
            .map(|what| Mismatch {
                what: "finding",
                expected: Vec::new(),
                found: vec![what],
                help: Vec::new(),
            })
            .collect(),
        at: String::new(),
        log: Vec::new(),
        recording: None,
        took: std::time::Duration::ZERO,
        fuel: 0,
        memory_bytes: 0,
    };
    let mut cases: Vec<CaseResult> = Oracle::ALL
        .iter()
        .map(|oracle| {
            let own = campaigned
                .findings
                .iter()
                .filter(|finding| finding.oracle == *oracle);
            let own = own.map(|finding| format!("{}: {}", finding.name, finding.what));
            case(oracle.word(), own.collect())
        })
        .collect();
    cases.extend(campaigned.unmet.iter().map(|text| {
        let what = format!("it never held: {text}");
        case(&format!("--sometimes {text}"), vec![what])
    }));
    cases
}

/// Static Analysis Results Interchange Format 2.1.0 of OASIS.
fn sarif(component: &str, findings: &[Finding]) -> Value {
    let rules = Oracle::ALL.iter().map(
        |oracle| json!({ "id": oracle.word(), "shortDescription": { "text": oracle.sentence() } }),
    );
    let results = findings.iter().map(|finding| {
        let (file, line) = place(&finding.what).unwrap_or((component, 1));
        json!({
            "ruleId": finding.oracle.word(),
            "level": "error",
            "message": { "text": finding.what },
            "partialFingerprints": { "evroute/v1": finding.name },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": file },
                "region": { "startLine": line },
            } }],
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "evroute fuzz",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            } },
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// The first place of a stack that is the author's: `decide (src/lib.rs:12)`.
fn place(text: &str) -> Option<(&str, u32)> {
    let places = text.split(" (").skip(1).filter_map(|rest| {
        let (place, _) = rest.split_once(')')?;
        let (file, line) = place.rsplit_once(':')?;
        Some((file, line.parse().ok()?))
    });
    let mut own =
        places.filter(|(file, _)| !file.contains("/library/") && !file.contains("/rustc/"));
    own.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_first_line_that_is_the_authors() {
        let stack = "Trap: x; at panic (/rustc/5/library/core/src/panicking.rs:80) < decide (src/lib.rs:12) < f (a.rs:1)";
        assert_eq!(place(stack), Some(("src/lib.rs", 12)));
        assert_eq!(place("all 5 units (of fuel) are burnt"), None);
    }
}
