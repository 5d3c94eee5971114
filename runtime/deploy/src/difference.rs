//! What is another in one revision than in another.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{RevisionRecord, RevisionSettings};

/// What was read of a component when it was deployed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ComponentFacts {
    /// The events that it handles, by name.
    pub events: Vec<String>,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
}

/// One thing that is there or not, or has another value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// What kind of thing: `event`, `import`, `grant`, `limit`, `filter`, `fail_policy`, `breaker`,
    /// `component`.
    pub what: &'static str,
    /// In the one; none where it is not there.
    pub from: Option<String>,
    /// In the other.
    pub to: Option<String>,
}

/// What changes from one revision to the other.
#[must_use]
pub fn difference(from: &RevisionRecord, to: &RevisionRecord) -> Vec<Difference> {
    let (a, b) = (&from.new, &to.new);
    let mut all = Vec::new();
    all.extend(value(
        "component",
        a.digest.to_string(),
        b.digest.to_string(),
    ));
    all.extend(sets("event", &a.facts.events, &b.facts.events));
    all.extend(sets("import", &a.facts.imports, &b.facts.imports));
    let (from, to) = (&a.settings, &b.settings);
    all.extend(sets("grant", &from.grant_texts(), &to.grant_texts()));
    all.extend(sets("filter", &from.filters, &to.filters));
    let policies = (from.fail_policy.to_string(), to.fail_policy.to_string());
    all.extend(value("fail_policy", policies.0, policies.1));
    let breaker = |of: &RevisionSettings| {
        let rows = of.breaker.iter();
        rows.map(|(name, value)| format!("{name} = {value}"))
            .collect::<Vec<_>>()
    };
    all.extend(sets("breaker", &breaker(from), &breaker(to)));
    let limits = from.limits.named().into_iter().zip(to.limits.named());
    for ((name, from), (_, to)) in limits {
        all.extend(value(
            "limit",
            format!("{name} = {from}"),
            format!("{name} = {to}"),
        ));
    }
    all
}

fn value(what: &'static str, from: String, to: String) -> Option<Difference> {
    let (from, to) = (Some(from), Some(to));
    (from != to).then_some(Difference { what, from, to })
}

fn sets(what: &'static str, from: &[String], to: &[String]) -> Vec<Difference> {
    let (from, to): (BTreeSet<_>, BTreeSet<_>) = (from.iter().collect(), to.iter().collect());
    let gone = from.difference(&to).map(|gone| Difference {
        what,
        from: Some((*gone).clone()),
        to: None,
    });
    let new = to.difference(&from).map(|new| Difference {
        what,
        from: None,
        to: Some((*new).clone()),
    });
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use evroute_event::FailPolicy;
    use evroute_tenant::{Grants, Revision};

    use super::*;
    use crate::{ComponentDigest, NewRevision};

    fn record() -> RevisionRecord {
        let facts = ComponentFacts {
            events: vec!["core:request".to_owned()],
            imports: vec!["evroute:log/log@0.1.0".to_owned()],
        };
        RevisionRecord {
            revision: Revision::FIRST,
            new: NewRevision {
                tenant: "demo".parse().unwrap(),
                handler: "guard".parse().unwrap(),
                digest: ComponentDigest::of(b"one"),
                settings: RevisionSettings {
                    grants: Grants::parse(["log"]).unwrap(),
                    ..RevisionSettings::default()
                },
                facts,
                signature: None,
                signed_by: None,
                why: String::new(),
                evidence: String::new(),
                attestation: None,
            },
            bytes: 3,
            who: "operator".to_owned(),
            at_us: 0,
        }
    }

    #[test]
    fn equal_revisions_differ_in_nothing() {
        assert_eq!(difference(&record(), &record()), []);
    }

    #[test]
    fn each_kind_of_change_is_named() {
        let mut to = record();
        to.new.digest = ComponentDigest::of(b"two");
        to.new.facts.events.push("tm:local-request".to_owned());
        to.new.facts.imports.clear();
        to.new.settings.grants = Grants::parse(["sql:main"]).unwrap();
        to.new.settings.fail_policy = FailPolicy::Closed;
        to.new.settings.limits.run_fuel_max = 5;
        let fallback = ("fallback".to_owned(), "previous-revision".to_owned());
        to.new.settings.breaker = [fallback].into();
        to.new
            .settings
            .filters
            .push("htable:expired:calls".to_owned());
        let shown: Vec<_> = difference(&record(), &to)
            .into_iter()
            .filter(|one| one.what != "component")
            .map(|one| {
                let side = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
                format!("{} {} > {}", one.what, side(one.from), side(one.to))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "event - > tm:local-request",
                "import evroute:log/log@0.1.0 > -",
                "grant log > -",
                "grant - > sql:main",
                "filter - > htable:expired:calls",
                "fail_policy open > closed",
                "breaker - > fallback = previous-revision",
                "limit run_fuel_max = 10000000 > run_fuel_max = 5",
            ]
        );
    }
}
