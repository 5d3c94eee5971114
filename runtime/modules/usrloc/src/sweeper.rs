//! Taking out contacts whose time is over, and telling so.

use std::sync::Arc;
use std::time::Duration;

use evroute_event::{Cause, Port, Subject};
use evroute_tenant::TenantIndex;

use crate::events::ContactExpired;
use crate::{Expired, LocationTable, Timestamp};

/// How often expired contacts are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How many are taken out of a table at once, so that a thousand phones that lose their power do not hold up the rest.
const SWEPT_AT_ONCE: usize = 256;

/// Watches the location tables of all tenants.
#[derive(Debug)]
pub struct Sweeper {
    tables: Vec<(TenantIndex, Arc<LocationTable>)>,
    port: Port<ContactExpired>,
}

impl Sweeper {
    /// A sweeper over these tables.
    #[must_use]
    pub fn new(tables: Vec<(TenantIndex, Arc<LocationTable>)>, port: Port<ContactExpired>) -> Self {
        Self { tables, port }
    }

    /// Sweeps once a second, until the future is dropped. `clock` gives microseconds since 1970.
    pub async fn run(self, clock: fn() -> u64) {
        let mut tick = tokio::time::interval(SWEEP_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.sweep(clock()).await;
        }
    }

    /// Takes out what has expired and raises `usrloc:contact-expired` for each, with no lock held.
    pub async fn sweep(&self, now_us: u64) {
        let now = Timestamp::from_seconds(now_us / 1_000_000);
        for (tenant, table) in &self.tables {
            loop {
                let expired = table.expired(now, SWEPT_AT_ONCE);
                let is_last = expired.len() < SWEPT_AT_ONCE;
                for Expired(binding) in expired {
                    if self.port.is_handled(*tenant) {
                        let event = ContactExpired {
                            subject: Subject::at(now_us),
                            binding,
                        };
                        self.port.emit(Cause::outside(*tenant), event).await;
                    }
                }
                if is_last {
                    break;
                }
            }
        }
    }
}
