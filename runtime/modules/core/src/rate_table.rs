//! Who sends how much: a bucket for each, and bans that end, within a fixed memory.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Parts of the table, each under a lock of its own.
const SHARDS: usize = 16;

const SECOND: u64 = 1_000_000;

/// How much one of them may send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SendingRate {
    /// So many in a second; 0 bounds nothing.
    pub(crate) per_second_max: u32,
    /// So many more at once after a quiet time.
    pub(crate) burst_max: u32,
    /// How long our work on them may take, in milliseconds of each second; 0 bounds nothing.
    pub(crate) work_ms_max: u32,
    /// How long who sends more is banned for.
    pub(crate) ban: Duration,
    /// Of how many it is known what they sent.
    pub(crate) known_max: usize,
}

/// What becomes of something that was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Admission {
    /// It is read.
    Admitted,
    /// It is not: who sends it is banned for so long from now on.
    Banned(Duration),
    /// It is not, and the ban begins by it.
    BannedNow,
}

/// One that is banned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Banned<K> {
    pub(crate) key: K,
    /// How long the ban lasts from now on.
    pub(crate) left: Duration,
    /// What was not read since it began.
    pub(crate) dropped: u64,
}

/// What each has sent of late, by its key.
#[derive(Debug)]
pub(crate) struct RateTable<K> {
    rate: SendingRate,
    shards: Vec<Mutex<Shard<K>>>,
    hashes: RandomState,
    begin: Instant,
}

/// Times are microseconds since the table was made.
#[derive(Debug)]
struct Shard<K> {
    by_key: HashMap<K, Bucket>,
    /// The same by the time when nothing needs to be known of them any more.
    by_end: BTreeSet<(u64, K)>,
}

#[derive(Clone, Copy, Default, Debug)]
struct Bucket {
    /// Up to when what it sent is paid for.
    paid_until: u64,
    /// Up to when our work on it is.
    worked_until: u64,
    banned_until: u64,
    dropped: u64,
}

impl Bucket {
    fn end(&self) -> u64 {
        self.paid_until
            .max(self.worked_until)
            .max(self.banned_until)
    }
}

impl<K: Clone + Hash + Ord> RateTable<K> {
    /// None where nobody is to be banned.
    pub(crate) fn new(rate: SendingRate, begin: Instant) -> Option<Self> {
        let is_bound = rate.per_second_max > 0 || rate.work_ms_max > 0;
        is_bound.then(|| Self {
            rate,
            shards: (0..SHARDS).map(|_| Mutex::new(Shard::new())).collect(),
            hashes: RandomState::new(),
            begin,
        })
    }

    /// How long a ban lasts.
    pub(crate) const fn ban(&self) -> Duration {
        self.rate.ban
    }

    /// Whether our work is bounded, so that it is worth being measured.
    pub(crate) const fn bounds_work(&self) -> bool {
        self.rate.work_ms_max > 0
    }

    /// Something was sent by it.
    pub(crate) fn admit(&self, key: &K, now: Instant) -> Admission {
        let now = self.micros(now);
        self.change(key, now, |rate, bucket| bucket.admit(rate, now))
            .unwrap_or(Admission::Admitted)
    }

    /// We have worked for so long on what it sent.
    pub(crate) fn worked(&self, key: &K, took: Duration, now: Instant) {
        let now = self.micros(now);
        self.change(key, now, |rate, bucket| {
            let part = u64::from(rate.work_ms_max.max(1));
            let pays = micros(took).saturating_mul(1_000) / part;
            bucket.worked_until = bucket.worked_until.max(now).saturating_add(pays);
        });
    }

    /// Lifts a ban; false where there is none.
    pub(crate) fn unban(&self, key: &K, now: Instant) -> bool {
        let now = self.micros(now);
        let Some(mut shard) = self.shard(key) else {
            return false;
        };
        let known = shard.by_key.get(key);
        let is_banned = known.is_some_and(|known| known.banned_until > now);
        if is_banned {
            shard.remove(key);
        }
        is_banned
    }

    /// Those that are banned, `count` at most.
    pub(crate) fn banned(&self, now: Instant, count: usize) -> Vec<Banned<K>> {
        let now = self.micros(now);
        let mut banned = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let all = shard.by_key.iter();
            let all = all.filter(|(_, bucket)| bucket.banned_until > now);
            let room = count.saturating_sub(banned.len());
            banned.extend(all.take(room).map(|(key, bucket)| Banned {
                key: key.clone(),
                left: Duration::from_micros(bucket.banned_until - now),
                dropped: bucket.dropped,
            }));
        }
        banned
    }

    /// Of how many it is known what they sent.
    pub(crate) fn known(&self) -> u64 {
        let counts = self.shards.iter().map(|shard| lock(shard).by_key.len());
        u64::try_from(counts.sum::<usize>()).unwrap_or(u64::MAX)
    }

    fn change<R>(
        &self,
        key: &K,
        now: u64,
        change: impl FnOnce(&SendingRate, &mut Bucket) -> R,
    ) -> Option<R> {
        let mut shard = self.shard(key)?;
        let mut bucket = shard.remove(key).unwrap_or_default();
        let changed = change(&self.rate, &mut bucket);
        // Who owes nothing any more is as one who was never here.
        shard.forget_before(now);
        let most = (self.rate.known_max / SHARDS).max(1);
        while shard.by_key.len() >= most {
            shard.forget_first();
        }
        shard.put(key.clone(), bucket);
        Some(changed)
    }

    fn shard(&self, key: &K) -> Option<MutexGuard<'_, Shard<K>>> {
        let hash = self.hashes.hash_one(key) >> 60;
        let shard = self.shards.get(usize::try_from(hash).unwrap_or_default());
        shard.map(lock)
    }

    fn micros(&self, now: Instant) -> u64 {
        micros(now.saturating_duration_since(self.begin))
    }
}

