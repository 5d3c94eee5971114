//! Who sends too much, whoever it is for: Kamailio's pike, before anything is read.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use evroute_log_throttle::LogThrottle;
use evroute_tenant::SourceLimits;

use crate::rate_table::{Admission, Banned, RateTable, SendingRate};

/// What each source has sent of late. A source is an IPv4 address, or the first of a /64.
pub(crate) struct SourceTable {
    limits: SourceLimits,
    table: RateTable<IpAddr>,
    dropped: AtomicU64,
    bans: AtomicU64,
    told: LogThrottle,
}

impl SourceTable {
    /// None where nobody is to be banned.
    pub(crate) fn new(limits: SourceLimits, begin: Instant) -> Option<Self> {
        let rate = SendingRate {
            per_second_max: limits.messages_per_second_max,
            burst_max: limits.burst_max,
            work_ms_max: limits.work_ms_per_second_max,
            ban: limits.ban,
            known_max: limits.sources_max,
        };
        Some(Self {
            table: RateTable::new(rate, begin)?,
            limits,
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
        let admission = self.table.admit(&source, now);
        if admission == Admission::Admitted {
            return true;
        }
        self.dropped.fetch_add(1, Ordering::Relaxed);
        if admission == Admission::BannedNow {
            self.bans.fetch_add(1, Ordering::Relaxed);
            if let Some(times) = self.told.happened(now) {
                let seconds = self.table.ban().as_secs();
                tracing::warn!(%source, seconds, times, "a source sends too much; nothing of it is read");
            }
        }
        false
    }

    /// Whether our work on what comes from there is to be measured.
    pub(crate) fn measures(&self, ip: IpAddr) -> bool {
        self.table.bounds_work() && !self.limits.trusts(ip)
    }

    /// We have worked for so long on a message from there.
    pub(crate) fn worked(&self, ip: IpAddr, took: Duration, now: Instant) {
        let source = evroute_transport::source(ip);
        self.table.worked(&source, took, now);
    }

    /// Those of whom nothing is read, `count` at most.
    pub(crate) fn banned(&self, now: Instant, count: usize) -> Vec<Banned<IpAddr>> {
        self.table.banned(now, count)
    }

    /// Lifts the ban of a source; false where there is none.
    pub(crate) fn unban(&self, ip: IpAddr, now: Instant) -> bool {
        self.table.unban(&evroute_transport::source(ip), now)
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(crate) fn bans(&self) -> u64 {
        self.bans.load(Ordering::Relaxed)
    }

    pub(crate) fn known(&self) -> u64 {
        self.table.known()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn limits() -> SourceLimits {
        SourceLimits {
            messages_per_second_max: 10,
            work_ms_per_second_max: 0,
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
        let [Banned { key, left, dropped }] = banned.as_slice() else {
            panic!("{banned:?}");
        };
        assert_eq!((*key, *dropped), (ip("198.51.100.2"), 94));
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
        assert!(table.known() <= 64, "{}", table.known());
        // Sources that were made up have not washed the ban away.
        assert!(!table.admits(ip("198.51.100.2"), begin));
    }

    #[test]
    fn nobody_is_counted_where_there_is_no_limit() {
        assert!(SourceTable::new(SourceLimits::default(), Instant::now()).is_none());
    }
}
