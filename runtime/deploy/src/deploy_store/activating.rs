//! What puts a revision in force, and takes it out again.

use evroute_tenant::{HandlerId, Revision, TenantId};
use rusqlite::{Transaction, named_params, params};

use super::rows::Link;
use super::{DeployStore, auditing, rows};
use crate::{
    Activation, ActivationCause, AuditDraft, Author, Canary, CanaryError, DeployPolicy, DeployStep,
    HandlerInForce, StoreError,
};

/// How often a tenant may take revisions out of force within an hour, in times of its other
/// changes: who has to go back must be able to.
const WAYS_BACK: u32 = 4;

/// What all changes of what is in force have in common.
pub struct ActivationOrder<'a> {
    /// Whose handler.
    pub tenant: &'a TenantId,
    /// Which handler.
    pub handler: &'a HandlerId,
    /// Who orders it.
    pub author: &'a Author,
    /// Why.
    pub why: &'a str,
    /// What speaks for it.
    pub evidence: &'a str,
    /// What the tenant may do.
    pub policy: &'a DeployPolicy,
    /// When, in microseconds since 1970.
    pub at_us: u64,
}

/// Whoever orders a change looks at what would be in force, and says whether that may be. It is
/// asked within the transaction, so that it must be quick; after false nothing is changed.
pub type Accepts<'a> = &'a mut dyn FnMut(&HandlerInForce) -> bool;

/// What counts after an order.
struct Next {
    current: Option<Revision>,
    below: Option<i64>,
    canary: Option<Canary>,
    cause: ActivationCause,
}

impl DeployStore {
    /// Puts a kept revision in force, or gives it a share of the calls. A canary that is under way
    /// ends.
    ///
    /// # Errors
    /// [`StoreError::NoRevision`], [`StoreError::Canary`], [`StoreError::ChangeQuota`],
    /// [`StoreError::Declined`], [`StoreError::Database`].
    pub fn activate(
        &self,
        order: &ActivationOrder<'_>,
        revision: Revision,
        canary: Option<Canary>,
        accepts: Accepts<'_>,
    ) -> Result<HandlerInForce, StoreError> {
        self.activation(order, 1, accepts, |transaction, last| {
            if !rows::has_revision(transaction, order.tenant, order.handler, revision)? {
                let handler = order.handler.clone();
                return Err(StoreError::NoRevision { handler, revision });
            }
            let current = last.and_then(|last| last.activation.current);
            let Some(canary) = canary else {
                return Ok(Next {
                    current: Some(revision),
                    below: over(last),
                    canary: None,
                    cause: ActivationCause::Activate,
                });
            };
            match current {
                None => return Err(CanaryError::NothingInForce.into()),
                Some(current) if current == revision => {
                    return Err(CanaryError::InForce(revision).into());
                }
                Some(_) => {}
            }
            Ok(Next {
                current,
                below: last.and_then(|last| last.below),
                canary: Some(canary),
                cause: ActivationCause::Canary,
            })
        })
    }

    /// Puts the canary in force.
    ///
    /// # Errors
    /// [`StoreError::NoCanary`], [`StoreError::ChangeQuota`], [`StoreError::Declined`],
    /// [`StoreError::Database`].
    pub fn promote(
        &self,
        order: &ActivationOrder<'_>,
        accepts: Accepts<'_>,
    ) -> Result<HandlerInForce, StoreError> {
        self.activation(order, 1, accepts, |_, last| {
            let canary = last.and_then(|last| last.activation.canary);
            let canary = canary.ok_or_else(|| StoreError::NoCanary(order.handler.clone()))?;
            Ok(Next {
                current: Some(canary.revision()),
                below: over(last),
                canary: None,
                cause: ActivationCause::Promote,
            })
        })
    }

    /// Takes the canary away; what was in force stays.
    ///
    /// # Errors
    /// [`StoreError::NoCanary`], [`StoreError::Declined`], [`StoreError::Database`].
    pub fn stop_canary(
        &self,
        order: &ActivationOrder<'_>,
        accepts: Accepts<'_>,
    ) -> Result<HandlerInForce, StoreError> {
        self.activation(order, WAYS_BACK, accepts, |_, last| {
            let last = last.filter(|last| last.activation.canary.is_some());
            let last = last.ok_or_else(|| StoreError::NoCanary(order.handler.clone()))?;
            Ok(Next {
                current: last.activation.current,
                below: last.below,
                canary: None,
                cause: ActivationCause::Stop,
            })
        })
    }

    /// Goes back: takes the canary away where there is one, else puts the revision in force that
    /// was before this one. Twice is two back. After a drain, what was drained is in force again.
    ///
    /// # Errors
    /// [`StoreError::NoEarlier`], [`StoreError::ChangeQuota`], [`StoreError::Declined`],
    /// [`StoreError::Database`].
    pub fn rollback(
        &self,
        order: &ActivationOrder<'_>,
        accepts: Accepts<'_>,
    ) -> Result<HandlerInForce, StoreError> {
        self.activation(order, WAYS_BACK, accepts, |transaction, last| {
            let nothing = || StoreError::NoEarlier(order.handler.clone());
            let last = last.ok_or_else(nothing)?;
            if last.activation.canary.is_some() {
                return Ok(Next {
                    current: last.activation.current,
                    below: last.below,
                    canary: None,
                    cause: ActivationCause::Rollback,
                });
            }
            let to = rows::below(transaction, order.tenant, order.handler, last)?;
            let to = to.ok_or_else(nothing)?;
            Ok(Next {
                current: to.activation.current,
                below: to.below,
                canary: None,
                cause: ActivationCause::Rollback,
            })
        })
    }

