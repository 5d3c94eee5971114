//! What a deploy asks for, as it is written in a call.

use evroute_deploy::RevisionSettings;
use evroute_module_api::Naming;
use evroute_module_api::config::nearest;
use evroute_tenant::Grants;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::deploy_error::DeployError;
use super::deployed_breaker;
use crate::config::limit_range;
use crate::{EventFilter, TenantConfig, Vocabulary};

/// The most entries of each list.
const ENTRIES_MAX: usize = 256;

/// The settings of a call. What is left out is as in the revision in force, or in a handler without
/// any where there is none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedSettings {
    grants: Option<Vec<String>>,
    fail_policy: Option<String>,
    on: Option<Vec<String>>,
    #[serde(default)]
    limits: BTreeMap<String, u64>,
    breaker: Option<BTreeMap<String, serde_json::Value>>,
}

impl AskedSettings {
    pub(super) fn read(settings: Option<&serde_json::Value>) -> Result<Self, DeployError> {
        let Some(settings) = settings else {
            return Ok(Self::default());
        };
        Self::deserialize(settings).map_err(|error| {
            DeployError::Refused(format!("settings: {error}; see docs/deploying.md"))
        })
    }

    /// The settings of a revision of this tenant, where `before` are those in force.
    pub(super) fn over(
        self,
        before: Option<RevisionSettings>,
        tenant: &TenantConfig,
        vocabulary: &Vocabulary,
    ) -> Result<RevisionSettings, DeployError> {
        let mut settings = before.unwrap_or_default();
        if let Some(grants) = self.grants {
            few("grants", grants.len())?;
            settings.grants = Grants::parse(&grants).map_err(|error| {
                DeployError::Refused(format!("{error}; correct or leave it out"))
            })?;
        }
        check_grants(&settings.grants, tenant, vocabulary)?;
        if let Some(policy) = self.fail_policy {
            let named = RevisionSettings::fail_policy_named(&policy);
            settings.fail_policy = named.ok_or_else(|| {
                DeployError::Refused(format!(
                    "{policy:?} is not a fail policy; write \"open\" or \"closed\""
                ))
            })?;
        }
        if let Some(filters) = self.on {
            few("on", filters.len())?;
            settings.filters = filters;
        }
        event_filters(&settings.filters, tenant, vocabulary)?;
        if let Some(rows) = self.breaker {
            few("breaker", rows.len())?;
            settings.breaker = deployed_breaker::asked(rows)?;
        }
        deployed_breaker::breaker(&settings.breaker, settings.fail_policy)?;
        for (name, most) in self.limits {
            let range = limit_range(&name);
            let is_in_range = i64::try_from(most).is_ok_and(|most| range.contains(&most));
            if !is_in_range || !settings.limits.set(&name, most) {
                let (least, most) = (range.start(), range.end());
                return Err(DeployError::Refused(format!(
                    "{name} is no limit of a run, or outside of {least} to {most}; see \
                     docs/configuration.md, [tenant.handler.limits]"
                )));
            }
        }
        Ok(settings)
    }
}

fn few(what: &str, entries: usize) -> Result<(), DeployError> {
    match entries <= ENTRIES_MAX {
        true => Ok(()),
        false => Err(DeployError::Refused(format!(
            "{what} has {entries} entries, and {ENTRIES_MAX} are taken at most"
        ))),
    }
}

/// Each grant must be of a capability that exists, and its label of something that the tenant has.
fn check_grants(
    grants: &Grants,
    tenant: &TenantConfig,
    vocabulary: &Vocabulary,
) -> Result<(), DeployError> {
    let known = &vocabulary.grants;
    if let Some(word) = grants.capabilities().find(|word| !known.contains(word)) {
        let fix = match nearest(word, known.iter().copied()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("this server offers: {}", known.join(", ")),
        };
        return Err(DeployError::Refused(format!(
            "no capability is named {word:?}; {fix}"
        )));
    }
    if let Some(word) = vocabulary.unreadable(grants) {
        return Err(DeployError::Refused(format!(
            "{word:?} cannot be granted for reading only; leave out \":read\""
        )));
    }
    for (word, label, _) in grants.labels() {
        let mut labels = vocabulary.labels.iter();
        match labels.find(|(known, _)| *known == word) {
            Some((_, Naming::Section(section))) if !tenant.has(section, label) => {
                return Err(DeployError::Refused(format!(
                    "this tenant has no {section} {label:?}; correct the label of \
                     \"{word}:{label}\", or have the operator add a [[tenant.{section}]]"
                )));
            }
            Some((_, Naming::Section(_) | Naming::Free)) => {}
            None if vocabulary.is_mode(word, label) => {}
            None => {
                return Err(DeployError::Refused(format!(
                    "{word:?} has no labels, it is granted as a whole or not at all; write {word:?}"
                )));
            }
        }
    }
    Ok(())
}

