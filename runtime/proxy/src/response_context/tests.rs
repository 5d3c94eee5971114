use proptest::prelude::*;

use super::*;
use crate::testing::{request, response, values};

fn context(method: &str, branches: usize) -> (ResponseContext, Vec<BranchIndex>) {
    let mut context = ResponseContext::new(&request(method, "sip:a@b", ""));
    let branches = (0..branches).map(|_| context.add_branch()).collect();
    (context, branches)
}

fn answer(status: u16) -> Message {
    response(status, "INVITE", "Via: SIP/2.0/UDP h;branch=z9hG4bKa\r\n")
}

/// Verbs as text: `relay 180`, `cancel`, `complete`.
fn said(actions: &[ResponseAction]) -> Vec<String> {
    let text = |action: &ResponseAction| match action {
        ResponseAction::Relay(response) => format!("relay {}", response.status().unwrap()),
        ResponseAction::CancelPending => "cancel".to_owned(),
        ResponseAction::Complete => "complete".to_owned(),
    };
    actions.iter().map(text).collect()
}

fn best_of(statuses: &[u16]) -> u16 {
    let (mut context, branches) = context("INVITE", statuses.len());
    for (branch, status) in branches.into_iter().zip(statuses) {
        let _ = context.receive(branch, answer(*status));
    }
    match context.best().unwrap().unwrap() {
        BestResponse::Response(response) => response.status().unwrap(),
        BestResponse::Local(status) => status,
        BestResponse::NoResponse => 0,
    }
}

#[test]
fn provisional_responses_go_back_at_once_but_100_does_not() {
    let (mut context, branches) = context("INVITE", 2);
    assert!(context.receive(branches[0], answer(100)).is_empty());
    assert_eq!(
        said(&context.receive(branches[0], answer(180))),
        ["relay 180"]
    );
    assert_eq!(
        said(&context.receive(branches[1], answer(183))),
        ["relay 183"]
    );
}

#[test]
fn success_goes_back_at_once_and_the_rest_is_cancelled() {
    let (mut context, branches) = context("INVITE", 3);
    assert!(context.receive(branches[0], answer(486)).is_empty());
    assert_eq!(
        said(&context.receive(branches[1], answer(200))),
        ["relay 200", "cancel"]
    );
    assert_eq!(context.pending().collect::<Vec<_>>(), [branches[2]]);
    // Too late to be called off: a second dialog, which the caller must hear of.
    assert!(context.receive(branches[2], answer(180)).is_empty());
    assert_eq!(
        said(&context.receive(branches[2], answer(200))),
        ["relay 200"]
    );
    assert_eq!(
        said(&context.receive(branches[1], answer(200))),
        ["relay 200"]
    );
}

#[test]
fn a_request_other_than_invite_gets_one_success_only() {
    let (mut context, branches) = context("MESSAGE", 2);
    assert_eq!(
        said(&context.receive(branches[0], answer(200))),
        ["relay 200", "cancel"]
    );
    assert!(context.receive(branches[1], answer(202)).is_empty());
    assert!(context.is_answered());
}

#[test]
fn a_request_other_than_invite_gets_neither_provisional_answers_nor_a_408() {
    let (mut context, branches) = context("MESSAGE", 2);
    assert!(context.receive(branches[0], answer(180)).is_empty());
    assert!(context.fail(branches[0], 408).is_empty());
    assert_eq!(
        said(&context.receive(branches[1], answer(408))),
        ["complete"]
    );
    assert!(matches!(
        context.best().unwrap(),
        Some(BestResponse::NoResponse)
    ));
}

#[test]
fn a_global_failure_calls_off_the_rest_and_then_wins() {
    let (mut context, branches) = context("INVITE", 2);
    assert_eq!(said(&context.receive(branches[0], answer(603))), ["cancel"]);
    assert_eq!(
        said(&context.receive(branches[1], answer(487))),
        ["complete"]
    );
    let Some(BestResponse::Response(best)) = context.best().unwrap() else {
        panic!("no response")
    };
    assert_eq!(best.status(), Some(603));
}

#[test]
fn a_late_success_still_counts_after_a_global_failure() {
    let (mut context, branches) = context("INVITE", 2);
    let _ = context.receive(branches[0], answer(603));
    assert_eq!(
        said(&context.receive(branches[1], answer(200))),
        ["relay 200"]
    );
}

