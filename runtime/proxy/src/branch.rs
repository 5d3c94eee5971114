//! Branches of our Vias (RFC 3261 8.1.1.7, 16.6 step 8, 16.11; RFC 5393 4.2).

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_sip::{HeaderName, Message};

/// The cookie in front of every branch made after RFC 2543 (8.1.1.7).
const MAGIC_COOKIE: &str = "z9hG4bK";

/// Everything in a request that decides where it goes. The same request coming back with
/// the same hash is a loop; coming back with another is a spiral (RFC 5393 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopHash(u64);

impl LoopHash {
    /// Whether a branch of ours carries this hash.
    pub(crate) fn is_in(self, branch: &str) -> bool {
        branch.split_once('.').is_some_and(|(_, hash)| {
            hash.len() == 16 && u64::from_str_radix(hash, 16) == Ok(self.0)
        })
    }
}

impl fmt::Display for LoopHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Makes branches. One per process: its hashes are keyed with a random secret, so nobody
/// can guess a branch before having seen it, or aim at a collision.
#[derive(Debug, Default)]
pub struct BranchMaker {
    secret: RandomState,
    last: AtomicU64,
}

impl BranchMaker {
    /// A maker with a fresh secret.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The loop hash of a request as it was received, before anything is changed.
    ///
    /// It covers what our routing can depend on. Not the Vias and not Max-Forwards: they
    /// differ at every pass, and with them no loop would ever be found (RFC 5393 4.2.1).
    #[must_use]
    pub fn loop_hash(&self, request: &Message) -> LoopHash {
        const FIELDS: [HeaderName<'static>; 6] = [
            HeaderName::From,
            HeaderName::To,
            HeaderName::CallId,
            HeaderName::Route,
            HeaderName::ProxyRequire,
            HeaderName::ProxyAuthorization,
        ];
        let mut hash = self.secret.build_hasher();
        write_part(
            &mut hash,
            request.request_uri().unwrap_or_default().as_bytes(),
        );
        // The number only: an ACK or CANCEL of a looping INVITE loops, too.
        hash.write_u32(request.cseq().map_or(0, |cseq| cseq.number));
        for name in FIELDS {
            for value in request.headers(name) {
                write_part(&mut hash, value);
            }
            hash.write_u8(0xff);
        }
        LoopHash(hash.finish())
    }

    /// A hash that also depends on `more`: on what routing looked at beside the request
    /// itself. A request that comes back with another `more` is no loop.
    #[must_use]
    pub fn narrowed(&self, hash: LoopHash, more: impl Hash) -> LoopHash {
        let mut narrowed = self.secret.build_hasher();
        narrowed.write_u8(b'n');
        narrowed.write_u64(hash.0);
        more.hash(&mut narrowed);
        LoopHash(narrowed.finish())
    }

    /// A new branch, never made before: for every request that is forwarded statefully and
    /// for our own.
    #[must_use]
    pub fn unique(&self, hash: LoopHash) -> String {
        let (secret, number) = self.next();
        format!("{MAGIC_COOKIE}{secret:016x}{number:x}.{hash}")
    }

    /// A token, never made before: the From tag or Call-ID of a request of our own.
    #[must_use]
    pub fn token(&self) -> String {
        let (secret, number) = self.next();
        format!("{secret:016x}{number:x}")
    }

    fn next(&self) -> (u64, u64) {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        let mut secret = self.secret.build_hasher();
        secret.write_u8(b'u');
        secret.write_u64(number);
        (secret.finish(), number)
    }

    /// The To tag of our own answers to a request: the same for every repetition and for the
    /// ACK, so that an answer given without state can be recognised by it (8.2.7).
    #[must_use]
    pub fn tag(&self, request: &Message) -> String {
        let mut tag = self.secret.build_hasher();
        tag.write_u8(b't');
        write_part(&mut tag, request.call_id().unwrap_or_default().as_bytes());
        tag.write_u32(request.cseq().map_or(0, |cseq| cseq.number));
        let from = request.from();
        let from_tag = from.as_ref().ok().and_then(|from| from.tag());
        write_part(&mut tag, from_tag.unwrap_or_default().as_bytes());
        let via = request.top_via();
        let branch = via.as_ref().ok().and_then(evroute_sip::Via::branch);
        write_part(&mut tag, branch.unwrap_or_default().as_bytes());
        format!("{:016x}", tag.finish())
    }

