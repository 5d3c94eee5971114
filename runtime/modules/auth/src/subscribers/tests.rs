use evroute_digest_auth::Algorithm;

use super::*;

fn alice(password: &str) -> (SubscriberKey, Subscriber) {
    let subscriber = Subscriber::of("alice", "acme.example", "acme.example", password);
    (key("alice", "acme.example"), subscriber)
}

fn named(name: &str) -> (SubscriberKey, Subscriber) {
    (key(name, "acme.example"), alice("secret").1)
}

fn hashes(subscribers: &Subscribers) -> Vec<String> {
    let found = subscribers.get("alice", "acme.example").unwrap();
    let all = Algorithm::ALL.map(|algorithm| {
        [false, true].map(|with_domain| {
            found
                .hash(algorithm, with_domain)
                .unwrap()
                .as_str()
                .to_owned()
        })
    });
    all.into_iter().flatten().collect()
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("subscribers").join("acme.db");
    let subscribers = Subscribers::open(&path, 10).unwrap();
    subscribers
        .put(vec![alice("secret")], Replaces::Never)
        .unwrap();
    let before = hashes(&subscribers);
    drop(subscribers);
    let again = Subscribers::open(&path, 10).unwrap();
    assert_eq!(hashes(&again), before);
    again.put(vec![alice("other")], Replaces::Must).unwrap();
    assert_ne!(hashes(&again), before);
    again.remove("alice", "acme.example").unwrap();
    drop(again);
    assert!(Subscribers::open(&path, 10).unwrap().is_empty());
    let text = std::fs::read(&path).unwrap();
    let has = |word: &[u8]| text.windows(word.len()).any(|window| window == word);
    assert!(!has(b"secret") && !has(b"other"), "no password is written");
}

#[test]
fn a_later_version_s_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.db");
    drop(Subscribers::open(&path, 10).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    let refused = Subscribers::open(&path, 10).unwrap_err().to_string();
    assert!(
        refused.contains("is of version 9, and this server knows version 1"),
        "{refused}"
    );
}

#[test]
fn there_are_so_many_at_most_and_all_or_none_are_taken() {
    let subscribers = Subscribers::in_memory(2);
    let three = ["a", "b", "c"].map(named).to_vec();
    let refused = subscribers.put(three, Replaces::May);
    assert!(
        matches!(refused, Err(SubscriberError::Full(2))),
        "{refused:?}"
    );
    assert!(subscribers.is_empty());
    let twice = vec![named("a"), named("b"), named("a")];
    subscribers.put(twice, Replaces::May).unwrap();
    subscribers.put(vec![named("a")], Replaces::May).unwrap();
    let refused = subscribers.put(vec![named("c")], Replaces::May);
    assert!(matches!(refused, Err(SubscriberError::Full(2))));
}

#[test]
fn who_is_there_and_who_is_not_is_told() {
    let subscribers = Subscribers::in_memory(9);
    let refused = subscribers.put(vec![named("a")], Replaces::Must);
    assert!(matches!(refused, Err(SubscriberError::Missing { .. })));
    subscribers.put(vec![named("a")], Replaces::Never).unwrap();
    let refused = subscribers.put(vec![named("b"), named("a")], Replaces::Never);
    assert!(matches!(refused, Err(SubscriberError::Exists { .. })));
    assert_eq!(subscribers.len(), 1, "none of them is taken");
    let refused = subscribers.remove("b", "acme.example");
    assert!(matches!(refused, Err(SubscriberError::Missing { .. })));
}

#[test]
fn names_that_no_phone_could_send_are_refused() {
    let subscribers = Subscribers::in_memory(9);
    for name in ["", "a@b", "a\nb", &"a".repeat(NAME_BYTES_MAX + 1)] {
        let refused = subscribers.put(vec![named(name)], Replaces::May);
        assert!(
            matches!(refused, Err(SubscriberError::BadName(_))),
            "{name:?}"
        );
    }
    let no_realm = (key("a", ""), alice("secret").1);
    let refused = subscribers.put(vec![no_realm], Replaces::May);
    assert!(matches!(refused, Err(SubscriberError::BadRealm(_))));
    let no_hash = (key("a", "b"), Subscriber::default());
    let refused = subscribers.put(vec![no_hash], Replaces::May);
    assert!(matches!(refused, Err(SubscriberError::NoHash)));
}

#[test]
fn they_are_listed_page_by_page() {
    let subscribers = Subscribers::in_memory(9);
    subscribers
        .put(["c", "a", "b"].map(named).to_vec(), Replaces::Never)
        .unwrap();
    let names = |rows: Vec<(SubscriberKey, Arc<Subscriber>)>| -> Vec<String> {
        rows.into_iter().map(|((name, _), _)| name).collect()
    };
    assert_eq!(names(subscribers.after(None, 2)), ["a", "b"]);
    assert_eq!(
        names(subscribers.after(Some(key("b", "acme.example")), 2)),
        ["c"]
    );
}
