//! May it? The only place that answers.

use std::collections::BTreeMap;
use std::fmt;

/// What one handler may use. Everything that is not in it is denied.
///
/// A grant is a word, a word and a label, or these and a mode: `log`, `htable:blocked`,
/// `sql:main:read`. A word alone (or with the label `*`) covers every label. Without a mode it may
/// write, too. A capability without labels has its mode at their place: `shv:read`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Grants {
    capabilities: BTreeMap<Box<str>, Labels>,
}

/// How what is granted may be used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum GrantMode {
    /// It may be read only: written `:read`.
    Read,
    /// It may be read and written.
    Write,
}

impl GrantMode {
    /// What is written behind a grant of this mode.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Read => ":read",
            Self::Write => "",
        }
    }
}

/// Which labels of one capability are granted.
#[derive(Clone, Default, PartialEq, Eq)]
struct Labels {
    /// All of them, in this mode.
    all: Option<GrantMode>,
    /// Those of which more is granted than of all.
    only: BTreeMap<Box<str>, GrantMode>,
}

impl Labels {
    fn mode(&self, label: &str) -> Option<GrantMode> {
        self.only.get(label).copied().max(self.all)
    }

    /// Adds what is granted; what says nothing new beside a wider grant is left out.
    fn add(&mut self, label: Option<&str>, mode: GrantMode) {
        match label {
            None => self.all = self.all.max(Some(mode)),
            Some(label) => {
                let known = self.only.entry(label.into()).or_insert(mode);
                *known = mode.max(*known);
            }
        }
        let all = self.all;
        self.only.retain(|_, mode| Some(*mode) > all);
    }
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
        let (capability, rest) = match text.split_once(':') {
            Some((capability, rest)) => (capability, Some(rest)),
            None => (text, None),
        };
        let (label, mode) = match rest.and_then(|rest| rest.strip_suffix(GrantMode::Read.suffix()))
        {
            Some(label) => (Some(label), GrantMode::Read),
            None => (rest, GrantMode::Write),
        };
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if capability.is_empty() || !capability.chars().all(is_word) || label == Some("") {
            return Err(GrantError(text.to_owned()));
        }
        let labels = self.capabilities.entry(capability.into()).or_default();
        labels.add(label.filter(|label| *label != "*"), mode);
        Ok(())
    }

    /// Whether the handler may use this capability with this label, if only to read. Without a
    /// label the question is whether it may use it at all, with whatever label: what a deploy asks
    /// about an import.
    #[must_use]
    pub fn may(&self, capability: &str, label: Option<&str>) -> bool {
        match (self.capabilities.get(capability), label) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(labels), Some(label)) => labels.mode(label).is_some(),
        }
    }

    /// Whether the handler may also write what has this label, or, without a label, what the
    /// capability has altogether.
    #[must_use]
    pub fn may_write(&self, capability: &str, label: Option<&str>) -> bool {
        let labels = self.capabilities.get(capability);
        let mode = labels.and_then(|labels| match label {
            Some(label) => labels.mode(label),
            None => labels.all,
        });
        mode == Some(GrantMode::Write)
    }

    /// The capabilities of which at least one label is granted, by name.
    pub fn capabilities(&self) -> impl Iterator<Item = &str> {
        self.capabilities.keys().map(AsRef::as_ref)
    }

    /// Each grant: the capability, the label or none for all of them, and the mode.
    fn each(&self) -> impl Iterator<Item = (&str, Option<&str>, GrantMode)> {
        self.capabilities.iter().flat_map(|(capability, labels)| {
            let all = labels.all.map(|mode| (&**capability, None, mode));
            let only = labels.only.iter();
            let only = only.map(move |(label, mode)| (&**capability, Some(&**label), *mode));
            all.into_iter().chain(only)
        })
    }

    /// The grants one by one, as the operator writes them.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.each().map(written)
    }

    /// What others have and these have not, as it is written. A whole capability is more than all
    /// labels that are known of it, and writing is more than reading.
    pub fn lacks<'a>(&'a self, others: &'a Self) -> impl Iterator<Item = String> {
        let missing = others.each().filter(|(capability, label, mode)| {
            let own = self.capabilities.get(*capability);
            let own = own.and_then(|labels| match label {
                Some(label) => labels.mode(label),
                None => labels.all,
            });
            own < Some(*mode)
        });
        missing.map(written)
    }

    /// The labels that are granted one by one, with their capability and their mode: what must
    /// exist in the tenant's configuration for the grant to mean anything.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str, GrantMode)> {
        self.each()
            .filter_map(|(capability, label, mode)| Some((capability, label?, mode)))
    }

    /// The capabilities of which every label is granted, with the mode.
    pub fn whole(&self) -> impl Iterator<Item = (&str, GrantMode)> {
        let each = self.each().filter(|(_, label, _)| label.is_none());
        each.map(|(capability, _, mode)| (capability, mode))
    }
}

