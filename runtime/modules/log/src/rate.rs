//! How much of the log one tenant's handlers may fill in a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use evroute_log_throttle::LogThrottle;

/// How many seconds' worth may be written at once.
const BURST_SECONDS: u64 = 4;

/// Bytes per second of one tenant's lines, as they are written: escaped, in the log's format, with
/// all that the server adds. Four seconds' worth may be written at once; what is beyond is dropped
/// and counted.
#[derive(Debug)]
pub struct LogRate {
    tenant: String,
    per_second: u64,
    dropped: AtomicU64,
    account: Mutex<Account>,
    reports: LogThrottle,
}

#[derive(Debug)]
struct Account {
    /// Bytes that may be written now.
    left: u64,
    /// Until when `left` has grown.
    until: Instant,
}

impl LogRate {
    /// `per_second` bytes, one at least, for the tenant of this name, from `now` on.
    #[must_use]
    pub fn new(tenant: &str, per_second: u64, now: Instant) -> Self {
        let per_second = per_second.max(1);
        Self {
            tenant: tenant.to_owned(),
            per_second,
            dropped: AtomicU64::new(0),
            account: Mutex::new(Account {
                left: per_second.saturating_mul(BURST_SECONDS),
                until: now,
            }),
            reports: LogThrottle::new(),
        }
    }

    /// The tenant's name.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// How many lines were dropped so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether a line of so many bytes is written now. If not it is counted, and reported now and
    /// then.
    pub(crate) fn admits(&self, bytes: usize, now: Instant) -> bool {
        {
            let mut account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
            account.fill(self.per_second, now);
            if let Some(left) = account.left.checked_sub(bytes as u64) {
                account.left = left;
                return true;
            }
        }
        self.dropped.fetch_add(1, Ordering::Relaxed);
        // Without the lock: the log is asked for by whoever writes to it.
        if let Some(lines) = self.reports.happened(now) {
            let (tenant, log_bytes_per_second_max) = (&self.tenant, self.per_second);
            tracing::warn!(
                tenant,
                log_bytes_per_second_max,
                lines,
                "lines of handlers are dropped: they write more than their share of the log"
            );
        }
        false
    }
}

impl Account {
    fn fill(&mut self, per_second: u64, now: Instant) {
        let went_by = now.saturating_duration_since(self.until);
        let earned = went_by.as_micros().saturating_mul(per_second.into()) / 1_000_000;
        // What is less than a byte is earned later.
        if earned > 0 {
            self.until = now;
            let earned = u64::try_from(earned).unwrap_or(u64::MAX);
            let most = per_second.saturating_mul(BURST_SECONDS);
            self.left = self.left.saturating_add(earned).min(most);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn over_any_time_no_more_is_written_than_the_rate_and_the_burst() {
        let begin = Instant::now();
        let rate = LogRate::new("loud", 1000, begin);
        let mut written = 0;
        // 100 seconds of 100 lines of 500 bytes: fifty times the rate.
        for tenth in 0..1000 {
            for _ in 0..10 {
                let now = begin + Duration::from_millis(100) * tenth;
                written += u64::from(rate.admits(500, now)) * 500;
            }
        }
        assert!((103_000..=104_000).contains(&written), "{written}");
        assert_eq!(rate.dropped(), 10_000 - written / 500);
        // Time that goes by unused is saved up to the burst.
        let later = begin + Duration::from_secs(100_000);
        let at_once = (0..100).filter(|_| rate.admits(500, later)).count();
        assert_eq!(at_once, 8);
    }

    #[test]
    fn dropped_lines_are_reported_every_ten_seconds() {
        let begin = Instant::now();
        let rate = LogRate::new("loud", 1, begin);
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert_eq!(rate.reports.happened(at(0)), Some(1));
        for _ in 2..900 {
            assert_eq!(rate.reports.happened(at(9)), None);
        }
        assert_eq!(rate.reports.happened(at(10)), Some(899));
    }
}
