//! What is changed of the server over the admin port, in the chain of the audit log.

use std::sync::Arc;
use std::time::Instant;

use evroute_clock::wall_us;
use evroute_deploy::AuditDraft;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

use super::Deploys;
use super::audit_refusals::AuditRefusals;
use crate::RpcError;
use crate::admin::{AuditLog, AuditSink, AuditedAction};

/// Actions that wait for the disk. One more is in the server's log only, which says so.
const WAITING_MAX: usize = 1024;

/// The longest name or path that a row has of a caller, in bytes.
const TEXT_BYTES_MAX: usize = 128;

/// Methods whose successes are rows: those about the server, its tenants and its tokens. Deploys
/// write rows of their own, which say more; an event that is raised or a table that is changed is
/// in the log only, since it may be a thousand times a second.
const KEPT: [&str; 4] = ["core.", "tenant.", "token.", "breaker."];

/// Writes every action to the log, and what is changed of the server to the chain as well.
pub(crate) struct AuditedChanges {
    log: AuditLog,
    waiting: Sender<(u64, AuditDraft)>,
    refusals: AuditRefusals,
}

/// The chain's end.
pub(crate) struct ChangesToKeep(Receiver<(u64, AuditDraft)>);

impl AuditedChanges {
    pub(crate) fn new() -> (Self, ChangesToKeep) {
        let (waiting, kept) = channel(WAITING_MAX);
        let changes = Self {
            log: AuditLog,
            waiting,
            refusals: AuditRefusals::new(Instant::now()),
        };
        (changes, ChangesToKeep(kept))
    }
}

impl AuditSink for AuditedChanges {
    fn record(&self, action: &AuditedAction<'_>) {
        if matches!(action.outcome, Err(error) if error.code == RpcError::FORBIDDEN) {
            return self.refused(action);
        }
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
        self.send(action.method, draft);
    }
}

impl AuditedChanges {
    /// What a token did not reach: so often of one address, in the log and in the chain.
    fn refused(&self, action: &AuditedAction<'_>) {
        let Some(suppressed) = self.refusals.happened(action.from, Instant::now()) else {
            return;
        };
        self.log.record(action);
        // Of whom it is about, as the caller named it, another tenant is told nothing.
        let own = action.caller.tenant().map(|tenant| tenant.as_str());
        let wanted = action.tenant.filter(|wanted| Some(*wanted) != own);
        let wanted = wanted.map(|wanted| format!(" of {}", short(wanted)));
        let draft = AuditDraft {
            tenant: own.unwrap_or_default().to_owned(),
            who: action.caller.name().to_owned(),
            what: "forbidden".to_owned(),
            subject: format!("{}{}", short(action.method), wanted.unwrap_or_default()),
            evidence: format!("from {}, {suppressed} more before", action.from),
            ..AuditDraft::default()
        };
        self.send(action.method, draft);
    }

    fn send(&self, method: &str, draft: AuditDraft) {
        if self.waiting.try_send((wall_us(), draft)).is_err() {
            tracing::error!(method, "something is not in the audit log");
        }
    }
}

/// What a caller wrote, as long as it may be in a row.
fn short(text: &str) -> &str {
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    text.get(..end).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use evroute_module_api::RpcCaller;

    use super::*;

    fn forbidden(changes: &AuditedChanges, caller: &RpcCaller, from: [u8; 4], tenant: &str) {
        let error = RpcError::new(RpcError::FORBIDDEN, "it reaches no other");
        changes.record(&AuditedAction {
            caller,
            from: from.into(),
            method: "htable.dump",
            tenant: Some(tenant),
            outcome: Err(&error),
        });
    }

    #[test]
    fn what_a_token_does_not_reach_is_in_the_chain_and_one_address_does_not_fill_it() {
        let (changes, ChangesToKeep(mut kept)) = AuditedChanges::new();
        let acme = RpcCaller::of_tenant("ci", "acme".parse().unwrap());
        for _ in 0..5000 {
            forbidden(&changes, &acme, [192, 0, 2, 1], &"b".repeat(10_000));
        }
        forbidden(&changes, &acme, [192, 0, 2, 2], "beta");
        let mut rows = Vec::new();
        while let Ok((_, row)) = kept.try_recv() {
            rows.push(row);
        }
        assert_eq!(rows.len(), 21);
        assert!(
            rows.iter()
                .all(|row| row.what == "forbidden" && row.tenant == "acme")
        );
        assert!(rows[0].subject.len() < 300, "{}", rows[0].subject.len());
        assert_eq!(rows[20].subject, "htable.dump of beta");
        assert_eq!(rows[20].evidence, "from 192.0.2.2, 4980 more before");
    }
}
