//! Who sends one tenant too much: a bucket for each source and for each user who has shown a
//! password. Kamailio's pike, for one tenant, with `pipelimit`'s role for users.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use evroute_event::{AuthenticatedUser, Cause, Port, Subject, UnknownEvent};
use evroute_log_throttle::LogThrottle;
use evroute_module_api::{EventReports, LiveTenant, Work, endpoints};
use evroute_tenant::{SourceNetwork, TenantId, TenantIndex};
use evroute_transport::Flow;

use crate::events::SourceBlocked;
use crate::rate_table::{Admission, Banned, RateTable, SendingRate};

/// How much may be sent for one tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TenantPikeLimits {
    /// Requests of one source in a second; 0 blocks no source.
    pub requests_per_second_max: u32,
    /// How many more of one source may come at once after a quiet time.
    pub burst_max: u32,
    /// Requests that begin something, of one user who has shown a password, in a second; 0 blocks
    /// no user.
    pub user_requests_per_second_max: u32,
    /// How many more of one user may come at once after a quiet time.
    pub user_burst_max: u32,
    /// How long a block lasts.
    pub ban: Duration,
    /// Of how many sources, and of how many users, it is known what they sent.
    pub senders_max: usize,
    /// Networks whose requests are not counted as a source's.
    pub trusted: Vec<SourceNetwork>,
    /// Blocks that no handler was told of yet; the tenant's quota.
    pub events_queued_max: u32,
}

/// What each has sent a tenant of late.
#[derive(Debug)]
pub struct TenantPike {
    id: TenantId,
    trusted: Vec<SourceNetwork>,
    sources: Senders<IpAddr>,
    users: Senders<Arc<str>>,
    reports: EventReports<SourceBlocked>,
    /// Where `core:source-blocked` is raised, once the tenant is served.
    tells: OnceLock<(Port<SourceBlocked>, TenantIndex)>,
}

/// Those of one kind.
#[derive(Debug)]
struct Senders<K> {
    table: Option<RateTable<K>>,
    blocks: AtomicU64,
    refused: AtomicU64,
    lines: LogThrottle,
}

/// What was counted of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PikeCounts {
    /// `source` or `user`.
    pub(crate) by: &'static str,
    pub(crate) blocks: u64,
    pub(crate) refused: u64,
}

impl TenantPike {
    /// None where nobody is to be blocked.
    pub(crate) fn new(id: TenantId, limits: &TenantPikeLimits, begin: Instant) -> Option<Self> {
        let rate = |per_second_max, burst_max| SendingRate {
            per_second_max,
            burst_max,
            work_ms_max: 0,
            ban: limits.ban,
            known_max: limits.senders_max,
        };
        let sources = rate(limits.requests_per_second_max, limits.burst_max);
        let users = rate(limits.user_requests_per_second_max, limits.user_burst_max);
        let (sources, users) = (Senders::new(sources, begin), Senders::new(users, begin));
        (sources.table.is_some() || users.table.is_some()).then(|| Self {
            id,
            trusted: limits.trusted.clone(),
            sources,
            users,
            reports: EventReports::new(limits.events_queued_max),
            tells: OnceLock::new(),
        })
    }

    /// Whether a request from there is for the tenant at all.
    pub(crate) fn admits_source(&self, flow: &Flow, call_id: Option<&str>, now: Instant) -> bool {
        let ip = flow.remote.ip();
        if self.trusted.iter().any(|network| network.contains(ip)) {
            return true;
        }
        let source = evroute_transport::source(ip);
        match self.sources.admit(&source, now) {
            Admission::Admitted => true,
            Admission::Banned(_) => false,
            Admission::BannedNow => {
                if let Some(times) = self.sources.lines.happened(now) {
                    let tenant = self.id.as_str();
                    let seconds = self.sources.seconds();
                    tracing::warn!(tenant, call_id, %source, seconds, times,
                        "a source sends this tenant too much; its requests are dropped");
                }
                self.tell(flow, None, self.sources.seconds());
                false
            }
        }
    }

