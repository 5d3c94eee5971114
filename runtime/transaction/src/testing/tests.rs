//! Whole calls over the toy wire. Node 0 calls, the last node answers.

use super::*;
use crate::action::End;
use crate::{State, client_invite, server_invite};

const RINGS_THEN_ANSWERS: [(u64, u16); 2] = [(20, 180), (2_000, 200)];

fn call(mut line: Line) -> Line {
    line.request("INVITE", 1);
    line.run();
    line
}

#[test]
fn a_call_without_loss_sends_each_message_once() {
    let line = call(Line::pair(Delivery::Unreliable, &RINGS_THEN_ANSWERS));
    assert_eq!(
        line.sent(""),
        [
            "0 ms 0>1 INVITE",
            "30 ms 1>0 180 INVITE",
            "2010 ms 1>0 200 INVITE",
            "2020 ms 0>1 ACK"
        ]
    );
    assert_eq!(line.caller().passed, [180, 200]);
    assert_eq!(line.callee().requested, ["INVITE", "ACK"]);
}

#[test]
fn a_lost_invite_is_repeated_until_it_arrives() {
    let mut line = Line::pair(Delivery::Unreliable, &RINGS_THEN_ANSWERS);
    line.wire.lose("0>1 INVITE", 3);
    let line = call(line);
    assert_eq!(
        line.sent("0>1 INVITE"),
        [
            "0 ms 0>1 INVITE",
            "500 ms 0>1 INVITE",
            "1500 ms 0>1 INVITE",
            "3500 ms 0>1 INVITE"
        ]
    );
    assert_eq!(line.caller().passed, [180, 200]);
    assert_eq!(line.callee().requested, ["INVITE", "ACK"]);
}

#[test]
fn an_invite_nobody_hears_is_sent_seven_times_and_given_up_after_32_s() {
    let mut line = Line::pair(Delivery::Unreliable, &RINGS_THEN_ANSWERS);
    line.wire.lose("0>1 INVITE", usize::MAX);
    let line = call(line);
    assert_eq!(line.sent("0>1 INVITE").len(), 7);
    assert_eq!(line.caller().ended, [End::Timeout]);
    assert_eq!(line.now_ms(), 32_000);
}

#[test]
fn a_silent_user_makes_a_100_after_200_ms_which_quenches_the_repetition() {
    let line = call(Line::pair(Delivery::Unreliable, &[(20_000, 200)]));
    assert_eq!(line.sent("1>0 100"), ["210 ms 1>0 100 INVITE"]);
    assert_eq!(line.sent("0>1 INVITE").len(), 1);
    assert_eq!(line.caller().passed, [100, 200]);
}

#[test]
fn a_repeated_invite_is_answered_with_the_lost_100_and_not_given_to_the_user_again() {
    let mut line = Line::pair(Delivery::Unreliable, &[(20_000, 200)]);
    line.wire.lose("1>0 100", 1);
    let line = call(line);
    assert_eq!(
        line.sent("1>0 100"),
        ["210 ms 1>0 100 INVITE", "510 ms 1>0 100 INVITE"]
    );
    assert_eq!(line.callee().requested, ["INVITE", "ACK"]);
}

#[test]
fn a_lost_failure_is_repeated_and_its_ack_never_reaches_the_user() {
    let mut line = Line::pair(Delivery::Unreliable, &[(20, 486)]);
    line.wire.lose("1>0 486", 2);
    let line = call(line);
    assert_eq!(line.caller().passed, [486]);
    assert_eq!(line.callee().requested, ["INVITE"]);
    assert_eq!(line.sent("0>1 ACK").len(), 1);
    assert_eq!(line.callee().ended, [End::Done]);
}

#[test]
fn a_lost_ack_to_a_failure_is_sent_again_for_the_repeated_failure() {
    let mut line = Line::pair(Delivery::Unreliable, &[(20, 486)]);
    line.wire.lose("0>1 ACK", 3);
    let line = call(line);
    assert_eq!(line.sent("0>1 ACK").len(), 4);
    assert_eq!(line.caller().passed, [486]);
    assert_eq!(line.callee().ended, [End::Done]);
}

#[test]
fn a_failure_that_is_never_acknowledged_is_given_up_after_32_s() {
    let mut line = Line::pair(Delivery::Unreliable, &[(20, 486)]);
    line.wire.lose("0>1 ACK", usize::MAX);
    let line = call(line);
    assert_eq!(line.callee().ended, [End::Timeout]);
    assert_eq!(line.sent("1>0 486").len(), 11);
}

#[test]
fn over_tcp_nothing_is_ever_repeated() {
    let mut line = Line::new(Delivery::Reliable, 1, &[(20, 180), (20_000, 486)]);
    line.wire.latency_ms = 3_000;
    let line = call(line);
    for request in ["0>1 INVITE", "1>2 INVITE", "0>1 ACK", "1>2 ACK"] {
        assert_eq!(line.sent(request).len(), 1, "{request}");
    }
    assert_eq!(line.sent("1>0 486").len(), 1);
    assert_eq!(line.sent("2>1 486").len(), 1);
}

