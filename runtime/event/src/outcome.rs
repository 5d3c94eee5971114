//! What became of a run.

use std::fmt;

/// What became of a run. Nothing else in the server invents kinds of failure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The handler returned a verdict; its effects are committed.
    Returned,
    /// The handler gave up politely; its sentence for the log.
    GuestError(String),
    /// The handler broke: the trap, for the log.
    Trap(String),
    /// The run used up its fuel.
    OutOfFuel,
    /// The run took longer than its deadline, host waits not counted.
    DeadlineExceeded,
    /// The run wanted more memory or table elements than it may have.
    MemoryExceeded(Space),
    /// The run hit another of its limits.
    QuotaExceeded(LimitKind),
    /// The server stopped, or whoever raised the event is gone.
    Cancelled,
    /// The server's own fault; for the log.
    HostFault(String),
}

/// What a run wanted more of than it may have, by the name of the limit in the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Space {
    /// `run_memory_bytes_max`
    MemoryBytes,
    /// `run_table_elements_max`
    TableElements,
}

impl Space {
    /// The name of the limit in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MemoryBytes => "run_memory_bytes_max",
            Self::TableElements => "run_table_elements_max",
        }
    }
}

/// Which limit ended a run, by the name it has in the configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitKind {
    /// `run_hostcall_cost_max`
    HostcallCost,
    /// `run_hostcall_bytes_max`
    HostcallBytes,
    /// `run_log_lines_max`
    LogLines,
    /// `run_log_bytes_max`
    LogBytes,
    /// `run_handles_max`
    Handles,
    /// `run_actions_max`
    Actions,
    /// `event_depth_max`
    EventDepth,
    /// `runs_concurrent_max`
    RunsConcurrent,
    /// `run_ms_per_second_max`
    RunTime,
    /// `events_per_second_max` of the tenant
    TenantEventRate,
    /// `fuel_per_second_max` of the tenant
    TenantFuelRate,
    /// `events_per_second_max` of the handler
    HandlerEventRate,
    /// `fuel_per_second_max` of the handler
    HandlerFuelRate,
    /// `events_queued_max`
    EventsQueued,
    /// `table_entries_max`, `table_bytes_max`, or `entries_max` of one table.
    TenantState,
}

impl LimitKind {
    /// The name of the limit in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HostcallCost => "run_hostcall_cost_max",
            Self::HostcallBytes => "run_hostcall_bytes_max",
            Self::LogLines => "run_log_lines_max",
            Self::LogBytes => "run_log_bytes_max",
            Self::Handles => "run_handles_max",
            Self::Actions => "run_actions_max",
            Self::EventDepth => "event_depth_max",
            Self::RunsConcurrent => "runs_concurrent_max",
            Self::RunTime => "run_ms_per_second_max",
            Self::TenantEventRate | Self::HandlerEventRate => "events_per_second_max",
            Self::TenantFuelRate | Self::HandlerFuelRate => "fuel_per_second_max",
            Self::EventsQueued => "events_queued_max",
            Self::TenantState => "table_entries_max, table_bytes_max or a table's entries_max",
        }
    }
}

impl LimitKind {
    /// Whether it keeps a run from beginning, so that it says nothing about the handler.
    #[must_use]
    pub const fn is_of_admission(self) -> bool {
        match self {
            Self::RunsConcurrent
            | Self::RunTime
            | Self::TenantEventRate
            | Self::TenantFuelRate
            | Self::HandlerEventRate
            | Self::HandlerFuelRate => true,
            Self::HostcallCost
            | Self::HostcallBytes
            | Self::LogLines
            | Self::LogBytes
            | Self::Handles
            | Self::Actions
            | Self::EventDepth
            | Self::EventsQueued
            | Self::TenantState => false,
        }
    }
}

