use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn drain(wheel: &mut Wheel, now: Tick) -> Vec<u32> {
    std::iter::from_fn(|| wheel.pop_due(now)).collect()
}

#[test]
fn an_entry_is_due_at_its_tick_and_not_before() {
    let mut wheel = Wheel::new();
    wheel.set(3, 500);
    assert_eq!(drain(&mut wheel, 499), []);
    assert_eq!(drain(&mut wheel, 500), [3]);
    assert_eq!(drain(&mut wheel, 10_000), []);
}

#[test]
fn a_moved_entry_is_due_once_at_its_new_tick() {
    let mut wheel = Wheel::new();
    wheel.set(0, 100);
    wheel.set(0, 5_000);
    assert_eq!(drain(&mut wheel, 4_999), []);
    wheel.set(0, 5_001);
    assert_eq!(drain(&mut wheel, 6_000), [0]);
    assert_eq!(wheel.len(), 0);
}

#[test]
fn a_cancelled_entry_leaves_nothing_behind() {
    let mut wheel = Wheel::new();
    for index in 0..1000 {
        wheel.set(index, 180_000 + Tick::from(index));
    }
    for index in 0..1000 {
        wheel.cancel(index);
    }
    assert_eq!(wheel.next_wakeup(), None);
    assert_eq!(wheel.len(), 0);
}

#[test]
fn a_deadline_in_the_past_is_due_at_once() {
    let mut wheel = Wheel::new();
    assert_eq!(drain(&mut wheel, 1_000), []);
    wheel.set(1, 10);
    assert_eq!(wheel.next_wakeup(), Some(1_000));
    assert_eq!(drain(&mut wheel, 1_000), [1]);
}

#[test]
fn a_deadline_beyond_the_wheel_is_kept_until_it_is_due() {
    let mut wheel = Wheel::new();
    let far = 90 * 24 * 3600 * 1000;
    wheel.set(1, far);
    assert_eq!(drain(&mut wheel, far - 1), []);
    assert_eq!(drain(&mut wheel, far), [1]);
}

#[test]
fn a_deadline_at_the_end_of_time_does_not_overflow() {
    let mut wheel = Wheel::new();
    wheel.set(1, Tick::MAX);
    assert_eq!(drain(&mut wheel, 1 << 40), []);
    assert_eq!(wheel.len(), 1);
}

#[derive(Debug, Clone)]
enum Step {
    Set(u32, Tick),
    Cancel(u32),
    Advance(Tick),
}

fn step() -> impl Strategy<Value = Step> {
    let span = prop_oneof![
        0u64..3,
        0u64..200,
        0u64..5_000,
        0u64..400_000,
        0u64..2_000_000_000
    ];
    prop_oneof![
        4 => (0u32..24, span.clone()).prop_map(|(index, after)| Step::Set(index, after)),
        1 => (0u32..24).prop_map(Step::Cancel),
        3 => span.prop_map(Step::Advance),
    ]
}

proptest! {
    /// Against the obvious implementation: an ordered map, searched.
    #[test]
    fn the_wheel_fires_what_an_ordered_map_would(steps in prop::collection::vec(step(), 1..200)) {
        let mut wheel = Wheel::new();
        let mut model: BTreeMap<u32, Tick> = BTreeMap::new();
        let mut now = 0;
        for step in steps {
            match step {
                Step::Set(index, after) => {
                    wheel.set(index, now + after);
                    model.insert(index, now + after);
                }
                Step::Cancel(index) => {
                    wheel.cancel(index);
                    model.remove(&index);
                }
                Step::Advance(by) => {
                    now += by;
                    let mut fired: Vec<(Tick, u32)> =
                        drain(&mut wheel, now).into_iter().map(|i| (model[&i], i)).collect();
                    prop_assert!(fired.is_sorted_by_key(|(at, _)| *at));
                    fired.sort_unstable();
                    let mut expected: Vec<(Tick, u32)> =
                        model.iter().map(|(i, at)| (*at, *i)).filter(|(at, _)| *at <= now).collect();
                    expected.sort_unstable();
                    prop_assert_eq!(fired, expected);
                    model.retain(|_, at| *at > now);
                }
            }
            prop_assert_eq!(wheel.len(), model.len());
            let earliest = model.values().min().copied();
            prop_assert_eq!(wheel.next_wakeup().is_some(), earliest.is_some());
            prop_assert!(wheel.next_wakeup() <= earliest.map(|at| at.max(now)));
        }
    }
}
