//! What handlers wrote last.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Bytes of the lines that are kept of one tenant, and of all. Where tenants are many, each has its
/// share of all: what one writes pushes out nothing of the others.
const TENANT_BYTES_MAX: usize = 64 << 10;
const ALL_BYTES_MAX: usize = 64 << 20;

/// The last lines of each tenant, in memory: those that the operator's filter keeps in the log.
#[derive(Debug, Default)]
pub(crate) struct LogHistory(RwLock<HashMap<String, Arc<Ring>>>);

#[derive(Debug, Default)]
struct Ring(Mutex<Lines>);

#[derive(Debug, Default)]
struct Lines {
    all: VecDeque<OldLine>,
    bytes: usize,
}

/// A line of a handler, as it was shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct OldLine {
    pub(crate) time_us: u64,
    /// What readers are shown.
    pub(crate) text: Arc<str>,
}

/// Which of the old lines.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Past {
    /// Not those before, in microseconds since 1970.
    pub(crate) since_us: Option<u64>,
    /// The last so many.
    pub(crate) lines: Option<usize>,
}

impl LogHistory {
    /// Keeps a line of a tenant, and lets go of its oldest ones.
    pub(crate) fn keep(&self, tenant: &str, line: OldLine) {
        let (ring, tenants) = self.ring(tenant);
        let mut lines = ring.lock();
        lines.bytes += line.text.len();
        lines.all.push_back(line);
        lines.trim(share(tenants));
    }

    /// Lets go of all that was kept of a tenant that is gone.
    pub(crate) fn forget(&self, tenant: &str) {
        let mut rings = self.0.write().unwrap_or_else(PoisonError::into_inner);
        rings.remove(tenant);
    }

    /// The old lines of one tenant that are wanted, or of all, in the order of their times.
    pub(crate) fn lines(
        &self,
        tenant: Option<&str>,
        past: Past,
        fits: impl Fn(&str) -> bool,
    ) -> Vec<OldLine> {
        let rings = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let wanted = rings
            .iter()
            .filter(|(of, _)| tenant.is_none_or(|wanted| wanted == of.as_str()));
        let wanted: Vec<_> = wanted.map(|(_, ring)| Arc::clone(ring)).collect();
        drop(rings);
        let is_wanted = |line: &&OldLine| {
            past.since_us.is_none_or(|since| line.time_us >= since) && fits(&line.text)
        };
        let mut lines = Vec::new();
        for ring in wanted {
            lines.extend(ring.lock().all.iter().filter(is_wanted).cloned());
        }
        lines.sort_by_key(|line| line.time_us);
        let beyond = lines.len().saturating_sub(past.lines.unwrap_or(usize::MAX));
        lines.drain(..beyond);
        lines
    }

    /// The ring of a tenant, and how many tenants have one.
    fn ring(&self, tenant: &str) -> (Arc<Ring>, usize) {
        let rings = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = rings.get(tenant) {
            return (Arc::clone(ring), rings.len());
        }
        drop(rings);
        let mut rings = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = rings.len();
        let ring = Arc::clone(rings.entry(tenant.to_owned()).or_default());
        let now = rings.len();
        if share(now) < share(before) {
            rings.values().for_each(|ring| ring.lock().trim(share(now)));
        }
        (ring, now)
    }
}

/// What each of so many tenants may have; the same until there are twice as many, so that what the
/// others have is seldom looked at.
fn share(tenants: usize) -> usize {
    (ALL_BYTES_MAX / tenants.next_power_of_two()).min(TENANT_BYTES_MAX)
}

impl Lines {
    fn trim(&mut self, bytes_max: usize) {
        while self.bytes > bytes_max
            && let Some(oldest) = self.all.pop_front()
        {
            self.bytes -= oldest.text.len();
        }
    }
}

impl Ring {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time_us: u64, text: &str) -> OldLine {
        OldLine {
            time_us,
            text: text.into(),
        }
    }

    fn texts(history: &LogHistory, tenant: Option<&str>, past: Past) -> Vec<String> {
        let lines = history.lines(tenant, past, |_| true).into_iter();
        lines.map(|line| line.text.to_string()).collect()
    }

    #[test]
    fn a_tenant_sees_its_own_past_and_an_operator_all_in_order() {
        let history = LogHistory::default();
        for (time, tenant, text) in [(1, "acme", "a"), (3, "acme", "c"), (2, "beta", "b")] {
            history.keep(tenant, line(time, text));
        }
        let all = Past::default();
        assert_eq!(texts(&history, Some("acme"), all), ["a", "c"]);
        assert_eq!(texts(&history, None, all), ["a", "b", "c"]);
        assert!(texts(&history, Some("nobody"), all).is_empty());
        let since = Past {
            since_us: Some(2),
            lines: None,
        };
        assert_eq!(texts(&history, None, since), ["b", "c"]);
        let last = Past {
            since_us: None,
            lines: Some(1),
        };
        assert_eq!(texts(&history, Some("acme"), last), ["c"]);
        let named = history.lines(None, all, |text| text == "b");
        assert_eq!(named, [line(2, "b")]);
        history.forget("acme");
        assert_eq!(texts(&history, None, all), ["b"]);
    }

    #[test]
    fn who_writes_much_loses_its_own_oldest_lines_and_nobody_elses() {
        let history = LogHistory::default();
        history.keep("quiet", line(0, "kept"));
        let text = "x".repeat(1024);
        for time in 0..1000 {
            history.keep("loud", line(time, &text));
        }
        assert_eq!(texts(&history, Some("loud"), Past::default()).len(), 64);
        assert_eq!(texts(&history, Some("quiet"), Past::default()), ["kept"]);
        // Of many tenants each has a share of what all may have.
        for tenant in 0..4096 {
            history.keep(&format!("tenant-{tenant}"), line(0, "x"));
        }
        assert_eq!(share(4098), 8 << 10);
        assert_eq!(texts(&history, Some("loud"), Past::default()).len(), 8);
        assert!((1..100_000).all(|tenants| share(tenants) * tenants <= ALL_BYTES_MAX));
    }
}