/// An [`Outcome`] without its text: what metrics are labelled with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutcomeKind {
    /// See [`Outcome::Returned`].
    Returned,
    /// See [`Outcome::GuestError`].
    GuestError,
    /// See [`Outcome::Trap`].
    Trap,
    /// See [`Outcome::OutOfFuel`].
    OutOfFuel,
    /// See [`Outcome::DeadlineExceeded`].
    DeadlineExceeded,
    /// See [`Outcome::MemoryExceeded`].
    MemoryExceeded,
    /// See [`Outcome::QuotaExceeded`].
    QuotaExceeded,
    /// See [`Outcome::Cancelled`].
    Cancelled,
    /// See [`Outcome::HostFault`].
    HostFault,
}

impl OutcomeKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Returned,
        Self::GuestError,
        Self::Trap,
        Self::OutOfFuel,
        Self::DeadlineExceeded,
        Self::MemoryExceeded,
        Self::QuotaExceeded,
        Self::Cancelled,
        Self::HostFault,
    ];

    /// Its place in [`OutcomeKind::ALL`].
    #[must_use]
    pub const fn position(self) -> usize {
        self as usize
    }

    /// The name used in logs and metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "Returned",
            Self::GuestError => "GuestError",
            Self::Trap => "Trap",
            Self::OutOfFuel => "OutOfFuel",
            Self::DeadlineExceeded => "DeadlineExceeded",
            Self::MemoryExceeded => "MemoryExceeded",
            Self::QuotaExceeded => "QuotaExceeded",
            Self::Cancelled => "Cancelled",
            Self::HostFault => "HostFault",
        }
    }
}

/// Whose fault a failed run is. Decides the log level and who is informed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Blame {
    /// Nobody: it did not fail.
    Nobody,
    /// The handler.
    Guest,
    /// The tenant, who is over a quota.
    Tenant,
    /// This server.
    Host,
}

impl Outcome {
    /// The kind, without texts.
    #[must_use]
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Returned => OutcomeKind::Returned,
            Self::GuestError(_) => OutcomeKind::GuestError,
            Self::Trap(_) => OutcomeKind::Trap,
            Self::OutOfFuel => OutcomeKind::OutOfFuel,
            Self::DeadlineExceeded => OutcomeKind::DeadlineExceeded,
            Self::MemoryExceeded(_) => OutcomeKind::MemoryExceeded,
            Self::QuotaExceeded(_) => OutcomeKind::QuotaExceeded,
            Self::Cancelled => OutcomeKind::Cancelled,
            Self::HostFault(_) => OutcomeKind::HostFault,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Returned => Blame::Nobody,
            Self::GuestError(_)
            | Self::Trap(_)
            | Self::OutOfFuel
            | Self::DeadlineExceeded
            | Self::MemoryExceeded(_) => Blame::Guest,
            Self::QuotaExceeded(quota) => match quota {
                LimitKind::RunsConcurrent
                | LimitKind::RunTime
                | LimitKind::TenantEventRate
                | LimitKind::TenantFuelRate
                | LimitKind::HandlerEventRate
                | LimitKind::HandlerFuelRate
                | LimitKind::EventsQueued
                | LimitKind::TenantState => Blame::Tenant,
                LimitKind::HostcallCost
                | LimitKind::HostcallBytes
                | LimitKind::LogLines
                | LimitKind::LogBytes
                | LimitKind::Handles
                | LimitKind::Actions
                | LimitKind::EventDepth => Blame::Guest,
            },
            Self::Cancelled | Self::HostFault(_) => Blame::Host,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().as_str())?;
        match self {
            Self::GuestError(text) | Self::Trap(text) | Self::HostFault(text) => {
                write!(f, ": {text}")
            }
            Self::MemoryExceeded(space) => write!(f, ": {}", space.name()),
            Self::QuotaExceeded(quota) => write!(f, ": {}", quota.name()),
            Self::Returned | Self::OutOfFuel | Self::DeadlineExceeded | Self::Cancelled => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_their_list_at_their_positions() {
        for (position, kind) in OutcomeKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.position(), position, "{}", kind.as_str());
        }
    }
}
