//! Which transaction a message belongs to: RFC 3261 17.1.3 and 17.2.3.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// The cookie at the start of every branch made after RFC 2543 (8.1.1.7).
pub const MAGIC_COOKIE: &[u8] = b"z9hG4bK";

/// A transaction's identity, as two keyed hashes. The keys are secret and random, so equal
/// values mean equal messages: nobody can aim at a collision, and by chance two among a
/// million live transactions meet with a probability of 2^-89.
///
/// The first word leaves the method out: an INVITE, its CANCEL and its ACK share it, and so
/// they share a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) common: u64,
    pub(crate) full: u64,
}

/// What is found by key.
pub(crate) type KeyMap<V> = HashMap<Key, V, BuildHasherDefault<Identity>>;

/// Keys are keyed hashes already.
#[derive(Debug, Default)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, word: u64) {
        // The last word written, `full`, wins; it depends on everything.
        self.0 = word;
    }
}

impl Key {
    fn shard(self, shards: usize) -> usize {
        let shards = u64::try_from(shards).unwrap_or(u64::MAX).max(1);
        // The high half, since the map inside the shard uses the low bits.
        usize::try_from((self.common >> 32) % shards).unwrap_or(0)
    }
}

/// Identity of a request that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerKey {
    /// For an ACK the key of its INVITE (17.2.3).
    pub(crate) own: Key,
    pub(crate) kind: ServerKind,
}

impl ServerKey {
    /// What the key says about the method.
    #[must_use]
    pub fn kind(&self) -> ServerKind {
        self.kind
    }

    /// The shard out of `shards` this request belongs to. Requests that can meet (INVITE, its
    /// ACK, its CANCEL) share a shard. Zero `shards` count as one.
    #[must_use]
    pub fn shard(&self, shards: usize) -> usize {
        self.own.shard(shards)
    }

    /// The key of the INVITE that a CANCEL or ACK with this key is about; of an INVITE itself.
    pub(crate) fn invite(&self) -> Key {
        match self.kind {
            ServerKind::Invite | ServerKind::Ack | ServerKind::Other => self.own,
            ServerKind::Cancel(target) => target.0,
        }
    }
}

/// Methods that transactions tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// INVITE.
    Invite,
    /// ACK: never a transaction of its own.
    Ack,
    /// CANCEL: a transaction of its own that names another (9.2).
    Cancel(CancelTarget),
    /// Everything else, known or not.
    Other,
}

/// The INVITE a CANCEL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancelTarget(pub(crate) Key);

/// Identity of a request we sent, and of its responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientKey {
    pub(crate) own: Key,
    is_invite: bool,
}

impl ClientKey {
    /// Whether the INVITE machine is needed.
    #[must_use]
    pub fn is_invite(&self) -> bool {
        self.is_invite
    }

    /// The shard out of `shards` this transaction belongs to. An INVITE and its CANCEL share
    /// one. Zero `shards` count as one.
    #[must_use]
    pub fn shard(&self, shards: usize) -> usize {
        self.own.shard(shards)
    }
}

/// What 17.2.3 compares in a request with the magic cookie.
#[derive(Debug, Clone, Copy)]
pub struct ServerParts<'a> {
    /// Branch of the top Via. Compared byte by byte, as Kamailio does: whoever repeats a
    /// request repeats its bytes, and some user agents count branches in base 64.
    pub branch: &'a [u8],
    /// Host of the top Via's sent-by, compared without regard to case.
    pub host: &'a [u8],
    /// Port of the sent-by, or the transport's default where it has none.
    pub port: u16,
    /// CSeq number. 17.2.3 does not name it, but some phones keep the branch for a new request; a
    /// repetition, an ACK and a CANCEL have that of their INVITE. Kamailio compares it as well.
    pub cseq: u32,
    /// Request method.
    pub method: &'a [u8],
}

