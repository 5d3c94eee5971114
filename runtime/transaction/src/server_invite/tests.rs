use std::time::Duration;

use super::*;

const T1: Duration = Duration::from_millis(500);
const T1_64: Duration = Duration::from_secs(32);

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn start(delivery: Delivery) -> ServerInvite {
    ServerInvite::start(delivery, &Config::default()).0
}

fn give(machine: &mut ServerInvite, input: ServerInviteInput) -> Vec<Action> {
    machine.handle(input, &Config::default()).into_vec()
}

fn respond(machine: &mut ServerInvite, class: Class, text: &'static str) -> Vec<Action> {
    give(machine, ServerInviteInput::Respond(class, bytes(text)))
}

fn accepted() -> ServerInvite {
    let mut machine = start(Delivery::Unreliable);
    respond(&mut machine, Class::Success, "200");
    assert_eq!(machine.state(), ServerInviteState::Accepted);
    machine
}

fn completed(delivery: Delivery) -> ServerInvite {
    let mut machine = start(delivery);
    respond(&mut machine, Class::Failure, "486");
    assert_eq!(machine.state(), ServerInviteState::Completed);
    machine
}

fn confirmed() -> ServerInvite {
    let mut machine = completed(Delivery::Unreliable);
    give(&mut machine, ServerInviteInput::Ack);
    assert_eq!(machine.state(), ServerInviteState::Confirmed);
    machine
}

#[test]
fn a_new_invite_starts_the_wait_for_200_ms_and_for_the_user() {
    let config = Config::default();
    let (machine, actions) = ServerInvite::start(Delivery::Unreliable, &config);
    assert_eq!(machine.state(), ServerInviteState::Proceeding);
    assert_eq!(
        actions.into_vec(),
        [
            Action::Set(Timer::Trying, Duration::from_millis(200)),
            Action::Set(Timer::Lifetime, config.unanswered_invite_max()),
        ]
    );
    assert!(config.unanswered_invite_max() > config.invite_lifetime_max + config.t1_64());
}

#[test]
fn proceeding_200_ms_without_an_answer_make_the_100_due() {
    let actions = give(
        &mut start(Delivery::Unreliable),
        ServerInviteInput::TimerTrying,
    );
    assert_eq!(actions, [Action::TryingDue]);
}

#[test]
fn proceeding_a_1xx_is_sent_and_no_100_is_owed_any_more() {
    let mut machine = start(Delivery::Unreliable);
    for class in [Class::Trying, Class::Provisional, Class::Provisional] {
        assert_eq!(
            respond(&mut machine, class, "1xx"),
            [Action::Clear(Timer::Trying), Action::Send(bytes("1xx"))]
        );
        assert_eq!(machine.state(), ServerInviteState::Proceeding);
    }
}

#[test]
fn proceeding_a_repeated_invite_before_any_answer_is_absorbed() {
    assert_eq!(
        give(&mut start(Delivery::Unreliable), ServerInviteInput::Invite),
        []
    );
}

#[test]
fn proceeding_a_repeated_invite_gets_the_last_provisional_response() {
    let mut machine = start(Delivery::Unreliable);
    respond(&mut machine, Class::Trying, "100");
    respond(&mut machine, Class::Provisional, "180");
    assert_eq!(
        give(&mut machine, ServerInviteInput::Invite),
        [Action::Send(bytes("180"))]
    );
}

#[test]
fn proceeding_a_2xx_is_sent_once_and_starts_timer_l() {
    for delivery in [Delivery::Unreliable, Delivery::Reliable] {
        let mut machine = start(delivery);
        assert_eq!(
            respond(&mut machine, Class::Success, "200"),
            [
                Action::ClearAll,
                Action::Send(bytes("200")),
                Action::Set(Timer::L, T1_64),
            ]
        );
        assert_eq!(machine.state(), ServerInviteState::Accepted);
    }
}

#[test]
fn proceeding_a_final_failure_over_udp_starts_timers_g_and_h() {
    let mut machine = start(Delivery::Unreliable);
    assert_eq!(
        respond(&mut machine, Class::Failure, "486"),
        [
            Action::ClearAll,
            Action::Send(bytes("486")),
            Action::Set(Timer::G, T1),
            Action::Set(Timer::H, T1_64),
        ]
    );
    assert_eq!(machine.state(), ServerInviteState::Completed);
}

#[test]
fn proceeding_a_final_failure_over_tcp_starts_timer_h_only() {
    let mut machine = start(Delivery::Reliable);
    let actions = respond(&mut machine, Class::Failure, "486");
    assert!(actions.contains(&Action::Set(Timer::H, T1_64)));
    assert!(
        !actions
            .iter()
            .any(|action| matches!(action, Action::Set(Timer::G, _)))
    );
}

#[test]
fn proceeding_a_transport_error_is_reported_and_the_transaction_stays() {
    let mut machine = start(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ServerInviteInput::TransportError),
        [Action::SendFailed]
    );
    assert_eq!(machine.state(), ServerInviteState::Proceeding);
}

#[test]
fn proceeding_without_an_answer_for_a_lifetime_ends() {
    let actions = give(
        &mut start(Delivery::Unreliable),
        ServerInviteInput::TimerLifetime,
    );
    assert_eq!(actions, [Action::End(End::Unanswered)]);
}

