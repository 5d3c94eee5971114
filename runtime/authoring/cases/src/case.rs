//! One case, as its file has it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use evroute_module_api::Seed;
use serde::Deserialize;

use crate::cell::Cell;
use crate::exchange::ExchangeSpec;
use crate::hop::Hop;
use crate::limits::Limits;
use crate::question::Exchange;
use crate::rows::{Rows, one_or_several};
use crate::tls_way::TlsWay;
use crate::written::MessageSpec;

/// Entries by their key.
pub(crate) type Entries = BTreeMap<String, Cell>;

/// When an event happens unless its case says so, seconds since 1970.
const AT: u64 = 1_700_000_000;

/// An event, what it finds, and what has to come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What it shows.
    pub(crate) name: String,
    /// Languages in which it cannot be said.
    #[serde(default)]
    pub(crate) except: Vec<String>,
    /// The message of events that have one.
    pub(crate) message: Option<MessageSpec>,
    /// The same in a file beside the case file.
    pub(crate) message_file: Option<String>,
    /// Where it came from, `udp:192.0.2.1:5060`.
    pub(crate) source: Option<Hop>,
    /// Which of our sockets it came to.
    pub(crate) received: Option<Hop>,
    /// Who has shown that he sent it: `$au` and `$ar`.
    pub(crate) authenticated: Option<KnownUser>,
    /// What is known of its connection, where that has TLS: `$tls_version` and its kind.
    pub(crate) tls: Option<TlsWay>,
    /// When it happens, seconds since 1970.
    #[serde(default = "at")]
    pub(crate) at: u64,
    /// Other limits than the suite's.
    pub(crate) limits: Option<Limits>,
    /// What random numbers are made from.
    #[serde(default)]
    pub(crate) seed: u64,
    /// The entry of `htable:expired`.
    pub(crate) expired: Option<ExpiredEntry>,
    /// What `timer` says.
    pub(crate) timer: Option<Tick>,
    /// What `custom:event` says.
    pub(crate) custom: Option<Raised>,
    /// The contact of `usrloc:contact-added`, `contact-updated`, `contact-removed` and
    /// `contact-expired`.
    pub(crate) contact: Option<Gone>,
    /// What `deploy:activated` and `deploy:rolled-back` say.
    pub(crate) deploy: Option<RevisionStep>,
    /// What `deploy:breaker-open` says.
    pub(crate) breaker: Option<OpenBreaker>,
    /// What `tls:certificate-expiring` says.
    pub(crate) certificate: Option<EndingCertificate>,
    /// What `registrar:auth-failed` says.
    pub(crate) auth_failed: Option<FailedUser>,
    /// The request of `xhttp:request`.
    pub(crate) http: Option<HttpSpec>,
    /// What of an answer of HTTP does not stand in the verdict; without it there is nothing.
    #[serde(default)]
    pub(crate) answer: AnswerSpec,
    /// What `uac:registered` and `uac:failed` say.
    pub(crate) trunk: Option<CaseTrunk>,
    /// What `tls:connection-out` says.
    pub(crate) dial: Option<Dial>,
    /// What `tcp:closed` says.
    pub(crate) connection: Option<ClosedConnection>,
    /// What `websocket:closed` says.
    pub(crate) websocket: Option<ClosedWebSocket>,
    /// What `core:source-blocked` says.
    pub(crate) blocked: Option<BlockedSender>,
    /// What `core:receive-parse-error` says.
    pub(crate) unreadable: Option<Unreadable>,
    /// The tenant's tables before; no others exist.
    #[serde(default)]
    pub(crate) tables: BTreeMap<String, Entries>,
    /// The shared variables before.
    #[serde(default)]
    pub(crate) shared: Entries,
    /// Other databases than the suite's.
    pub(crate) databases: Option<Vec<String>>,
    /// What the handler asks databases, all of it and in this order, and what they answer.
    #[serde(default)]
    pub(crate) sql: Vec<ExchangeSpec>,
    /// The same in a file beside the case file, which `evroute test --record` writes.
    pub(crate) answers_file: Option<String>,
    /// Both of them, read.
    #[serde(skip)]
    pub(crate) exchanges: Vec<Exchange>,
    /// Where that file is.
    #[serde(skip)]
    pub(crate) answers_path: Option<PathBuf>,
    /// The verdict: its word, and what it carries.
    pub(crate) verdict: Option<String>,
    /// In place of a verdict: how the sentence begins with which the handler gives up.
    pub(crate) error: Option<String>,
    /// In place of both: how the outcome begins, as the log spells it: `Trap`, `OutOfFuel`,
    /// `QuotaExceeded: run_log_lines_max`.
    pub(crate) outcome: Option<String>,
    /// The lines that are logged: all of them, in their order.
    #[serde(default)]
    pub(crate) log: Vec<String>,
    /// The events that it raises: all of them, in their order.
    #[serde(default)]
    pub(crate) raised: Vec<Raised>,
    /// Header fields that the message has afterwards and had not before.
    #[serde(default)]
    pub(crate) added: Vec<String>,
    /// Header fields that it had before and has not afterwards. What is changed is removed and
    /// added.
    #[serde(default)]
    pub(crate) removed: Vec<String>,
    /// The Request-URI afterwards, where it is another one.
    pub(crate) uri: Option<String>,
    /// The body afterwards, where it is another one.
    pub(crate) body: Option<String>,
    /// Where the message is sent instead, `$du`.
    pub(crate) next_hop: Option<String>,
    /// Header fields that are added to the answer of the verdict, in their order.
    #[serde(default)]
    pub(crate) reply: Vec<String>,
    /// The body that is given to that answer; its type is the last of the header fields.
    pub(crate) reply_body: Option<String>,
    /// What tables and variables hold afterwards, where that is different from before.
    #[serde(default)]
    pub(crate) after: After,
    /// What its databases answer afterwards. One that is not asked holds what it held before.
    #[serde(default, deserialize_with = "one_or_several")]
    pub(crate) rows: Vec<Rows>,
    /// The fuel that the run may burn.
    pub(crate) fuel_max: Option<u64>,
    /// The memory that the run may have at its largest, bytes.
    pub(crate) memory_max: Option<u64>,
}