impl Bucket {
    fn admit(&mut self, rate: &SendingRate, now: u64) -> Admission {
        if self.banned_until > now {
            self.dropped = self.dropped.saturating_add(1);
            return Admission::Banned(Duration::from_micros(self.banned_until - now));
        }
        // What nothing bounds takes no time to be paid for.
        let each = SECOND.checked_div(rate.per_second_max.into()).unwrap_or(0);
        let burst = each.saturating_mul(u64::from(rate.burst_max).saturating_add(1));
        let paid_until = self.paid_until.max(now).saturating_add(each);
        let is_worked_on_too_long = self.worked_until.saturating_sub(now) > SECOND;
        if paid_until - now <= burst && !is_worked_on_too_long {
            self.paid_until = paid_until;
            return Admission::Admitted;
        }
        self.banned_until = now.saturating_add(micros(rate.ban));
        self.worked_until = now;
        self.dropped = 1;
        Admission::BannedNow
    }
}

impl<K: Clone + Hash + Ord> Shard<K> {
    fn new() -> Self {
        Self {
            by_key: HashMap::new(),
            by_end: BTreeSet::new(),
        }
    }

    fn remove(&mut self, key: &K) -> Option<Bucket> {
        let (key, bucket) = self.by_key.remove_entry(key)?;
        self.by_end.remove(&(bucket.end(), key));
        Some(bucket)
    }

    fn put(&mut self, key: K, bucket: Bucket) {
        self.by_end.insert((bucket.end(), key.clone()));
        self.by_key.insert(key, bucket);
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.by_end.pop_first() {
            self.by_key.remove(&key);
        }
    }

    fn forget_before(&mut self, now: u64) {
        while self.by_end.first().is_some_and(|(end, _)| *end <= now) {
            self.forget_first();
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// What is in there is whole even if somebody panicked while holding it.
fn lock<K>(shard: &Mutex<Shard<K>>) -> MutexGuard<'_, Shard<K>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn table(work_ms_max: u32, begin: Instant) -> RateTable<u32> {
        let rate = SendingRate {
            per_second_max: 10,
            burst_max: 5,
            work_ms_max,
            ban: Duration::from_secs(30),
            known_max: 64,
        };
        RateTable::new(rate, begin).unwrap()
    }

    #[test]
    fn who_costs_more_work_than_it_may_is_banned_whatever_it_sends() {
        let begin = Instant::now();
        let table = table(100, begin);
        let later = |n: u32| begin + 200 * MS * n;
        // 5 messages a second, each of 10 ms: half of what it may cost.
        for n in 0..50 {
            assert_eq!(table.admit(&1, later(n)), Admission::Admitted);
            table.worked(&1, 10 * MS, later(n));
        }
        // Each of 60 ms: three times as much, so that a second of it is owed soon.
        let cost = |n: u32| {
            let admitted = table.admit(&2, later(n));
            table.worked(&2, 60 * MS, later(n));
            admitted == Admission::Admitted
        };
        let admitted = (0..50).take_while(|n| cost(*n)).count();
        assert_eq!(admitted, 3);
        assert_eq!(table.banned(later(3), 9).len(), 1);
        // Another is not banned by that, and the ban ends.
        assert_eq!(table.admit(&3, later(3)), Admission::Admitted);
        let after = later(3) + Duration::from_secs(31);
        assert_eq!(table.admit(&2, after), Admission::Admitted);
    }

    #[test]
    fn work_is_not_counted_where_it_is_not_bounded() {
        let table = table(0, Instant::now());
        assert!(!table.bounds_work());
    }

    #[test]
    fn a_ban_says_how_long_it_lasts() {
        let begin = Instant::now();
        let table = table(0, begin);
        let admitted = (0..8).map(|_| table.admit(&1, begin)).collect::<Vec<_>>();
        assert_eq!(admitted[..6], [Admission::Admitted; 6]);
        let left = Duration::from_secs(30);
        assert_eq!(
            admitted[6..],
            [Admission::BannedNow, Admission::Banned(left)]
        );
        let later = begin + Duration::from_secs(10);
        let left = Duration::from_secs(20);
        assert_eq!(table.admit(&1, later), Admission::Banned(left));
    }
}
