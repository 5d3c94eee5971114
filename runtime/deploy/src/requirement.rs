//! What must have been shown of a component before it is taken.

use std::fmt;
use std::str::FromStr;

use crate::Attestation;

/// One entry of `require` in `[tenant.deploy]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// `cases>=12`: so many cases have passed, and none has failed.
    Cases(u64),
    /// `fuzz>=1M`: it was run so often with all oracles, and nothing was found.
    Fuzz(u64),
    /// `coverage>=80%`: one campaign took such a share of the ways of its code.
    Coverage(u8),
    /// `property:never drop`: a campaign looked at this property, and nothing was found.
    Property(String),
    /// `shadow>=1000`: it was compared with another revision on so many recorded events.
    ShadowEvents(u64),
    /// `shadow=24h`: it was compared on recorded events of so many seconds.
    ShadowSeconds(u64),
}

/// A text is no requirement.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} cannot be required; write cases>=N, fuzz>=N, coverage>=N%, property:TEXT, shadow>=N or \
     shadow=24h (N as 5000, 200k or 1M)"
)]
pub struct RequirementError(pub String);

/// How what was shown falls short of what is required, as the middle of a sentence.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{required} is required, and {shown}; {hint}")]
pub struct Unmet {
    /// What is required, as it was written.
    pub required: Requirement,
    /// What was shown.
    pub shown: String,
    /// What to do.
    pub hint: &'static str,
}

/// A property as it is compared: blanks do not count.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Requirement {
    /// Whether this was shown.
    ///
    /// # Errors
    /// [`Unmet`] with what was shown instead.
    pub fn check(&self, shown: &Attestation) -> Result<(), Unmet> {
        let findings: u64 = shown.fuzz.iter().map(|one| one.findings).sum();
        let fuzzing = "run evroute fuzz with --attestation";
        let shadow = "run evroute diff --on with --attestation";
        let (is_met, shown, hint) = match self {
            Self::Cases(most) => {
                let passed: u64 = shown.cases.iter().map(|one| one.passed).sum();
                let failed: u64 = shown.cases.iter().map(|one| one.failed).sum();
                let text = format!("{passed} cases have passed and {failed} failed");
                (
                    passed >= *most && failed == 0,
                    text,
                    "run evroute test with --attestation",
                )
            }
            Self::Fuzz(most) => {
                let whole = shown.fuzz.iter().filter(|one| one.off.is_empty());
                let executions: u64 = whole.map(|one| one.executions).sum();
                let text = format!(
                    "{executions} executions that looked for everything found {findings} bugs"
                );
                (executions >= *most && findings == 0, text, fuzzing)
            }
            Self::Coverage(percent) => {
                let shares = shown.fuzz.iter().filter(|one| one.edges_all > 0);
                let shares = shares.map(|one| one.edges.saturating_mul(100) / one.edges_all);
                let best = shares.max().unwrap_or_default();
                let text = format!("{best} % of its ways were taken");
                (best >= u64::from(*percent), text, fuzzing)
            }
            Self::Property(property) => {
                let mut properties = shown.fuzz.iter().flat_map(|one| &one.properties);
                let is_there = properties.any(|one| squeezed(one) == *property);
                let text = match is_there {
                    true => format!("{findings} bugs were found"),
                    false => "it was not looked at".to_owned(),
                };
                (is_there && findings == 0, text, fuzzing)
            }
            Self::ShadowEvents(most) => {
                let events = shown.shadow.iter().map(|one| one.events);
                let best = events.max().unwrap_or_default();
                (
                    best >= *most,
                    format!("{best} events were compared"),
                    shadow,
                )
            }
            Self::ShadowSeconds(most) => {
                let seconds = shown.shadow.iter().map(|one| one.seconds);
                let best = seconds.max().unwrap_or_default();
                let text = format!("events of {best} s were compared");
                (best >= *most, text, shadow)
            }
        };
        match is_met {
            true => Ok(()),
            false => Err(Unmet {
                required: self.clone(),
                shown,
                hint,
            }),
        }
    }
}

impl FromStr for Requirement {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, RequirementError> {
        let read = || {
            if let Some(property) = text.strip_prefix("property:") {
                let property = squeezed(property);
                return (!property.is_empty()).then_some(Self::Property(property));
            }
            if let Some(time) = text.strip_prefix("shadow=") {
                return Some(Self::ShadowSeconds(seconds(time)?));
            }
            let (what, least) = text.split_once(">=")?;
            Some(match what.trim() {
                "cases" => Self::Cases(number(least)?),
                "fuzz" => Self::Fuzz(number(least)?),
                "shadow" => Self::ShadowEvents(number(least)?),
                "coverage" => {
                    let percent = number(least.trim().strip_suffix('%')?)?;
                    let percent = u8::try_from(percent).ok()?;
                    Self::Coverage((percent <= 100).then_some(percent)?)
                }
                _ => return None,
            })
        };
        read().ok_or_else(|| RequirementError(text.to_owned()))
    }
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let units = [('k', 1000), ('M', 1_000_000)];
    let found = units
        .iter()
        .find_map(|(unit, times)| Some((text.strip_suffix(*unit)?, *times)));
    let (digits, times) = found.unwrap_or((text, 1));
    let number: u64 = digits.parse().ok()?;
    number.checked_mul(times)
}

