//! The file's content. Fields are only added, and numbers are never used again: a reader skips what
//! it does not know.

use crate::RecordedValue;

/// One run.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Recording {
    /// Under what it ran.
    #[prost(message, optional, tag = "1")]
    pub header: Option<RecordingHeader>,
    /// What it was given.
    #[prost(message, optional, tag = "2")]
    pub event: Option<RecordedEvent>,
    /// What it asked of the server, in order.
    #[prost(message, repeated, tag = "3")]
    pub calls: Vec<RecordedCall>,
    /// What became of it.
    #[prost(message, optional, tag = "4")]
    pub end: Option<RecordedEnd>,
}

/// Under what a run ran.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RecordingHeader {
    /// The server's version.
    #[prost(string, tag = "1")]
    pub evroute: String,
    /// SHA-256 of the component, in hexadecimal.
    #[prost(string, tag = "2")]
    pub component_digest: String,
    /// The handler's name.
    #[prost(string, tag = "3")]
    pub handler: String,
    /// Its revision.
    #[prost(uint32, tag = "4")]
    pub revision: u32,
    /// The tenant's name.
    #[prost(string, tag = "5")]
    pub tenant: String,
    /// What was granted, as the configuration writes it.
    #[prost(string, repeated, tag = "6")]
    pub grants: Vec<String>,
    /// The limits by their names.
    #[prost(btree_map = "string, uint64", tag = "7")]
    pub limits: std::collections::BTreeMap<String, u64>,
    /// What the randomness was made from: 32 bytes, or none where nobody asked for any.
    #[prost(bytes = "vec", optional, tag = "8")]
    pub seed: Option<Vec<u8>>,
    /// The domains that were the tenant's.
    #[prost(string, repeated, tag = "9")]
    pub domains: Vec<String>,
    /// Why a server kept it: `failed`, `watched`, `sampled`, `rare`.
    #[prost(string, optional, tag = "10")]
    pub kept: Option<String>,
}

/// What a run was given.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RecordedEvent {
    /// `core:request`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The interface that handled it, with its version.
    #[prost(string, tag = "2")]
    pub interface: String,
    /// When it happened, microseconds since 1970: the run's frozen clock.
    #[prost(uint64, tag = "3")]
    pub time_us: u64,
    /// The message, where it is about one.
    #[prost(bytes = "vec", optional, tag = "4")]
    pub message: Option<Vec<u8>>,
    /// Where it came from, `udp:192.0.2.1:5060`.
    #[prost(string, optional, tag = "5")]
    pub source: Option<String>,
    /// Which of the server's sockets it came to.
    #[prost(string, optional, tag = "6")]
    pub received: Option<String>,
    /// Who has shown that he sent it, `$au`.
    #[prost(string, optional, tag = "7")]
    pub user_name: Option<String>,
    /// Where that name is known, `$ar`.
    #[prost(string, optional, tag = "8")]
    pub realm: Option<String>,
    /// Where an earlier handler wanted it sent, `$du`.
    #[prost(string, optional, tag = "9")]
    pub next_hop: Option<String>,
    /// What was known of its connection, where that had TLS.
    #[prost(message, optional, tag = "10")]
    pub tls: Option<RecordedTls>,
}

/// A connection with TLS, as the handler could see it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RecordedTls {
    /// `$tls_version`.
    #[prost(string, tag = "1")]
    pub version: String,
    /// `$tls_cipher_info`.
    #[prost(string, tag = "2")]
    pub cipher: String,
    /// `$tls_peer_server_name`.
    #[prost(string, optional, tag = "3")]
    pub server_name: Option<String>,
    /// Whether the other side was verified, `$tls_peer_verified`.
    #[prost(bool, tag = "4")]
    pub is_verified: bool,
    /// `$tls_peer_san_hostname`.
    #[prost(string, optional, tag = "5")]
    pub peer: Option<String>,
}

/// One call of the server.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RecordedCall {
    /// `evroute:htable/htable@0.1.0`.
    #[prost(string, tag = "1")]
    pub interface: String,
    /// `[method]table.get`.
    #[prost(string, tag = "2")]
    pub function: String,
    /// With what.
    #[prost(message, repeated, tag = "3")]
    pub arguments: Vec<RecordedValue>,
    /// What was answered; none where the call ended the run.
    #[prost(message, optional, tag = "4")]
    pub answer: Option<RecordedValue>,
    /// The outcome that the call ended the run with, as the log writes it.
    #[prost(string, optional, tag = "5")]
    pub ended: Option<String>,
    /// The fuel that was left, where the backend knows it.
    #[prost(uint64, optional, tag = "6")]
    pub fuel_left: Option<u64>,
}

/// What became of a run.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RecordedEnd {
    /// The outcome as the log writes it.
    #[prost(string, tag = "1")]
    pub outcome: String,
    /// The verdict with what it carries, as cases write it.
    #[prost(string, optional, tag = "2")]
    pub verdict: Option<String>,
    /// The message afterwards, where it is another one.
    #[prost(bytes = "vec", optional, tag = "3")]
    pub message: Option<Vec<u8>>,
    /// Fuel that it burnt.
    #[prost(uint64, tag = "4")]
    pub fuel: u64,
    /// Its memories at their largest, bytes.
    #[prost(uint64, tag = "5")]
    pub memory_bytes: u64,
    /// Where it was sent instead, `$du`.
    #[prost(string, optional, tag = "6")]
    pub next_hop: Option<String>,
    /// What was added to the answer of its verdict: lines of header fields, and below an empty one
    /// a body.
    #[prost(bytes = "vec", optional, tag = "7")]
    pub reply: Option<Vec<u8>>,
}

/// As a call is written: `[method]table.get(#0, "alice") = ok(none)`.
impl std::fmt::Display for RecordedCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}(", self.interface, self.function)?;
        for (number, argument) in self.arguments.iter().enumerate() {
            let before = if number == 0 { "" } else { ", " };
            write!(f, "{before}{}", argument.shown())?;
        }
        f.write_str(")")?;
        match (&self.answer, &self.ended) {
            (Some(answer), _) => write!(f, " = {}", answer.shown()),
            (None, Some(ended)) => write!(f, " ended the run: {ended}"),
            (None, None) => Ok(()),
        }
    }
}
