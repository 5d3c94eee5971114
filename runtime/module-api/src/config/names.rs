//! Names that must differ.

use std::collections::HashSet;

use super::{At, Findings};

/// Names that must be different from each other within a tenant.
#[derive(Default, Debug)]
pub struct Names(HashSet<String>);

impl Names {
    /// Notes a name that was there already.
    pub fn claim(&mut self, findings: &mut Findings, at: &At<String>, key: &str) {
        if !self.0.insert(at.get_ref().clone()) {
            let wrong = format!("{:?} is there twice in this tenant", at.get_ref());
            findings.wrong(at, key, wrong, "rename or remove one of the two");
        }
    }
}
