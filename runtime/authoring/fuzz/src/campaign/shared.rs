//! What the threads of a campaign tell each other.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::worker::FUEL_CAP_MIN;
use super::{Campaign, Stop};
use crate::corpus::Entry;
use crate::dictionary::Dictionary;
use crate::finding::Finding;
use crate::oracle::{Judged, Oracle};
use crate::ring::Comparison;
use crate::seen::Seen;

/// Pairs of numbers that are kept of each comparison.
const PAIRS_MAX: usize = 4;

/// Pairs that were compared, by the list and the site in it.
pub(super) type Compared = BTreeMap<(usize, u32), Vec<(u64, u64)>>;

pub(super) struct Shared {
    pub(super) begun: Instant,
    pub(super) executions: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) known: AtomicU64,
    pub(super) fuel_max: AtomicU64,
    /// The fuel that a search gives an input.
    pub(super) fuel_cap: AtomicU64,
    pub(super) stop: AtomicBool,
    pub(super) working: AtomicUsize,
    /// How many entries there are, for threads that look whether there are more.
    pub(super) entries: AtomicUsize,
    found: Mutex<Found>,
    changed: Condvar,
}

struct Found {
    entries: Vec<Arc<Entry>>,
    seen: Seen,
    dictionary: Dictionary,
    findings: Vec<Finding>,
    told: usize,
    met: HashSet<String>,
    stop: Option<Stop>,
    compared: Compared,
    /// What executions of the instrumented handler showed that was looked at.
    suspected: HashSet<(Oracle, String)>,
}

impl Shared {
    pub(super) fn new(
        campaign: &Campaign,
        dictionary: Dictionary,
        threads: usize,
        begun: Instant,
    ) -> Self {
        Self {
            begun,
            executions: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            known: AtomicU64::new(0),
            fuel_max: AtomicU64::new(0),
            fuel_cap: AtomicU64::new(FUEL_CAP_MIN),
            stop: AtomicBool::new(false),
            working: AtomicUsize::new(threads),
            entries: AtomicUsize::new(0),
            found: Mutex::new(Found {
                entries: Vec::new(),
                seen: Seen::new(campaign.target.edges()),
                dictionary,
                findings: Vec::new(),
                told: 0,
                met: HashSet::new(),
                stop: None,
                compared: Compared::new(),
                suspected: HashSet::new(),
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for so long, or until something was found or a thread has ended.
    pub(super) fn wait(&self, time: Duration) {
        let found = self.lock();
        drop(self.changed.wait_timeout(found, time));
    }

    pub(super) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Keeps an entry when its ways are still new; false when another thread was first.
    pub(super) fn add(
        &self,
        entry: Arc<Entry>,
        hits: &[crate::seen::Hit],
        features: &[u64],
    ) -> bool {
        let mut found = self.lock();
        if !found.seen.is_new(hits, features) {
            return false;
        }
        found.seen.add(hits, features);
        found.entries.push(entry);
        let count = found.entries.len();
        self.entries
            .store(count, std::sync::atomic::Ordering::Release);
        true
    }

    /// The entries behind the first so many, all that was seen, and all words.
    pub(super) fn news(&self, known: usize) -> (Vec<Arc<Entry>>, Seen, Dictionary) {
        let found = self.lock();
        let entries = found.entries.get(known..).unwrap_or_default().to_vec();
        (entries, found.seen.clone(), found.dictionary.clone())
    }

    pub(super) fn learn(&self, dictionary: &Dictionary) {
        self.lock().dictionary.merge(dictionary);
    }

    /// Notes that this was looked at; false when it had been.
    pub(super) fn suspect(&self, judged: &Judged) -> bool {
        let name = (judged.oracle, judged.place.clone());
        self.lock().suspected.insert(name)
    }

    pub(super) fn knows(&self, bug: &Judged) -> bool {
        let found = self.lock();
        found
            .findings
            .iter()
            .any(|finding| finding.bug().is_same_bug(bug))
    }

    /// Keeps a finding, unless another thread was first.
    pub(super) fn find(&self, finding: Finding) {
        let mut found = self.lock();
        let bug = finding.bug();
        if !found
            .findings
            .iter()
            .any(|known| known.bug().is_same_bug(&bug))
        {
            found.findings.push(finding);
        }
        drop(found);
        self.notify();
    }

    pub(super) fn untold(&self) -> Vec<Finding> {
        let mut found = self.lock();
        let untold = found
            .findings
            .get(found.told..)
            .unwrap_or_default()
            .to_vec();
        found.told = found.findings.len();
        untold
    }

    pub(super) fn meet(&self, text: &str) {
        self.lock().met.insert(text.to_owned());
    }

    pub(super) fn end(&self, stop: Stop) {
        self.lock().stop.get_or_insert(stop);
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    pub(super) fn compare(&self, comparisons: &[(usize, Comparison)]) {
        let mut found = self.lock();
        for (list, one) in comparisons {
            let pairs = found.compared.entry((*list, one.site)).or_default();
            let pair = (one.first, one.second);
            if pairs.len() < PAIRS_MAX && !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }

    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let found = self.lock();
        (
            found.seen.edges(),
            found.entries.len(),
            found.findings.len(),
        )
    }

    pub(super) fn results(&self) -> (Vec<Finding>, HashSet<String>, Option<Stop>, Seen, Compared) {
        let found = self.lock();
        (
            found.findings.clone(),
            found.met.clone(),
            found.stop.clone(),
            found.seen.clone(),
            found.compared.clone(),
        )
    }
}
