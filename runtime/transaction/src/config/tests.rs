use super::*;

#[test]
fn the_defaults_are_those_of_the_rfc_and_in_range() {
    let config = Config::default();
    assert_eq!(config.check(), Ok(()));
    assert_eq!(config.t1_64(), Duration::from_secs(32));
    assert!(config.timer_c > Duration::from_secs(180));
}

#[test]
fn a_duration_out_of_range_is_refused_by_name() {
    type Field = fn(&mut Config) -> &mut Duration;
    let set: [(&str, Field); 8] = [
        ("t1", |config| &mut config.t1),
        ("t2", |config| &mut config.t2),
        ("t4", |config| &mut config.t4),
        ("timer_c", |config| &mut config.timer_c),
        ("timer_d", |config| &mut config.timer_d),
        ("trying_after", |config| &mut config.trying_after),
        ("invite_lifetime_max", |config| {
            &mut config.invite_lifetime_max
        }),
        ("other_lifetime_max", |config| {
            &mut config.other_lifetime_max
        }),
    ];
    for (name, field) in set {
        for value in [Duration::ZERO, Duration::from_micros(999), DURATION_MAX * 2] {
            let mut config = Config::default();
            *field(&mut config) = value;
            assert_eq!(config.check(), Err(TimersError::Duration { name, value }));
        }
    }
}

#[test]
fn a_table_holds_at_least_one_transaction_and_no_more_than_can_be_numbered() {
    let with = |transactions_max| Config {
        transactions_max,
        ..Config::default()
    };
    assert_eq!(with(1).check(), Ok(()));
    for count in [0, u32::MAX as usize, usize::MAX] {
        assert_eq!(
            with(count).check(),
            Err(TimersError::TransactionsMax(count))
        );
    }
}

#[test]
fn the_longest_durations_do_not_overflow() {
    let config = Config {
        t1: Duration::MAX,
        ..Config::default()
    };
    assert_eq!(config.t1_64(), Duration::MAX);
    assert_eq!(config.unanswered_invite_max(), Duration::MAX);
}
