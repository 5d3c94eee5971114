use std::time::Duration;

use super::*;

const T1: Duration = Duration::from_millis(500);
const T1_64: Duration = Duration::from_secs(32);
const TIMER_C: Duration = Duration::from_secs(181);

fn invite() -> Bytes {
    Bytes::from_static(b"INVITE")
}

fn ack() -> Bytes {
    Bytes::from_static(b"ACK")
}

fn calling(delivery: Delivery) -> ClientInvite {
    ClientInvite::start(
        invite(),
        delivery,
        &Config::default(),
        TimerOverrides::default(),
    )
    .0
}

fn give(machine: &mut ClientInvite, input: ClientInviteInput<'_>) -> Vec<Action> {
    machine.handle(input, &Config::default()).into_vec()
}

fn fail(machine: &mut ClientInvite) -> Vec<Action> {
    give(machine, ClientInviteInput::Failure(&mut ack))
}

fn proceeding(delivery: Delivery) -> ClientInvite {
    let mut machine = calling(delivery);
    give(&mut machine, ClientInviteInput::Provisional);
    assert_eq!(machine.state(), ClientInviteState::Proceeding);
    machine
}

fn accepted() -> ClientInvite {
    let mut machine = calling(Delivery::Unreliable);
    give(&mut machine, ClientInviteInput::Success);
    assert_eq!(machine.state(), ClientInviteState::Accepted);
    machine
}

fn completed() -> ClientInvite {
    let mut machine = calling(Delivery::Unreliable);
    fail(&mut machine);
    assert_eq!(machine.state(), ClientInviteState::Completed);
    machine
}

fn into_accepted() -> Vec<Action> {
    vec![Action::ClearAll, Action::Set(Timer::M, T1_64), Action::Pass]
}

fn into_completed(last: Action) -> Vec<Action> {
    vec![Action::ClearAll, Action::Send(ack()), Action::Pass, last]
}

fn cancel_due(cause: CancelCause) -> Vec<Action> {
    vec![
        Action::ClearAll,
        Action::Set(Timer::Cancelled, T1_64),
        Action::CancelDue(cause),
    ]
}

#[test]
fn an_invite_over_udp_is_sent_and_starts_timers_a_b_and_c() {
    let (machine, actions) = ClientInvite::start(
        invite(),
        Delivery::Unreliable,
        &Config::default(),
        TimerOverrides::default(),
    );
    assert_eq!(machine.state(), ClientInviteState::Calling);
    assert_eq!(
        actions.into_vec(),
        [
            Action::Send(invite()),
            Action::Set(Timer::A, T1),
            Action::Set(Timer::B, T1_64),
            Action::Set(Timer::C, TIMER_C),
        ]
    );
}

#[test]
fn an_invite_over_tcp_starts_no_timer_a() {
    let (_, actions) = ClientInvite::start(
        invite(),
        Delivery::Reliable,
        &Config::default(),
        TimerOverrides::default(),
    );
    assert!(
        !actions
            .iter()
            .any(|action| matches!(action, Action::Set(Timer::A, _)))
    );
    assert!(actions.contains(&Action::Set(Timer::B, T1_64)));
}

#[test]
fn a_branch_may_have_its_own_timers_b_and_c() {
    let timers = TimerOverrides {
        fr_timer: Some(Duration::from_secs(3)),
        fr_inv_timer: Some(Duration::from_secs(20)),
    };
    let (mut machine, actions) =
        ClientInvite::start(invite(), Delivery::Reliable, &Config::default(), timers);
    assert!(actions.contains(&Action::Set(Timer::B, Duration::from_secs(3))));
    assert!(actions.contains(&Action::Set(Timer::C, Duration::from_secs(20))));
    let actions = give(&mut machine, ClientInviteInput::Provisional);
    assert!(actions.contains(&Action::Set(Timer::C, Duration::from_secs(20))));
}

