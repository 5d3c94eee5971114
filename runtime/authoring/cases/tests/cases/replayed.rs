//! What was recorded happens again, in the same component; in another one what differs is reported.

use evroute_cases::{Suite, fuel_profile, record_runs, replay, run_suite};
use evroute_recording::{Recording, read, write};

use crate::judged::{compiled, reported};

const BLOCKS: &str = "modparam(\"htable\", \"htable\", \"blocked=>size=4;\")\n
event_route[tm:local-request] {
    $shv(seen) = $shv(seen) + 1;
    if ($sht(blocked=>$fU) == 1) {
        xlog(\"L_INFO\", \"$fU is blocked since $shv(seen)\\n\");
        drop;
    }
    append_hf(\"X-Seen: $rU\\r\\n\");
}
";

const CASES: &str = r#"
event = "tm:local-request"
grants = ["log", "pv", "sip", "shv", "htable:blocked"]

[[case]]
name = "blocked"
verdict = "drop"
message = { method = "MESSAGE", uri = "sip:bob@example.org", from = "<sip:eve@example.com>;tag=1" }
tables = { blocked = { eve = 1 } }
shared = { seen = 41 }

[[case]]
name = "passes"
verdict = "send"
message = { method = "MESSAGE", uri = "sip:bob@example.org", from = "<sip:alice@example.com>;tag=1" }
tables = { blocked = { eve = 1 } }
shared = { seen = 41 }

[[case]]
name = "out of calls"
outcome = "QuotaExceeded"
limits = { run_hostcall_cost_max = 3 }
message = { method = "MESSAGE", uri = "sip:bob@example.org", from = "<sip:eve@example.com>;tag=1" }
tables = { blocked = {} }
shared = { seen = 41 }
"#;

fn recordings(component: &[u8]) -> Vec<(String, Recording)> {
    let suite = Suite::parse(CASES).unwrap();
    let recordings = record_runs(component, &suite, None).unwrap();
    let through_a_file = |(name, recording)| {
        let file = write(&recording).unwrap();
        (name, read(&file).unwrap())
    };
    recordings.into_iter().map(through_a_file).collect()
}

#[test]
fn a_recording_is_repeated_bit_for_bit() {
    let component = compiled(BLOCKS);
    let recordings = recordings(&component);
    let ends = recordings.iter().map(|(_, recording)| {
        let end = recording.end.as_ref().unwrap();
        (end.outcome.as_str(), end.verdict.as_deref())
    });
    let quota = "QuotaExceeded: run_hostcall_cost_max";
    let ends: Vec<_> = ends.collect();
    assert_eq!(
        ends[..2],
        [("Returned", Some("drop")), ("Returned", Some("send"))]
    );
    assert!(ends[2].0.starts_with(quota), "{ends:?}");
    for (name, recording) in &recordings {
        assert!(!recording.calls.is_empty(), "{name}");
        let replayed = replay(&component, recording, None).unwrap();
        assert!(replayed.is_same_component);
        let differences: Vec<_> = replayed.differences();
        assert!(differences.is_empty(), "{name}: {differences:?}");
        assert_eq!(replayed.found, *recording.end.as_ref().unwrap(), "{name}");
    }
    let blocked = replay(&component, &recordings[0].1, None).unwrap();
    assert_eq!(blocked.log, ["INFO eve is blocked since 42"]);
}

/// Who sent a request, and where an earlier handler sent it, is known to a handler without asking
/// anybody: a replay has to know it, too.
#[test]
fn who_sent_a_request_is_in_its_recording() {
    let component = compiled(
        "event_route[core:pre-routing] { xlog(\"L_INFO\", \"$au of $ar, for accounts $Au\\n\"); }\n",
    );
    let cases = r#"
event = "core:pre-routing"
grants = ["log", "pv", "sip"]

[[case]]
name = "known"
verdict = "continue"
message = { method = "MESSAGE", uri = "sip:bob@example.org", from = "<sip:eve@example.com>;tag=1" }
authenticated = { user = "alice", realm = "example.com" }
log = ["INFO alice of example.com, for accounts alice"]

[[case]]
name = "unknown"
verdict = "continue"
message = { method = "MESSAGE", uri = "sip:bob@example.org", from = "<sip:eve@example.com>;tag=1" }
log = ["INFO <null> of <null>, for accounts eve"]
"#;
    let suite = Suite::parse(cases).unwrap();
    for case in run_suite(&component, &suite).unwrap() {
        assert!(case.differences.is_empty(), "{:?}", reported(&case));
    }
    for (name, recording) in record_runs(&component, &suite, None).unwrap() {
        let replayed = replay(&component, &recording, None).unwrap();
        assert!(replayed.differences().is_empty(), "{name}");
        assert_eq!(replayed.found, *recording.end.as_ref().unwrap(), "{name}");
    }
}

#[test]
fn another_component_leaves_the_recording_where_it_asks_something_else() {
    let recordings = recordings(&compiled(BLOCKS));
    let other = compiled(&BLOCKS.replace("blocked=>$fU", "blocked=>$rU"));
    let replayed = replay(&other, &recordings[0].1, None).unwrap();
    assert!(!replayed.is_same_component);
    let divergence = replayed.divergence.as_ref().unwrap();
    let shown = |call: &Option<evroute_recording::RecordedCall>| call.as_ref().unwrap().to_string();
    assert!(
        shown(&divergence.recorded).contains("eve"),
        "{divergence:?}"
    );
    assert!(shown(&divergence.found).contains("bob"), "{divergence:?}");
    let differences = replayed.differences();
    let what: Vec<_> = differences.iter().map(|one| one.what).collect();
    assert!(
        what.starts_with(&["call", "outcome", "verdict"]),
        "{what:?}"
    );
}

#[test]
fn where_a_run_burns_its_fuel_is_the_same_each_time_and_adds_up() {
    let blocks = BLOCKS.replace(
        "append_hf",
        "$var(i) = 0; while ($var(i) < 90) { $var(i) = $var(i) + 1; }\n    append_hf",
    );
    let component = compiled(&blocks);
    let (_, recording) = &recordings(&component)[1];
    let profile = fuel_profile(&component, recording, None).unwrap();
    let end = recording.end.as_ref().unwrap();
    assert_eq!(profile.fuel, end.fuel);
    assert_eq!(profile.stacks.values().sum::<u64>(), end.fuel);
    // Most of it is the loop's, in the one block that there is.
    let of_block = profile.stacks.iter().filter(|(stack, _)| !stack.is_empty());
    let of_block: u64 = of_block.map(|(_, fuel)| fuel).sum();
    assert!(of_block > end.fuel / 2, "{}", profile.folded());
    assert_eq!(fuel_profile(&component, recording, None).unwrap(), profile);
}

#[test]
fn every_call_of_a_run_is_a_step_those_on_its_message_too() {
    let component = compiled(BLOCKS);
    let (_, recording) = &recordings(&component)[1];
    let replayed = replay(&component, recording, None).unwrap();
    let steps: Vec<_> = replayed.calls.iter().map(ToString::to_string).collect();
    assert!(steps.len() > recording.calls.len(), "{steps:#?}");
    let taped = recording.calls.iter().map(ToString::to_string);
    for call in taped {
        assert!(steps.contains(&call), "{call}: {steps:#?}");
    }
    assert!(
        steps.iter().any(|step| step.contains("X-Seen")),
        "{steps:#?}"
    );
}

#[test]
fn what_was_added_to_an_answer_is_added_again() {
    let block = "event_route[core:request] {
        if (is_present_hf_re(\"^X-\")) remove_hf_re(\"^X-\");
        append_to_reply(\"Retry-After: $shv(seen)\\r\\n\");
        append_to_reply(\"Retry-After: none\\r\\n\");
        set_reply_body(\"later\", \"text/plain\");
        sl_send_reply(\"503\", \"Busy\");
    }";
    let cases = r#"
event = "core:request"
grants = ["log", "pv", "sip", "shv"]
[[case]]
name = "one"
verdict = "reject 503 Busy"
limits = { run_reply_headers_max = 1 }
message = { method = "INVITE", uri = "sip:b@example.org", from = "<sip:a@example.com>;tag=1", headers = ["X-A: 1"] }
shared = { seen = 41 }
"#;
    let component = compiled(block);
    let recorded = record_runs(&component, &Suite::parse(cases).unwrap(), None).unwrap();
    let (_, recording) = &recorded[0];
    let end = recording.end.as_ref().unwrap();
    let reply = end.reply.as_deref().unwrap();
    assert_eq!(
        String::from_utf8_lossy(reply),
        "Retry-After: 41\r\nContent-Type: text/plain\r\n\r\nlater"
    );
    // Calls about the message and its answer are made again, not kept.
    let kept =
        |call: &evroute_recording::RecordedCall| call.interface.starts_with("evroute:textops");
    assert!(!recording.calls.iter().any(kept), "{:?}", recording.calls);
    let replayed = replay(&component, recording, None).unwrap();
    assert!(
        replayed.differences().is_empty(),
        "{:?}",
        replayed.differences()
    );
    let other = compiled(&block.replace("later", "never"));
    let differences = replay(&other, recording, None).unwrap().differences();
    let what: Vec<_> = differences.iter().map(|one| one.what).collect();
    assert_eq!(what, ["reply"]);
}
