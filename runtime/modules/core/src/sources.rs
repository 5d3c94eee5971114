//! Who sends too much: a bucket for each source, and bans that end. Kamailio's pike.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evroute_log_throttle::LogThrottle;
use evroute_tenant::SourceLimits;

/// Parts of the table, each under a lock of its own.
const SHARDS: usize = 16;

/// A source that nothing is read of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct BannedSource {
    /// An IPv4 address, or the first of a /64.
    pub(crate) source: IpAddr,
    /// How long the ban lasts from now on.
    pub(crate) left: Duration,
    /// Messages that were not read since it began.
    pub(crate) dropped: u64,
}

/// What each source has sent of late, within a fixed memory.
pub(crate) struct SourceTable {
    limits: SourceLimits,
    shards: Vec<Mutex<Shard>>,
    begin: Instant,
    dropped: AtomicU64,
    bans: AtomicU64,
    told: LogThrottle,
}

/// Times are microseconds since the table was made.
#[derive(Default)]
struct Shard {
    by_source: HashMap<IpAddr, Source>,
    /// The same by the time when nothing needs to be known of them any more.
    by_end: BTreeSet<(u64, IpAddr)>,
}

#[derive(Clone, Copy, Default)]
struct Source {
    /// Up to when its messages are paid for.
    paid_until: u64,
    banned_until: u64,
    dropped: u64,
}

impl Source {
    fn end(&self) -> u64 {
        self.paid_until.max(self.banned_until)
    }
}

impl SourceTable {
    /// None where nobody is to be banned.
    pub(crate) fn new(limits: SourceLimits, begin: Instant) -> Option<Self> {
        (limits.messages_per_second_max > 0).then(|| Self {
            limits,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            begin,
            dropped: AtomicU64::new(0),
            bans: AtomicU64::new(0),
            told: LogThrottle::new(),
        })
    }

    /// Whether a message from there is to be read.
    pub(crate) fn admits(&self, ip: IpAddr, now: Instant) -> bool {
        if self.limits.trusts(ip) {
            return true;
        }
        let source = evroute_transport::source(ip);
        let Some(shard) = self.shard(source) else {
            return true;
        };
        let admitted = self.take(&mut lock(shard), source, self.micros(now));
        if admitted != Admitted::Yes {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        if admitted == Admitted::BannedNow {
            self.bans.fetch_add(1, Ordering::Relaxed);
            if let Some(times) = self.told.happened(now) {
                let seconds = self.limits.ban.as_secs();
                tracing::warn!(%source, seconds, times, "a source sends too much; nothing of it is read");
            }
        }
        admitted == Admitted::Yes
    }

    fn take(&self, shard: &mut Shard, ip: IpAddr, now: u64) -> Admitted {
        let each = 1_000_000 / u64::from(self.limits.messages_per_second_max);
        let burst = each.saturating_mul(u64::from(self.limits.burst_max).saturating_add(1));
        let mut source = shard.remove(ip).unwrap_or_default();
        let admitted = if source.banned_until > now {
            source.dropped = source.dropped.saturating_add(1);
            Admitted::No
        } else {
            let paid_until = source.paid_until.max(now).saturating_add(each);
            if paid_until - now <= burst {
                source.paid_until = paid_until;
                Admitted::Yes
            } else {
                source.banned_until = now.saturating_add(micros(self.limits.ban));
                source.dropped = 1;
                Admitted::BannedNow
            }
        };
        // Who owes nothing any more is as one who was never here.
        shard.forget_before(now);
        let most = (self.limits.sources_max / SHARDS).max(1);
        while shard.by_source.len() >= most {
            shard.forget_first();
        }
        shard.put(ip, source);
        admitted
    }

    /// Those of whom nothing is read, `count` at most.
    pub(crate) fn banned(&self, now: Instant, count: usize) -> Vec<BannedSource> {
        let now = self.micros(now);
        let mut banned = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let all = shard.by_source.iter();
            let all = all.filter(|(_, source)| source.banned_until > now);
            banned.extend(
                all.take(count.saturating_sub(banned.len()))
                    .map(|(ip, source)| BannedSource {
                        source: *ip,
                        left: Duration::from_micros(source.banned_until - now),
                        dropped: source.dropped,
                    }),
            );
        }
        banned
    }

