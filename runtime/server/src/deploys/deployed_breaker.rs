//! The circuit breaker that a revision is deployed with.

use std::collections::BTreeMap;

use evroute_dispatch::{BreakerConfig, BreakerFallback};
use evroute_event::FailPolicy;
use serde_json::Value;

use super::DeployError;
use crate::config::{BreakerKey, FALLBACKS, fallback_named};

/// The keys of a call, each a number or a text, as they are kept.
pub(super) fn asked(
    rows: BTreeMap<String, Value>,
) -> Result<BTreeMap<String, String>, DeployError> {
    let rows = rows.into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(number) => Ok((name, number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(
            DeployError::Refused(format!("breaker: {name} is a number or a text")),
        ),
    });
    rows.collect()
}

/// The breaker of these keys. Every deployed handler has one: what somebody has deployed who is not
/// trusted is not asked for ever when it fails.
pub(super) fn breaker(
    rows: &BTreeMap<String, String>,
    fail_policy: FailPolicy,
) -> Result<BreakerConfig, DeployError> {
    let mut config = BreakerConfig {
        fallback: BreakerFallback::Policy(fail_policy),
        ..BreakerConfig::default()
    };
    for (name, value) in rows {
        set(&mut config, name, value)?;
    }
    Ok(config)
}

fn set(config: &mut BreakerConfig, name: &str, value: &str) -> Result<(), DeployError> {
    let refused = |why: String| DeployError::Refused(format!("breaker: {why}"));
    if name == "fallback" {
        let named = fallback_named(value);
        config.fallback =
            named.ok_or_else(|| refused(format!("{value:?} is not a fallback; {FALLBACKS}")))?;
        return Ok(());
    }
    let key = BreakerKey::named(name);
    let key = key.ok_or_else(|| refused(format!("{name} is no key of a breaker; {KEYS}")))?;
    let number: Option<u32> = value.parse().ok();
    if number.is_some_and(|number| key.set(config, number)) {
        return Ok(());
    }
    let range = key.range();
    let (least, most) = (range.start(), range.end());
    Err(refused(format!(
        "{name} is a number from {least} to {most}"
    )))
}

/// Where they are.
const KEYS: &str = "see docs/configuration.md, [tenant.handler.breaker]";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(rows: &Value) -> Result<BreakerConfig, String> {
        let rows = serde_json::from_value(rows.clone()).unwrap();
        let read = asked(rows).and_then(|rows| breaker(&rows, FailPolicy::Closed));
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_left_out_is_the_default_and_the_fail_policy() {
        let plain = read(&json!({})).unwrap();
        assert_eq!(plain.fallback, BreakerFallback::Policy(FailPolicy::Closed));
        let rows = json!({
            "fallback": "previous-revision", "runs_min": 3, "window_seconds": "7",
            "open_seconds": 8, "probes": 2, "traps_percent_max": 100,
            "exhausted_percent_max": 1, "deadlines_percent_max": 2,
            "refused_effects_percent_max": 3,
        });
        let all = read(&rows).unwrap();
        assert_eq!(all.fallback, BreakerFallback::PreviousRevision);
        assert_eq!((all.runs_min, all.probes), (3, 2));
        assert_eq!((all.window.as_secs(), all.open.as_secs()), (7, 8));
        let percents = all.percent_max;
        assert_eq!((percents.traps, percents.exhausted), (100, 1));
        assert_eq!((percents.deadlines, percents.refused_effects), (2, 3));
    }

    #[test]
    fn each_mistake_says_what_to_do() {
        for (rows, begin) in [
            (
                json!({ "fallback": "ajar" }),
                "breaker: \"ajar\" is not a fallback; write",
            ),
            (
                json!({ "fallback": "reject 200" }),
                "breaker: \"reject 200\" is not",
            ),
            (json!({ "runs": 0 }), "breaker: runs is no key of a breaker"),
            (
                json!({ "runs_min": 0 }),
                "breaker: runs_min is a number from 1 to 1000000",
            ),
            (
                json!({ "traps_percent_max": 101 }),
                "breaker: traps_percent_max is a number from 0 to 100",
            ),
            (
                json!({ "probes": [] }),
                "breaker: probes is a number or a text",
            ),
        ] {
            let error = read(&rows).unwrap_err();
            assert!(error.starts_with(begin), "{rows}: {error}");
        }
    }
}
