//! RFC 3261 16.3 step 4 with RFC 5393: has this request been here before?

use evroute_sip::Message;

use crate::branch::LoopHash;
use crate::own_names::OwnNames;
use crate::refusal::Refusal;

/// Refuses a request that carries a Via of ours with a hash it has now: nothing that
/// routing looks at has changed since, so it would go round for ever. A Via of ours with
/// another hash is a spiral and passes. RFC 5393 asks every proxy that forks for this.
///
/// `hashes` are all that a branch made for this request could carry: what routing looks at
/// may depend on who decides.
///
/// # Errors
/// [`Refusal::LoopDetected`].
pub fn check_loop(request: &Message, own: &OwnNames, hashes: &[LoopHash]) -> Result<(), Refusal> {
    let is_known = |branch: &str| hashes.iter().any(|hash| hash.is_in(branch));
    let is_loop = request
        .vias()
        .flatten()
        .any(|via| via.branch().is_some_and(is_known) && own.is_own_via(&via));
    if is_loop {
        Err(Refusal::LoopDetected)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::branch::BranchMaker;
    use crate::testing::{own, request};

    /// The request as it comes back after we forwarded it to `uri` and others added a Via.
    fn came_back(maker: &BranchMaker, sent_by: &str, uri: &str) -> Message {
        let first = request("INVITE", "sip:bob@example.com", "");
        let branch = maker.unique(maker.loop_hash(&first));
        let vias = format!(
            "Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKother\r\nVia: SIP/2.0/UDP {sent_by};branch={branch}\r\n"
        );
        request("INVITE", uri, &vias)
    }

    #[test]
    fn an_unchanged_request_that_comes_back_is_a_loop() {
        let maker = BranchMaker::new();
        let again = came_back(&maker, "192.0.2.1:5060", "sip:bob@example.com");
        let checked = check_loop(&again, &own(), &[maker.loop_hash(&again)]);
        assert_eq!(checked, Err(Refusal::LoopDetected));
    }

    #[test]
    fn a_request_that_comes_back_with_another_target_is_a_spiral() {
        let maker = BranchMaker::new();
        let again = came_back(&maker, "192.0.2.1:5060", "sip:carol@example.com");
        assert_eq!(
            check_loop(&again, &own(), &[maker.loop_hash(&again)]),
            Ok(())
        );
    }

    #[test]
    fn branches_of_others_are_not_looked_at() {
        let maker = BranchMaker::new();
        let again = came_back(&maker, "192.0.2.2:5060", "sip:bob@example.com");
        assert_eq!(
            check_loop(&again, &own(), &[maker.loop_hash(&again)]),
            Ok(())
        );
    }
}