const fn at() -> u64 {
    AT
}

impl Case {
    /// What the run's random numbers are made from: the number, little endian, and zeros.
    pub(crate) fn randomness(&self) -> Seed {
        let mut seed = Seed::default();
        for (byte, given) in seed.iter_mut().zip(self.seed.to_le_bytes()) {
            *byte = given;
        }
        seed
    }

    /// When it happens, microseconds since 1970.
    pub(crate) fn time_us(&self) -> u64 {
        self.at.saturating_mul(1_000_000)
    }
}

/// A timer's tick.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tick {
    pub(crate) name: String,
    /// How many ticks were skipped before.
    #[serde(default)]
    pub(crate) missed: u32,
}

/// An event that an operator or a handler raised.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raised {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) parameters: Entries,
}

/// `name key = value, key = value`
impl std::fmt::Display for Raised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        for (place, (key, value)) in self.parameters.iter().enumerate() {
            let before = if place == 0 { " " } else { ", " };
            write!(f, "{before}{key} = {value}")?;
        }
        Ok(())
    }
}

/// A contact whose time is over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gone {
    /// Whose it was, `user@domain`.
    pub(crate) aor: String,
    /// The contact's URI.
    pub(crate) uri: String,
    pub(crate) user_agent: Option<String>,
    /// Why something became of it.
    pub(crate) cause: Option<String>,
}

/// A handler of which another revision is in force.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevisionStep {
    pub(crate) handler: String,
    pub(crate) revision: u32,
    /// The revision that it took the place of, or that was taken back.
    pub(crate) before: Option<u32>,
    #[serde(default)]
    pub(crate) who: String,
    #[serde(default)]
    pub(crate) why: String,
}

/// A handler whose circuit breaker has opened.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenBreaker {
    pub(crate) handler: String,
    pub(crate) revision: u32,
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) runs: u64,
    #[serde(default)]
    pub(crate) failures: u64,
    #[serde(default)]
    pub(crate) openings: u64,
}

/// A certificate that ends soon.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndingCertificate {
    pub(crate) names: Vec<String>,
    pub(crate) days_left: u32,
    #[serde(default)]
    pub(crate) not_after: u64,
}

/// A user who has shown his password.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownUser {
    pub(crate) user: String,
    pub(crate) realm: String,
}

/// A user who was not authenticated.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailedUser {
    pub(crate) user: String,
    pub(crate) realm: String,
    pub(crate) source: std::net::SocketAddr,
    pub(crate) method: String,
    #[serde(default)]
    pub(crate) call_id: String,
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) failures: u32,
}

/// A request of HTTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpSpec {
    pub(crate) method: String,
    pub(crate) target: String,
    /// `Name: value`, a line each.
    #[serde(default)]
    pub(crate) headers: Vec<String>,
    #[serde(default)]
    pub(crate) body: String,
}

/// A trunk.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseTrunk {
    pub(crate) name: String,
    pub(crate) registrar: String,
    pub(crate) user: String,
    #[serde(default = "hour")]
    pub(crate) expires: u32,
    #[serde(default = "unanswered")]
    pub(crate) code: u16,
    #[serde(default)]
    pub(crate) reason: String,
    #[serde(default)]
    pub(crate) failures: u32,
    #[serde(default)]
    pub(crate) retry_seconds: u32,
}

const fn hour() -> u32 {
    3_600
}

const fn unanswered() -> u16 {
    408
}

/// A source, or a user, that is blocked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockedSender {
    pub(crate) address: std::net::IpAddr,
    pub(crate) user: Option<String>,
    #[serde(default = "minute")]
    pub(crate) seconds: u32,
}

const fn minute() -> u32 {
    60
}

/// A WebSocket that is gone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosedWebSocket {
    pub(crate) target: String,
    pub(crate) origin: Option<String>,
    #[serde(default)]
    pub(crate) opened_at: u64,
}

/// A connection that is about to be made.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dial {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
}

/// A connection that is gone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClosedConnection {
    pub(crate) cause: String,
    #[serde(default)]
    pub(crate) lasted_seconds: u64,
}

/// What an answer of HTTP has beside code and reason phrase.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerSpec {
    /// `Name: value`, a line each, all that the handler gives.
    #[serde(default)]
    pub(crate) headers: Vec<String>,
    #[serde(default)]
    pub(crate) body: String,
}

/// What arrived and is no SIP message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unreadable {
    /// What is wrong with it.
    pub(crate) reason: String,
    /// Its bytes.
    pub(crate) raw: String,
}

/// An entry whose time is over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpiredEntry {
    pub(crate) table: String,
    pub(crate) key: String,
    pub(crate) value: Cell,
}

/// What tables and variables hold afterwards.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    #[serde(default)]
    pub(crate) tables: BTreeMap<String, Entries>,
    pub(crate) shared: Option<Entries>,
}