#[test]
fn a_proxied_call_answers_once_per_hop_and_acks_end_to_end() {
    let line = call(Line::new(Delivery::Unreliable, 1, &RINGS_THEN_ANSWERS));
    assert_eq!(
        line.sent(""),
        [
            "0 ms 0>1 INVITE",
            "10 ms 1>2 INVITE",
            "40 ms 2>1 180 INVITE",
            "50 ms 1>0 180 INVITE",
            "2020 ms 2>1 200 INVITE",
            "2030 ms 1>0 200 INVITE",
            "2040 ms 0>1 ACK",
            "2050 ms 1>2 ACK",
        ]
    );
}

#[test]
fn a_2xx_lost_behind_the_proxy_is_repeated_by_its_maker_and_not_by_the_proxy() {
    let mut line = Line::new(Delivery::Unreliable, 1, &RINGS_THEN_ANSWERS);
    line.wire.lose("1>0 200", 2);
    let line = call(line);
    assert_eq!(line.sent("2>1 200").len(), line.sent("1>0 200").len());
    assert_eq!(line.sent("1>0 200").len(), 3);
    assert_eq!(line.sent("1>2 ACK").len(), 1);
    assert_eq!(line.callee().requested, ["INVITE", "ACK"]);
}

#[test]
fn an_ack_lost_behind_the_proxy_is_repaired_end_to_end() {
    let mut line = Line::new(Delivery::Unreliable, 1, &RINGS_THEN_ANSWERS);
    line.wire.lose("1>2 ACK", 2);
    let line = call(line);
    assert_eq!(line.sent("1>2 ACK").len(), 3);
    assert_eq!(line.caller().passed, [180, 200, 200, 200]);
    assert_eq!(line.callee().requested, ["INVITE", "ACK"]);
}

#[test]
fn a_repeated_invite_after_the_2xx_is_absorbed_and_starts_no_second_call() {
    let mut line = Line::new(Delivery::Unreliable, 1, &[(0, 200)]);
    line.wire.latency_ms = 400;
    let line = call(line);
    assert!(line.sent("0>1 INVITE").len() > 1);
    for node in &line.nodes[1..] {
        assert_eq!(
            node.requested
                .iter()
                .filter(|method| *method == "INVITE")
                .count(),
            1
        );
    }
}

#[test]
fn a_cancel_while_ringing_ends_in_487_on_every_hop() {
    let mut line = Line::new(Delivery::Unreliable, 2, &[(20, 180), (60_000, 200)]);
    line.request("INVITE", 1);
    line.run_until(5_000);
    line.cancel(1);
    line.run();
    assert_eq!(line.caller().passed, [180, 487]);
    assert_eq!(line.callee().requested, ["INVITE", "CANCEL"]);
    for hop in [
        "0>1 CANCEL",
        "1>2 CANCEL",
        "2>3 CANCEL",
        "0>1 ACK",
        "1>2 ACK",
        "2>3 ACK",
    ] {
        assert_eq!(line.sent(hop).len(), 1, "{hop}");
    }
}

#[test]
fn a_cancel_before_any_answer_is_sent_when_the_100_comes() {
    let mut line = Line::pair(Delivery::Unreliable, &[(60_000, 200)]);
    line.request("INVITE", 1);
    line.run_until(50);
    line.cancel(1);
    assert_eq!(line.sent("0>1 CANCEL"), Vec::<&str>::new());
    line.run();
    assert_eq!(line.sent("0>1 CANCEL"), ["220 ms 0>1 CANCEL"]);
    assert_eq!(line.caller().passed, [100, 487]);
}

#[test]
fn a_lost_cancel_is_repeated_and_the_invite_is_not() {
    let mut line = Line::pair(Delivery::Unreliable, &[(20, 180), (60_000, 200)]);
    line.wire.lose("0>1 CANCEL", 2);
    line.request("INVITE", 1);
    line.run_until(1_000);
    line.cancel(1);
    line.run();
    assert_eq!(line.sent("0>1 CANCEL").len(), 3);
    assert_eq!(line.sent("0>1 INVITE").len(), 1);
    assert_eq!(line.callee().requested, ["INVITE", "CANCEL"]);
    assert_eq!(line.caller().passed, [180, 487]);
}

#[test]
fn a_cancel_that_crosses_the_answer_leaves_the_call_answered() {
    let mut line = Line::new(Delivery::Unreliable, 1, &[(20, 180), (1_000, 200)]);
    line.request("INVITE", 1);
    line.run_until(1_015);
    line.cancel(1);
    line.run();
    assert_eq!(line.caller().passed, [180, 200]);
    assert_eq!(line.callee().requested, ["INVITE", "CANCEL", "ACK"]);
}

#[test]
fn timer_c_cancels_a_call_that_rings_once_and_then_is_silent() {
    let line = call(Line::pair(Delivery::Unreliable, &[(20, 180)]));
    assert_eq!(line.sent("0>1 CANCEL"), ["181040 ms 0>1 CANCEL"]);
    assert_eq!(line.caller().passed, [180, 487]);
}

