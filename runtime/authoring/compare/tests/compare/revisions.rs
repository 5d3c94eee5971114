//! Two revisions, made of Kamailio's blocks, on recorded runs of the first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evroute_cases::{Suite, record_runs};
use evroute_compare::{Options, RecordedEvents, RevisionComparison, Side, compare};
use evroute_recording::Recording;

const OLD: &str = r#"event_route[tm:local-request] {
    xlog("request to $rU\n");
    if ($rU == "bob") {
        drop;
    }
}
"#;

fn component(text: &str) -> Arc<[u8]> {
    let source = evroute_kamailio::Source::alone("routes.cfg", text);
    evroute_kamailio::compile(&source).unwrap().component.into()
}

struct Recorded(Vec<(String, Result<Recording, String>)>);

impl RecordedEvents for Recorded {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, number: usize) -> String {
        self.0[number].0.clone()
    }

    fn read(&self, number: usize) -> Result<Recording, String> {
        self.0[number].1.clone()
    }
}

/// Runs of the old revision: ten requests to each of these users.
fn recorded() -> Recorded {
    let mut cases =
        "event = \"tm:local-request\"\ngrants = [\"log\", \"pv\", \"sip\"]\n".to_owned();
    for user in ["alice", "bob", "bill", "carol"] {
        for number in 0..10 {
            cases.push_str(&format!(
                "[[case]]\nname = \"{user} {number}\"\nmessage = {{ method = \"MESSAGE\", uri = \
                 \"sip:{user}@example.org\", from = \"<sip:a@example.com>;tag=1\" }}\nverdict = \"send\"\n"
            ));
        }
    }
    let suite = Suite::parse(&cases).unwrap();
    let runs = record_runs(&component(OLD), &suite, None).unwrap();
    Recorded(
        runs.into_iter()
            .map(|(name, run)| (name, Ok(run)))
            .collect(),
    )
}

fn compared(new: &str, recordings: &Recorded) -> RevisionComparison {
    let options = Options {
        threads: 2,
        code_cache: None,
    };
    let done = AtomicUsize::new(0);
    let progress = |_| {
        done.fetch_add(1, Ordering::Relaxed);
    };
    let (old, new) = (component(OLD), component(new));
    let comparison = compare([&old, &new], recordings, options, &progress).unwrap();
    assert_eq!(done.into_inner(), recordings.count());
    comparison
}

#[test]
fn the_same_revision_changes_nothing() {
    let comparison = compared(OLD, &recorded());
    assert_eq!((comparison.events, comparison.same), (40, 40));
    assert!(
        comparison.groups.is_empty() && comparison.unclear.is_empty(),
        "{comparison:?}"
    );
    assert_eq!(comparison.fuel[0], comparison.fuel[1]);
}

#[test]
fn another_line_of_the_log_ends_nothing_differently() {
    let comparison = compared(&OLD.replace("request to", "a request to"), &recorded());
    assert_eq!(
        (comparison.same, comparison.unclear()),
        (40, 0),
        "{comparison:?}"
    );
}

#[test]
fn events_that_end_differently_are_put_together_by_the_line_that_decided() {
    let comparison = compared(&OLD.replace("$rU == \"bob\"", "$rU =~ \"^b\""), &recorded());
    assert_eq!(
        (comparison.same, comparison.different()),
        (30, 10),
        "{comparison:?}"
    );
    let [group] = &comparison.groups[..] else {
        panic!("one group: {comparison:?}");
    };
    assert_eq!((group.from.as_str(), group.to.as_str()), ("send", "drop"));
    assert_eq!(group.differences, ["verdict"]);
    assert!(
        group.examples.iter().all(|name| name.starts_with("bill")),
        "{group:?}"
    );
    let decision = group.decision.as_ref().unwrap();
    assert_eq!(
        (decision.place.file.as_str(), decision.place.line),
        ("routes.cfg", 3),
        "{decision:?}"
    );
    assert!(decision.within > 0.99, "{decision:?}");
}

#[test]
fn what_was_taken_away_is_found_in_the_old_revision() {
    let without = OLD.replace("    if ($rU == \"bob\") {\n        drop;\n    }\n", "");
    let comparison = compared(&without, &recorded());
    assert_eq!(comparison.different(), 10, "{comparison:?}");
    let decision = comparison.groups[0].decision.as_ref().unwrap();
    assert_eq!(
        (decision.side, decision.place.line),
        (Side::Old, 3),
        "{decision:?}"
    );
}

#[test]
fn another_header_field_is_named() {
    let tagged = OLD.replace("    if", "    append_hf(\"X-Tag: 1\\r\\n\");\n    if");
    let comparison = compared(&tagged, &recorded());
    // Those that are dropped are dropped with the field.
    let differences: Vec<_> = comparison
        .groups
        .iter()
        .flat_map(|group| &group.differences)
        .collect();
    assert!(
        differences.iter().all(|one| *one == "X-Tag"),
        "{comparison:?}"
    );
    assert!(comparison.different() >= 30, "{comparison:?}");
}

#[test]
fn what_asks_for_more_than_was_recorded_is_unclear_and_not_the_same() {
    let asking = OLD.replace("    if", "    if ($shv(closed) == 1) { drop; }\n    if");
    let mut recordings = recorded();
    recordings
        .0
        .push(("torn".to_owned(), Err("it was cut".to_owned())));
    let comparison = compared(&asking, &recordings);
    assert_eq!(
        (comparison.same, comparison.different()),
        (0, 0),
        "{comparison:?}"
    );
    let whys: Vec<_> = comparison
        .unclear
        .iter()
        .map(|one| (one.count, one.why.as_str()))
        .collect();
    assert_eq!(whys.len(), 2, "{whys:?}");
    assert!(
        whys[0].0 == 40 && whys[0].1.contains("the new revision asks for what"),
        "{whys:?}"
    );
    assert_eq!(whys[1], (1, "it was cut"));
}

#[test]
fn a_component_that_is_none_is_refused_at_once() {
    let (old, new) = (component(OLD), Arc::from(&b"\0asm"[..]));
    let options = Options {
        threads: 1,
        code_cache: None,
    };
    assert!(compare([&old, &new], &recorded(), options, &|_| ()).is_err());
}
