//! Looking after things that are over after a while.

use std::collections::HashMap;
use std::time::Duration;

use evroute_tenant::TenantId;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// How often it is looked for what is over. Kamailio's `timer_interval`, whose default is 20 s for
/// `htable` and 60 s for `usrloc`.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// One tenant's things of one kind, some of which are over after a while.
pub trait Sweep: Send + 'static {
    /// What they are, as the log says it: `expired contacts`.
    const WHAT: &'static str;

    /// Whose they are.
    fn tenant(&self) -> &TenantId;

    /// Settles what is over, and says whether there is more than it settles at once. `clock` gives
    /// microseconds since 1970; nothing new is begun once `stop` is cancelled.
    fn sweep(
        &self,
        stop: &CancellationToken,
        clock: fn() -> u64,
    ) -> impl Future<Output = bool> + Send;
}

/// Sweeps every second until `stop`, each tenant in a task of its own: the handlers of one do not
/// hold up what is another's. A run that is under way then is not cut off.
pub async fn sweep_until<S: Sweep>(tenants: Vec<S>, clock: fn() -> u64, stop: CancellationToken) {
    let (mut tasks, mut names) = (JoinSet::new(), HashMap::new());
    for swept in tenants {
        let (stop, name) = (stop.clone(), swept.tenant().clone());
        let task = tasks.spawn(async move {
            let mut tick = tokio::time::interval(SWEEP_EVERY);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while stop.run_until_cancelled(tick.tick()).await.is_some() {
                while !stop.is_cancelled() && swept.sweep(&stop, clock).await {}
            }
        });
        names.insert(task.id(), name);
    }
    while let Some(ended) = tasks.join_next().await {
        if let Err(fault) = ended {
            let tenant = names.get(&fault.id()).map(TenantId::as_str);
            let what = S::WHAT;
            tracing::error!(tenant, %fault, "{what} are not removed any more until a restart");
        }
    }
}