#[test]
fn proceeding_an_ack_means_nothing() {
    let mut machine = start(Delivery::Unreliable);
    assert_eq!(give(&mut machine, ServerInviteInput::Ack), []);
    assert_eq!(machine.state(), ServerInviteState::Proceeding);
}

#[test]
fn accepted_a_repeated_invite_is_absorbed_without_an_answer() {
    let mut machine = accepted();
    assert_eq!(give(&mut machine, ServerInviteInput::Invite), []);
    assert_eq!(machine.state(), ServerInviteState::Accepted);
}

#[test]
fn accepted_every_further_2xx_of_the_user_is_sent() {
    let mut machine = accepted();
    for text in ["200 again", "200 of another fork"] {
        assert_eq!(
            respond(&mut machine, Class::Success, text),
            [Action::Send(bytes(text))]
        );
    }
}

#[test]
fn accepted_no_timer_repeats_the_2xx() {
    let mut machine = accepted();
    for input in [
        ServerInviteInput::TimerG,
        ServerInviteInput::TimerH,
        ServerInviteInput::TimerTrying,
    ] {
        assert_eq!(give(&mut machine, input), []);
    }
}

#[test]
fn accepted_an_ack_is_passed_to_the_user() {
    let mut machine = accepted();
    assert_eq!(give(&mut machine, ServerInviteInput::Ack), [Action::Pass]);
    assert_eq!(give(&mut machine, ServerInviteInput::Ack), [Action::Pass]);
    assert_eq!(machine.state(), ServerInviteState::Accepted);
}

#[test]
fn accepted_a_transport_error_is_reported_and_the_transaction_stays() {
    let mut machine = accepted();
    assert_eq!(
        give(&mut machine, ServerInviteInput::TransportError),
        [Action::SendFailed]
    );
    assert_eq!(machine.state(), ServerInviteState::Accepted);
}

#[test]
fn accepted_timer_l_ends() {
    assert_eq!(
        give(&mut accepted(), ServerInviteInput::TimerL),
        [Action::End(End::Done)]
    );
}

#[test]
fn accepted_only_a_2xx_may_follow() {
    let machine = accepted();
    assert!(machine.may_respond(Class::Success));
    for class in [Class::Trying, Class::Provisional, Class::Failure] {
        assert!(!machine.may_respond(class));
    }
}

#[test]
fn completed_timer_g_repeats_the_failure_and_doubles_up_to_t2() {
    let mut machine = completed(Delivery::Unreliable);
    for interval_ms in [1000, 2000, 4000, 4000] {
        let again = Action::Set(Timer::G, Duration::from_millis(interval_ms));
        assert_eq!(
            give(&mut machine, ServerInviteInput::TimerG),
            [Action::Send(bytes("486")), again]
        );
    }
}

#[test]
fn completed_a_repeated_invite_gets_the_failure_again() {
    let mut machine = completed(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ServerInviteInput::Invite),
        [Action::Send(bytes("486"))]
    );
}

#[test]
fn completed_timer_h_ends_in_timeout() {
    let actions = give(
        &mut completed(Delivery::Unreliable),
        ServerInviteInput::TimerH,
    );
    assert_eq!(actions, [Action::End(End::Timeout)]);
}

#[test]
fn completed_a_transport_error_is_reported_and_the_transaction_stays() {
    let mut machine = completed(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ServerInviteInput::TransportError),
        [Action::SendFailed]
    );
    assert_eq!(machine.state(), ServerInviteState::Completed);
}

#[test]
fn completed_the_ack_stops_the_repetition_and_starts_timer_i() {
    let mut machine = completed(Delivery::Unreliable);
    assert_eq!(
        give(&mut machine, ServerInviteInput::Ack),
        [
            Action::ClearAll,
            Action::Set(Timer::I, Duration::from_secs(5)),
        ]
    );
    assert_eq!(machine.state(), ServerInviteState::Confirmed);
}

#[test]
fn over_tcp_the_ack_ends_at_once() {
    let actions = give(&mut completed(Delivery::Reliable), ServerInviteInput::Ack);
    assert!(actions.ends_with(&[Action::End(End::Done)]));
}

#[test]
fn completed_and_confirmed_take_no_further_response() {
    for machine in [completed(Delivery::Unreliable), confirmed()] {
        for class in [
            Class::Trying,
            Class::Provisional,
            Class::Success,
            Class::Failure,
        ] {
            assert!(!machine.may_respond(class));
            let mut machine = machine.clone();
            assert_eq!(respond(&mut machine, class, "late"), []);
        }
    }
}

#[test]
fn confirmed_repeated_acks_and_invites_are_absorbed() {
    let mut machine = confirmed();
    for input in [
        ServerInviteInput::Ack,
        ServerInviteInput::Invite,
        ServerInviteInput::TimerG,
        ServerInviteInput::TransportError,
    ] {
        assert_eq!(give(&mut machine, input), []);
    }
    assert_eq!(machine.state(), ServerInviteState::Confirmed);
}

#[test]
fn confirmed_timer_i_ends() {
    assert_eq!(
        give(&mut confirmed(), ServerInviteInput::TimerI),
        [Action::End(End::Done)]
    );
}