/// Filters as dispatch takes them.
pub(super) fn event_filters(
    filters: &[String],
    tenant: &TenantConfig,
    vocabulary: &Vocabulary,
) -> Result<Vec<EventFilter>, DeployError> {
    filters
        .iter()
        .map(|written| event_filter(written, tenant, vocabulary))
        .collect()
}

fn event_filter(
    written: &str,
    tenant: &TenantConfig,
    vocabulary: &Vocabulary,
) -> Result<EventFilter, DeployError> {
    let third = |name: &str| written.strip_prefix(name)?.strip_prefix(':');
    let found = vocabulary
        .events
        .iter()
        .find_map(|word| Some((word, third(word.name)?)));
    let Some((word, filter)) = found.filter(|(_, filter)| !filter.is_empty()) else {
        let forms = vocabulary
            .events
            .iter()
            .map(|word| format!("{}:NAME", word.name));
        let forms: Vec<_> = forms.collect();
        return Err(DeployError::Refused(format!(
            "{written:?} does not filter any event; write one of {}",
            forms.join(", ")
        )));
    };
    if let Naming::Section(section) = word.filter
        && !tenant.has(section, filter)
    {
        return Err(DeployError::Refused(format!(
            "this tenant has no {section} {filter:?}; correct {written:?}, or have the operator \
             add a [[tenant.{section}]]"
        )));
    }
    Ok(EventFilter {
        event: word.name,
        filter: filter.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::Config;

    fn tenant() -> Arc<TenantConfig> {
        let text = "[[listen]]\ntransport = \"udp\"\naddress = \"127.0.0.1:5060\"\n\
                    [[tenant]]\nname = \"acme\"\ndomains = [\"example.com\"]\n\
                    [[tenant.table]]\nname = \"calls\"\n";
        let config = Config::parse(Path::new("c.toml"), text, &Vocabulary::current()).unwrap();
        Arc::clone(config.tenants.first().unwrap())
    }

    fn over(
        settings: &Value,
        before: Option<RevisionSettings>,
    ) -> Result<RevisionSettings, String> {
        let asked = AskedSettings::read(Some(settings)).map_err(|error| error.to_string())?;
        let settings = asked.over(before, &tenant(), &Vocabulary::current());
        settings.map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_stays_as_it_is() {
        let first = json!({
            "grants": ["log", "htable:calls"], "fail_policy": "closed",
            "on": ["htable:expired:calls"], "limits": { "run_fuel_max": 5 },
        });
        let first = over(&first, None).unwrap();
        assert_eq!(first.grants.to_string(), "htable:calls, log");
        assert_eq!(first.limits.run_fuel_max, 5);
        let second = over(&json!({ "grants": ["log"] }), Some(first.clone())).unwrap();
        let expected = RevisionSettings {
            grants: Grants::parse(["log"]).unwrap(),
            ..first
        };
        assert_eq!(second, expected);
        assert_eq!(over(&json!({}), None), Ok(RevisionSettings::default()));
    }

    #[test]
    fn each_mistake_says_what_to_do() {
        for (settings, begin) in [
            (json!({ "grant": [] }), "settings: unknown field `grant`"),
            (json!([]), "settings: "),
            (json!({ "grants": ["Log"] }), "\"Log\" is not a grant"),
            (
                json!({ "grants": ["htabl"] }),
                "no capability is named \"htabl\"; did you mean \"htable\"?",
            ),
            (
                json!({ "grants": ["htable:other"] }),
                "this tenant has no table \"other\"",
            ),
            (json!({ "grants": ["log:x"] }), "\"log\" has no labels"),
            (
                json!({ "fail_policy": "ajar" }),
                "\"ajar\" is not a fail policy",
            ),
            (
                json!({ "on": ["htable"] }),
                "\"htable\" does not filter any event",
            ),
            (
                json!({ "on": ["htable:expired:other"] }),
                "this tenant has no table \"other\"",
            ),
            (
                json!({ "limits": { "fuel": 1 } }),
                "fuel is no limit of a run",
            ),
            (
                json!({ "limits": { "run_deadline_ms": 60_001 } }),
                "run_deadline_ms is no limit of a run, or outside of 1 to 60000",
            ),
            (
                json!({ "grants": vec!["log"; 257] }),
                "grants has 257 entries",
            ),
        ] {
            let error = over(&settings, None).unwrap_err();
            assert!(error.starts_with(begin), "{settings}: {error}");
        }
    }
}
