//! One trunk is kept registered: RFC 3261 10.2, by the one path of local requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_event::{Cause, Port, Subject, UnknownEvent};
use evroute_module_api::{LiveTenant, PeerAnswer, PeerContact, PeerRequest};
use evroute_sip::{HeaderName, Message, Uri};

use crate::challenges::Challenges;
use crate::chance::{chance, token};
use crate::events::{UacFailed, UacRegistered};
use crate::pace::{until_refresh, until_retry};
use crate::registration_error::RegistrationError;
use crate::trunk::Trunk;

/// REGISTERs that one attempt takes: with what is known, after its challenge has ended, with a
/// longer expiry, and that challenged again.
const REQUESTS_MAX: usize = 4;
/// The longest expiry that a peer may ask for, in seconds.
const LONGEST_EXPIRES: u32 = 86_400;

/// Keeps one trunk registered.
pub(crate) struct Registration {
    tenant: LiveTenant,
    trunk: Arc<Trunk>,
    registered: Port<UacRegistered>,
    failed: Port<UacFailed>,
    /// `sip:user@domain`.
    aor: String,
    /// Marks our Contact among those that the peer knows.
    line: String,
    /// Those of one registration belong together (10.2.4).
    call_id: String,
    cseq: u32,
    expires: u32,
    challenges: Challenges,
}

impl Registration {
    pub(crate) fn new(tenant: &LiveTenant, trunk: Arc<Trunk>) -> Result<Self, UnknownEvent> {
        let config = &trunk.config;
        let registrar = Uri::parse(config.registrar.as_bytes()).ok();
        let domain = registrar.map_or("invalid", |uri| uri.host());
        Ok(Self {
            registered: tenant.emitter.port()?,
            failed: tenant.emitter.port()?,
            aor: format!("sip:{}@{domain}", config.user),
            line: crate::line(&tenant.id, &config.name),
            call_id: token(),
            cseq: 0,
            expires: config.expires,
            challenges: Challenges::default(),
            tenant: tenant.clone(),
            trunk,
        })
    }

    /// Keeps it registered until the tenant drains. What is registered then stays so until its
    /// time is over: a server that starts again takes it up.
    pub(crate) async fn run(mut self) {
        let draining = self.tenant.draining.clone();
        draining.run_until_cancelled(self.keep()).await;
    }

