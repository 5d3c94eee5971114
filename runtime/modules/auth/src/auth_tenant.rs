//! What is kept for one tenant, and how a request is authenticated.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use evroute_digest_auth::{Authorization, Ha1, KnownNonce, Nonces, SignedRequest, Unproven, check};
use evroute_event::{AuthenticatedUser, Cause, Subject, UnknownEvent};
use evroute_log_throttle::LogThrottle;
use evroute_module_api::{
    Authenticated, AuthenticationRefusal, AuthenticationStep, EventReports, LiveTenant, Proof,
    TenantPart, Work,
};
use evroute_sip::Message;
use evroute_tenant::{PeerIdentity, TenantId, TenantIndex};
use evroute_transport::{Flow, source};

use crate::credentials::{find, of_others};
use crate::events::RegistrarAuthFailed;
use crate::failed_attempts::{FailedAttempts, Guesser};
use crate::failure_reports::report;
use crate::{Asked, AuthCounts, AuthResult, Config, Store, Subscriber, refusals};

/// Lines of the log about refusals, in ten seconds.
const LINES_MAX: u32 = 5;

/// How long who asks while the database is away shall wait, in milliseconds.
const UNAVAILABLE_MS: u64 = 10_000;

/// What the module keeps for one tenant.
pub struct AuthTenant {
    id: TenantId,
    config: Config,
    nonces: Nonces,
    store: Store,
    pub(crate) failed: FailedAttempts,
    counts: AuthCounts,
    refused: LogThrottle,
    index: TenantIndex,
    pub(crate) reports: EventReports<RegistrarAuthFailed>,
}

/// An answer to a challenge of ours.
struct Recognised<'f> {
    answer: Authorization<'f>,
    nonce: KnownNonce,
    guesser: Guesser,
}

/// One request on its way through the checks.
struct Attempt<'a> {
    request: &'a Message,
    flow: &'a Flow,
    asked: Asked,
    /// Microseconds since 1970.
    now: u64,
    now_ms: u64,
}

impl AuthTenant {
    /// Of this tenant. `key` is random and nobody's else.
    #[must_use]
    pub fn new(
        id: TenantId,
        index: TenantIndex,
        config: Config,
        key: [u8; 32],
        store: Store,
    ) -> Self {
        let nonces = Nonces::new(key, config.nonce_lifetime_ms, config.nonces_max);
        let failed = FailedAttempts::new(config.failures);
        let reports = EventReports::new(config.events_queued_max);
        Self {
            id,
            index,
            reports,
            config,
            nonces,
            store,
            failed,
            counts: AuthCounts::default(),
            refused: LogThrottle::lines(LINES_MAX),
        }
    }

    /// What the operator wrote.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Where its users are.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// How often requests came to what.
    #[must_use]
    pub const fn counts(&self) -> &AuthCounts {
        &self.counts
    }

    /// Of how many nonces the counts are remembered.
    #[must_use]
    pub fn nonces_remembered(&self) -> usize {
        self.nonces.remembered()
    }