    /// Whether a request that begins something may be the user's; how long to wait where not.
    pub(crate) fn admits_user(
        &self,
        user: &AuthenticatedUser,
        flow: &Flow,
        call_id: Option<&str>,
        now: Instant,
    ) -> Result<(), Duration> {
        let AuthenticatedUser { user_name, realm } = user;
        if self.users.table.is_none() {
            return Ok(());
        }
        let key: Arc<str> = format!("{user_name}@{realm}").into();
        match self.users.admit(&key, now) {
            Admission::Admitted => Ok(()),
            Admission::Banned(left) => Err(left),
            Admission::BannedNow => {
                let seconds = self.users.seconds();
                if let Some(times) = self.users.lines.happened(now) {
                    let (tenant, user) = (self.id.as_str(), &*key);
                    tracing::warn!(tenant, call_id, user, source = %flow.remote, seconds, times,
                        "a user sends too many requests; they are answered 503");
                }
                self.tell(flow, Some(user_name.clone()), seconds);
                Err(Duration::from_secs(seconds.into()))
            }
        }
    }

    /// Those who are blocked, `count` of each kind at most: sources, then users.
    pub(crate) fn blocked(
        &self,
        now: Instant,
        count: usize,
    ) -> (Vec<Banned<IpAddr>>, Vec<Banned<Arc<str>>>) {
        (
            self.sources.banned(now, count),
            self.users.banned(now, count),
        )
    }

    /// Lifts a block: of an address, or of `USER@REALM`. False where there is none.
    pub(crate) fn unblock(&self, sender: &str, now: Instant) -> bool {
        let source = sender.parse().map(evroute_transport::source);
        source.is_ok_and(|source| self.sources.unban(&source, now))
            || self.users.unban(&sender.into(), now)
    }

    /// What was counted, of each kind.
    pub(crate) fn counts(&self) -> [PikeCounts; 2] {
        [self.sources.counts("source"), self.users.counts("user")]
    }

    /// Blocks that no handler was told of, since too many waited.
    pub(crate) fn lost(&self) -> u64 {
        self.reports.lost()
    }

    /// Tells handlers of blocks.
    pub(crate) fn background(&self, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let _ = self.tells.set((tenant.emitter.port()?, tenant.index));
        self.reports.raise(tenant)
    }

    fn tell(&self, flow: &Flow, user: Option<String>, seconds: u32) {
        let Some((port, tenant)) = self.tells.get() else {
            return;
        };
        if !port.is_handled(*tenant) {
            return;
        }
        let (source, received) = endpoints(flow);
        let subject = Subject {
            source,
            received,
            ..Subject::at(evroute_clock::now_us())
        };
        let blocked = SourceBlocked {
            subject,
            address: evroute_transport::source(flow.remote.ip()).to_string(),
            user,
            seconds,
        };
        if let Some(times) = self.reports.put(Cause::outside(*tenant), blocked) {
            let tenant = self.id.as_str();
            tracing::warn!(
                tenant,
                times,
                "handlers are not told of blocks, since too many of these events wait, or the \
                 tenant stops; handle core:source-blocked faster, or raise events_queued_max in \
                 [tenant.quota]"
            );
        }
    }
}

impl<K: Clone + Hash + Ord> Senders<K> {
    fn new(rate: SendingRate, begin: Instant) -> Self {
        Self {
            table: RateTable::new(rate, begin),
            blocks: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            lines: LogThrottle::new(),
        }
    }

