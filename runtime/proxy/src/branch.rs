//! Branches that carry a loop check (RFC 3261 16.6 step 8, RFC 5393 4.2).

use std::fmt::Write;
use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_sip::{HeaderName, Message};

use crate::Own;

/// What every branch of ours begins with, after the magic cookie: the loop part that follows is read only where it is ours.
const MARK: &str = "z9hG4bK-ev-";

/// Makes branches: `z9hG4bK-ev-<loop part>-<secret part><number>`. The secret part is a keyed hash of the number: whoever
/// has seen one branch must not be able to guess those of other calls, or he could answer them.
#[derive(Debug, Default)]
pub struct Branches {
    secret: RandomState,
    last: AtomicU64,
}

impl Branches {
    /// A maker whose branches no other maker makes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        let secret = self.secret.hash_one(number);
        let mut branch = String::with_capacity(MARK.len() + 44);
        // Writing to a String cannot fail.
        let _ = write!(branch, "{MARK}{loop_part:016x}-{secret:016x}{number:x}");
        branch
    }
}

/// Whether the request has been here before with everything that decides over its way unchanged.
#[must_use]
pub fn is_looped(request: &Message, own: &Own) -> bool {
    let mut vias = request
        .vias()
        .flatten()
        .filter(|via| own.is_sent_by(via.host(), via.port()));
    let Some(first) = vias.next() else {
        return false;
    };
    let mut ours = std::iter::once(first).chain(vias).filter_map(|via| {
        let part = via.branch()?.strip_prefix(MARK)?.get(..16)?;
        u64::from_str_radix(part, 16).ok()
    });
    let part = loop_part(request);
    ours.any(|known| known == part)
}

/// RFC 5393 4.2.1: all fields that routing looks at; no Via and no Max-Forwards, or no loop would ever be found. Not keyed:
/// it guards nothing, and who aims at a collision gets his own request refused.
fn loop_part(request: &Message) -> u64 {
    let mut hash = DefaultHasher::new();
    // The length goes first, so that neighbours cannot trade octets.
    let mut take = |octets: &[u8]| {
        hash.write_usize(octets.len());
        hash.write(octets);
    };
    take(request.request_uri().unwrap_or_default().as_bytes());
    take(request.call_id().unwrap_or_default().as_bytes());
    take(
        request
            .from()
            .ok()
            .and_then(|from| from.tag())
            .unwrap_or_default()
            .as_bytes(),
    );
    take(
        request
            .to()
            .ok()
            .and_then(|to| to.tag())
            .unwrap_or_default()
            .as_bytes(),
    );
    take(
        &request
            .cseq()
            .map(|cseq| cseq.number)
            .unwrap_or_default()
            .to_be_bytes(),
    );
    for name in [
        HeaderName::Route,
        HeaderName::ProxyRequire,
        HeaderName::ProxyAuthorization,
    ] {
        for value in request.headers(name) {
            take(value);
        }
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{own, request};

    /// The request as it comes back after we forwarded it and somebody else added a Via.
    fn came_back(sent_by: &str, uri: &str, headers: &str) -> Message {
        let branch = Branches::new().forward(&request("INVITE", "sip:bob@example.com", ""));
        let vias = format!(
            "{headers}Max-Forwards: 3\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKother\r\n\
             Via: SIP/2.0/UDP {sent_by};branch={branch}\r\n"
        );
        request("INVITE", uri, &vias)
    }

    #[test]
    fn an_unchanged_request_that_comes_back_is_a_loop() {
        assert!(is_looped(
            &came_back("192.0.2.1:5060", "sip:bob@example.com", ""),
            &own()
        ));
    }

    #[test]
    fn a_request_that_comes_back_changed_is_a_spiral() {
        assert!(!is_looped(
            &came_back("192.0.2.1:5060", "sip:carol@example.com", ""),
            &own()
        ));
        let routed = came_back(
            "192.0.2.1:5060",
            "sip:bob@example.com",
            "Route: <sip:x;lr>\r\n",
        );
        assert!(!is_looped(&routed, &own()));
    }

    #[test]
    fn vias_of_others_are_not_looked_at() {
        assert!(!is_looped(
            &came_back("192.0.2.2:5060", "sip:bob@example.com", ""),
            &own()
        ));
        assert!(!is_looped(
            &request("INVITE", "sip:bob@example.com", ""),
            &own()
        ));
    }

    #[test]
    fn branches_differ_and_one_does_not_tell_the_next() {
        let branches = Branches::new();
        let made: std::collections::HashSet<_> = (0..1000).map(|_| branches.local()).collect();
        assert_eq!(made.len(), 1000);
        // Two makers count alike; their secrets differ.
        assert_ne!(Branches::new().local(), Branches::new().local());
    }
}