#[test]
fn calling_timer_a_repeats_the_invite_and_doubles_without_end() {
    let mut machine = calling(Delivery::Unreliable);
    for factor in [2, 4, 8, 16, 32, 64] {
        assert_eq!(
            give(&mut machine, ClientInviteInput::TimerA),
            [Action::Send(invite()), Action::Set(Timer::A, T1 * factor)]
        );
    }
    assert_eq!(machine.state(), ClientInviteState::Calling);
}

#[test]
fn calling_timer_b_ends_in_timeout_which_counts_as_408() {
    let actions = give(
        &mut calling(Delivery::Unreliable),
        ClientInviteInput::TimerB,
    );
    assert_eq!(actions, [Action::End(End::Timeout)]);
    assert_eq!(End::Timeout.status(), Some(408));
}

#[test]
fn calling_timer_c_before_b_ends_in_timeout() {
    let actions = give(
        &mut calling(Delivery::Unreliable),
        ClientInviteInput::TimerC,
    );
    assert_eq!(actions, [Action::End(End::Timeout)]);
}

#[test]
fn calling_a_transport_error_ends_and_counts_as_503() {
    let actions = give(
        &mut calling(Delivery::Unreliable),
        ClientInviteInput::TransportError,
    );
    assert_eq!(actions, [Action::End(End::TransportError)]);
    assert_eq!(End::TransportError.status(), Some(503));
}

#[test]
fn calling_a_100_stops_timers_a_and_b_and_leaves_c() {
    let mut machine = calling(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ClientInviteInput::Trying),
        [
            Action::Clear(Timer::A),
            Action::Clear(Timer::B),
            Action::Set(Timer::Lifetime, Duration::from_secs(900)),
            Action::Pass,
        ]
    );
    assert_eq!(machine.state(), ClientInviteState::Proceeding);
}

#[test]
fn calling_a_180_stops_timers_a_and_b_and_restarts_c() {
    let mut machine = calling(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ClientInviteInput::Provisional),
        [
            Action::ClearAll,
            Action::Set(Timer::Lifetime, Duration::from_secs(900)),
            Action::Set(Timer::C, TIMER_C),
            Action::Pass,
        ]
    );
    assert_eq!(machine.state(), ClientInviteState::Proceeding);
}

#[test]
fn calling_a_2xx_is_passed_and_starts_timer_m() {
    let mut machine = calling(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ClientInviteInput::Success),
        into_accepted()
    );
    assert_eq!(machine.state(), ClientInviteState::Accepted);
}

#[test]
fn timer_m_runs_over_tcp_too() {
    assert_eq!(
        give(&mut calling(Delivery::Reliable), ClientInviteInput::Success),
        into_accepted()
    );
}

#[test]
fn calling_a_final_failure_is_acknowledged_passed_and_starts_timer_d() {
    let mut machine = calling(Delivery::Unreliable);
    let timer_d = Action::Set(Timer::D, Duration::from_secs(32));
    assert_eq!(fail(&mut machine), into_completed(timer_d));
    assert_eq!(machine.state(), ClientInviteState::Completed);
}

#[test]
fn over_tcp_a_final_failure_ends_at_once_after_its_ack() {
    let actions = fail(&mut calling(Delivery::Reliable));
    assert_eq!(actions, into_completed(Action::End(End::Done)));
}

#[test]
fn proceeding_a_100_is_passed_and_does_not_restart_timer_c() {
    assert_eq!(
        give(
            &mut proceeding(Delivery::Unreliable),
            ClientInviteInput::Trying
        ),
        [Action::Pass]
    );
}

#[test]
fn proceeding_every_101_to_199_is_passed_and_restarts_timer_c() {
    let mut machine = proceeding(Delivery::Unreliable);
    for _ in 0..3 {
        assert_eq!(
            give(&mut machine, ClientInviteInput::Provisional),
            [Action::Set(Timer::C, TIMER_C), Action::Pass]
        );
    }
}

