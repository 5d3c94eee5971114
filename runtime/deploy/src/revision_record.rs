//! One revision of a handler: what was deployed, with what, by whom.

use std::collections::BTreeMap;

use evroute_event::FailPolicy;
use evroute_tenant::{Grants, HandlerId, Revision, RunLimits, TenantId};
use serde::{Deserialize, Serialize};

use crate::{ComponentDigest, ComponentFacts};

/// What a revision was deployed with, beside the component.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RevisionSettings {
    /// What it may use.
    pub grants: Grants,
    /// What a failed run means.
    pub fail_policy: FailPolicy,
    /// What a run may cost.
    pub limits: RunLimits,
    /// Third segments of events that it wants, `htable:expired:calls`.
    pub filters: Vec<String>,
    /// When its circuit breaker opens and what counts then: the keys of `[tenant.handler.breaker]`
    /// with their values. What is left out is the default of a deployed handler.
    pub breaker: BTreeMap<String, String>,
}

/// The form in which settings are stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    grants: Vec<String>,
    fail_policy: String,
    limits: BTreeMap<String, u64>,
    filters: Vec<String>,
    /// Stores of before there were any do not have it.
    #[serde(default)]
    breaker: BTreeMap<String, String>,
}

impl RevisionSettings {
    /// The grants one by one, as they are written.
    #[must_use]
    pub fn grant_texts(&self) -> Vec<String> {
        self.grants.texts().collect()
    }

    /// The fail policy of this name.
    #[must_use]
    pub fn fail_policy_named(name: &str) -> Option<FailPolicy> {
        [FailPolicy::Open, FailPolicy::Closed]
            .into_iter()
            .find(|policy| policy.to_string() == name)
    }

    pub(crate) fn to_json(&self) -> String {
        let limits = self.limits.named();
        let stored = Stored {
            grants: self.grant_texts(),
            fail_policy: self.fail_policy.to_string(),
            limits: limits.map(|(name, most)| (name.to_owned(), most)).into(),
            filters: self.filters.clone(),
            breaker: self.breaker.clone(),
        };
        // Texts and numbers have a JSON form.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        let mut limits = RunLimits::default();
        for (name, most) in &stored.limits {
            limits.set(name, *most).then_some(())?;
        }
        Some(Self {
            grants: Grants::parse(&stored.grants).ok()?,
            fail_policy: Self::fail_policy_named(&stored.fail_policy)?,
            limits,
            filters: stored.filters,
            breaker: stored.breaker,
        })
    }
}

/// A revision that is to be kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRevision {
    /// Whose it is.
    pub tenant: TenantId,
    /// Of which handler.
    pub handler: HandlerId,
    /// What is in it; its file is kept already.
    pub digest: ComponentDigest,
    /// What it is deployed with.
    pub settings: RevisionSettings,
    /// What it handles and asks for.
    pub facts: ComponentFacts,
    /// The signature that came with it, in its text form.
    pub signature: Option<String>,
    /// The fingerprint of the key that made it.
    pub signed_by: Option<String>,
    /// Why, in the words of whoever deploys.
    pub why: String,
    /// What speaks for it: a report of tests, a commit.
    pub evidence: String,
    /// What was shown of it, an [`crate::Attestation`] as it came.
    pub attestation: Option<String>,
}

/// A revision that is kept. It never changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RevisionRecord {
    /// Its number, counted from 1 for each handler.
    pub revision: Revision,
    /// What it is.
    pub new: NewRevision,
    /// How many bytes the component has.
    pub bytes: u64,
    /// Who deployed it.
    pub who: String,
    /// When, in microseconds since 1970.
    pub at_us: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_are_stored() {
        let mut settings = RevisionSettings {
            grants: Grants::parse(["log", "htable:a, b", "sql:main"]).unwrap(),
            fail_policy: FailPolicy::Closed,
            filters: vec!["htable:expired:calls".to_owned()],
            breaker: [("runs_min".to_owned(), "5".to_owned())].into(),
            ..RevisionSettings::default()
        };
        for (at, (name, most)) in RunLimits::default().named().into_iter().enumerate() {
            let other = most + u64::try_from(at).unwrap() + 1;
            assert!(settings.limits.set(name, other), "{name}");
        }
        let stored = settings.to_json();
        assert_eq!(RevisionSettings::from_json(&stored), Some(settings));
    }

    #[test]
    fn a_limit_that_is_none_is_not_set() {
        let mut limits = RunLimits::default();
        assert!(!limits.set("run_fuel", 1));
        assert!(!limits.set("event_depth_max", 256));
        assert_eq!(limits, RunLimits::default());
    }

    #[test]
    fn stored_settings_of_another_version_are_not_guessed() {
        for text in [
            "",
            "{}",
            r#"{"grants":[],"fail_policy":"ajar","limits":{},"filters":[]}"#,
        ] {
            assert_eq!(RevisionSettings::from_json(text), None, "{text}");
        }
    }
}