    async fn keep(&mut self) {
        loop {
            let status = self.trunk.status();
            if !status.is_enabled {
                if status.is_registered(Instant::now()) {
                    self.unregister().await;
                }
                self.trunk.asked().await;
                continue;
            }
            let wait = match self.register(self.expires).await {
                Ok(expires) => self.succeeded(expires).await,
                Err(error) => self.fails(error).await,
            };
            self.trunk.waits_until(Instant::now() + wait);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.trunk.asked() => {}
            }
        }
    }

    async fn succeeded(&mut self, expires: Duration) -> Duration {
        if self.trunk.registered(Instant::now(), expires) {
            let config = &self.trunk.config;
            let (tenant, trunk) = (self.tenant.id.as_str(), &config.name);
            let seconds = expires.as_secs();
            tracing::info!(tenant, trunk, seconds, "a trunk is registered");
            let event = UacRegistered {
                subject: Subject::at((self.tenant.clock)()),
                trunk: config.name.clone(),
                registrar: config.registrar.clone(),
                user: config.user.clone(),
                expires: u32::try_from(seconds).unwrap_or(u32::MAX),
            };
            let cause = Cause::outside(self.tenant.index);
            self.registered.emit(cause, event).await;
        }
        until_refresh(expires, chance())
    }

    async fn fails(&mut self, error: RegistrationError) -> Duration {
        let failures = self.trunk.failed(&error);
        let wait = until_retry(failures, error.retry_after, chance());
        let config = &self.trunk.config;
        let (tenant, trunk) = (self.tenant.id.as_str(), &config.name);
        tracing::warn!(
            tenant,
            trunk,
            status = error.status,
            reason = error.reason,
            failures,
            retry_seconds = wait.as_secs(),
            "a trunk is not registered"
        );
        let event = UacFailed {
            subject: Subject::at((self.tenant.clock)()),
            trunk: config.name.clone(),
            registrar: config.registrar.clone(),
            user: config.user.clone(),
            status: error.status,
            reason: error.reason,
            failures,
            retry_seconds: u32::try_from(wait.as_secs()).unwrap_or(u32::MAX),
        };
        self.failed
            .emit(Cause::outside(self.tenant.index), event)
            .await;
        wait
    }

    async fn unregister(&mut self) {
        if let Err(error) = self.register(0).await {
            let (tenant, trunk) = (self.tenant.id.as_str(), &self.trunk.config.name);
            let (status, reason) = (error.status, error.reason);
            tracing::info!(
                tenant,
                trunk,
                status,
                reason,
                "a trunk stays registered until its time is over"
            );
        }
        self.trunk.unregistered();
    }

    /// One attempt: a challenge is answered, an expiry that is too short lengthened. How long it is
    /// registered from now on.
    async fn register(&mut self, expires: u32) -> Result<Duration, RegistrationError> {
        let mut expires = expires;
        let config = &self.trunk.config;
        self.challenges.begin(config);
        for _ in 0..REQUESTS_MAX {
            let answer = self.send(expires).await?;
            let message = answer.message.as_ref();
            match (answer.status, message) {
                (200..300, Some(message)) => return Ok(self.granted(message, expires)),
                (401 | 407, Some(message)) => {
                    self.challenges.answer(&self.trunk.config, message)?
                }
                (423, Some(message)) if expires > 0 => match min_expires(message) {
                    Some(longer) if longer > expires && longer <= LONGEST_EXPIRES => {
                        expires = longer;
                        self.expires = longer;
                        self.challenges.begin(&self.trunk.config);
                    }
                    Some(_) | None => return Err(refused(answer)),
                },
                _ => return Err(refused(answer)),
            }
        }
        let why = format!("{REQUESTS_MAX} requests were not enough");
        Err(RegistrationError::answered(401, why))
    }

    async fn send(&mut self, expires: u32) -> Result<PeerAnswer, RegistrationError> {
        self.cseq = self.cseq.wrapping_add(1) & 0x7fff_ffff;
        let config = &self.trunk.config;
        let mut headers = vec![("Expires", expires.to_string())];
        headers.extend(self.challenges.header());
        let request = PeerRequest {
            method: "REGISTER",
            request_uri: config.registrar.clone(),
            next_hop: config.next_hop.clone(),
            from: format!("<{}>", self.aor),
            to: format!("<{}>", self.aor),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            contact: PeerContact {
                user: config.user.clone(),
                params: format!(";line={}", self.line),
            },
            headers,
        };
        let requests = Arc::clone(&self.tenant.requests);
        let asked = requests.ask_peer(self.tenant.index, request).await;
        asked.map_err(|error| RegistrationError::unanswered(503, error))
    }

    /// What the peer grants our Contact: its own `expires`, that of the answer, or what was asked
    /// for (10.2.4).
    fn granted(&self, message: &Message, asked: u32) -> Duration {
        let ours = message.contacts().filter_map(Result::ok).find(|contact| {
            let uri = contact.addr().and_then(|addr| addr.parse_uri().ok());
            uri.and_then(|uri| uri.param("line").and_then(|line| line.text()))
                .is_some_and(|line| line == self.line)
        });
        let own = ours.and_then(|contact| contact.expires().ok().flatten());
        let whole = || message.expires().ok().flatten();
        let seconds = own.or_else(whole).unwrap_or(asked);
        Duration::from_secs(u64::from(seconds.min(LONGEST_EXPIRES)))
    }
}

fn min_expires(message: &Message) -> Option<u32> {
    let value = message.header(HeaderName::MinExpires)?;
    std::str::from_utf8(&value).ok()?.trim().parse().ok()
}

fn refused(answer: PeerAnswer) -> RegistrationError {
    let PeerAnswer {
        status,
        reason,
        message,
    } = answer;
    let Some(message) = message else {
        return RegistrationError::unanswered(status, reason);
    };
    // `Retry-After: 120 (in maintenance);duration=60`
    let value = message.header(HeaderName::RetryAfter);
    let value = value.as_deref().unwrap_or_default().trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    let digits: Vec<u8> = digits.take(9).copied().collect();
    let seconds = std::str::from_utf8(&digits)
        .ok()
        .and_then(|text| text.parse().ok());
    RegistrationError {
        retry_after: seconds.map(Duration::from_secs),
        ..RegistrationError::answered(status, reason)
    }
}
