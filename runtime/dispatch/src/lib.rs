//! From an event to the handlers that listen, and back with the verdict.
//!
//! The dispatcher holds an immutable list for each tenant of who listens to what. An event nobody
//! listens to costs finding it and testing one bit. Handlers of one event are asked in the order of
//! the configuration, until one decides something else than to carry on.

mod admission;
mod admission_queue;
mod breaker;
mod breaker_config;
mod breaker_machine;
mod canary;
mod cpu_budget;
mod decision;
mod dispatcher;
mod event_dispatch;
mod failure_log;
mod fair_queue;
mod fair_share;
mod live_revision;
mod next_turn;
mod observer;
mod revision_stats;
mod revisions;
mod run_length;
mod subscription;
mod unfinished;

#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use breaker::{Breaker, BreakerChange, BreakerOpening, BreakerReading};
pub use breaker_config::{BreakerConfig, BreakerFallback, BreakerPercents, BreakerReason};
pub use breaker_machine::{BreakerState, FailedStretch};
pub use canary::CanaryShare;
pub use cpu_budget::CpuBudget;
pub use dispatcher::Dispatcher;
pub use fair_queue::ShareWeight;
pub use fair_share::FairShare;
pub use live_revision::{LiveRevision, RevisionConfig};
pub use observer::{Observer, RunRecord};
pub use revision_stats::{RevisionStats, RevisionTotals, VerdictCount};
pub use revisions::Revisions;
pub use subscription::{Filter, Subscription, TenantSubscriptions};