#[test]
fn proceeding_a_2xx_is_passed_and_starts_timer_m() {
    let mut machine = proceeding(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ClientInviteInput::Success),
        into_accepted()
    );
    assert_eq!(machine.state(), ClientInviteState::Accepted);
}

#[test]
fn proceeding_a_final_failure_is_acknowledged_passed_and_starts_timer_d() {
    let mut machine = proceeding(Delivery::Unreliable);
    let timer_d = Action::Set(Timer::D, Duration::from_secs(32));
    assert_eq!(fail(&mut machine), into_completed(timer_d));
    assert_eq!(machine.state(), ClientInviteState::Completed);
}

#[test]
fn proceeding_the_invite_is_not_repeated_and_no_transport_error_matters() {
    let mut machine = proceeding(Delivery::Unreliable);
    for input in [
        ClientInviteInput::TimerA,
        ClientInviteInput::TimerB,
        ClientInviteInput::TransportError,
    ] {
        assert_eq!(give(&mut machine, input), []);
    }
    assert_eq!(machine.state(), ClientInviteState::Proceeding);
}

#[test]
fn proceeding_timer_c_makes_the_cancel_due() {
    let mut machine = proceeding(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ClientInviteInput::TimerC),
        cancel_due(CancelCause::TimerC)
    );
    assert_eq!(machine.state(), ClientInviteState::Proceeding);
}

#[test]
fn proceeding_for_a_lifetime_makes_the_cancel_due() {
    let mut machine = proceeding(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ClientInviteInput::TimerLifetime),
        cancel_due(CancelCause::Lifetime)
    );
}

#[test]
fn accepted_every_further_2xx_is_passed() {
    let mut machine = accepted();
    for _ in 0..3 {
        assert_eq!(
            give(&mut machine, ClientInviteInput::Success),
            [Action::Pass]
        );
    }
}

#[test]
fn accepted_timer_m_ends() {
    assert_eq!(
        give(&mut accepted(), ClientInviteInput::TimerM),
        [Action::End(End::Done)]
    );
}

#[test]
fn accepted_everything_but_2xx_is_absorbed() {
    let mut machine = accepted();
    for input in [
        ClientInviteInput::Trying,
        ClientInviteInput::Provisional,
        ClientInviteInput::Failure(&mut || panic!("no ACK to a failure after a 2xx")),
        ClientInviteInput::Cancel,
        ClientInviteInput::TransportError,
        ClientInviteInput::TimerA,
        ClientInviteInput::TimerC,
    ] {
        assert_eq!(give(&mut machine, input), []);
    }
    assert_eq!(machine.state(), ClientInviteState::Accepted);
}

#[test]
fn completed_a_repeated_failure_gets_the_same_ack_and_is_not_passed() {
    let mut machine = completed();
    let mut second = || panic!("the ACK is printed once");
    assert_eq!(
        give(&mut machine, ClientInviteInput::Failure(&mut second)),
        [Action::Send(ack())]
    );
}

#[test]
fn completed_timer_d_ends() {
    assert_eq!(
        give(&mut completed(), ClientInviteInput::TimerD),
        [Action::End(End::Done)]
    );
}

#[test]
fn completed_a_transport_error_ends() {
    let actions = give(&mut completed(), ClientInviteInput::TransportError);
    assert_eq!(actions, [Action::End(End::TransportError)]);
}

#[test]
fn completed_everything_else_is_absorbed() {
    let mut machine = completed();
    for input in [
        ClientInviteInput::Trying,
        ClientInviteInput::Provisional,
        ClientInviteInput::Success,
        ClientInviteInput::Cancel,
        ClientInviteInput::TimerM,
    ] {
        assert_eq!(give(&mut machine, input), []);
    }
    assert_eq!(machine.state(), ClientInviteState::Completed);
}