fn written((capability, label, mode): (&str, Option<&str>, GrantMode)) -> String {
    let suffix = mode.suffix();
    match (label, mode) {
        (Some(label), _) => format!("{capability}:{label}{suffix}"),
        (None, GrantMode::Read) => format!("{capability}:*{suffix}"),
        (None, GrantMode::Write) => capability.to_owned(),
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
    fn a_label_that_is_granted_for_reading_is_not_written() {
        let mixed = grants(&["htable:calls:read", "htable:blocked", "shv:read", "log"]);
        for (label, reads, writes) in [
            ("calls", true, false),
            ("blocked", true, true),
            ("other", false, false),
            ("calls:read", false, false),
        ] {
            assert_eq!(mixed.may("htable", Some(label)), reads, "{label}");
            assert_eq!(mixed.may_write("htable", Some(label)), writes, "{label}");
        }
        assert!(mixed.may("htable", None) && mixed.may("shv", None));
        assert!(!mixed.may_write("htable", None) && !mixed.may_write("shv", None));
        assert!(mixed.may_write("log", None));
        let written = "htable:blocked, htable:calls:read, log, shv:read";
        assert_eq!(mixed.to_string(), written);
    }

    #[test]
    fn the_wider_of_two_grants_counts_in_whatever_order() {
        for (texts, written) in [
            (["sql:main:read", "sql:main"], "sql:main"),
            (["sql:main", "sql:main:read"], "sql:main"),
            (["sql:*:read", "sql:main:read"], "sql:*:read"),
            (["sql:main", "sql:*:read"], "sql:*:read, sql:main"),
            (["sql", "sql:main:read"], "sql"),
            (["shv:read", "shv"], "shv"),
        ] {
            assert_eq!(grants(&texts).to_string(), written, "{texts:?}");
        }
        let both = grants(&["sql:*:read", "sql:main"]);
        assert!(both.may("sql", Some("other")) && both.may_write("sql", Some("main")));
        assert!(!both.may_write("sql", Some("other")) && !both.may_write("sql", None));
    }

    #[test]
    fn writing_is_more_than_reading() {
        let lacks =
            |own: &[&str], others: &[&str]| grants(own).lacks(&grants(others)).collect::<Vec<_>>();
        let none: [&str; 0] = [];
        assert_eq!(lacks(&["sql:main"], &["sql:main:read"]), none);
        assert_eq!(lacks(&["sql"], &["sql:main:read", "sql:*:read"]), none);
        assert_eq!(lacks(&["shv"], &["shv:read"]), none);
        assert_eq!(lacks(&["sql:main:read"], &["sql:main"]), ["sql:main"]);
        assert_eq!(lacks(&["sql:*:read"], &["sql"]), ["sql"]);
        assert_eq!(lacks(&["sql:main"], &["sql:*:read"]), ["sql:*:read"]);
        assert_eq!(lacks(&["shv:read"], &["shv"]), ["shv"]);
    }

    #[test]
    fn texts_that_are_no_grants_are_refused() {
        for text in [
            "",
            "sql::read",
            ":",
            "htable:",
            ":blocked",
            "*",
            "Log",
            "a b",
            "log\n",
        ] {
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
        let labels: Vec<_> = mixed
            .labels()
            .map(|(word, label, _)| (word, label))
            .collect();
        assert_eq!(labels, [("htable", "a"), ("htable", "b"), ("sql", "main")]);
        assert_eq!(
            mixed.capabilities().collect::<Vec<_>>(),
            ["htable", "log", "sql"]
        );
        assert_eq!(mixed.to_string(), "htable:a, htable:b, log, sql:main");
    }
}
