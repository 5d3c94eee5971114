//! What one tenant may hold.

use crate::EventRateLimits;

/// What one tenant may hold and have under way at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TenantQuota {
    /// Runs in the async lane at the same time. Default 64; one more is not admitted.
    pub runs_concurrent_max: u32,
    /// Milliseconds of run time in a second, all runs together, before the tenant's runs are
    /// throttled. As much may be taken at once. Default 250, a quarter of one core.
    pub run_ms_per_second_max: u32,
    /// Of two tenants whose throttled runs wait, each gets time in proportion to its weight.
    /// Default 1.
    pub share_weight: u32,
    /// Milliseconds of a second that its throttled runs get before what others are due by their
    /// weights. Default 0.
    pub run_ms_per_second_min: u32,
    /// How many events runs begin for in a second, and how much fuel they burn. Default: without
    /// limit.
    pub event_rates: EventRateLimits,
    /// Requests that leave for it in a second: those of its callers and the server's own, each
    /// branch for itself. As many may leave at once; 0 is without limit. Default 0.
    pub outgoing_requests_per_second_max: u64,
    /// Bytes of the log that lines of its handlers may fill in a second, as they are written. Four
    /// times as many may be written at once; lines beyond are dropped and counted. Default 256 KiB.
    pub log_bytes_per_second_max: u64,
    /// Entries of all tables together. Default 100,000.
    pub table_entries_max: u64,
    /// Bytes of all table keys and values together. Default 64 MiB.
    pub table_bytes_max: u64,
    /// Shared variables (`$shv`). Default 10,000.
    pub shv_entries_max: u64,
    /// Bytes of all shared variables' names and values together. Default 4 MiB.
    pub shv_bytes_max: u64,
    /// Registered contacts, all addresses of record together. Default 100,000.
    pub contacts_max: u64,
    /// Registered contacts of one address of record. Default 10.
    pub aor_contacts_max: u32,
    /// Bytes on the disk of what outlives the server, registrations and tables together. Default
    /// 256 MiB.
    pub journal_bytes_max: u64,
    /// Bytes of that which wait to be written: of a tenant whose changes come faster than the disk
    /// takes them no more is taken. Default 1 MiB, some 2,000 registrations.
    pub journal_queued_bytes_max: u64,
    /// Custom events raised and not yet handled. Default 1,000.
    pub events_queued_max: u32,
}

impl Default for TenantQuota {
    fn default() -> Self {
        Self {
            runs_concurrent_max: 64,
            run_ms_per_second_max: 250,
            share_weight: 1,
            run_ms_per_second_min: 0,
            event_rates: EventRateLimits::default(),
            outgoing_requests_per_second_max: 0,
            log_bytes_per_second_max: 256 * 1024,
            table_entries_max: 100_000,
            table_bytes_max: 64 * 1024 * 1024,
            shv_entries_max: 10_000,
            shv_bytes_max: 4 * 1024 * 1024,
            contacts_max: 100_000,
            aor_contacts_max: 10,
            journal_bytes_max: 256 * 1024 * 1024,
            journal_queued_bytes_max: 1024 * 1024,
            events_queued_max: 1_000,
        }
    }
}
