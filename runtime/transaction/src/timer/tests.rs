use super::*;

#[test]
fn the_earliest_timer_is_taken_first_and_only_when_due() {
    let mut timers = Timers::default();
    timers.set(Timer::A, 500);
    timers.set(Timer::B, 32_000);
    timers.set(Timer::C, 181_000);
    assert_eq!(timers.earliest(), Some(500));
    assert_eq!(timers.take_due(499), None);
    let taken: Vec<Timer> = std::iter::from_fn(|| timers.take_due(40_000)).collect();
    assert_eq!(taken, [Timer::A, Timer::B]);
    assert_eq!(timers.earliest(), Some(181_000));
}

#[test]
fn among_timers_due_together_the_one_that_ends_the_wait_comes_first() {
    let mut timers = Timers::default();
    timers.set(Timer::E, 1_000);
    timers.set(Timer::F, 1_000);
    assert_eq!(timers.take_due(1_000), Some(Timer::F));
}

#[test]
fn a_timer_set_again_is_moved() {
    let mut timers = Timers::default();
    timers.set(Timer::C, 100);
    timers.set(Timer::C, 200);
    assert_eq!(timers.take_due(199), None);
    assert_eq!(timers.take_due(200), Some(Timer::C));
    assert_eq!(timers, Timers::default());
}

#[test]
fn clearing_a_timer_leaves_another_in_its_place() {
    let mut timers = Timers::default();
    timers.set(Timer::D, 100);
    timers.clear(Timer::B);
    assert_eq!(timers.earliest(), Some(100));
    timers.clear(Timer::D);
    assert_eq!(timers.earliest(), None);
}

#[test]
fn each_timer_belongs_to_the_machines_the_rfc_gives_it_to() {
    use crate::{client_invite, client_other, server_invite, server_other};
    for timer in Timer::ALL {
        let owners = [
            client_invite::ClientInviteInput::of(timer).is_some(),
            client_other::ClientOtherInput::of(timer).is_some(),
            server_invite::ServerInviteInput::of(timer).is_some(),
            server_other::ServerOtherInput::of(timer).is_some(),
        ];
        let expected = match timer {
            Timer::A | Timer::B | Timer::C | Timer::D | Timer::M | Timer::Cancelled => {
                [true, false, false, false]
            }
            Timer::E | Timer::F | Timer::K => [false, true, false, false],
            Timer::G | Timer::H | Timer::I | Timer::L | Timer::Trying => {
                [false, false, true, false]
            }
            Timer::J => [false, false, false, true],
            Timer::Lifetime => [true, false, true, true],
        };
        assert_eq!(owners, expected, "{timer:?}");
    }
}