    /// Takes a handler out of force: no run begins any more. A rollback brings it back.
    ///
    /// # Errors
    /// [`StoreError::NotInForce`], [`StoreError::ChangeQuota`], [`StoreError::Database`].
    pub fn drain(&self, order: &ActivationOrder<'_>) -> Result<HandlerInForce, StoreError> {
        self.activation(order, WAYS_BACK, &mut |_| true, |_, last| {
            let last = last.filter(|last| last.activation.current.is_some());
            if last.is_none() {
                return Err(StoreError::NotInForce(order.handler.clone()));
            }
            Ok(Next {
                current: None,
                below: over(last),
                canary: None,
                cause: ActivationCause::Drain,
            })
        })
    }

    /// One transaction: the row that counts from now on, and its row in the log.
    fn activation(
        &self,
        order: &ActivationOrder<'_>,
        times: u32,
        accepts: Accepts<'_>,
        next: impl FnOnce(&Transaction<'_>, Option<&Link>) -> Result<Next, StoreError>,
    ) -> Result<HandlerInForce, StoreError> {
        let (tenant, handler) = (order.tenant, order.handler);
        let in_force = self.change(|transaction| {
            if !order.author.is_operator {
                let most = order.policy.changes_per_hour_max.saturating_mul(times);
                auditing::changes(transaction, tenant, most, order.at_us)?;
            }
            let last = rows::last(transaction, tenant, handler)?;
            let next = next(transaction, last.as_ref())?;
            insert(transaction, order, &next)?;
            let in_force = rows::handler_in_force(transaction, tenant, handler)?;
            let in_force = in_force.ok_or_else(|| StoreError::NoHandler(handler.clone()))?;
            if !accepts(&in_force) {
                return Err(StoreError::Declined);
            }
            self.steps.reached(DeployStep::ActivationInserted);
            let last = last.map(|last| last.activation);
            let draft = AuditDraft {
                subject: subject(last.as_ref(), &in_force.activation),
                evidence: order.evidence.to_owned(),
                ..rows::draft(
                    tenant,
                    handler,
                    order.author,
                    next.cause.as_str(),
                    order.why,
                )
            };
            auditing::append(transaction, draft, order.at_us)?;
            self.steps.reached(DeployStep::ActivationAudited);
            Ok(in_force)
        })?;
        self.steps.reached(DeployStep::ActivationKept);
        Ok(in_force)
    }
}

/// What a rollback of a new activation leads to: the one that counted until now. After a drain, to
/// what was before it.
fn over(last: Option<&Link>) -> Option<i64> {
    let last = last?;
    match last.activation.current {
        Some(_) => Some(last.activation.number),
        None => last.below,
    }
}

fn insert(
    transaction: &Transaction<'_>,
    order: &ActivationOrder<'_>,
    next: &Next,
) -> Result<(), StoreError> {
    let (tenant, handler) = (order.tenant.as_str(), order.handler.as_str());
    transaction.execute(
        "INSERT INTO activations
         (tenant, handler, current, below, canary, percent, seconds, cause, at_us)
         VALUES (:tenant, :handler, :current, :below, :canary, :percent, :seconds, :cause, :at_us)",
        named_params! {
            ":tenant": tenant,
            ":handler": handler,
            ":current": next.current.map(Revision::number),
            ":below": next.below,
            ":canary": next.canary.map(|canary| canary.revision().number()),
            ":percent": next.canary.map(|canary| canary.percent()),
            ":seconds": next.canary.map(|canary| canary.watched().as_secs()).map(rows::signed),
            ":cause": next.cause.as_str(),
            ":at_us": rows::signed(order.at_us),
        },
    )?;
    transaction.execute(
        "UPDATE handlers SET place =
         (SELECT coalesce(max(place), 0) + 1 FROM handlers WHERE tenant = ?1)
         WHERE tenant = ?1 AND handler = ?2 AND place IS NULL",
        params![tenant, handler],
    )?;
    Ok(())
}

/// What the log says was changed: `r1 -> r2`, `r1 -> r1, canary r2 5 %`.
fn subject(from: Option<&Activation>, to: &Activation) -> String {
    format!(
        "{} -> {}",
        from.map_or_else(|| "none".to_owned(), shown),
        shown(to)
    )
}

fn shown(activation: &Activation) -> String {
    let current = activation.current;
    let current = current.map_or_else(|| "none".to_owned(), |revision| revision.to_string());
    match activation.canary {
        None => current,
        Some(canary) => format!(
            "{current}, canary {} {} % for {} s",
            canary.revision(),
            canary.percent(),
            canary.watched().as_secs()
        ),
    }
}