    fn admit(&self, key: &K, now: Instant) -> Admission {
        let admit = |table: &RateTable<K>| table.admit(key, now);
        let admission = self.table.as_ref().map_or(Admission::Admitted, admit);
        match admission {
            Admission::Admitted => return admission,
            Admission::Banned(_) => {}
            Admission::BannedNow => _ = self.blocks.fetch_add(1, Ordering::Relaxed),
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        admission
    }

    /// How long a block lasts, in seconds.
    fn seconds(&self) -> u32 {
        let ban = self.table.as_ref().map(RateTable::ban).unwrap_or_default();
        u32::try_from(ban.as_secs()).unwrap_or(u32::MAX)
    }

    fn banned(&self, now: Instant, count: usize) -> Vec<Banned<K>> {
        let table = self.table.as_ref();
        table.map_or_else(Vec::new, |table| table.banned(now, count))
    }

    fn unban(&self, key: &K, now: Instant) -> bool {
        let table = self.table.as_ref();
        table.is_some_and(|table| table.unban(key, now))
    }

    fn counts(&self, by: &'static str) -> PikeCounts {
        PikeCounts {
            by,
            blocks: self.blocks.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use evroute_transport::Proto;

    use super::*;

    fn pike(sources: u32, users: u32) -> Option<TenantPike> {
        let limits = TenantPikeLimits {
            requests_per_second_max: sources,
            burst_max: sources,
            user_requests_per_second_max: users,
            user_burst_max: users,
            ban: Duration::from_secs(30),
            senders_max: 1024,
            trusted: vec!["192.0.2.0/24".parse().unwrap()],
            events_queued_max: 8,
        };
        TenantPike::new("demo".parse().unwrap(), &limits, Instant::now())
    }

    fn from(address: &str) -> Flow {
        Flow {
            proto: Proto::Udp,
            local: "127.0.0.1:5060".parse().unwrap(),
            remote: address.parse().unwrap(),
            connection: None,
        }
    }

    fn user(name: &str) -> AuthenticatedUser {
        AuthenticatedUser {
            user_name: name.to_owned(),
            realm: "example.com".to_owned(),
        }
    }

    #[test]
    fn a_source_is_blocked_for_itself_and_trusted_networks_never() {
        let (pike, now) = (pike(10, 0).unwrap(), Instant::now());
        let admitted = |address: &str| {
            let flow = from(address);
            let all = (0..100).filter(|_| pike.admits_source(&flow, None, now));
            all.count()
        };
        assert_eq!(admitted("198.51.100.1:5060"), 11);
        assert_eq!(admitted("198.51.100.1:5070"), 0, "a port is no source");
        assert_eq!(admitted("198.51.100.2:5060"), 11);
        assert_eq!(admitted("192.0.2.1:5060"), 100);
        let [sources, users] = pike.counts();
        assert_eq!((sources.blocks, sources.refused), (2, 278));
        assert_eq!((users.blocks, users.refused), (0, 0));
        let (sources, users) = pike.blocked(now, 9);
        assert_eq!((sources.len(), users.len()), (2, 0));
        assert!(pike.unblock("198.51.100.1", now) && !pike.unblock("198.51.100.1", now));
        assert_eq!(admitted("198.51.100.1:5060"), 11);
    }

    #[test]
    fn a_user_is_blocked_wherever_he_is() {
        let (pike, now) = (pike(0, 2).unwrap(), Instant::now());
        let admitted =
            |name: &str, address: &str| pike.admits_user(&user(name), &from(address), None, now);
        let ban = Duration::from_secs(30);
        for (name, address, expected) in [
            ("alice", "198.51.100.1:5060", Ok(())),
            ("alice", "198.51.100.2:5060", Ok(())),
            ("alice", "198.51.100.3:5060", Ok(())),
            ("alice", "198.51.100.4:5060", Err(ban)),
            ("alice", "198.51.100.5:5060", Err(ban)),
            ("bob", "198.51.100.1:5060", Ok(())),
        ] {
            assert_eq!(admitted(name, address), expected, "{name} {address}");
        }
        assert!(pike.admits_source(&from("198.51.100.1:5060"), None, now));
        assert!(pike.unblock("alice@example.com", now));
        assert_eq!(admitted("alice", "198.51.100.1:5060"), Ok(()));
    }

    #[test]
    fn nobody_is_counted_where_there_is_no_limit() {
        assert!(pike(0, 0).is_none());
    }
}
