use std::time::Duration;

use super::*;

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn start(delivery: Delivery) -> ServerOther {
    ServerOther::start(delivery, &Config::default()).0
}

fn give(machine: &mut ServerOther, input: ServerOtherInput) -> Vec<Action> {
    machine.handle(input, &Config::default()).into_vec()
}

fn respond(machine: &mut ServerOther, class: Class, text: &'static str) -> Vec<Action> {
    give(machine, ServerOtherInput::Respond(class, bytes(text)))
}

fn proceeding() -> ServerOther {
    let mut machine = start(Delivery::Unreliable);
    respond(&mut machine, Class::Trying, "100");
    assert_eq!(machine.state(), ServerOtherState::Proceeding);
    machine
}

fn completed() -> ServerOther {
    let mut machine = start(Delivery::Unreliable);
    respond(&mut machine, Class::Success, "200");
    assert_eq!(machine.state(), ServerOtherState::Completed);
    machine
}

fn into_completed(text: &'static str, last: Action) -> [Action; 3] {
    [Action::ClearAll, Action::Send(bytes(text)), last]
}

fn timer_j() -> Action {
    Action::Set(Timer::J, Duration::from_secs(32))
}

#[test]
fn a_new_request_only_waits_for_the_user() {
    let (machine, actions) = ServerOther::start(Delivery::Unreliable, &Config::default());
    assert_eq!(machine.state(), ServerOtherState::Trying);
    let lifetime = Action::Set(Timer::Lifetime, Duration::from_secs(64));
    assert_eq!(actions.into_vec(), [lifetime]);
}

#[test]
fn trying_a_repeated_request_is_absorbed() {
    assert_eq!(
        give(&mut start(Delivery::Unreliable), ServerOtherInput::Request),
        []
    );
}

#[test]
fn trying_a_1xx_is_sent() {
    let mut machine = start(Delivery::Unreliable);
    assert_eq!(
        respond(&mut machine, Class::Provisional, "183"),
        [Action::Send(bytes("183"))]
    );
    assert_eq!(machine.state(), ServerOtherState::Proceeding);
}

#[test]
fn trying_a_final_response_over_udp_starts_timer_j() {
    for class in [Class::Success, Class::Failure] {
        let mut machine = start(Delivery::Unreliable);
        assert_eq!(
            respond(&mut machine, class, "final"),
            into_completed("final", timer_j())
        );
        assert_eq!(machine.state(), ServerOtherState::Completed);
    }
}

#[test]
fn over_tcp_a_final_response_ends_at_once() {
    let mut machine = start(Delivery::Reliable);
    let actions = respond(&mut machine, Class::Success, "200");
    assert_eq!(actions, into_completed("200", Action::End(End::Done)));
}

#[test]
fn trying_a_transport_error_means_nothing_since_nothing_was_sent() {
    assert_eq!(
        give(
            &mut start(Delivery::Unreliable),
            ServerOtherInput::TransportError
        ),
        []
    );
}

#[test]
fn trying_and_proceeding_without_an_answer_for_a_lifetime_end() {
    for mut machine in [start(Delivery::Unreliable), proceeding()] {
        let actions = give(&mut machine, ServerOtherInput::TimerLifetime);
        assert_eq!(actions, [Action::End(End::Unanswered)]);
    }
}

#[test]
fn proceeding_a_repeated_request_gets_the_last_provisional_response() {
    let mut machine = proceeding();
    respond(&mut machine, Class::Provisional, "183");
    assert_eq!(
        give(&mut machine, ServerOtherInput::Request),
        [Action::Send(bytes("183"))]
    );
}

#[test]
fn proceeding_a_1xx_is_sent() {
    let actions = respond(&mut proceeding(), Class::Provisional, "183");
    assert_eq!(actions, [Action::Send(bytes("183"))]);
}

#[test]
fn proceeding_a_final_response_starts_timer_j() {
    let mut machine = proceeding();
    assert_eq!(
        respond(&mut machine, Class::Failure, "404"),
        into_completed("404", timer_j())
    );
    assert_eq!(machine.state(), ServerOtherState::Completed);
}

#[test]
fn proceeding_and_completed_a_transport_error_ends() {
    for mut machine in [proceeding(), completed()] {
        let actions = give(&mut machine, ServerOtherInput::TransportError);
        assert_eq!(actions, [Action::End(End::TransportError)]);
    }
}

#[test]
fn completed_a_repeated_request_gets_the_final_response_again() {
    let mut machine = completed();
    for _ in 0..3 {
        assert_eq!(
            give(&mut machine, ServerOtherInput::Request),
            [Action::Send(bytes("200"))]
        );
    }
}

#[test]
fn completed_no_further_response_is_taken() {
    let mut machine = completed();
    assert!(!machine.may_respond());
    assert_eq!(respond(&mut machine, Class::Failure, "500"), []);
    assert_eq!(
        give(&mut machine, ServerOtherInput::Request),
        [Action::Send(bytes("200"))]
    );
}

#[test]
fn completed_timer_j_ends() {
    assert_eq!(
        give(&mut completed(), ServerOtherInput::TimerJ),
        [Action::End(End::Done)]
    );
}
