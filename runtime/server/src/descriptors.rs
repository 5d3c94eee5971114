//! File descriptors: how many there are, and for what.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::Config;

/// What everything but the calls takes: listening sockets, the operator's connections, logs, DNS,
/// the runtime's own.
const BESIDES_CALLS: u64 = 192;

/// How many of the connections may be with one address when descriptors are short: one in sixteen,
/// so that a few peers never leave the others without.
const SHARE_OF_A_SOURCE: usize = 16;

/// How many descriptors this process may have: `RLIMIT_NOFILE`, raised to what the system lets it
/// have.
pub(crate) fn available() -> u64 {
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

/// The limits of TCP connections, total and with one address, that so many descriptors leave room
/// for.
pub(crate) fn connections(
    config: &Config,
    descriptors: u64,
    wanted: (usize, usize),
) -> (usize, usize) {
    let modules = config
        .tenants
        .iter()
        .flat_map(|tenant| tenant.modules.all());
    let of_modules = modules.map(|module| module.descriptors_max());
    let taken = of_modules.fold(BESIDES_CALLS, u64::saturating_add);
    let left = usize::try_from(descriptors.saturating_sub(taken)).unwrap_or(usize::MAX);
    let (total, from_one) = wanted;
    if left >= total {
        return wanted;
    }
    let total = left.max(1);
    tracing::warn!(
        descriptors,
        connections_max = total,
        "file descriptors are short for {} TCP connections; raise the hard limit (ulimit -Hn, LimitNOFILE= of systemd)",
        wanted.0
    );
    (total, from_one.min((total / SHARE_OF_A_SOURCE).max(1)))
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

    #[test]
    fn enough_descriptors_leave_the_limits_as_they_are() {
        assert_eq!(
            connections(&config(""), 1 << 20, (8192, 1024)),
            (8192, 1024)
        );
    }

    #[test]
    fn few_descriptors_are_shared_with_the_rest_of_the_server_and_among_peers() {
        assert_eq!(connections(&config(""), 1024, (8192, 1024)), (832, 52));
        let database =
            "[[tenant.database]]\nname = \"d\"\nurl = \"sqlite:d.db\"\nconnections_max = 10\n";
        assert_eq!(
            connections(&config(database), 1024, (8192, 1024)),
            (782, 48)
        );
        assert_eq!(connections(&config(""), 10, (8192, 1024)), (1, 1));
    }

    #[test]
    fn the_limit_that_counts_is_the_raised_one() {
        let before = getrlimit(Resource::Nofile);
        let available = available();
        assert_eq!(Some(available), before.maximum.or(Some(u64::MAX)));
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum);
    }
}
