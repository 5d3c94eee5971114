//! Watches canaries, and promotes or stops them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use evroute_clock::wall_us;
use evroute_deploy::{ActivationOrder, Author, DeployPolicy, Judgement, RevisionReading, judge};
use evroute_dispatch::RevisionTotals;
use evroute_event::OutcomeKind;
use evroute_tenant::{Revision, TenantId};
use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::Deploys;
use super::in_force::{Change, NotChanged};
use super::live_handler::{LiveHandler, TenantDeploys};
use super::made_ready::MadeReady;

/// How often canaries are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Deploys {
    /// Watches until the server drains.
    pub(crate) async fn watch(self: Arc<Self>, draining: CancellationToken) {
        let watching = async {
            loop {
                let deploys = Arc::clone(&self);
                let now = Instant::now();
                let looked = tokio::task::spawn_blocking(move || deploys.look(now)).await;
                match looked {
                    Ok(0) => self.canary_begun.notified().await,
                    // After a panic, which was logged, the others are still watched.
                    Ok(_) | Err(_) => sleep(LOOK_EVERY).await,
                }
            }
        };
        draining.run_until_cancelled(watching).await;
    }

    /// Looks at every canary once. The answer is how many go on.
    pub(super) fn look(&self, now: Instant) -> usize {
        let mut watched = 0;
        let mut all = self.in_force.all();
        for (tenant, deploys) in all.iter_mut() {
            let judged: Vec<_> = deploys
                .handlers
                .iter_mut()
                .filter_map(|live| judged(live, now))
                .collect();
            for verdict in judged {
                match verdict {
                    None => watched += 1,
                    Some(end) => watched += usize::from(!self.end(tenant, deploys, &end)),
                }
            }
        }
        watched
    }

    /// Ends a canary. False when it could not be, and is to be looked at again.
    fn end(&self, tenant: &TenantId, deploys: &mut TenantDeploys, end: &End) -> bool {
        let Some(handlers) = self.handlers.find(tenant.as_str()) else {
            return true;
        };
        let (author, policy) = (Author::server(), DeployPolicy::default());
        let order = ActivationOrder {
            tenant,
            handler: &end.handler,
            author: &author,
            why: &end.reason,
            evidence: &end.evidence,
            policy: &policy,
            at_us: wall_us(),
        };
        let mut made = MadeReady::default();
        made.not_ready.extend(end.previous);
        let ended = self.change_held(&handlers, deploys, &order, (end.change, &made));
        let why = match ended {
            Ok(_) => return true,
            Err(NotChanged::Refused(why)) => why.to_string(),
            Err(NotChanged::Lacks(lacking)) => format!("{lacking:?} is not ready"),
        };
        tracing::error!(tenant = tenant.as_str(), why, "a canary could not be ended");
        false
    }
}

/// How a canary ends, and why.
struct End {
    handler: evroute_tenant::HandlerId,
    /// What is done without where it is not ready: nothing is compiled here.
    previous: Option<Revision>,
    change: Change,
    reason: String,
    evidence: String,
}

/// None without a canary; `Some(None)` when it goes on.
fn judged(live: &mut LiveHandler, now: Instant) -> Option<Option<End>> {
    let (old, new) = live.readings()?;
    let handler = live.kept.handler.clone();
    let broke = live.canary_broke();
    let canary = live.canary.as_mut()?;
    let is_over = now.duration_since(canary.begun) >= canary.canary.watched();
    if broke.is_none() && !is_over && new.runs < canary.next_look {
        return Some(None);
    }
    let judgement = match broke {
        // It gets no more calls, so that nothing more will be seen of it.
        Some(why) => Judgement::Stop {
            reason: format!("its breaker opened after {} of its runs: {why}", new.runs),
        },
        None => judge(&old, &new, is_over),
    };
    let (change, reason) = match judgement {
        Judgement::Watch { next_look } => {
            canary.next_look = next_look;
            return Some(None);
        }
        Judgement::Promote => {
            let watched = canary.canary.watched().as_secs();
            let reason = format!("it was not worse in {} runs within {watched} s", new.runs);
            (Change::Promote, reason)
        }
        Judgement::Stop { reason } => (Change::Stop, reason),
    };
    Some(Some(End {
        handler,
        previous: live.kept.previous,
        change,
        reason,
        evidence: json!({ "canary": shown(&new), "in_force": shown(&old) }).to_string(),
    }))
}

