//! What is changed of the server over the admin port, in the chain of the audit log.

use std::sync::Arc;

use evroute_clock::now_us;
use evroute_deploy::AuditDraft;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

use super::Deploys;
use crate::admin::{AuditLog, AuditSink, AuditedAction};

/// Actions that wait for the disk. One more is in the server's log only, which says so.
const WAITING_MAX: usize = 1024;

/// Methods whose successes are rows: those about the server, its tenants and its tokens. Deploys
/// write rows of their own, which say more; an event that is raised or a table that is changed is
/// in the log only, since it may be a thousand times a second.
const KEPT: [&str; 4] = ["core.", "tenant.", "token.", "breaker."];

/// Writes every action to the log, and what is changed of the server to the chain as well.
pub(crate) struct AuditedChanges {
    log: AuditLog,
    waiting: Sender<(u64, AuditDraft)>,
}

/// The chain's end.
pub(crate) struct ChangesToKeep(Receiver<(u64, AuditDraft)>);

impl AuditedChanges {
    pub(crate) fn new() -> (Self, ChangesToKeep) {
        let (waiting, kept) = channel(WAITING_MAX);
        let log = AuditLog;
        (Self { log, waiting }, ChangesToKeep(kept))
    }
}

impl AuditSink for AuditedChanges {
    fn record(&self, action: &AuditedAction<'_>) {
        self.log.record(action);
        let is_kept = KEPT.iter().any(|kept| action.method.starts_with(kept));
        if !is_kept || action.outcome.is_err() {
            return;
        }
        let draft = AuditDraft {
            tenant: action.tenant.unwrap_or_default().to_owned(),
            who: action.caller.name().to_owned(),
            what: action.method.to_owned(),
            ..AuditDraft::default()
        };
        if self.waiting.try_send((now_us(), draft)).is_err() {
            tracing::error!(method = action.method, "a change is not in the audit log");
        }
    }
}

impl ChangesToKeep {
    /// Keeps what is changed until the server drains, and what was changed by then.
    pub(crate) async fn keep(mut self, deploys: Arc<Deploys>, draining: CancellationToken) {
        while let Some(Some(next)) = draining.run_until_cancelled(self.0.recv()).await {
            keep(&deploys, next).await;
        }
        while let Ok(next) = self.0.try_recv() {
            keep(&deploys, next).await;
        }
    }
}

async fn keep(deploys: &Arc<Deploys>, (at_us, draft): (u64, AuditDraft)) {
    let deploys = Arc::clone(deploys);
    let work = move || deploys.store().audit(draft, at_us).map(|_| ());
    if let Ok(Err(why)) = tokio::task::spawn_blocking(work).await {
        tracing::error!(%why, "a change is not in the audit log");
    }
}
