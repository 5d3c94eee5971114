//! Which limit ended a run, as the configuration has it.

use std::fmt;

use evroute_tenant::RunLimits;

use crate::{LimitKind, Outcome, Space};

/// A limit that ended a run. Its text is what to look for in the configuration:
/// `run_fuel_max = 10000000 in [tenant.handler.limits]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Its key.
    pub key: &'static str,
    /// Its value; none where it is not one of a run's.
    pub value: Option<u64>,
    /// The table of the configuration that the key is in.
    pub table: &'static str,
}

/// Where a handler's own limits are.
const OF_RUNS: &str = "[tenant.handler.limits]";
/// Where its rates are.
const RATES_OF_HANDLERS: &str = "[tenant.handler.rates]";
/// Where those of all its tenant's are.
const OF_TENANTS: &str = "[tenant.quota]";

impl Outcome {
    /// The limit that ended the run, if one did, of a handler with these.
    #[must_use]
    pub const fn limit(&self, limits: &RunLimits) -> Option<Limit> {
        let (key, value) = match self {
            Self::OutOfFuel => ("run_fuel_max", limits.run_fuel_max),
            Self::DeadlineExceeded => ("run_deadline_ms", limits.run_deadline_ms),
            Self::MemoryExceeded(space) => (
                space.name(),
                match space {
                    Space::MemoryBytes => limits.run_memory_bytes_max,
                    Space::TableElements => limits.run_table_elements_max,
                },
            ),
            Self::QuotaExceeded(quota) => return Some(quota.limit(limits)),
            Self::Returned
            | Self::GuestError(_)
            | Self::Trap(_)
            | Self::Cancelled
            | Self::HostFault(_) => return None,
        };
        Some(Limit {
            key,
            value: Some(value),
            table: OF_RUNS,
        })
    }
}

impl LimitKind {
    const fn limit(self, limits: &RunLimits) -> Limit {
        let value = match self {
            Self::HostcallCost => limits.run_hostcall_cost_max,
            Self::HostcallBytes => limits.run_hostcall_bytes_max,
            Self::LogLines => limits.run_log_lines_max,
            Self::LogBytes => limits.run_log_bytes_max,
            Self::Handles => limits.run_handles_max,
            Self::Actions => limits.run_actions_max,
            Self::EventDepth => limits.event_depth_max as u64,
            Self::HandlerEventRate | Self::HandlerFuelRate => {
                return Limit {
                    key: self.name(),
                    value: None,
                    table: RATES_OF_HANDLERS,
                };
            }
            Self::RunsConcurrent
            | Self::RunTime
            | Self::TenantEventRate
            | Self::TenantFuelRate
            | Self::EventsQueued
            | Self::TenantState => {
                return Limit {
                    key: self.name(),
                    value: None,
                    table: OF_TENANTS,
                };
            }
        };
        Limit {
            key: self.name(),
            value: Some(value),
            table: OF_RUNS,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)?;
        if let Some(value) = self.value {
            write!(f, " = {value}")?;
        }
        write!(f, " in {}", self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_reported_with_its_key_and_value() {
        let limits = RunLimits {
            run_log_lines_max: 7,
            ..RunLimits::default()
        };
        let reported = |outcome: Outcome| outcome.limit(&limits).map(|limit| limit.to_string());
        let fuel = "run_fuel_max = 10000000 in [tenant.handler.limits]";
        assert_eq!(reported(Outcome::OutOfFuel).as_deref(), Some(fuel));
        let lines = "run_log_lines_max = 7 in [tenant.handler.limits]";
        let outcome = Outcome::QuotaExceeded(LimitKind::LogLines);
        assert_eq!(reported(outcome).as_deref(), Some(lines));
        let table = "run_table_elements_max = 20000 in [tenant.handler.limits]";
        let outcome = Outcome::MemoryExceeded(Space::TableElements);
        assert_eq!(reported(outcome).as_deref(), Some(table));
        let outcome = Outcome::QuotaExceeded(LimitKind::RunsConcurrent);
        assert_eq!(
            reported(outcome).as_deref(),
            Some("runs_concurrent_max in [tenant.quota]")
        );
        assert_eq!(reported(Outcome::Trap("unreachable".to_owned())), None);
    }
}