/// A reading for the log and for answers.
pub(super) fn shown(reading: &RevisionReading) -> serde_json::Value {
    json!({
        "runs": reading.runs,
        "traps": reading.traps,
        "exhausted": reading.exhausted,
        "deadline_misses": reading.deadline_misses,
        "refused_effects": reading.refused_effects,
        "verdicts": reading.verdicts,
    })
}

/// What became of runs between two times. Effects that were refused are not limits used up.
pub(super) fn reading(now: &RevisionTotals, before: &RevisionTotals) -> RevisionReading {
    let since = |of: fn(&RevisionTotals) -> u64| of(now).saturating_sub(of(before));
    let mut verdicts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for count in &now.verdicts {
        let known = before.verdicts.iter();
        let mut known =
            known.filter(|one| one.event == count.event && one.verdict == count.verdict);
        let earlier = known.next().map_or(0, |one| one.runs);
        let of_event = verdicts.entry(count.event.to_string()).or_default();
        of_event.insert(count.verdict.to_owned(), count.runs.saturating_sub(earlier));
    }
    let refused_effects = since(|totals| totals.effects_refused);
    let quota = since(|totals| totals.of(OutcomeKind::QuotaExceeded));
    let exhausted =
        since(|totals| totals.of(OutcomeKind::OutOfFuel) + totals.of(OutcomeKind::MemoryExceeded));
    RevisionReading {
        runs: since(RevisionTotals::runs),
        traps: since(|totals| totals.of(OutcomeKind::Trap) + totals.of(OutcomeKind::GuestError)),
        exhausted: exhausted + quota.saturating_sub(refused_effects),
        deadline_misses: since(|totals| totals.of(OutcomeKind::DeadlineExceeded)),
        refused_effects,
        verdicts,
    }
}

#[cfg(test)]
mod tests {
    use evroute_dispatch::VerdictCount;
    use evroute_event::EventName;

    use super::*;

    fn totals(outcomes: &[(OutcomeKind, u64)], refused: u64, relayed: u64) -> RevisionTotals {
        let mut totals = RevisionTotals {
            effects_refused: refused,
            verdicts: vec![VerdictCount {
                event: EventName::new("core:request"),
                verdict: "pass",
                runs: relayed,
            }],
            ..RevisionTotals::default()
        };
        for (outcome, runs) in outcomes {
            totals.by_outcome[outcome.position()] = *runs;
        }
        totals
    }

    #[test]
    fn a_reading_is_what_came_since() {
        let outcomes: Vec<_> = OutcomeKind::ALL.into_iter().zip(1..).collect();
        let before = totals(&outcomes, 2, 5);
        let doubled: Vec<_> = outcomes
            .iter()
            .map(|(outcome, runs)| (*outcome, runs * 2))
            .collect();
        let now = totals(&doubled, 5, 9);
        let of = |outcome: OutcomeKind| before.of(outcome);
        let verdicts = BTreeMap::from([("pass".to_owned(), 4)]);
        let expected = RevisionReading {
            runs: before.runs(),
            traps: of(OutcomeKind::Trap) + of(OutcomeKind::GuestError),
            exhausted: of(OutcomeKind::OutOfFuel)
                + of(OutcomeKind::MemoryExceeded)
                + of(OutcomeKind::QuotaExceeded)
                - 3,
            deadline_misses: of(OutcomeKind::DeadlineExceeded),
            refused_effects: 3,
            verdicts: BTreeMap::from([("core:request".to_owned(), verdicts)]),
        };
        assert_eq!(reading(&now, &before), expected);
        assert_eq!(reading(&now, &now).runs, 0);
    }
}
