//! What GET /metrics shows of the server itself; modules bring rows of their own.

use evroute_module_api::{MetricFamily, MetricKind};

/// Names each family, and lists them all in the order of the page of reference.
macro_rules! families {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $meaning:literal;)*) => {
        $(pub(crate) const $constant: MetricFamily = MetricFamily {
            name: $name,
            kind: MetricKind::$kind,
            labels: &[$($label),*],
            meaning: $meaning,
        };)*

        /// Those of the server itself.
        pub(crate) const FAMILIES: &[MetricFamily] = &[$($constant),*];
    };
}

families! {
    RUNS = Counter "runs" ["tenant", "handler", "event", "outcome"] "Runs of handlers that ended, by outcome";
    RUN_FUEL = Counter "run_fuel" ["tenant", "handler", "event"] "Fuel burnt by runs";
    RUN_SECONDS = Histogram "run_seconds" ["tenant", "handler", "event"] "Wall time of runs, waiting included";
    TENANT_RUNS = Counter "tenant_runs" ["tenant", "outcome"] "Runs of a tenant's handlers that ended, by outcome";
    TENANT_RUN_FUEL = Counter "tenant_run_fuel" ["tenant"] "Fuel burnt by runs of a tenant's handlers";
    EVENT_RUN_SECONDS = Histogram "event_run_seconds" ["event"] "Wall time of runs of all tenants, waiting included";
    METRICS_SERIES_HIDDEN = Gauge "metrics_series_hidden" []
        "Series that this page does not show, since there are too many: those of handlers, or of tenants; ?tenant=NAME shows one tenant in full";
    TENANT_SERVED = Gauge "tenant_served" ["tenant"] "Whether a tenant has started; the requests of one that has not are answered 503";
    TENANT_FILES_BROKEN = Gauge "tenant_files_broken" [] "Files of the tenants' folder that cannot be used";
    RUNS_IN_FLIGHT = Gauge "runs_in_flight" [] "Runs that are under way, in both lanes";
    INSTANCES_POOLED = Gauge "instances_pooled" [] "Instances in the pool, those that run now included";
    COMPONENTS_HELD = Gauge "components_held" [] "Components that are compiled and held; equal ones count once";
    CELL_RUNNERS = Gauge "cell_runners" [] "Processes that run the handlers of cells";
    CELL_RUNNERS_STARTED = Counter "cell_runners_started" [] "Runners that were started";
    CELL_RUNNERS_FAILED = Counter "cell_runners_failed" []
        "Runners that could not be started, or could not shut themselves in";
    CELL_RUNNERS_BROKEN = Counter "cell_runners_broken" []
        "Runners that ended in the middle of their work, or said what makes no sense and were ended";
    CELL_RUNNERS_LATE = Counter "cell_runners_late" [] "Runners that were ended since a run in them did not end in time";
    CELL_RUNS_REFUSED = Counter "cell_runs_refused" [] "Runs in cells that did not begin, since no runner was free";
    CODE_REJECTED = Counter "code_rejected" []
        "Files of compiled code that were not as this node wrote them, and were compiled again";
    DESCRIPTORS_FOR_TENANTS = Gauge "descriptors_for_tenants" []
        "File descriptors that what tenants open may have, all together";
    DESCRIPTORS_RESERVED = Gauge "descriptors_reserved" [] "Of those, what is reserved for tenants that there are";
    USAGE_WRITE_FAILURES = Counter "usage_write_failures" []
        "How often what tenants used could not be written; it is tried again";
    JOURNAL_COMMITS = Counter "journal_commits" [] "Transactions of the journal that were written";
    JOURNAL_CHANGES = Counter "journal_changes" [] "Changes in them: registrations, and rows of tables that outlive the server";
    JOURNAL_FAILURES = Counter "journal_failures" []
        "Transactions of the journal that failed, and times that the disk did not take it; whoever waited was told";
    JOURNAL_QUEUED_BYTES = Gauge "journal_queued_bytes" ["tenant"] "Bytes of a tenant's changes that wait for the disk";
    JOURNAL_BYTES = Gauge "journal_bytes" ["tenant"] "Bytes that a tenant keeps in the journal";
    JOURNAL_REFUSED = Counter "journal_refused" ["tenant"]
        "Changes of a tenant that were refused, since it has as much waiting or on the disk as it may";
    DEPLOYS_NOT_READY = Gauge "deploys_not_ready" []
        "Deployed handlers whose revision could not be made ready when their tenant started; another one is in force, or none";
    LANE_RUNNING = Gauge "async_runs_in_flight" ["tenant"] "Runs in a tenant's async lane";
    LANE_WAITING = Gauge "async_runs_waiting" ["tenant"] "Events that wait for a permit in that lane";
    RUNS_THROTTLED = Counter "runs_throttled" ["tenant"]
        "Runs that gave way to those of other tenants, since their tenant was over run_ms_per_second_max";
    BREAKERS_OPEN = Gauge "breakers_open" ["tenant", "handler"]
        "Circuit breakers of a handler's revisions that are not closed; of handlers of which one ever opened";
    BREAKER_OPENINGS = Counter "breaker_openings" ["tenant", "handler"] "How often a circuit breaker of a handler opened";
    BREAKER_EVENTS = Counter "breaker_events" ["tenant", "handler"]
        "Events for which the fallback of an open circuit breaker counted";
    MESSAGES_RECEIVED = Counter "sip_messages_received" ["transport"] "Messages that came in";
    RECEIVE_DROPPED = Counter "sip_receive_dropped" ["transport"]
        "Messages that came in and were dropped, since too many waited for a worker";
    MESSAGES_SENT = Counter "sip_messages_sent" ["transport"] "Messages that the system took";
    MESSAGES_DROPPED = Counter "sip_messages_dropped" ["transport", "reason"]
        "Messages not sent for a limit: queue-full or too-many-connections";
    RECEIVED_BYTES = Counter "sip_received_bytes" ["transport"] "Bytes of the messages that came in";
    SENT_BYTES = Counter "sip_sent_bytes" ["transport"] "Bytes of the messages that were taken for sending";
    KEEP_ALIVES = Counter "sip_keep_alives" ["transport"] "Line ends and empty datagrams that keep a way open";
    TRANSPORT_ERRORS = Counter "sip_transport_errors" ["transport"]
        "Sends, connects, accepts and reads that failed, and streams that could not be cut into messages";
    RECEIVER_PANICS = Counter "sip_receiver_panics" [] "Messages lost by a fault of this server";
    CONNECTIONS = Gauge "sip_connections" ["transport"] "Connections that are open";
    CONNECTIONS_OPENED = Counter "sip_connections_opened" ["transport"] "Connections that were opened, by peers and by this server";
    CONNECTIONS_REFUSED = Counter "sip_connections_refused" ["transport"] "Connections of peers that were refused for a limit";
    TLS_HANDSHAKES = Counter "sip_tls_handshakes" ["transport", "outcome"]
        "Handshakes of TLS that ended, by outcome: done, failed, late, evicted for a newer one, or dropped by a handler before they began";
    STUN_MESSAGES = Counter "sip_stun_messages" ["outcome"]
        "STUN on ports of SIP: answered with the address it came from, refused since it asked for more, dropped";
    HTTP_REQUESTS = Counter "sip_http_requests" ["transport", "outcome"]
        "Requests of HTTP: those that began a WebSocket, those that a handler answered, and those that were refused";
    CONNECTIONS_EVICTED = Counter "sip_connections_evicted" []
        "Connections that were closed for newer ones at the limit: silent ones first";
    ADMIN_EVICTED = Counter "admin_connections_evicted" []
        "Connections to the operator's HTTP that were closed for newer ones, since their header was not there";
    ADMIN_REFUSED = Counter "admin_requests_refused" ["reason"]
        "Requests to the admin port that were refused: for their token, for its scope, for its rate";
    LOG_LINES_DROPPED = Counter "log_lines_dropped" [] "Lines that the log could not keep up with, or that found no room";
    LOG_LINES_RATE_LIMITED = Counter "log_lines_rate_limited" ["tenant"]
        "Lines of handlers that were dropped, since their tenant was over log_bytes_per_second_max";
    START_TIME = Gauge "start_time_seconds" [] "When the server was started, in seconds since 1970";
    BUILD = Info "build" ["version"] "The version that runs";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions_and_are_there_once() {
        let families = crate::modules::families();
        let mut names: Vec<_> = families.iter().map(MetricFamily::full_name).collect();
        for family in &families {
            let fits = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(family.name.chars().all(fits), "{family:?}");
            assert!(
                !family.name.ends_with("_total"),
                "the kind appends it: {family:?}"
            );
            assert!(!family.meaning.ends_with('.'), "{family:?}");
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), families.len());
    }
}
