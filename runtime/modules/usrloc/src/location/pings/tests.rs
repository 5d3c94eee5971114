use super::*;
use crate::LocationTable;
use crate::location::Update;
use crate::location::testing::{NOW, aor, at, register};

fn table(ping_interval: u32, ping_jitter: u32, ping_misses_max: u32) -> LocationTable {
    LocationTable::new(Config {
        ping_interval,
        ping_jitter,
        ping_misses_max,
        ..Config::default()
    })
}

/// Pings the one contact that is due, and says what came of it.
fn ping(table: &LocationTable, now: u64, outcome: PingOutcome) -> bool {
    let mut due = table.due_pings(at(now), 9);
    assert_eq!(due.len(), 1, "at {now}");
    table.pinged(&due.remove(0), outcome, at(now))
}

#[test]
fn a_contact_is_due_an_interval_after_it_was_heard_of_and_then_again() {
    let table = table(30, 0, 3);
    register(&table, "bob", None, NOW);
    assert!(table.due_pings(at(1029), 9).is_empty());
    assert!(!ping(&table, 1030, PingOutcome::Answered));
    assert!(table.due_pings(at(1059), 9).is_empty());
    assert!(!ping(&table, 1060, PingOutcome::Answered));
    // A phone that registers keeps its way open by itself.
    register(&table, "bob", None, at(1085));
    assert!(table.due_pings(at(1114), 9).is_empty());
    assert!(!ping(&table, 1115, PingOutcome::Unsent));
    let answered = [("answered", 2), ("missed", 0), ("unsent", 1)];
    assert_eq!(table.flow_counts().pings(), answered);
}

#[test]
fn a_contact_that_answered_once_is_gone_after_so_many_misses_in_a_row() {
    let table = table(30, 0, 3);
    register(&table, "bob", None, NOW);
    for (now, outcome, is_gone) in [
        (1030, PingOutcome::Answered, false),
        (1060, PingOutcome::Missed, false),
        (1090, PingOutcome::Missed, false),
        (1120, PingOutcome::Answered, false),
        (1150, PingOutcome::Missed, false),
        (1180, PingOutcome::Missed, false),
        (1210, PingOutcome::Unsent, false),
        (1240, PingOutcome::Missed, true),
    ] {
        assert_eq!(ping(&table, now, outcome), is_gone, "{now}");
    }
    let bob = aor("bob");
    assert!(table.lookup(bob.as_str(), at(1240)).is_empty());
    assert_eq!(table.expired(at(1240), 9).len(), 1, "handlers hear of it");
    assert!(table.due_pings(at(9999), 9).is_empty());
    let lost = [("connection-closed", 0), ("pings-missed", 1)];
    assert_eq!(table.flow_counts().losses(), lost);
}

#[test]
fn a_phone_that_never_answers_pings_stays_and_so_does_any_where_none_counts_as_gone() {
    for (misses_max, first) in [(1, PingOutcome::Missed), (0, PingOutcome::Answered)] {
        let table = table(10, 0, misses_max);
        register(&table, "bob", None, NOW);
        assert!(!ping(&table, 1010, first));
        for now in (1020..1200).step_by(10) {
            assert!(!ping(&table, now, PingOutcome::Missed));
        }
        assert_eq!(table.lookup(aor("bob").as_str(), at(1200)).len(), 1);
    }
}

#[test]
fn what_is_known_of_a_phone_stays_known_when_it_registers_again() {
    let table = table(10, 0, 1);
    register(&table, "bob", None, NOW);
    ping(&table, 1010, PingOutcome::Answered);
    let mut due = table.due_pings(at(1020), 9);
    register(&table, "bob", None, at(1021));
    // It has registered since it was asked.
    assert!(!table.pinged(&due.remove(0), PingOutcome::Missed, at(1028)));
    assert!(ping(&table, 1031, PingOutcome::Missed));
}

fn users(due: Vec<DuePing>) -> Vec<Aor> {
    due.into_iter()
        .map(|ping| ping.binding.aor.clone())
        .collect()
}

#[test]
fn phones_that_registered_together_are_not_pinged_together() {
    let table = table(30, 20, 3);
    for number in 0..200 {
        register(&table, &format!("u{number}"), None, NOW);
    }
    assert!(table.due_pings(at(1009), 999).is_empty());
    let early = users(table.due_pings(at(1020), 999));
    assert!((40..160).contains(&early.len()), "{}", early.len());
    // Some of the early ones are due once more.
    let mut late = users(table.due_pings(at(1030), 999));
    late.retain(|user| !early.contains(user));
    assert_eq!(late.len(), 200 - early.len());
}

#[test]
fn who_is_reached_by_its_uri_or_behind_another_proxy_is_not_pinged() {
    let table = table(30, 0, 3);
    for (user, reach, path) in [("a", Reach::Uri, ""), ("b", Reach::Flow, "<sip:edge;lr>")] {
        register(&table, user, None, NOW);
        let known = table.lookup(aor(user).as_str(), NOW).remove(0);
        let mut binding = Binding::clone(&known);
        (binding.reach, binding.cseq) = (reach, 2000);
        binding.path = [path.to_owned()]
            .into_iter()
            .filter(|path| !path.is_empty())
            .collect();
        let update = Update::Save(vec![binding]);
        table.save(&aor(user), update, NOW).unwrap();
    }
    assert!(table.due_pings(at(9999), 9).is_empty());
    let off = self::table(0, 0, 3);
    register(&off, "c", None, NOW);
    assert!(off.due_pings(at(9999), 9).is_empty());
}

#[test]
fn no_more_are_due_at_once_than_asked_for_and_the_rest_stays_due() {
    let table = table(30, 0, 3);
    for number in 0..50 {
        register(&table, &format!("u{number}"), None, NOW);
    }
    let due = || table.due_pings(at(1030), 20).len();
    assert_eq!([due(), due(), due(), due()], [20, 20, 10, 0]);
}
