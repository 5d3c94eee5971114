//! What was shown of a component before it was deployed, by whoever made it.

use serde::{Deserialize, Serialize};

use crate::ComponentDigest;

/// The longest file, in bytes.
pub const ATTESTATION_BYTES_MAX: usize = 64 * 1024;
/// So many of each kind are kept in a file.
const SHOWN_MAX: usize = 64;

/// A file of what was shown of one component. The commands that show something add to it; a
/// signature makes it count, see [`crate::Signature::Attested`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// Its form: 1.
    version: u32,
    /// The component's digest, `sha256:` and 64 hexadecimal digits.
    component: String,
    /// Files of cases that were run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CasesShown>,
    /// Campaigns of fuzzing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fuzz: Vec<FuzzShown>,
    /// Comparisons with another revision on recorded events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shadow: Vec<ShadowShown>,
}

/// A file of cases that was run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasesShown {
    /// The file's name.
    pub file: String,
    /// How many cases passed.
    pub passed: u64,
    /// How many did not.
    pub failed: u64,
}

/// A campaign of fuzzing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FuzzShown {
    /// How often the handler was run.
    pub executions: u64,
    /// How many ways of its code were taken.
    pub edges: u64,
    /// How many it has; 0 where they are not counted.
    pub edges_all: u64,
    /// How many bugs were found.
    pub findings: u64,
    /// The properties that were looked at, as their options write them: `never drop`.
    pub properties: Vec<String>,
    /// The oracles that were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<String>,
}

/// A comparison with another revision on recorded events.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShadowShown {
    /// The digest of the other revision.
    pub against: String,
    /// How many events were run in both.
    pub events: u64,
    /// How many of them end differently.
    pub different: u64,
    /// How many nobody knows the end of.
    pub unclear: u64,
    /// From the first event to the last, in whole seconds.
    pub seconds: u64,
}

/// Why a file says nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AttestationError {
    /// It is too long.
    #[error("it has {0} bytes, and {ATTESTATION_BYTES_MAX} are read at most")]
    TooLong(usize),
    /// It is none.
    #[error("it is no attestation: {0}")]
    Unreadable(String),
    /// It has another form.
    #[error("it has form {0}, and this evroute reads form 1")]
    OtherForm(u32),
    /// It is about something else.
    #[error("it is about {found}, and the component is {expected}; show it of this component anew")]
    OtherComponent {
        /// What it is about.
        found: String,
        /// What it should be about.
        expected: ComponentDigest,
    },
}

impl Attestation {
    /// Nothing was shown yet.
    #[must_use]
    pub fn of(component: ComponentDigest) -> Self {
        Self {
            version: 1,
            component: component.to_string(),
            cases: Vec::new(),
            fuzz: Vec::new(),
            shadow: Vec::new(),
        }
    }

    /// Reads the file of this component.
    ///
    /// # Errors
    /// [`AttestationError`]
    pub fn read(text: &str, component: ComponentDigest) -> Result<Self, AttestationError> {
        if text.len() > ATTESTATION_BYTES_MAX {
            return Err(AttestationError::TooLong(text.len()));
        }
        let read: Self = serde_json::from_str(text)
            .map_err(|error| AttestationError::Unreadable(error.to_string()))?;
        if read.version != 1 {
            return Err(AttestationError::OtherForm(read.version));
        }
        if read.component != component.to_string() {
            return Err(AttestationError::OtherComponent {
                found: read.component,
                expected: component,
            });
        }
        Ok(read)
    }

    /// The file.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Texts and numbers have a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Adds a run of cases, in the place of an earlier one of the same file.
    pub fn add_cases(&mut self, shown: CasesShown) {
        self.cases.retain(|one| one.file != shown.file);
        add(&mut self.cases, shown);
    }

    /// Adds a campaign.
    pub fn add_fuzz(&mut self, shown: FuzzShown) {
        add(&mut self.fuzz, shown);
    }

    /// Adds a comparison, in the place of an earlier one with the same revision.
    pub fn add_shadow(&mut self, shown: ShadowShown) {
        self.shadow.retain(|one| one.against != shown.against);
        add(&mut self.shadow, shown);
    }

    /// In a few words, for lists.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        let passed: u64 = self.cases.iter().map(|one| one.passed).sum();
        let failed: u64 = self.cases.iter().map(|one| one.failed).sum();
        if passed + failed > 0 {
            parts.push(format!("{passed} cases passed, {failed} failed"));
        }
        if !self.fuzz.is_empty() {
            let executions: u64 = self.fuzz.iter().map(|one| one.executions).sum();
            let findings: u64 = self.fuzz.iter().map(|one| one.findings).sum();
            parts.push(format!(
                "{executions} executions fuzzed, {findings} findings"
            ));
        }
        for one in &self.shadow {
            let (events, different) = (one.events, one.different);
            parts.push(format!("{events} events replayed, {different} different"));
        }
        parts.join("; ")
    }
}

/// The oldest goes where there are too many.
fn add<T>(list: &mut Vec<T>, one: T) {
    if list.len() >= SHOWN_MAX {
        list.remove(0);
    }
    list.push(one);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Attestation {
        let mut shown = Attestation::of(ComponentDigest::of(b"one"));
        for failed in [1, 0] {
            shown.add_cases(CasesShown {
                file: "cases.toml".to_owned(),
                passed: 12 - failed,
                failed,
            });
        }
        shown.add_fuzz(FuzzShown {
            executions: 1_000_000,
            edges: 60,
            edges_all: 80,
            findings: 0,
            properties: vec!["never drop".to_owned()],
            off: Vec::new(),
        });
        shown
    }

    #[test]
    fn a_file_is_read_as_it_was_written_and_is_about_one_component() {
        let shown = example();
        assert_eq!(shown.cases.len(), 1, "the same file was run again");
        let text = shown.to_text();
        assert_eq!(
            Attestation::read(&text, ComponentDigest::of(b"one")),
            Ok(shown)
        );
        let other = Attestation::read(&text, ComponentDigest::of(b"other"));
        assert!(matches!(
            other,
            Err(AttestationError::OtherComponent { .. })
        ));
        let later = text.replace("\"version\": 1", "\"version\": 2");
        let later = Attestation::read(&later, ComponentDigest::of(b"one"));
        assert_eq!(later, Err(AttestationError::OtherForm(2)));
        let more = text.replace("\"findings\"", "\"bugs\"");
        assert!(Attestation::read(&more, ComponentDigest::of(b"one")).is_err());
        let long = " ".repeat(ATTESTATION_BYTES_MAX + 1);
        let long = Attestation::read(&long, ComponentDigest::of(b"one"));
        assert_eq!(
            long,
            Err(AttestationError::TooLong(ATTESTATION_BYTES_MAX + 1))
        );
    }

    #[test]
    fn a_file_does_not_grow_without_end() {
        let mut shown = example();
        for _ in 0..200 {
            shown.add_fuzz(shown.fuzz[0].clone());
        }
        assert_eq!(shown.fuzz.len(), SHOWN_MAX);
    }
}