#[test]
fn timer_c_starts_anew_with_every_180() {
    let answers = [(20, 180), (170_000, 180), (340_000, 180), (500_000, 200)];
    let line = call(Line::pair(Delivery::Unreliable, &answers));
    assert_eq!(line.sent("0>1 CANCEL"), Vec::<&str>::new());
    assert_eq!(line.caller().passed, [180, 180, 180, 200]);
}

#[test]
fn a_phone_that_rings_for_ever_is_cancelled_after_the_lifetime() {
    let answers: Vec<(u64, u16)> = (0..100).map(|minute| (minute * 60_000, 180)).collect();
    let line = call(Line::pair(Delivery::Unreliable, &answers));
    assert_eq!(line.sent("0>1 CANCEL"), ["900020 ms 0>1 CANCEL"]);
    assert_eq!(line.caller().passed.last(), Some(&487));
}

#[test]
fn a_callee_that_rings_and_ignores_the_cancel_is_given_up_64_t1_after_it() {
    let mut line = Line::pair(Delivery::Unreliable, &[(20, 180), (60_000, 200)]);
    line.wire.lose("0>1 CANCEL", usize::MAX);
    line.request("INVITE", 1);
    line.run_until(1_000);
    line.cancel(1);
    line.run_until(40_000);
    assert_eq!(line.caller().ended, [End::Timeout, End::Timeout]);
    line.run();
    assert_eq!(line.caller().passed, [180]);
    assert!(line.caller().strays > 0);
}

#[test]
fn another_request_is_repeated_until_answered_and_handled_once() {
    let mut line = Line::new(Delivery::Unreliable, 1, &[(20, 200)]);
    line.wire.lose("0>1 MESSAGE", 2);
    line.wire.lose("1>0 200", 2);
    line.request("MESSAGE", 1);
    line.run();
    assert_eq!(line.callee().requested, ["MESSAGE"]);
    assert_eq!(line.nodes[1].requested, ["MESSAGE"]);
    assert_eq!(line.caller().passed, [200]);
    assert_eq!(
        line.sent("0>1 MESSAGE"),
        [
            "0 ms 0>1 MESSAGE",
            "500 ms 0>1 MESSAGE",
            "1500 ms 0>1 MESSAGE",
            "3500 ms 0>1 MESSAGE",
            "7500 ms 0>1 MESSAGE"
        ]
    );
}

#[test]
fn another_request_nobody_hears_is_sent_eleven_times_and_given_up_after_32_s() {
    let mut line = Line::pair(Delivery::Unreliable, &[]);
    line.wire.lose("0>1 OPTIONS", usize::MAX);
    line.request("OPTIONS", 1);
    line.run();
    assert_eq!(line.sent("0>1 OPTIONS").len(), 11);
    assert_eq!(line.caller().ended, [End::Timeout]);
    assert_eq!(line.now_ms(), 32_000);
}

#[test]
fn both_ends_remember_an_answered_invite_for_32_s_and_no_longer() {
    let mut line = Line::pair(Delivery::Unreliable, &[(0, 200)]);
    line.request("INVITE", 1);
    line.run_until(32_000);
    let accepted = State::ClientInvite(client_invite::ClientInviteState::Accepted);
    assert_eq!(line.caller().states(), [accepted]);
    let accepted = State::ServerInvite(server_invite::ServerInviteState::Accepted);
    assert_eq!(line.callee().states(), [accepted]);
    line.run();
    assert_eq!(line.now_ms(), 32_020);
}

#[test]
fn calls_survive_a_third_of_all_frames_lost_and_the_rest_in_disorder() {
    let mut answered = 0;
    for seed in 0..200 {
        let mut line = Line::new(Delivery::Unreliable, 2, &[(50, 180), (1_500, 200)]);
        line.wire.seed(seed);
        line.wire.loss_percent = 33;
        line.wire.jitter_ms = 700;
        let line = call(line);
        for node in &line.nodes[1..] {
            let invites = node
                .requested
                .iter()
                .filter(|method| *method == "INVITE")
                .count();
            assert!(
                invites <= 1,
                "seed {seed}: node {} saw {invites} calls",
                node.place
            );
        }
        answered += usize::from(line.caller().passed.contains(&200));
    }
    // Six hops of a third lost each; without repetition 200 calls would leave about 18.
    assert!(answered > 190, "{answered}");
}

#[test]
fn failures_survive_a_third_of_all_frames_lost_and_the_rest_in_disorder() {
    for seed in 0..200 {
        let mut line = Line::new(Delivery::Unreliable, 1, &[(50, 180), (1_500, 486)]);
        line.wire.seed(seed);
        line.wire.loss_percent = 33;
        line.wire.jitter_ms = 700;
        let line = call(line);
        let finals = line
            .caller()
            .passed
            .iter()
            .filter(|status| **status >= 200)
            .count();
        assert!(finals <= 1, "seed {seed}: a non-2xx is passed once");
        let acks = line
            .callee()
            .requested
            .iter()
            .filter(|method| *method == "ACK")
            .count();
        assert_eq!(acks, 0, "seed {seed}: its ACK never is");
    }
}
