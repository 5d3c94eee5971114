//! Pings: OPTIONS over the flow of a phone behind a NAT keeps its way open, and tells whether it is
//! still there. Kamailio's `nathelper`.

use std::sync::Arc;
use std::time::Duration;

use evroute_module_api::{FlowRequest, LiveTenant, OwnRequests};
use evroute_tenant::TenantIndex;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::location::{DuePing, PingOutcome};
use crate::{LocationTable, Timestamp};

#[cfg(test)]
mod tests;

/// How often it is looked for what is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long an answer is waited for: a phone answers at once, or repetitions have not reached it.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// What stands for an answer where none came, and where the ping could not be sent.
const UNANSWERED: [u16; 2] = [408, 503];

/// Pings the contacts of one tenant.
pub(crate) struct Pinger {
    tenant: LiveTenant,
    table: Arc<LocationTable>,
}

impl Pinger {
    pub(crate) fn new(tenant: &LiveTenant, table: Arc<LocationTable>) -> Self {
        let tenant = tenant.clone();
        Self { tenant, table }
    }

    /// Pings who is due until the tenant drains.
    pub(crate) async fn run(self) {
        let draining = self.tenant.draining.clone();
        draining.run_until_cancelled(self.ping_all()).await;
    }

    async fn ping_all(&self) {
        let mut under_way = JoinSet::new();
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                Some(_) = under_way.join_next() => {}
            }
            let most = self.table.config().pings_max;
            let room = most.saturating_sub(under_way.len());
            for ping in self.table.due_pings(self.now(), room) {
                let (table, clock) = (Arc::clone(&self.table), self.tenant.clock);
                let asked = ask(&self.tenant.requests, self.tenant.index, &ping);
                under_way.spawn(async move {
                    let outcome = asked.await;
                    let is_gone = table.pinged(&ping, outcome, now(clock));
                    if is_gone {
                        let aor = ping.binding.aor.as_str();
                        tracing::info!(aor, "a phone is gone: it answers pings no more");
                    }
                });
            }
        }
    }

    fn now(&self) -> Timestamp {
        now(self.tenant.clock)
    }
}

fn now(clock: fn() -> u64) -> Timestamp {
    Timestamp::from_seconds(clock() / 1_000_000)
}

/// Sends one.
fn ask(
    requests: &Arc<dyn OwnRequests>,
    tenant: TenantIndex,
    ping: &DuePing,
) -> impl Future<Output = PingOutcome> + use<> {
    let request = FlowRequest {
        method: "OPTIONS",
        request_uri: ping.binding.uri.clone(),
        over: ping.binding.received.itself(),
        answer_within: ANSWER_WITHIN,
    };
    let asked = Arc::clone(requests).send(tenant, request);
    async move {
        match asked.await {
            None => PingOutcome::Unsent,
            Some(status) if UNANSWERED.contains(&status) => PingOutcome::Missed,
            Some(_) => PingOutcome::Answered,
        }
    }
}
