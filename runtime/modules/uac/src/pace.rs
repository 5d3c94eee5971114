//! When a trunk is asked next.

use std::time::Duration;

/// The wait after the first failure (RFC 5626 4.5, `base-time`).
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait (RFC 5626 4.5, `max-time`).
const LONGEST_WAIT: Duration = Duration::from_secs(1_800);
/// No peer is asked more often, whatever it grants.
const SHORTEST_WAIT: Duration = Duration::from_secs(5);
/// No peer is left alone longer because it says so.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// How long after a registration it is refreshed: before it ends, a tenth of its time or a minute,
/// whichever is less, so that one that fails is tried again; and up to as much earlier, by chance,
/// so that those which began together do not stay together. `chance` is from 0 to 1.
pub(crate) fn until_refresh(expires: Duration, chance: f64) -> Duration {
    let margin = (expires / 10).min(Duration::from_secs(60));
    let early = margin + margin.mul_f64(chance.clamp(0.0, 1.0));
    expires.saturating_sub(early).max(SHORTEST_WAIT)
}

/// How long after that many failures in a row the next attempt is (RFC 5626 4.5): twice as long
/// each time, a part of it by chance; and not before the peer wants to be asked.
pub(crate) fn until_retry(failures: u32, retry_after: Option<Duration>, chance: f64) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(10));
    let wait = doubled
        .min(LONGEST_WAIT)
        .mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
    let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    wait.max(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_registration_is_refreshed_before_it_ends() {
        for (expires, earliest, latest) in [(60, 48, 54), (3_600, 3_480, 3_540), (3, 5, 5)] {
            assert_eq!(until_refresh(seconds(expires), 0.0), seconds(latest));
            assert_eq!(until_refresh(seconds(expires), 1.0), seconds(earliest));
        }
    }

    #[test]
    fn who_fails_again_and_again_asks_less_and_less() {
        let latest = [1, 2, 3, 7, 40].map(|failures| until_retry(failures, None, 1.0).as_secs());
        assert_eq!(latest, [30, 60, 120, 1_800, 1_800]);
        assert_eq!(until_retry(1, None, 0.0), seconds(15));
        assert_eq!(until_retry(1, Some(seconds(90)), 1.0), seconds(90));
        assert_eq!(until_retry(1, Some(Duration::MAX), 1.0), seconds(3_600));
    }
}
