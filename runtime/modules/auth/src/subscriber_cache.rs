//! What a database said about subscribers, for a while.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Subscriber;
use crate::subscriber_file::SubscriberKey;

/// Answers that are not older than this, in milliseconds, are not asked for again.
const LIFETIME_MS: u64 = 60_000;

/// Users that there are, and as many that there are not: who makes up names takes no place of
/// others.
const KEPT_MAX: usize = 10_000;

/// What a database said. The oldest answer gives way.
#[derive(Debug, Default)]
pub(crate) struct SubscriberCache {
    known: Mutex<Answers<Arc<Subscriber>>>,
    unknown: Mutex<Answers<()>>,
}

#[derive(Debug)]
struct Answers<T> {
    by_key: HashMap<SubscriberKey, (u64, T)>,
    by_age: BTreeSet<(u64, SubscriberKey)>,
}

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self {
            by_key: HashMap::new(),
            by_age: BTreeSet::new(),
        }
    }
}

impl<T: Clone> Answers<T> {
    fn get(&self, key: &SubscriberKey, now: u64) -> Option<T> {
        let (asked, answer) = self.by_key.get(key)?;
        (now.saturating_sub(*asked) <= LIFETIME_MS).then(|| answer.clone())
    }

    fn put(&mut self, key: SubscriberKey, now: u64, answer: T) {
        self.forget(&key);
        if self.by_key.len() >= KEPT_MAX
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.by_key.remove(&oldest);
        }
        self.by_age.insert((now, key.clone()));
        self.by_key.insert(key, (now, answer));
    }

    fn forget(&mut self, key: &SubscriberKey) -> bool {
        let Some((asked, _)) = self.by_key.remove(key) else {
            return false;
        };
        self.by_age.remove(&(asked, key.clone()))
    }
}

impl SubscriberCache {
    /// The answer, if there is one: a user, or that there is none.
    pub(crate) fn get(&self, key: &SubscriberKey, now: u64) -> Option<Option<Arc<Subscriber>>> {
        if let Some(found) = lock(&self.known).get(key, now) {
            return Some(Some(found));
        }
        lock(&self.unknown).get(key, now).map(|()| None)
    }

    /// Keeps an answer.
    pub(crate) fn put(&self, key: SubscriberKey, now: u64, answer: Option<Arc<Subscriber>>) {
        match answer {
            Some(found) => {
                lock(&self.unknown).forget(&key);
                lock(&self.known).put(key, now, found);
            }
            None => {
                lock(&self.known).forget(&key);
                lock(&self.unknown).put(key, now, ());
            }
        }
    }

    /// Forgets one, so that it is asked for again: whether there was one.
    pub(crate) fn forget(&self, key: &SubscriberKey) -> bool {
        let known = lock(&self.known).forget(key);
        lock(&self.unknown).forget(key) || known
    }
}

fn lock<T>(answers: &Mutex<Answers<T>>) -> MutexGuard<'_, Answers<T>> {
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> SubscriberKey {
        (name.to_owned(), "acme.example".to_owned())
    }

    fn is_known(cache: &SubscriberCache, name: &str, now: u64) -> Option<bool> {
        cache.get(&key(name), now).map(|answer| answer.is_some())
    }

    #[test]
    fn an_answer_counts_for_a_minute() {
        let cache = SubscriberCache::default();
        cache.put(key("a"), 1_000, Some(Arc::default()));
        cache.put(key("b"), 1_000, None);
        assert_eq!(is_known(&cache, "a", 61_000), Some(true));
        assert_eq!(is_known(&cache, "b", 61_000), Some(false));
        assert_eq!(is_known(&cache, "a", 61_001), None);
        assert_eq!(is_known(&cache, "c", 1_000), None);
        cache.put(key("b"), 1_000, Some(Arc::default()));
        assert_eq!(is_known(&cache, "b", 1_000), Some(true));
        assert!(cache.forget(&key("b")) && !cache.forget(&key("b")));
        assert_eq!(is_known(&cache, "b", 1_000), None);
    }

    #[test]
    fn made_up_names_take_no_place_of_others() {
        let cache = SubscriberCache::default();
        cache.put(key("a"), 0, Some(Arc::default()));
        for number in 0..=KEPT_MAX {
            cache.put(key(&number.to_string()), 1, None);
        }
        assert_eq!(is_known(&cache, "a", 1), Some(true));
        assert_eq!(lock(&cache.unknown).by_key.len(), KEPT_MAX);
        assert_eq!(lock(&cache.unknown).by_age.len(), KEPT_MAX);
    }
}
