use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::ContactsOver;

const NOW: Timestamp = Timestamp::from_seconds(1000);

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn aor(user: u8) -> Aor {
    Aor::new(&format!("u{user}"), "example.com").unwrap()
}

fn binding(aor: &Aor, contact: u8, expires_at: Timestamp, cseq: u32) -> Binding {
    Binding {
        uri: format!("sip:c{contact}@192.0.2.9"),
        expires_at,
        cseq,
        ..testing::binding(aor)
    }
}

fn table(aor_contacts_max: usize, contacts_max: usize) -> LocationTable {
    LocationTable::new(Config {
        aor_contacts_max,
        aor_contacts_over: ContactsOver::Refuse,
        contacts_max,
        ..Config::default()
    })
}

fn save(
    table: &LocationTable,
    user: u8,
    contact: u8,
    expires_at: u64,
    cseq: u32,
) -> Result<usize, RegisterError> {
    let aor = aor(user);
    let update = Update::Save(vec![binding(&aor, contact, at(expires_at), cseq)]);
    table
        .save(&aor, update, NOW)
        .map(|saved| saved.registered.len())
}

fn uris(bindings: &[Arc<Binding>]) -> Vec<&str> {
    bindings
        .iter()
        .map(|binding| binding.uri.as_str())
        .collect()
}

#[test]
fn contacts_are_found_by_preference_and_then_the_latest_first() {
    let (table, aor) = (table(9, 9), aor(1));
    let with_q = |contact, q: &str| {
        let q = format!("<sip:x@y>;q={q}");
        let q = evroute_sip::Contact::parse(q.as_bytes())
            .unwrap()
            .q()
            .unwrap()
            .unwrap();
        Binding {
            q,
            ..binding(&aor, contact, at(2000), 1)
        }
    };
    let update = Update::Save(vec![
        with_q(1, "0.5"),
        with_q(2, "1"),
        with_q(3, "0.5"),
        with_q(4, "0"),
    ]);
    table.save(&aor, update, NOW).unwrap();
    let found = table.lookup("u1@example.com", NOW);
    assert_eq!(
        uris(&found)
            .iter()
            .map(|uri| &uri[4..6])
            .collect::<Vec<_>>(),
        ["c2", "c3", "c1", "c4"]
    );
    assert!(table.lookup("u2@example.com", NOW).is_empty());
}

#[test]
fn an_expired_contact_is_not_found_and_raised_once() {
    let table = table(9, 9);
    save(&table, 1, 1, 1060, 1).unwrap();
    save(&table, 1, 2, 2000, 1).unwrap();
    assert_eq!(table.lookup("u1@example.com", at(1059)).len(), 2);
    assert!(table.expired(at(1059), 10).is_empty());
    assert_eq!(table.lookup("u1@example.com", at(1060)).len(), 1);
    let expired = table.expired(at(1060), 10);
    assert_eq!(
        expired
            .iter()
            .map(|expired| expired.binding.uri.as_str())
            .collect::<Vec<_>>(),
        ["sip:c1@192.0.2.9"]
    );
    assert!(table.expired(at(1060), 10).is_empty());
    assert_eq!(table.len(), 1);
}

#[test]
fn expired_contacts_come_in_portions() {
    let table = table(9, 100);
    for user in 0..50 {
        save(&table, user, 1, 1100, 1).unwrap();
    }
    let mut raised = 0;
    loop {
        let portion = table.expired(at(1100), 8).len();
        raised += portion;
        if portion < 8 {
            break;
        }
    }
    assert_eq!((raised, table.len()), (50, 0));
}

#[test]
fn a_contact_that_expired_is_raised_even_if_another_registers_before_the_sweep() {
    let (table, aor) = (table(1, 9), aor(1));
    save(&table, 1, 1, 1060, 1).unwrap();
    // Its place under the limit is free again.
    let update = Update::Save(vec![binding(&aor, 2, at(3000), 2)]);
    assert_eq!(
        table.save(&aor, update, at(2000)).unwrap().registered.len(),
        1
    );
    assert_eq!(table.expired(at(2000), 10).len(), 1);
    assert_eq!(table.lookup("u1@example.com", at(2000)).len(), 1);
}

#[test]
fn a_contact_that_is_refreshed_late_is_not_raised() {
    let (table, aor) = (table(9, 9), aor(1));
    save(&table, 1, 1, 1060, 1).unwrap();
    let update = Update::Save(vec![binding(&aor, 1, at(3000), 2)]);
    table.save(&aor, update, at(2000)).unwrap();
    assert!(table.expired(at(2000), 10).is_empty());
    assert_eq!(table.len(), 1);
}

#[test]
fn the_oldest_contact_gives_way_to_one_too_many() {
    let table = LocationTable::new(Config {
        aor_contacts_max: 3,
        ..Config::default()
    });
    for contact in 1..=3 {
        assert_eq!(save(&table, 1, contact, 2000, 1), Ok(contact.into()));
    }
    // Refreshed, so that it is the newest.
    assert_eq!(save(&table, 1, 1, 2000, 2), Ok(3));
    for contact in [4, 5] {
        assert_eq!(save(&table, 1, contact, 2000, 1), Ok(3));
    }
    let left = table.lookup("u1@example.com", NOW);
    assert_eq!(
        uris(&left),
        ["sip:c5@192.0.2.9", "sip:c4@192.0.2.9", "sip:c1@192.0.2.9"]
    );
    assert_eq!(table.len(), 3);
    assert_eq!(
        table.expired(at(3000), 9).len(),
        3,
        "those that gave way are no longer expected"
    );
}