    /// Lifts the ban of a source; false where there is none.
    pub(crate) fn unban(&self, ip: IpAddr, now: Instant) -> bool {
        let source = evroute_transport::source(ip);
        let now = self.micros(now);
        let Some(shard) = self.shard(source) else {
            return false;
        };
        let mut shard = lock(shard);
        let known = shard.by_source.get(&source);
        let is_banned = known.is_some_and(|known| known.banned_until > now);
        if is_banned {
            shard.remove(source);
        }
        is_banned
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn bans(&self) -> u64 {
        self.bans.load(Ordering::Relaxed)
    }

    pub(crate) fn tracked(&self) -> u64 {
        let counts = self.shards.iter().map(|shard| lock(shard).by_source.len());
        u64::try_from(counts.sum::<usize>()).unwrap_or(u64::MAX)
    }

    fn shard(&self, source: IpAddr) -> Option<&Mutex<Shard>> {
        // Neighbours are in different parts.
        let bytes = match source {
            IpAddr::V4(ip) => u64::from(ip.to_bits()),
            IpAddr::V6(ip) => u64::try_from(ip.to_bits() >> 64).unwrap_or_default(),
        };
        let hash = bytes.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60;
        self.shards.get(usize::try_from(hash).unwrap_or_default())
    }

    fn micros(&self, now: Instant) -> u64 {
        micros(now.saturating_duration_since(self.begin))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Admitted {
    Yes,
    No,
    BannedNow,
}

impl Shard {
    fn remove(&mut self, ip: IpAddr) -> Option<Source> {
        let source = self.by_source.remove(&ip)?;
        self.by_end.remove(&(source.end(), ip));
        Some(source)
    }

    fn put(&mut self, ip: IpAddr, source: Source) {
        self.by_end.insert((source.end(), ip));
        self.by_source.insert(ip, source);
    }

    fn forget_first(&mut self) {
        if let Some((_, ip)) = self.by_end.pop_first() {
            self.by_source.remove(&ip);
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
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn limits() -> SourceLimits {
        SourceLimits {
            messages_per_second_max: 10,
            burst_max: 5,
            ban: Duration::from_secs(30),
            sources_max: 64,
            trusted: vec!["192.0.2.0/24".parse().unwrap()],
        }
    }

    fn table(begin: Instant) -> SourceTable {
        SourceTable::new(limits(), begin).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many of so many messages are read that come this far apart.
    fn read(table: &SourceTable, from: &str, begin: Instant, count: u32, apart: Duration) -> u32 {
        let admitted = (0..count).filter(|n| table.admits(ip(from), begin + apart * *n));
        u32::try_from(admitted.count()).unwrap()
    }

    #[test]
    fn who_keeps_to_the_rate_is_read_and_who_does_not_is_banned_until_it_ends() {
        let begin = Instant::now();
        let table = table(begin);
        assert_eq!(read(&table, "198.51.100.1", begin, 100, 100 * MS), 100);
        assert_eq!(read(&table, "198.51.100.2", begin, 100, MS), 6);
        // Another one does not pay for him.
        assert!(table.admits(ip("198.51.100.3"), begin + 100 * MS));
        let banned = table.banned(begin + 100 * MS, 9);
        let [
            BannedSource {
                source,
                left,
                dropped,
            },
        ] = banned.as_slice()
        else {
            panic!("{banned:?}");
        };
        assert_eq!((*source, *dropped), (ip("198.51.100.2"), 94));
        assert!(*left < Duration::from_secs(30) && *left > Duration::from_secs(29));
        assert_eq!((table.dropped(), table.bans()), (94, 1));
        let later = begin + Duration::from_secs(31);
        assert!(table.admits(ip("198.51.100.2"), later));
        assert_eq!(table.banned(later, 9), []);
    }

    #[test]
    fn a_ban_can_be_lifted_and_trusted_networks_are_not_counted() {
        let begin = Instant::now();
        let table = table(begin);
        assert_eq!(read(&table, "192.0.2.7", begin, 1000, Duration::ZERO), 1000);
        assert_eq!(
            read(&table, "::ffff:192.0.2.7", begin, 1000, Duration::ZERO),
            1000
        );
        assert_eq!(read(&table, "198.51.100.2", begin, 7, Duration::ZERO), 6);
        assert!(table.unban(ip("198.51.100.2"), begin));
        assert!(!table.unban(ip("198.51.100.2"), begin), "it is lifted");
        assert_eq!(read(&table, "198.51.100.2", begin, 7, Duration::ZERO), 6);
    }

    #[test]
    fn a_network_of_64_bits_is_one_source() {
        let begin = Instant::now();
        let table = table(begin);
        let from = |n: u32| format!("2001:db8::{n:x}");
        let admitted = (0..100).filter(|n| table.admits(ip(&from(*n)), begin));
        assert_eq!(admitted.count(), 6);
        assert!(table.admits(ip("2001:db8:0:1::1"), begin));
        assert!(table.unban(ip("2001:db8::abcd"), begin));
    }

    #[test]
    fn a_table_that_is_full_forgets_who_owes_least() {
        let begin = Instant::now();
        let table = table(begin);
        assert_eq!(read(&table, "198.51.100.2", begin, 7, Duration::ZERO), 6);
        for number in 0..100_000_u32 {
            let source = std::net::Ipv4Addr::from_bits(0x0a00_0000 + number);
            table.admits(source.into(), begin);
        }
        assert!(table.tracked() <= 64, "{}", table.tracked());
        // Sources that were made up have not washed the ban away.
        assert!(!table.admits(ip("198.51.100.2"), begin));
    }

    #[test]
    fn nobody_is_counted_where_there_is_no_limit() {
        assert!(SourceTable::new(SourceLimits::default(), Instant::now()).is_none());
    }
}
