//! Branches that carry a loop check (RFC 3261 16.6 step 8, RFC 5393 4.2).

use std::fmt::Write;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_sip::{HeaderName, Message};

use crate::Own;

/// What every branch of ours begins with, after the magic cookie: the loop part that follows is read only where it is ours.
const MARK: &str = "z9hG4bK-ev-";

/// Makes branches: `z9hG4bK-ev-<loop part>-<unique part>`.
#[derive(Debug)]
pub struct Branches {
    seed: u64,
    next: AtomicU64,
}

impl Default for Branches {
    fn default() -> Self {
        Self::new()
    }
}

impl Branches {
    /// A maker whose branches no other maker makes.
    #[must_use]
    pub fn new() -> Self {
        Self { seed: RandomState::new().build_hasher().finish(), next: AtomicU64::new(1) }
    }

    /// A branch for a request that is forwarded. `received` is the request as it came in: what decides over its way is
    /// hashed, so that the same request coming back unchanged is a loop, and one with another Request-URI a spiral.
    #[must_use]
    pub fn forward(&self, received: &Message) -> String {
        self.branch(loop_part(received))
    }

    /// A branch for a request of our own.
    #[must_use]
    pub fn local(&self) -> String {
        self.branch(0)
    }

    fn branch(&self, loop_part: u64) -> String {
        let unique = self.next.fetch_add(1, Ordering::Relaxed);
        let mut branch = String::with_capacity(MARK.len() + 40);
        // Writing to a String cannot fail.
        let _ = write!(branch, "{MARK}{loop_part:016x}-{:x}-{unique:x}", self.seed);
        branch
    }
}

/// Whether the request has been here before with everything that decides over its way unchanged.
#[must_use]
pub fn is_looped(request: &Message, own: &Own) -> bool {
    let mut vias = request.vias().flatten().filter(|via| own.is_sent_by(via.host(), via.port()));
    let Some(first) = vias.next() else { return false };
    let mut ours = std::iter::once(first).chain(vias).filter_map(|via| {
        let part = via.branch()?.strip_prefix(MARK)?.get(..16)?;
        u64::from_str_radix(part, 16).ok()
    });
    let part = loop_part(request);
    ours.any(|known| known == part)
}

/// RFC 5393 4.2.1: all fields that routing looks at. FNV-1a: stable between processes, since a restart must not hide a
/// loop; it guards nothing.
fn loop_part(request: &Message) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |octets: &[u8]| {
        for octet in octets.iter().chain(b"\n") {
            hash = (hash ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    take(request.request_uri().unwrap_or_default().as_bytes());
    take(request.call_id().unwrap_or_default().as_bytes());
    take(request.from().ok().and_then(|from| from.tag()).unwrap_or_default().as_bytes());
    take(request.to().ok().and_then(|to| to.tag()).unwrap_or_default().as_bytes());
    take(&request.cseq().map(|cseq| cseq.number).unwrap_or_default().to_be_bytes());
    for name in [HeaderName::Route, HeaderName::ProxyRequire, HeaderName::ProxyAuthorization] {
        for value in request.headers(name) {
            take(value);
        }
    }
    hash
}