#[test]
fn a_request_with_more_contacts_than_may_be_is_refused_whoever_would_give_way() {
    let table = LocationTable::new(Config {
        aor_contacts_max: 2,
        ..Config::default()
    });
    save(&table, 1, 9, 2000, 1).unwrap();
    let aor = aor(1);
    let three = (1..=3)
        .map(|contact| binding(&aor, contact, at(2000), 2))
        .collect();
    let saved = table.save(&aor, Update::Save(three), NOW);
    assert_eq!(saved.unwrap_err(), RegisterError::TooManyContacts);
    assert_eq!(
        uris(&table.lookup("u1@example.com", NOW)),
        ["sip:c9@192.0.2.9"]
    );
}

#[test]
fn the_limit_of_the_tenant_counts_all_addresses() {
    let table = table(2, 3);
    assert_eq!(save(&table, 1, 1, 2000, 1), Ok(1));
    assert_eq!(save(&table, 1, 2, 2000, 1), Ok(2));
    assert_eq!(save(&table, 2, 1, 2000, 1), Ok(1));
    assert_eq!(
        save(&table, 1, 3, 2000, 1),
        Err(RegisterError::TooManyContacts)
    );
    assert_eq!(save(&table, 2, 2, 2000, 1), Err(RegisterError::TableFull));
    // A refresh needs no place, and a removal gives one back.
    assert_eq!(save(&table, 1, 1, 2500, 2), Ok(2));
    assert_eq!(save(&table, 1, 1, 1000, 3), Ok(1));
    assert_eq!(save(&table, 2, 2, 2000, 2), Ok(2));
}

#[test]
fn many_threads_keep_the_count_right() {
    let table = table(4, 40);
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let table = &table;
            scope.spawn(move || {
                for round in 1..200_u32 {
                    for user in 0..20 {
                        let expires_at = if round % 3 == 0 { 1000 } else { 2000 };
                        let _ = save(table, user, thread, expires_at, round);
                    }
                    assert!(table.len() <= 40);
                }
            });
        }
    });
    let found: usize = (0..20)
        .map(|user| table.lookup(aor(user).as_str(), NOW).len())
        .sum();
    assert_eq!(found, table.len());
    assert_eq!(table.expired(at(3000), 1000).len(), found);
    assert!(table.is_empty());
}

#[derive(Clone, Debug)]
enum Step {
    Save {
        user: u8,
        contact: u8,
        lifetime: u64,
    },
    RemoveAll {
        user: u8,
    },
    Pass {
        seconds: u64,
    },
    Sweep {
        max: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u8..4, 0_u8..5, 0_u64..50)
            .prop_map(|(user, contact, lifetime)| Step::Save { user, contact, lifetime }),
        1 => (0_u8..4).prop_map(|user| Step::RemoveAll { user }),
        2 => (0_u64..40).prop_map(|seconds| Step::Pass { seconds }),
        2 => (1_usize..4).prop_map(|max| Step::Sweep { max }),
    ]
}

proptest! {
    /// Against the simplest model there is: a map of ends.
    #[test]
    fn the_table_agrees_with_a_map_of_ends(steps in prop::collection::vec(step(), 0..60)) {
        let table = table(3, 8);
        let (mut model, mut now, mut raised) = (BTreeMap::<(u8, u8), u64>::new(), 1000_u64, Vec::new());
        let mut due = Vec::new();
        for (cseq, step) in (1_u32..).zip(steps) {
            match step {
                Step::Save { user, contact, lifetime } => {
                    let aor = aor(user);
                    let update = Update::Save(vec![binding(&aor, contact, at(now + lifetime), cseq)]);
                    let live = |user| model.iter().filter(|(key, end)| key.0 == user && **end > now).count();
                    let is_new = model.get(&(user, contact)).is_none_or(|end| *end <= now);
                    let is_full = is_new && lifetime > 0 && live(user) >= 3;
                    match table.save(&aor, update, at(now)) {
                        Ok(_) => {
                            prop_assert!(!is_full);
                            model.remove(&(user, contact));
                            if lifetime > 0 {
                                model.insert((user, contact), now + lifetime);
                            }
                        }
                        Err(RegisterError::TooManyContacts) => prop_assert!(is_full),
                        Err(error) => prop_assert_eq!(error, RegisterError::TableFull),
                    }
                }
                Step::RemoveAll { user } => {
                    let update = Update::RemoveAll { call_id: "c".to_owned(), cseq };
                    table.save(&aor(user), update, at(now)).unwrap();
                    model.retain(|key, end| key.0 != user || *end <= now);
                }
                Step::Pass { seconds } => now += seconds,
                Step::Sweep { max } => {
                    let expired = table.expired(at(now), max);
                    prop_assert!(expired.len() <= max);
                    for ExpiredBinding { binding, .. } in expired {
                        prop_assert!(binding.expires_at <= at(now));
                        raised.push((binding.aor.clone(), binding.uri.clone(), binding.expires_at, binding.cseq));
                        let key = model.keys().copied().find(|key| {
                            aor(key.0) == binding.aor && format!("sip:c{}@192.0.2.9", key.1) == binding.uri
                        });
                        let key = key.expect("raised without having been registered");
                        prop_assert!(model.remove(&key).is_some_and(|end| end <= now));
                        due.push(key);
                    }
                }
            }
            for user in 0..4 {
                let live = model.iter().filter(|(key, end)| key.0 == user && **end > now).count();
                prop_assert_eq!(table.lookup(aor(user).as_str(), at(now)).len(), live);
            }
            prop_assert_eq!(table.len(), model.len());
            prop_assert!(table.len() <= 8);
        }
        let total = raised.len();
        raised.sort();
        raised.dedup();
        prop_assert_eq!(raised.len(), total, "raised twice");
    }
}