    /// Whether a request is let through, and whose it is. `peer` is who its connection is to, `now`
    /// are microseconds since 1970.
    pub(crate) fn authenticate<'a>(
        self: Arc<Self>,
        request: &'a Message,
        flow: &'a Flow,
        peer: Option<&PeerIdentity>,
        now: u64,
    ) -> AuthenticationStep<'a> {
        let Some(asked) = self.config.rules.asked(request, flow, peer, self.index) else {
            return AuthenticationStep::Done(Authenticated::NotAsked);
        };
        let attempt = Attempt {
            request,
            flow,
            asked,
            now,
            now_ms: now / 1_000,
        };
        let (_, name) = attempt.asked.headers();
        let fields: Vec<&'a [u8]> = request.headers(name).collect();
        let begun = self.begin(&attempt, &fields).map(|recognised| {
            let (user_name, _) = split(&recognised.answer.user_name);
            let found = self
                .store
                .at_hand(user_name, &attempt.asked.realm, attempt.now_ms);
            found.map(|found| self.finish(&attempt, &recognised, &fields, found))
        });
        match begun {
            Err(refusal) => AuthenticationStep::Done(Authenticated::Refused(refusal)),
            Ok(Some(finished)) => AuthenticationStep::Done(told(finished)),
            Ok(None) => AuthenticationStep::Waits(Box::pin(async move {
                told(self.find_and_finish(&attempt, &fields).await)
            })),
        }
    }

    /// With a store that has to be asked.
    async fn find_and_finish(
        &self,
        attempt: &Attempt<'_>,
        fields: &[&[u8]],
    ) -> Result<Proof, AuthenticationRefusal> {
        let recognised = self.begin(attempt, fields)?;
        let (user_name, _) = split(&recognised.answer.user_name);
        let found = self
            .store
            .find(user_name, &attempt.asked.realm, attempt.now_ms)
            .await;
        match found {
            Ok(found) => self.finish(attempt, &recognised, fields, found),
            Err(error) => {
                self.counts.add(AuthResult::Unavailable);
                if let Some(times) = self.refused.happened(Instant::now()) {
                    let (tenant, call_id) = (self.id.as_str(), attempt.request.call_id());
                    tracing::error!(tenant, call_id, %error, times, "a user was not looked up");
                }
                Err(refusals::later(UNAVAILABLE_MS))
            }
        }
    }

    /// As far as no user has to be known: is there an answer to a challenge of ours, of somebody
    /// who may still try?
    fn begin<'f>(
        &self,
        attempt: &Attempt<'_>,
        fields: &[&'f [u8]],
    ) -> Result<Recognised<'f>, AuthenticationRefusal> {
        let Attempt { asked, now_ms, .. } = attempt;
        let Some(answer) = find(fields, &asked.realm, &self.config.algorithms) else {
            self.counts.add(AuthResult::Challenged);
            return Err(self.challenge(attempt, false));
        };
        let source = source(attempt.flow.remote.ip());
        let scope = Scope::of(&asked.realm, source);
        let nonce = self.nonces.recognise(&scope.parts(), answer.nonce, *now_ms);
        // Before anything else: an answer to no challenge of ours says nothing, and is told
        // nothing.
        let Ok(nonce) = nonce else {
            self.counts.add(AuthResult::Stale);
            return Err(self.challenge(attempt, true));
        };
        let (user_name, _) = split(&answer.user_name);
        let guesser = (source, format!("{user_name}@{}", asked.realm));
        if let Some(left) = self.failed.blocked(&guesser, *now_ms) {
            self.tell(AuthResult::Blocked, attempt, &answer, None);
            return Err(refusals::later(left));
        }
        Ok(Recognised {
            answer,
            nonce,
            guesser,
        })
    }

    /// Whether the answer is that of the user who was found, if any was.
    fn finish(
        &self,
        attempt: &Attempt<'_>,
        recognised: &Recognised<'_>,
        fields: &[&[u8]],
        found: Option<Arc<Subscriber>>,
    ) -> Result<Proof, AuthenticationRefusal> {
        let Recognised {
            answer,
            nonce,
            guesser,
        } = recognised;
        let hash = self.hash(answer, found);
        let signed = SignedRequest {
            method: attempt.request.method().as_str().as_bytes(),
            body: attempt.request.body(),
        };
        match check(answer, signed, &hash, &self.nonces, *nonce) {
            Ok(()) => {
                self.failed.succeeded(guesser);
                self.identified(attempt, answer, fields)
            }
            Err(Unproven::Wrong) => {
                let failures = self.failed.failed(guesser, attempt.now_ms);
                self.tell(AuthResult::Wrong, attempt, answer, Some(failures));
                Err(self.challenge(attempt, false))
            }
            Err(Unproven::Stale) => {
                self.counts.add(AuthResult::Stale);
                Err(self.challenge(attempt, true))
            }
            Err(Unproven::Replayed) => {
                self.tell(AuthResult::Replayed, attempt, answer, None);
                Err(self.challenge(attempt, true))
            }
        }
    }

    /// The hash of a user; of one who does not exist a made-up one. That is made for each, so that
    /// nobody can tell the time of one from the time of the other.
    fn hash(&self, answer: &Authorization<'_>, found: Option<Arc<Subscriber>>) -> Ha1 {
        let made_up = self.nonces.made_up(answer.algorithm, &answer.user_name);
        let (_, domain) = split(&answer.user_name);
        let known = found.unwrap_or_default();
        let known: &Subscriber = &known;
        *known
            .hash(answer.algorithm, domain.is_some())
            .unwrap_or(&made_up)
    }

    /// The password is right: whether he may speak for whom he speaks for.
    fn identified(
        &self,
        attempt: &Attempt<'_>,
        answer: &Authorization<'_>,
        fields: &[&[u8]],
    ) -> Result<Proof, AuthenticationRefusal> {
        let asked = &attempt.asked;
        let (user_name, _) = split(&answer.user_name);
        let is_his = asked
            .user
            .as_ref()
            .is_none_or(|user| user == user_name.as_bytes());
        if !is_his {
            self.tell(AuthResult::Forbidden, attempt, answer, None);
            return Err(refusals::forbidden());
        }
        self.counts.add(AuthResult::Authenticated);
        let (_, header) = asked.headers();
        Ok(Proof {
            user: AuthenticatedUser {
                user_name: answer.user_name.clone().into_owned(),
                realm: asked.realm.clone(),
            },
            header,
            of_others: of_others(fields, &asked.realm),
        })
    }

    fn challenge(&self, attempt: &Attempt<'_>, is_stale: bool) -> AuthenticationRefusal {
        let scope = Scope::of(&attempt.asked.realm, source(attempt.flow.remote.ip()));
        let nonce = self.nonces.issue(&scope.parts(), attempt.now_ms);
        refusals::challenge(&attempt.asked, &self.config.algorithms, &nonce, is_stale)
    }

    /// Counts a refusal, tells handlers of it, and logs it now and then.
    fn tell(
        &self,
        result: AuthResult,
        attempt: &Attempt<'_>,
        answer: &Authorization<'_>,
        failures: Option<u32>,
    ) {
        self.counts.add(result);
        self.report(result, attempt, answer, failures.unwrap_or_default());
        if let Some(times) = self.refused.happened(Instant::now()) {
            let (tenant, call_id) = (self.id.as_str(), attempt.request.call_id());
            let (source, user) = (attempt.flow.remote, &*answer.user_name);
            let (realm, why) = (&attempt.asked.realm, result.as_str());
            tracing::warn!(
                tenant, call_id, %source, user, realm, why, failures, times,
                "a user was not authenticated"
            );
        }
    }

    /// `registrar:auth-failed`. Nothing of what was not looked at: who is blocked can make as much
    /// of it as he likes.
    fn report(
        &self,
        reason: AuthResult,
        attempt: &Attempt<'_>,
        answer: &Authorization<'_>,
        failures: u32,
    ) {
        match reason {
            AuthResult::Wrong | AuthResult::Replayed | AuthResult::Forbidden => {}
            AuthResult::Challenged
            | AuthResult::Authenticated
            | AuthResult::Stale
            | AuthResult::Blocked
            | AuthResult::Unavailable => return,
        }
        let failed = RegistrarAuthFailed {
            subject: Subject::at(attempt.now),
            user_name: answer.user_name.clone().into_owned(),
            realm: attempt.asked.realm.clone(),
            source: attempt.flow.remote,
            method: attempt.request.method().as_str().to_owned(),
            call_id: attempt.request.call_id().unwrap_or_default().to_owned(),
            reason,
            failures,
        };
        let cause = Cause::outside(self.index);
        report(&self.reports, &self.id, cause, failed);
    }
}

fn told(finished: Result<Proof, AuthenticationRefusal>) -> Authenticated {
    match finished {
        Ok(proof) => Authenticated::User(proof),
        Err(refusal) => Authenticated::Refused(refusal),
    }
}

/// A name as some phones send it: with its domain.
fn split(user_name: &str) -> (&str, Option<&str>) {
    match user_name.split_once('@') {
        Some((user_name, domain)) => (user_name, Some(domain)),
        None => (user_name, None),
    }
}

/// What a nonce is issued for.
struct Scope<'a> {
    realm: &'a str,
    source: [u8; 16],
}

impl<'a> Scope<'a> {
    const fn of(realm: &'a str, source: IpAddr) -> Self {
        let source = match source {
            IpAddr::V4(source) => source.to_ipv6_mapped(),
            IpAddr::V6(source) => source,
        };
        Self {
            realm,
            source: source.octets(),
        }
    }

    const fn parts(&self) -> [&[u8]; 2] {
        [self.realm.as_bytes(), &self.source]
    }
}

impl TenantPart for AuthTenant {
    /// Handlers are told of failures.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        self.reports.raise(tenant)
    }

    fn files(&self) -> Vec<PathBuf> {
        self.store.files()
    }
}

#[cfg(test)]
mod tests;
