//! File descriptors: how many there are, and for what.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::Config;

/// What everything but the calls takes: listening sockets, the operator's connections, logs, DNS,
/// the runtime's own.
const BESIDES_CALLS: u64 = 192;

/// How many of the connections may be with one address when descriptors are short: one in sixteen,
/// so that a few peers never leave the others without.
const SHARE_OF_A_SOURCE: usize = 16;

/// What of the descriptors that calls leave when they are short is for tenants that are added while
/// the server runs: an eighth.
const SHARE_OF_TENANTS_TO_COME: u64 = 8;

/// How many descriptors this process may have: `RLIMIT_NOFILE`, raised to what the system lets it
/// have.
fn available() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let mut raised = limit;
    raised.current = limit.maximum;
    // A system that refuses leaves the old limit, which is what counts then.
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() {
        raised
    } else {
        limit
    };
    limit.current.unwrap_or(u64::MAX)
}

/// Whose file descriptors are whose: so many for calls, so many for what tenants open.
#[derive(Debug)]
pub(crate) struct Descriptors {
    /// TCP connections, in total and with one address.
    pub(crate) connections: (usize, usize),
    /// What this process may have.
    limit: u64,
    /// What of it tenants may open, those that are added later included.
    for_tenants: u64,
    reserved: AtomicU64,
}

/// What something of a tenant would open is more than there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{wanted} file descriptors would be opened for it, and {left} are left for tenants, of the \
     {limit} that this process may have; lower connections_max of its databases, or raise the hard \
     limit (ulimit -Hn, LimitNOFILE= of systemd) and restart"
)]
pub(crate) struct DescriptorsShort {
    wanted: u64,
    left: u64,
    limit: u64,
}

/// Descriptors that are a tenant's until this is dropped.
#[derive(Debug)]
pub(crate) struct ReservedDescriptors {
    of: Arc<Descriptors>,
    number: u64,
}

impl Descriptors {
    /// Divides what this process may have.
    pub(crate) fn of(config: &Config) -> Arc<Self> {
        let tcp = evroute_transport::Config::listening_on(Vec::new()).tcp;
        let wanted = (tcp.connections_max, tcp.connections_per_source_max);
        Arc::new(Self::divided(config, available(), wanted))
    }

    /// Where they are short, the tenants of the start have theirs, those to come an eighth of the
    /// rest, and the calls what is left.
    fn divided(config: &Config, limit: u64, wanted: (usize, usize)) -> Self {
        let modules = config.tenants.iter();
        let modules = modules.flat_map(|tenant| tenant.modules.all());
        let known = modules.map(|module| module.descriptors_max());
        let known = known.fold(0, u64::saturating_add);
        let rest = limit.saturating_sub(BESIDES_CALLS);
        let left = rest.saturating_sub(known);
        let for_calls = usize::try_from(left - left / SHARE_OF_TENANTS_TO_COME);
        let for_calls = for_calls.unwrap_or(usize::MAX);
        let (total, from_one) = wanted;
        let connections = if for_calls >= total {
            wanted
        } else {
            let short = for_calls.max(1);
            tracing::warn!(
                descriptors = limit,
                connections_max = short,
                "file descriptors are short for {total} TCP connections; raise the hard limit \
                 (ulimit -Hn, LimitNOFILE= of systemd)"
            );
            (short, from_one.min((short / SHARE_OF_A_SOURCE).max(1)))
        };
        let of_calls = u64::try_from(connections.0).unwrap_or(u64::MAX);
        Self {
            connections,
            limit,
            for_tenants: rest.saturating_sub(of_calls),
            reserved: AtomicU64::new(0),
        }
    }

    /// Reserves so many for something of a tenant.
    ///
    /// # Errors
    /// [`DescriptorsShort`]: nothing of it may be opened.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        wanted: u64,
    ) -> Result<Arc<ReservedDescriptors>, DescriptorsShort> {
        let taken = |reserved: u64| {
            let after = reserved.saturating_add(wanted);
            (after <= self.for_tenants || wanted == 0).then_some(after)
        };
        let reserved = self
            .reserved
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        match reserved {
            Ok(_) => Ok(Arc::new(ReservedDescriptors {
                of: Arc::clone(self),
                number: wanted,
            })),
            Err(reserved) => Err(DescriptorsShort {
                wanted,
                left: self.for_tenants.saturating_sub(reserved),
                limit: self.limit,
            }),
        }
    }

    /// What tenants may open.
    pub(crate) fn for_tenants(&self) -> u64 {
        self.for_tenants
    }

    /// What of it is reserved.
    pub(crate) fn reserved(&self) -> u64 {
        self.reserved.load(Ordering::Relaxed)
    }
}

impl Drop for ReservedDescriptors {
    fn drop(&mut self) {
        self.of.reserved.fetch_sub(self.number, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vocabulary;

    fn config(databases: &str) -> Config {
        let text = format!("[[tenant]]\nname = \"a\"\ndomains = [\"a.example\"]\n{databases}");
        Config::parse(
            std::path::Path::new("c.toml"),
            &text,
            &Vocabulary::current(),
        )
        .unwrap()
    }

    fn connections(databases: &str, limit: u64) -> (usize, usize) {
        Descriptors::divided(&config(databases), limit, (8192, 1024)).connections
    }

    const DATABASE: &str =
        "[[tenant.database]]\nname = \"d\"\nurl = \"sqlite:d.db\"\nconnections_max = 10\n";

    #[test]
    fn enough_descriptors_leave_the_limits_as_they_are() {
        assert_eq!(connections("", 1 << 20), (8192, 1024));
        let all = Descriptors::divided(&config(""), 1 << 20, (8192, 1024));
        assert_eq!(all.for_tenants(), (1 << 20) - 192 - 8192);
    }

    #[test]
    fn few_descriptors_are_shared_with_the_rest_of_the_server_and_among_peers() {
        assert_eq!(connections("", 1024), (728, 45));
        assert_eq!(connections(DATABASE, 1024), (685, 42));
        assert_eq!(connections("", 10), (1, 1));
    }

    #[test]
    fn what_tenants_open_is_reserved_until_it_is_closed_and_never_that_of_calls() {
        let all = Arc::new(Descriptors::divided(&config(DATABASE), 1024, (8192, 1024)));
        // Fifty of the start, and an eighth of what it leaves.
        assert_eq!(all.for_tenants(), 50 + 97);
        let first = all.reserve(50).unwrap();
        let second = all.reserve(90).unwrap();
        let refused = all.reserve(8).unwrap_err();
        let expected = DescriptorsShort {
            wanted: 8,
            left: 7,
            limit: 1024,
        };
        assert_eq!(refused, expected);
        assert!(refused.to_string().contains("connections_max"), "{refused}");
        assert!(all.reserve(0).is_ok(), "what opens nothing is not refused");
        drop(Arc::clone(&second));
        assert_eq!(all.reserved(), 140);
        drop(second);
        assert!(all.reserve(97).is_ok() && all.reserve(98).is_err());
        drop(first);
        assert_eq!(all.reserved(), 0);
    }

    #[test]
    fn the_limit_that_counts_is_the_raised_one() {
        let before = getrlimit(Resource::Nofile);
        let available = available();
        assert_eq!(Some(available), before.maximum.or(Some(u64::MAX)));
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum);
    }
}