    /// The branch of a request that is forwarded statelessly: the same for every repetition
    /// (16.11). From the branch of its top Via, or from what RFC 2543 compares.
    #[must_use]
    pub fn stateless(&self, request: &Message, hash: LoopHash) -> String {
        let mut id = self.secret.build_hasher();
        id.write_u8(b's');
        let via = request.top_via();
        let branch = via.as_ref().ok().and_then(evroute_sip::Via::branch);
        match branch.filter(|branch| branch.starts_with(MAGIC_COOKIE)) {
            Some(branch) => write_part(&mut id, branch.as_bytes()),
            None => {
                write_part(&mut id, via.map_or(b"", |via| via.raw()));
                // Tags, Call-ID, CSeq number and Request-URI are all in it.
                id.write_u64(hash.0);
            }
        }
        format!("{MAGIC_COOKIE}s{:016x}.{hash}", id.finish())
    }
}

/// The length goes first, so that neighbours cannot trade bytes.
fn write_part(hash: &mut impl Hasher, part: &[u8]) {
    hash.write_usize(part.len());
    hash.write(part);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    #[test]
    fn branches_are_unique_carry_the_cookie_and_their_hash() {
        let maker = BranchMaker::new();
        let hash = maker.loop_hash(&request("INVITE", "sip:a@b", ""));
        let branches: std::collections::HashSet<_> =
            (0..1000).map(|_| maker.unique(hash)).collect();
        assert_eq!(branches.len(), 1000);
        assert!(
            branches
                .iter()
                .all(|branch| branch.starts_with("z9hG4bK") && hash.is_in(branch))
        );
    }

    #[test]
    fn the_loop_hash_ignores_what_every_hop_changes_and_notes_what_routing_reads() {
        let maker = BranchMaker::new();
        let hash = |uri: &str, headers: &str| maker.loop_hash(&request("INVITE", uri, headers));
        let plain = hash("sip:a@b", "");
        assert_eq!(
            plain,
            hash(
                "sip:a@b",
                "Max-Forwards: 3\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKy\r\n"
            )
        );
        assert_ne!(plain, hash("sip:c@b", ""));
        assert_ne!(plain, hash("sip:a@b", "Route: <sip:x;lr>\r\n"));
        assert_ne!(plain, hash("sip:a@b", "Proxy-Authorization: Digest x\r\n"));
    }

    #[test]
    fn a_narrowed_hash_differs_by_what_it_was_narrowed_by() {
        let maker = BranchMaker::new();
        let hash = maker.loop_hash(&request("INVITE", "sip:a@b", ""));
        let narrowed = |more: &str| maker.narrowed(hash, more);
        assert_eq!(narrowed("here"), narrowed("here"));
        assert_ne!(narrowed("here"), narrowed("there"));
        assert_ne!(narrowed("here"), hash);
    }

    #[test]
    fn the_tag_of_an_answer_is_known_again_in_its_ack() {
        let maker = BranchMaker::new();
        let tag = |method: &str, headers: &str| maker.tag(&request(method, "sip:a@b", headers));
        assert_eq!(tag("INVITE", ""), tag("ACK", "Max-Forwards: 3\r\n"));
        assert_ne!(
            tag("INVITE", ""),
            BranchMaker::new().tag(&request("INVITE", "sip:a@b", ""))
        );
        assert_ne!(maker.token(), maker.token());
    }

    #[test]
    fn stateless_branches_are_the_same_for_a_repetition_and_differ_otherwise() {
        let maker = BranchMaker::new();
        let branch = |request: &Message| maker.stateless(request, maker.loop_hash(request));
        let of_via = |via: &str| {
            branch(&crate::testing::parse(&format!(
                "ACK sip:a@b SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\n\
                 Call-ID: c\r\nCSeq: 1 ACK\r\n\r\n"
            )))
        };
        for via in [
            "SIP/2.0/UDP h;branch=z9hG4bKx",
            "SIP/2.0/UDP h;branch=old",
            "SIP/2.0/UDP h",
        ] {
            assert_eq!(of_via(via), of_via(via));
        }
        assert_ne!(
            of_via("SIP/2.0/UDP h;branch=z9hG4bKx"),
            of_via("SIP/2.0/UDP h;branch=z9hG4bKy")
        );
        assert_ne!(of_via("SIP/2.0/UDP h"), of_via("SIP/2.0/UDP i"));
    }
}
