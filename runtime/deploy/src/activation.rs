//! Which revision of a handler is in force, and which is tried beside it.

use std::time::Duration;

use evroute_tenant::{HandlerId, Revision};

/// Why an activation was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActivationCause {
    /// A revision was put in force.
    Activate,
    /// A revision gets a share of the calls.
    Canary,
    /// The canary was put in force.
    Promote,
    /// The canary was worse, or nobody could tell; what was in force stays.
    Stop,
    /// The revision before is in force again.
    Rollback,
    /// No revision is in force any more.
    Drain,
}

impl ActivationCause {
    const ALL: [Self; 6] = [
        Self::Activate,
        Self::Canary,
        Self::Promote,
        Self::Stop,
        Self::Rollback,
        Self::Drain,
    ];

    /// Its name in the store and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Canary => "canary",
            Self::Promote => "promote",
            Self::Stop => "stop",
            Self::Rollback => "rollback",
            Self::Drain => "drain",
        }
    }

    /// By its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == name)
    }
}

/// A revision that gets a share of the calls, until it is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Canary {
    revision: Revision,
    percent: u8,
    seconds: u32,
}

/// Why a canary makes no sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CanaryError {
    /// Nobody or everybody is no share.
    #[error("a canary gets 1 to 99 percent of the calls, not {0}")]
    Percent(i64),
    /// Too short to see anything, or longer than anybody waits.
    #[error("a canary is watched for 1 s to {max} s (a week), not {0} s", max = Canary::SECONDS_MAX)]
    Seconds(i64),
    /// There is nothing to compare it with.
    #[error("a canary needs a revision in force to be compared with; deploy the first one without")]
    NothingInForce,
    /// It would be compared with itself.
    #[error("revision {0} is in force already; a canary is another one")]
    InForce(Revision),
}

impl Canary {
    /// The longest time that one is watched, in seconds: a week.
    pub const SECONDS_MAX: u32 = 7 * 24 * 3600;

    /// A revision that gets so many percent of the calls for so many seconds.
    ///
    /// # Errors
    /// [`CanaryError::Percent`], [`CanaryError::Seconds`].
    pub fn new(revision: Revision, percent: i64, seconds: i64) -> Result<Self, CanaryError> {
        let share = u8::try_from(percent)
            .ok()
            .filter(|one| (1..100).contains(one));
        let time = u32::try_from(seconds).ok();
        let time = time.filter(|one| (1..=Self::SECONDS_MAX).contains(one));
        Ok(Self {
            revision,
            percent: share.ok_or(CanaryError::Percent(percent))?,
            seconds: time.ok_or(CanaryError::Seconds(seconds))?,
        })
    }

    /// Which revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// How many of a hundred calls it gets.
    #[must_use]
    pub fn percent(&self) -> u8 {
        self.percent
    }

    /// For how long it is watched.
    #[must_use]
    pub fn watched(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}

/// One row of what was ever in force. The last one of a handler counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Activation {
    /// Its number, over all tenants.
    pub number: i64,
    /// What is in force; none after a drain.
    pub current: Option<Revision>,
    /// What is tried beside it.
    pub canary: Option<Canary>,
    /// Why.
    pub cause: ActivationCause,
    /// When, in microseconds since 1970.
    pub at_us: u64,
}

/// A deployed handler and its last activation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HandlerInForce {
    /// Which handler.
    pub handler: HandlerId,
    /// Its place among the deployed handlers of its tenant: the order of their first activation.
    pub place: i64,
    /// What counts now.
    pub activation: Activation,
    /// What was in force before, and would be after a rollback.
    pub previous: Option<Revision>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_gets_a_part_of_the_calls_for_a_time() {
        let canary = Canary::new(Revision::new(2), 5, 600).unwrap();
        assert_eq!(canary.percent(), 5);
        assert_eq!(canary.watched(), Duration::from_secs(600));
        for percent in [-1, 0, 100, 256] {
            let wrong = Canary::new(Revision::new(2), percent, 600);
            assert_eq!(wrong, Err(CanaryError::Percent(percent)));
        }
        for seconds in [-1, 0, i64::from(Canary::SECONDS_MAX) + 1, 1 << 40] {
            let wrong = Canary::new(Revision::new(2), 5, seconds);
            assert_eq!(wrong, Err(CanaryError::Seconds(seconds)));
        }
    }

    #[test]
    fn causes_are_read_as_they_are_written() {
        for cause in ActivationCause::ALL {
            assert_eq!(ActivationCause::named(cause.as_str()), Some(cause));
        }
        assert_eq!(ActivationCause::named(""), None);
    }
}