#[test]
fn the_best_response_is_chosen_as_16_7_step_6_says() {
    for (statuses, best) in [
        (&[486, 404][..], 486),
        (&[404, 486], 404),
        (&[500, 486], 486),
        (&[486, 302], 302),
        (&[302, 604, 486], 604),
        (&[404, 484, 407], 407),
        (&[408, 487, 486], 486),
        (&[503, 500], 500),
        (&[503, 504], 504),
        // Our caller must not think that we are overloaded.
        (&[503, 503], 500),
    ] {
        assert_eq!(best_of(statuses), best, "{statuses:?}");
    }
}

#[test]
fn branches_that_fail_here_count_as_408_and_500() {
    let (mut context, branches) = context("INVITE", 2);
    assert!(context.fail(branches[0], 503).is_empty());
    assert_eq!(said(&context.fail(branches[1], 408)), ["complete"]);
    assert!(matches!(
        context.best().unwrap(),
        Some(BestResponse::Local(408))
    ));
    let (mut context, branches) = self::context("INVITE", 1);
    assert_eq!(said(&context.fail(branches[0], 503)), ["complete"]);
    assert!(matches!(
        context.best().unwrap(),
        Some(BestResponse::Local(500))
    ));
}

#[test]
fn challenges_of_all_branches_are_merged() {
    let (mut context, branches) = context("INVITE", 3);
    let challenge = |status, header: &str| {
        response(status, "INVITE", &format!("Via: SIP/2.0/UDP h\r\n{header}"))
    };
    let _ = context.receive(
        branches[0],
        challenge(407, "Proxy-Authenticate: Digest realm=\"a\"\r\n"),
    );
    let _ = context.receive(
        branches[1],
        challenge(401, "WWW-Authenticate: Digest\r\n realm=\"b\"\r\n"),
    );
    let _ = context.receive(
        branches[2],
        challenge(407, "Proxy-Authenticate: Digest realm=\"c\"\r\n"),
    );
    let Some(BestResponse::Response(best)) = context.best().unwrap() else {
        panic!("no response")
    };
    assert_eq!(best.status(), Some(407));
    assert_eq!(
        values(&best, "Proxy-Authenticate"),
        ["Digest realm=\"a\"", "Digest realm=\"c\""]
    );
    assert_eq!(values(&best, "WWW-Authenticate"), ["Digest realm=\"b\""]);
}

#[test]
fn further_targets_can_be_tried_after_all_failed() {
    let (mut context, branches) = context("INVITE", 1);
    assert_eq!(
        said(&context.receive(branches[0], answer(404))),
        ["complete"]
    );
    let next = context.add_branch();
    assert_eq!(said(&context.receive(next, answer(486))), ["complete"]);
    assert_eq!(best_of(&[404, 486]), 404);
    context.answered();
    let late = context.add_branch();
    assert!(context.receive(late, answer(486)).is_empty());
}

proptest! {
    /// Whatever comes in whatever order: exactly one final non-2xx or at least one 2xx.
    #[test]
    fn every_request_is_answered_exactly_once(
        statuses in prop::collection::vec(101_u16..700, 1..12),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..24),
    ) {
        let (mut context, branches) = context("INVITE", statuses.len());
        let (mut relayed, mut completed) = (0, 0);
        let in_order = order.iter().map(|at| at.index(branches.len())).chain(0..branches.len());
        for at in in_order {
            for action in context.receive(branches[at], answer(statuses[at])) {
                match action {
                    ResponseAction::Relay(response) => relayed += u32::from(response.status() >= Some(200)),
                    ResponseAction::CancelPending => {}
                    ResponseAction::Complete => completed += 1,
                }
            }
        }
        let has_success = statuses.iter().any(|status| (200..300).contains(status));
        let are_all_final = statuses.iter().all(|status| *status >= 200);
        prop_assert_eq!(relayed > 0, has_success);
        prop_assert!(completed <= 1);
        if are_all_final && !has_success {
            prop_assert_eq!(completed, 1);
            prop_assert!(context.best().unwrap().is_some());
        }
    }
}