#[test]
fn a_cancel_before_any_answer_waits_for_the_first_1xx() {
    for first in [ClientInviteInput::Trying, ClientInviteInput::Provisional] {
        let mut machine = calling(Delivery::Unreliable);
        let silence = Action::Set(Timer::Cancelled, Config::default().cancel_silence_max);
        assert_eq!(give(&mut machine, ClientInviteInput::Cancel), [silence]);
        assert_eq!(
            give(&mut machine, ClientInviteInput::Cancel),
            [],
            "the wait is not prolonged"
        );
        let actions = give(&mut machine, first);
        assert!(
            actions.ends_with(&cancel_due(CancelCause::User)),
            "{actions:?}"
        );
        assert!(actions.contains(&Action::Pass));
    }
}

#[test]
fn an_invite_to_be_cancelled_is_repeated_until_somebody_answers() {
    let mut machine = calling(Delivery::Unreliable);
    give(&mut machine, ClientInviteInput::Cancel);
    assert!(give(&mut machine, ClientInviteInput::TimerA).contains(&Action::Send(invite())));
    give(&mut machine, ClientInviteInput::Trying);
    assert_eq!(give(&mut machine, ClientInviteInput::TimerA), []);
}

#[test]
fn whoever_wants_a_silent_invite_cancelled_waits_for_it_no_longer_than_a_while() {
    let mut machine = calling(Delivery::Unreliable);
    give(&mut machine, ClientInviteInput::Cancel);
    assert_eq!(
        give(&mut machine, ClientInviteInput::TimerCancelled),
        [Action::GivenUp]
    );
    // It may ring somewhere all the same.
    assert!(give(&mut machine, ClientInviteInput::TimerA).contains(&Action::Send(invite())));
    let actions = give(&mut machine, ClientInviteInput::Provisional);
    assert!(
        actions.ends_with(&cancel_due(CancelCause::User)),
        "{actions:?}"
    );
}

#[test]
fn a_cancel_that_waits_is_dropped_when_the_call_is_answered() {
    let mut machine = calling(Delivery::Unreliable);
    give(&mut machine, ClientInviteInput::Cancel);
    assert_eq!(
        give(&mut machine, ClientInviteInput::Success),
        into_accepted()
    );
}

#[test]
fn a_cancel_while_ringing_is_due_at_once_and_only_once() {
    let mut machine = proceeding(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ClientInviteInput::Cancel),
        cancel_due(CancelCause::User)
    );
    assert_eq!(give(&mut machine, ClientInviteInput::Cancel), []);
    assert_eq!(give(&mut machine, ClientInviteInput::TimerC), []);
}

#[test]
fn ringing_after_the_cancel_does_not_restart_timer_c() {
    let mut machine = proceeding(Delivery::Unreliable);
    give(&mut machine, ClientInviteInput::Cancel);
    assert_eq!(
        give(&mut machine, ClientInviteInput::Provisional),
        [Action::Pass]
    );
}

#[test]
fn no_final_response_after_the_cancel_ends_in_timeout() {
    let mut machine = proceeding(Delivery::Unreliable);
    give(&mut machine, ClientInviteInput::Cancel);
    assert_eq!(
        give(&mut machine, ClientInviteInput::TimerCancelled),
        [Action::End(End::Timeout)]
    );
}

#[test]
fn the_487_after_the_cancel_is_acknowledged_and_passed() {
    let mut machine = proceeding(Delivery::Reliable);
    give(&mut machine, ClientInviteInput::Cancel);
    assert_eq!(fail(&mut machine), into_completed(Action::End(End::Done)));
}

#[test]
fn a_2xx_that_crosses_the_cancel_is_passed() {
    let mut machine = proceeding(Delivery::Unreliable);
    give(&mut machine, ClientInviteInput::Cancel);
    assert_eq!(
        give(&mut machine, ClientInviteInput::Success),
        into_accepted()
    );
}
