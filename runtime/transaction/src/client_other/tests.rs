use std::time::Duration;

use super::*;

const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
const T1_64: Duration = Duration::from_secs(32);

fn request() -> Bytes {
    Bytes::from_static(b"OPTIONS")
}

fn start(delivery: Delivery) -> (ClientOther, Vec<Action>) {
    let (machine, actions) = ClientOther::start(
        request(),
        delivery,
        &Config::default(),
        TimerOverrides::default(),
    );
    (machine, actions.into_vec())
}

fn give(machine: &mut ClientOther, input: ClientOtherInput) -> Vec<Action> {
    machine.handle(input, &Config::default()).into_vec()
}

fn proceeding() -> ClientOther {
    let mut machine = start(Delivery::Unreliable).0;
    give(&mut machine, ClientOtherInput::Provisional);
    assert_eq!(machine.state(), ClientOtherState::Proceeding);
    machine
}

fn completed() -> ClientOther {
    let mut machine = start(Delivery::Unreliable).0;
    give(&mut machine, ClientOtherInput::Final);
    assert_eq!(machine.state(), ClientOtherState::Completed);
    machine
}

fn into_completed(last: Action) -> [Action; 3] {
    [Action::ClearAll, Action::Pass, last]
}

#[test]
fn a_request_over_udp_is_sent_and_starts_timers_e_and_f() {
    let (machine, actions) = start(Delivery::Unreliable);
    assert_eq!(machine.state(), ClientOtherState::Trying);
    assert_eq!(
        actions,
        [
            Action::Send(request()),
            Action::Set(Timer::E, T1),
            Action::Set(Timer::F, T1_64)
        ]
    );
}

#[test]
fn a_request_over_tcp_starts_timer_f_only() {
    let (_, actions) = start(Delivery::Reliable);
    assert_eq!(
        actions,
        [Action::Send(request()), Action::Set(Timer::F, T1_64)]
    );
}

#[test]
fn a_request_may_have_its_own_timer_f() {
    let timers = TimerOverrides {
        fr_timer: Some(Duration::from_secs(2)),
        fr_inv_timer: None,
    };
    let (_, actions) =
        ClientOther::start(request(), Delivery::Reliable, &Config::default(), timers);
    assert!(actions.contains(&Action::Set(Timer::F, Duration::from_secs(2))));
}

#[test]
fn trying_timer_e_repeats_and_doubles_up_to_t2() {
    let mut machine = start(Delivery::Unreliable).0;
    for interval_ms in [1000, 2000, 4000, 4000, 4000] {
        let again = Action::Set(Timer::E, Duration::from_millis(interval_ms));
        assert_eq!(
            give(&mut machine, ClientOtherInput::TimerE),
            [Action::Send(request()), again]
        );
    }
}

#[test]
fn trying_timer_f_ends_in_timeout() {
    let actions = give(&mut start(Delivery::Unreliable).0, ClientOtherInput::TimerF);
    assert_eq!(actions, [Action::End(End::Timeout)]);
}

#[test]
fn trying_a_transport_error_ends() {
    let actions = give(
        &mut start(Delivery::Unreliable).0,
        ClientOtherInput::TransportError,
    );
    assert_eq!(actions, [Action::End(End::TransportError)]);
}

#[test]
fn trying_a_1xx_is_passed_and_the_request_still_repeated() {
    let mut machine = start(Delivery::Unreliable).0;
    assert_eq!(
        give(&mut machine, ClientOtherInput::Provisional),
        [Action::Pass]
    );
    assert_eq!(machine.state(), ClientOtherState::Proceeding);
}

#[test]
fn trying_a_final_response_is_passed_and_starts_timer_k() {
    let mut machine = start(Delivery::Unreliable).0;
    let timer_k = Action::Set(Timer::K, Duration::from_secs(5));
    assert_eq!(
        give(&mut machine, ClientOtherInput::Final),
        into_completed(timer_k)
    );
    assert_eq!(machine.state(), ClientOtherState::Completed);
}

#[test]
fn over_tcp_a_final_response_ends_at_once() {
    let actions = give(&mut start(Delivery::Reliable).0, ClientOtherInput::Final);
    assert_eq!(actions, into_completed(Action::End(End::Done)));
}

#[test]
fn proceeding_timer_e_repeats_every_t2() {
    let mut machine = proceeding();
    for _ in 0..3 {
        assert_eq!(
            give(&mut machine, ClientOtherInput::TimerE),
            [Action::Send(request()), Action::Set(Timer::E, T2)]
        );
    }
}

#[test]
fn proceeding_timer_f_ends_in_timeout() {
    assert_eq!(
        give(&mut proceeding(), ClientOtherInput::TimerF),
        [Action::End(End::Timeout)]
    );
}

#[test]
fn proceeding_a_transport_error_ends() {
    let actions = give(&mut proceeding(), ClientOtherInput::TransportError);
    assert_eq!(actions, [Action::End(End::TransportError)]);
}

#[test]
fn proceeding_every_1xx_is_passed() {
    let mut machine = proceeding();
    assert_eq!(
        give(&mut machine, ClientOtherInput::Provisional),
        [Action::Pass]
    );
    assert_eq!(
        give(&mut machine, ClientOtherInput::Provisional),
        [Action::Pass]
    );
}

#[test]
fn proceeding_a_final_response_is_passed_and_starts_timer_k() {
    let mut machine = proceeding();
    let timer_k = Action::Set(Timer::K, Duration::from_secs(5));
    assert_eq!(
        give(&mut machine, ClientOtherInput::Final),
        into_completed(timer_k)
    );
    assert_eq!(machine.state(), ClientOtherState::Completed);
}

#[test]
fn completed_repeated_responses_are_absorbed() {
    let mut machine = completed();
    for input in [
        ClientOtherInput::Final,
        ClientOtherInput::Provisional,
        ClientOtherInput::TimerE,
        ClientOtherInput::TimerF,
        ClientOtherInput::TransportError,
    ] {
        assert_eq!(give(&mut machine, input), []);
    }
    assert_eq!(machine.state(), ClientOtherState::Completed);
}

#[test]
fn completed_timer_k_ends() {
    assert_eq!(
        give(&mut completed(), ClientOtherInput::TimerK),
        [Action::End(End::Done)]
    );
}
