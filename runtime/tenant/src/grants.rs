//! May it? The only place that answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What one handler may use. Everything that is not in it is denied.
///
/// A grant is a word, or a word and a label: `log`, `htable:blocked`, `sql:main`. A word alone (or
/// with the label `*`) covers every label.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Grants {
    capabilities: BTreeMap<Box<str>, Labels>,
}

/// Which labels of one capability are granted.
#[derive(Clone, PartialEq, Eq)]
enum Labels {
    All,
    Only(BTreeSet<Box<str>>),
}

/// Why a text is not a grant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a grant: a capability such as \"log\", or a capability and a label such as \"htable:blocked\""
)]
pub struct GrantError(pub String);

impl Grants {
    /// No grants at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads grants as the operator wrote them.
    ///
    /// # Errors
    /// [`GrantError`] for the first text that is not a grant. Whether a capability of that name
    /// exists is not known here.
    pub fn parse<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Self, GrantError> {
        let mut grants = Self::none();
        for text in texts {
            grants.add(text.as_ref())?;
        }
        Ok(grants)
    }

    fn add(&mut self, text: &str) -> Result<(), GrantError> {
        let (capability, label) = match text.split_once(':') {
            Some((capability, label)) => (capability, Some(label)),
            None => (text, None),
        };
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if capability.is_empty() || !capability.chars().all(is_word) || label == Some("") {
            return Err(GrantError(text.to_owned()));
        }
        let labels = self
            .capabilities
            .entry(capability.into())
            .or_insert_with(|| Labels::Only(BTreeSet::new()));
        match (label, labels) {
            (None | Some("*"), labels) => *labels = Labels::All,
            (Some(_), Labels::All) => {}
            (Some(label), Labels::Only(known)) => {
                known.insert(label.into());
            }
        }
        Ok(())
    }

    /// Whether the handler may use this capability with this label. Without a label the question is
    /// whether it may use it at all, with whatever label: what a deploy asks about an import.
    #[must_use]
    pub fn may(&self, capability: &str, label: Option<&str>) -> bool {
        match (self.capabilities.get(capability), label) {
            (None, _) => false,
            (Some(Labels::All), _) | (Some(Labels::Only(_)), None) => true,
            (Some(Labels::Only(known)), Some(label)) => known.contains(label),
        }
    }

    /// The capabilities of which at least one label is granted, by name.
    pub fn capabilities(&self) -> impl Iterator<Item = &str> {
        self.capabilities.keys().map(AsRef::as_ref)
    }

    /// The grants one by one, as the operator writes them.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.capabilities.iter().flat_map(|(capability, labels)| {
            let (whole, labels) = match labels {
                Labels::All => (Some(capability.to_string()), None),
                Labels::Only(known) => (None, Some(known)),
            };
            let labels = labels.into_iter().flatten();
            let labelled = labels.map(move |label| format!("{capability}:{label}"));
            whole.into_iter().chain(labelled)
        })
    }

    /// What others have and these have not, as it is written. A whole capability is more than all
    /// labels that are known of it.
    pub fn lacks<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = String> {
        others.texts().filter(|text| {
            let has = match text.split_once(':') {
                Some((capability, label)) => self.may(capability, Some(label)),
                None => matches!(self.capabilities.get(text.as_str()), Some(Labels::All)),
            };
            !has
        })
    }

    /// The labels that are granted one by one, with their capability: what must exist in the
    /// tenant's configuration for the grant to mean anything.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        self.capabilities.iter().flat_map(|(capability, labels)| {
            let known = match labels {
                Labels::All => None,
                Labels::Only(known) => Some(known),
            };
            known
                .into_iter()
                .flatten()
                .map(|label| (capability.as_ref(), label.as_ref()))
        })
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.texts().collect();
        f.write_str(&texts.join(", "))
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grants({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(texts: &[&str]) -> Grants {
        Grants::parse(texts).unwrap()
    }

    #[test]
    fn nothing_is_granted_by_default() {
        let none = Grants::none();
        assert!(!none.may("log", None));
        assert!(!none.may("htable", Some("blocked")));
        assert!(!none.may("", None));
        assert!(!none.may("*", None));
    }

    #[test]
    fn a_word_covers_every_label_of_that_capability_only() {
        let log = grants(&["log", "htable"]);
        assert!(log.may("log", None));
        assert!(log.may("htable", Some("anything")));
        assert!(!log.may("sql", None));
        assert!(!log.may("lo", None));
        assert!(!log.may("logs", None));
    }

    #[test]
    fn a_labelled_grant_covers_exactly_that_label() {
        let two = grants(&["htable:blocked", "htable:calls"]);
        assert!(two.may("htable", Some("blocked")));
        assert!(two.may("htable", Some("calls")));
        assert!(!two.may("htable", Some("Blocked")));
        assert!(!two.may("htable", Some("block")));
        assert!(!two.may("htable", Some("*")));
        assert!(two.may("htable", None), "the import itself is allowed");
        assert!(!two.may("sql", Some("blocked")));
    }

    #[test]
    fn a_wildcard_covers_every_label_whatever_else_is_said() {
        for texts in [
            ["sql:*", "sql:main"],
            ["sql:main", "sql:*"],
            ["sql", "sql:main"],
        ] {
            assert!(grants(&texts).may("sql", Some("other")), "{texts:?}");
            assert_eq!(grants(&texts).to_string(), "sql");
        }
    }

    #[test]
    fn a_whole_capability_is_more_than_its_labels() {
        let lacks =
            |own: &[&str], others: &[&str]| grants(own).lacks(&grants(others)).collect::<Vec<_>>();
        let none: [&str; 0] = [];
        assert_eq!(
            lacks(&["htable", "log"], &["htable:a", "htable", "log"]),
            none
        );
        assert_eq!(lacks(&["htable:a"], &["htable:a"]), none);
        assert_eq!(lacks(&["htable:a"], &["htable"]), ["htable"]);
        assert_eq!(
            lacks(&["htable:a"], &["htable:b", "sql"]),
            ["htable:b", "sql"]
        );
        assert_eq!(lacks(&[], &["log"]), ["log"]);
    }

    #[test]
    fn texts_that_are_no_grants_are_refused() {
        for text in ["", ":", "htable:", ":blocked", "*", "Log", "a b", "log\n"] {
            assert_eq!(
                Grants::parse([text]),
                Err(GrantError(text.to_owned())),
                "{text:?}"
            );
        }
    }

    #[test]
    fn labels_are_listed_for_the_configuration_to_check() {
        let mixed = grants(&["sql:main", "log", "htable:b", "htable:a"]);
        let labels: Vec<_> = mixed.labels().collect();
        assert_eq!(labels, [("htable", "a"), ("htable", "b"), ("sql", "main")]);
        assert_eq!(
            mixed.capabilities().collect::<Vec<_>>(),
            ["htable", "log", "sql"]
        );
        assert_eq!(mixed.to_string(), "htable:a, htable:b, log, sql:main");
    }
}
