use proptest::prelude::*;

use super::*;
use crate::testing::{parse, values};

fn response(status: u16, headers: &str) -> Message {
    parse(&format!(
        "SIP/2.0 {status} X\r\nVia: SIP/2.0/UDP h\r\n{headers}CSeq: 1 INVITE\r\n\r\n"
    ))
}

fn said(outcome: &Outcome) -> String {
    let status = |response: &Message| response.status().unwrap();
    match outcome {
        Outcome::Forward(response) => format!("forward {}", status(response)),
        Outcome::ForwardAndCancel(response) => format!("forward {} and cancel", status(response)),
        Outcome::ForwardBest(response) => format!("best {}", status(response)),
        Outcome::Wait { cancel: true } => "cancel".to_owned(),
        Outcome::Wait { cancel: false } => "wait".to_owned(),
        Outcome::Nothing => "nothing".to_owned(),
    }
}

fn all_said(branches: usize, statuses: &[u16]) -> Vec<String> {
    let mut context = ResponseContext::new(branches);
    statuses
        .iter()
        .map(|status| said(&context.response(response(*status, ""))))
        .collect()
}

#[test]
fn provisional_responses_go_on_at_once_but_100_does_not() {
    assert_eq!(
        all_said(2, &[100, 180, 183]),
        ["nothing", "forward 180", "forward 183"]
    );
}

#[test]
fn success_goes_on_at_once_and_so_does_a_second_one() {
    assert_eq!(
        all_said(3, &[486, 200, 180, 200]),
        [
            "wait",
            "forward 200 and cancel",
            "nothing",
            "forward 200 and cancel"
        ]
    );
}

#[test]
fn a_global_failure_calls_off_the_rest_and_then_wins() {
    assert_eq!(
        all_said(3, &[603, 486, 487]),
        ["cancel", "wait", "best 603"]
    );
    assert_eq!(
        all_said(2, &[603, 200]),
        ["cancel", "forward 200 and cancel"]
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
        (&[408, 487, 480, 486], 486),
        (&[503, 504], 504),
    ] {
        let said = all_said(statuses.len(), statuses);
        assert_eq!(
            said.last().unwrap(),
            &format!("best {best}"),
            "{statuses:?}"
        );
    }
}

#[test]
fn challenges_of_all_branches_are_merged() {
    let mut context = ResponseContext::new(4);
    for (status, header) in [
        (407, "Proxy-Authenticate: Digest realm=\"a\"\r\n"),
        (401, "WWW-Authenticate: Digest\r\n realm=\"b\"\r\n"),
        (404, "WWW-Authenticate: Digest realm=\"not asked for\"\r\n"),
    ] {
        assert_eq!(said(&context.response(response(status, header))), "wait");
    }
    let last = response(407, "Proxy-Authenticate: Digest realm=\"c\"\r\n");
    let Outcome::ForwardBest(best) = context.response(last) else {
        panic!("not the last")
    };
    assert_eq!(best.status(), Some(407));
    assert_eq!(
        values(&best, "Proxy-Authenticate"),
        ["Digest realm=\"a\"", "Digest realm=\"c\""]
    );
    assert_eq!(values(&best, "WWW-Authenticate"), ["Digest realm=\"b\""]);
}

proptest! {
    #[test]
    fn every_request_is_answered_by_one_failure_or_by_successes(
        statuses in prop::collection::vec(200_u16..700, 1..12),
    ) {
        let mut context = ResponseContext::new(statuses.len());
        let (mut successes, mut failures) = (0, 0);
        for status in &statuses {
            match context.response(response(*status, "")) {
                Outcome::Forward(_) | Outcome::ForwardAndCancel(_) => successes += 1,
                Outcome::ForwardBest(_) => failures += 1,
                Outcome::Wait { .. } | Outcome::Nothing => {}
            }
        }
        let expected = statuses.iter().filter(|status| (200..300).contains(*status)).count();
        prop_assert_eq!(successes, expected);
        prop_assert_eq!(failures, usize::from(expected == 0));
        prop_assert!(context.is_answered());
    }
}