fn seconds(text: &str) -> Option<u64> {
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
    let (digits, times) = units
        .iter()
        .find_map(|(unit, times)| Some((text.trim().strip_suffix(*unit)?, *times)))?;
    let number: u64 = digits.parse().ok()?;
    number.checked_mul(times)
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cases(least) => write!(f, "cases>={least}"),
            Self::Fuzz(least) => write!(f, "fuzz>={least}"),
            Self::Coverage(percent) => write!(f, "coverage>={percent}%"),
            Self::Property(property) => write!(f, "property:{property}"),
            Self::ShadowEvents(least) => write!(f, "shadow>={least}"),
            Self::ShadowSeconds(seconds) => write!(f, "shadow={seconds}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CasesShown, ComponentDigest, FuzzShown, ShadowShown};

    #[test]
    fn requirements_are_read_as_they_are_printed() {
        for (text, printed) in [
            ("cases>=12", "cases>=12"),
            ("fuzz >= 1M", "fuzz>=1000000"),
            ("fuzz>=200k", "fuzz>=200000"),
            ("coverage>=80%", "coverage>=80%"),
            ("property:never  drop ", "property:never drop"),
            ("shadow>=1000", "shadow>=1000"),
            ("shadow=24h", "shadow=86400s"),
        ] {
            let read: Requirement = text.parse().unwrap();
            assert_eq!(read.to_string(), printed);
            assert_eq!(printed.parse(), Ok(read), "{text}");
        }
        for text in [
            "",
            "cases",
            "cases>12",
            "fuzz>=",
            "fuzz>=1G",
            "fuzz>=-1",
            "coverage>=80",
            "coverage>=101%",
            "property:",
            "shadow=24",
            "shadow=99999999999999999999d",
            "magic>=1",
        ] {
            assert!(text.parse::<Requirement>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_requirement_is_met_by_what_it_asks_for_and_by_no_less() {
        let mut shown = Attestation::of(ComponentDigest::of(b"one"));
        shown.add_cases(CasesShown {
            file: "cases.toml".to_owned(),
            passed: 12,
            failed: 0,
        });
        for (executions, edges) in [(900_000, 60), (100_000, 80)] {
            shown.add_fuzz(FuzzShown {
                executions,
                edges,
                edges_all: 100,
                findings: 0,
                properties: vec!["never drop".to_owned()],
                off: Vec::new(),
            });
        }
        shown.add_shadow(ShadowShown {
            against: "sha256:00".to_owned(),
            events: 1000,
            different: 3,
            unclear: 0,
            seconds: 86_400,
        });
        let check = |text: &str, shown: &Attestation| {
            let requirement: Requirement = text.parse().unwrap();
            requirement.check(shown).map_err(|unmet| unmet.to_string())
        };
        for text in [
            "cases>=12",
            "fuzz>=1M",
            "coverage>=80%",
            "property:never drop",
            "shadow>=1000",
            "shadow=24h",
        ] {
            assert_eq!(check(text, &shown), Ok(()), "{text}");
            let nothing = Attestation::of(ComponentDigest::of(b"one"));
            assert!(check(text, &nothing).is_err(), "{text}");
        }
        for text in [
            "cases>=13",
            "fuzz>=1001k",
            "coverage>=81%",
            "property:never reject",
            "shadow>=1001",
            "shadow=25h",
        ] {
            let unmet = check(text, &shown).unwrap_err();
            assert!(
                unmet.contains(" is required, and ") && unmet.contains("run evroute"),
                "{unmet}"
            );
        }
        // An execution that does not look for everything is none.
        shown.fuzz[0].off = vec!["trap".to_owned()];
        assert!(check("fuzz>=1M", &shown).is_err());
        shown.fuzz[0].off.clear();
        // One bug, or one case that fails, and it counts for nothing.
        shown.fuzz[0].findings = 1;
        shown.cases[0].failed = 1;
        for text in ["cases>=12", "fuzz>=1M", "property:never drop"] {
            assert!(check(text, &shown).is_err(), "{text}");
        }
    }
}