/// What 17.2.3 compares in a request without the magic cookie (RFC 2543).
#[derive(Debug, Clone, Copy)]
pub struct LegacyParts<'a> {
    /// The whole top Via value.
    pub via: &'a [u8],
    /// Request-URI.
    pub request_uri: &'a [u8],
    /// Call-ID.
    pub call_id: &'a [u8],
    /// CSeq number.
    pub cseq: u32,
    /// From tag; empty where there is none.
    pub from_tag: &'a [u8],
    /// To tag; empty where there is none. Not compared for INVITE, ACK and CANCEL: in an ACK
    /// it is the tag of the response, which a proxy did not choose.
    pub to_tag: &'a [u8],
    /// Request method.
    pub method: &'a [u8],
}

/// Makes keys. One per process, cloned into every thread: keys of two makers never match.
#[derive(Debug, Clone, Default)]
pub struct KeyMaker {
    common: RandomState,
    full: RandomState,
}

impl KeyMaker {
    /// A maker with fresh random secrets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The key of a request with the magic cookie.
    #[must_use]
    pub fn server(&self, parts: &ServerParts<'_>) -> ServerKey {
        self.server_key(parts.method, |hash| {
            hash.write_u8(b'S');
            write_part(hash, parts.branch);
            write_lowercase(hash, parts.host);
            hash.write_u16(parts.port);
            hash.write_u32(parts.cseq);
        })
    }

    /// The key of a request without the magic cookie.
    #[must_use]
    pub fn legacy(&self, parts: &LegacyParts<'_>) -> ServerKey {
        let is_tag_compared = !matches!(parts.method, b"INVITE" | b"ACK" | b"CANCEL");
        let to_tag = if is_tag_compared { parts.to_tag } else { b"" };
        self.server_key(parts.method, |hash| {
            hash.write_u8(b'L');
            write_part(hash, parts.via);
            write_part(hash, parts.request_uri);
            write_part(hash, parts.call_id);
            hash.write_u32(parts.cseq);
            write_part(hash, parts.from_tag);
            write_part(hash, to_tag);
        })
    }

    /// The key of a request we send: branch of its own Via, method. For a response: branch
    /// of its top Via, method of its CSeq (17.1.3).
    #[must_use]
    pub fn client(&self, branch: &[u8], method: &[u8]) -> ClientKey {
        let own = self.key(method, |hash| {
            hash.write_u8(b'C');
            write_part(hash, branch);
        });
        ClientKey {
            own,
            is_invite: method == b"INVITE",
        }
    }

    fn server_key(&self, method: &[u8], common: impl Fn(&mut dyn Hasher)) -> ServerKey {
        let (own_method, kind) = match method {
            b"INVITE" => (method, ServerKind::Invite),
            b"ACK" => (b"INVITE".as_slice(), ServerKind::Ack),
            b"CANCEL" => (
                method,
                ServerKind::Cancel(CancelTarget(self.key(b"INVITE", &common))),
            ),
            _ => (method, ServerKind::Other),
        };
        ServerKey {
            own: self.key(own_method, &common),
            kind,
        }
    }

    fn key(&self, method: &[u8], write_common: impl Fn(&mut dyn Hasher)) -> Key {
        let mut common = self.common.build_hasher();
        write_common(&mut common);
        let mut full = self.full.build_hasher();
        write_common(&mut full);
        write_part(&mut full, method);
        Key {
            common: common.finish(),
            full: full.finish(),
        }
    }
}

/// The length goes first, so that neighbours cannot trade bytes.
fn write_part(hash: &mut dyn Hasher, part: &[u8]) {
    hash.write_usize(part.len());
    hash.write(part);
}

fn write_lowercase(hash: &mut dyn Hasher, part: &[u8]) {
    hash.write_usize(part.len());
    let mut lower = [0u8; 64];
    for chunk in part.chunks(lower.len()) {
        let Some(room) = lower.get_mut(..chunk.len()) else {
            continue;
        };
        room.copy_from_slice(chunk);
        room.make_ascii_lowercase();
        hash.write(room);
    }
}

mod of_message;
#[cfg(test)]
mod tests;

pub use of_message::KeyError;
