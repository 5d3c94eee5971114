//! Blocks in Kamailio's language with cases of their own: what no example shows.

use evroute_conformance::{Suite, run_suite};
use evroute_kamailio::{Source, compile};

const MESSAGE: &str = "message = { method = \"OPTIONS\", uri = \"sip:bob@example.org\", \
                       from = \"\\\"Zoë\\\" <sip:alice@example.com>;tag=1\" }";

/// What complaints there are about a block and the cases of its event.
fn judged(block: &str, cases: &str) -> Vec<String> {
    let compiled = compile(&Source::alone("routes.cfg", block));
    let suite = Suite::parse(&cases.replace("MESSAGE", MESSAGE));
    match (compiled, suite) {
        (Ok(compiled), Ok(suite)) => {
            run_suite(&compiled.component, &suite).unwrap_or_else(|error| vec![error.to_string()])
        }
        (Err(error), _) => vec![error.to_string()],
        (_, Err(error)) => vec![error.to_string()],
    }
}

/// A part of a text may end within a character, and a table holds whatever was put there.
#[test]
fn a_block_gives_the_server_no_broken_text() {
    let block = r#"event_route[tm:local-request] {
        xlog("L_INFO", "[$(fn{s.substr,1,3})]\n");
        xlog("L_INFO", "[$(fn{s.unquote})]\n");
        xlog("L_INFO", "[$sht(blocked=>bytes)]\n");
        $sht(blocked=>part) = $(fn{s.substr,1,3});
        $sht(blocked=>whole) = $(fn{s.substr,1,4});
        if ($sht(blocked=>bytes) != $null) append_hf("X-Part: $(fn{s.substr,1,3})x\r\n");
    }"#;
    let cases = r#"
event = "tm:local-request"
grants = ["log", "pv", "sip", "htable:blocked"]

[[case]]
name = "one"
MESSAGE
tables.blocked = { bytes = [255, 65] }
verdict = "send"
log = ["INFO [Zo%C3]", "INFO [Zoë]", "INFO [%FFA]"]
added = ["X-Part: Zo%C3x"]
after.tables.blocked = { bytes = [255, 65], part = [90, 111, 195], whole = "Zoë" }
"#;
    let complaints = judged(block, cases);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

const LOCAL_REQUEST: &str = "event = \"tm:local-request\"\ngrants = [\"log\", \"pv\", \"sip\", \"htable\"]\n\
                             [[case]]\nname = \"one\"\nMESSAGE\n";

/// Fuel, memory and depth are the sandbox's, whatever a block does.
#[test]
fn a_block_ends_where_any_handler_does() {
    for (statements, outcome) in [
        (
            "while (1 == 1) { $var(i) = $var(i) + 1; if ($var(i) > 9) $var(i) = 0; }",
            "OutOfFuel",
        ),
        (
            "$var(a) = \"aaaaaaaa\"; while (1 == 1) { $var(a) = $var(a) + $var(a); }",
            // Growing costs fuel too, and more than there is before the memory is at its limit.
            "OutOfFuel",
        ),
        ("route(AGAIN);", "Trap"),
    ] {
        let block = format!(
            "max_while_loops=0\nevent_route[tm:local-request] {{ {statements} }}\nroute[AGAIN] {{ route(AGAIN); }}"
        );
        let complaints = judged(&block, &format!("{LOCAL_REQUEST}verdict = \"none\"\n"));
        let is_ended = complaints.iter().any(|why| why.contains(outcome));
        assert!(is_ended, "{statements}: {complaints:?}");
    }
}

#[test]
fn what_is_refused_in_a_run_ends_it_with_its_place() {
    for (statement, sentence) in [
        (
            "$sht(none=>x) = 1;",
            "table none: routes.cfg:2:3: there is none here, or it was not granted",
        ),
        (
            "if ($sht(none=>x) == $null) exit;",
            "table none: routes.cfg:2:7: there is none here, or it was not granted",
        ),
        ("$ru = \"no uri\";", "$ru: routes.cfg:2:3: "),
        ("$var(x) = 1 / $var(y);", "division: routes.cfg:2:13: by 0"),
    ] {
        let block =
            format!("event_route[tm:local-request] {{\n  {statement}\n  xlog(\"not here\");\n}}");
        let complaints = judged(&block, &format!("{LOCAL_REQUEST}error = {sentence:?}\n"));
        assert!(complaints.is_empty(), "{statement}: {complaints:?}");
    }
}

/// An event filter is a condition of its block, and several blocks of one event are one handler.
#[test]
fn a_block_for_one_table_leaves_the_others_alone() {
    let block = "event_route[htable:expired:doors] { $shtex(doors=>$shtrecord(key)) = 5; }\n\
                 event_route[htable:expired:leases] { $shtex(leases=>$shtrecord(key)) = 7; }";
    let case = |table: &str, verdict: &str| {
        format!(
            "[[case]]\nname = \"{table}\"\nexpired = {{ table = \"{table}\", key = \"k\", value = 1 }}\n\
             verdict = \"{verdict}\"\n"
        )
    };
    let cases = "event = \"htable:expired\"\ngrants = []\n".to_owned()
        + &case("doors", "extend 5")
        + &case("leases", "extend 7")
        + &case("others", "remove");
    let complaints = judged(block, &cases);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn drop_and_an_answer_are_verdicts() {
    for (event, statements, verdict) in [
        (
            "core:request",
            "sl_send_reply(\"486\", \"Busy $fU\"); exit;",
            "reject 486 Busy alice",
        ),
        ("core:request", "if ($fU == \"alice\") drop;", "drop"),
        ("core:request", "exit;", "pass"),
        ("tm:local-request", "route(R);", "drop"),
        ("tm:local-request", "if (route(R)) exit;", "drop"),
        ("htable:mod-init", "drop;", "abort-startup"),
        ("htable:mod-init", "return 0;", "proceed"),
    ] {
        let message = if event == "htable:mod-init" {
            ""
        } else {
            MESSAGE
        };
        let block = format!("event_route[{event}] {{ {statements} }}\nroute[R] {{ drop; }}");
        let cases = format!(
            "event = \"{event}\"\ngrants = [\"sip\"]\n[[case]]\nname = \"one\"\n{message}\nverdict = \"{verdict}\"\n"
        );
        let complaints = judged(&block, &cases);
        assert!(
            complaints.is_empty(),
            "{event} {statements}: {complaints:?}"
        );
    }
}

/// A block has nobody else to tell that it asked for what cannot be done.
#[test]
fn an_edit_that_is_refused_is_reported_in_the_log() {
    let block = "event_route[core:request] {\n\
                 append_hf(\"X-One: 1\\r\\n\");\n\
                 append_hf(\"Route: <sip:h;lr>\\r\\n\");\n\
                 remove_hf(\"Via\");\n}";
    let why = "was refused: it belongs to the server, or this event is past such edits";
    let cases = format!(
        "event = \"core:request\"\ngrants = [\"log\", \"sip\"]\n[[case]]\nname = \"one\"\n{MESSAGE}\n\
         verdict = \"pass\"\nadded = [\"X-One: 1\"]\n\
         log = ['WARN append-header \"Route\" {why}', 'WARN remove-headers \"Via\" {why}']\n"
    );
    let complaints = judged(block, &cases);
    assert!(complaints.is_empty(), "{complaints:?}");
}

/// Whoever is to be refused chooses the phrase, where it quotes him.
#[test]
fn an_answer_counts_whatever_its_form_and_whatever_fails_after_it() {
    let long = "x".repeat(300);
    let cut = format!("reject 403 No {}", "x".repeat(252));
    let is_cut =
        "the reason phrase of the 403 is sent without control characters and cut to 255 bytes";
    let is_no_code = |code: u16| format!("{code} is no status code to reject with; 500 is sent");
    for (statements, agent, verdict, line) in [
        (
            "sl_send_reply(\"403\", \"No $ua\");",
            "a b",
            "reject 403 No a b",
            None,
        ),
        (
            "sl_send_reply(\"403\", \"No $ua\");",
            &*long,
            &*cut,
            Some(is_cut.to_owned()),
        ),
        (
            "sl_send_reply(\"403\", \"No $ua\");",
            "a\\u0001b\\u001B[0m",
            "reject 403 No a b [0m",
            Some(is_cut.to_owned()),
        ),
        (
            "$var(c) = 200; sl_send_reply(\"$var(c)\", \"OK\");",
            "",
            "reject 200 OK",
            None,
        ),
        ("sl_send_reply(\"202\", \"OK\");", "", "reject 202 OK", None),
        (
            "$var(c) = 100; sl_send_reply(\"$var(c)\", \"OK\");",
            "",
            "reject 500 OK",
            Some(is_no_code(100)),
        ),
        (
            "$var(c) = 65939; sl_send_reply(\"$var(c)\", \"OK\");",
            "",
            "reject 500 OK",
            Some(is_no_code(65535)),
        ),
    ] {
        let log = line.map_or_else(String::new, |line| format!("log = [\"WARN {line}\"]\n"));
        let block = format!("event_route[core:request] {{ {statements} exit; }}");
        let cases = format!(
            "event = \"core:request\"\ngrants = [\"pv\", \"sip\"]\n[[case]]\nname = \"one\"\n\
             message = {{ method = \"OPTIONS\", uri = \"sip:b@example.org\", \
             from = \"<sip:a@example.com>;tag=1\", headers = [\"User-Agent: {agent}\"] }}\n\
             verdict = \"{verdict}\"\n{log}"
        );
        let complaints = judged(&block, &cases);
        assert!(complaints.is_empty(), "{statements}: {complaints:?}");
    }
    let block = "event_route[core:request] {\n\
                 xlog(\"L_INFO\", \"refused\\n\");\n\
                 sl_send_reply(\"403\", \"No\");\n\
                 $ru = \"not a URI\";\n}";
    let cases = format!(
        "event = \"core:request\"\ngrants = [\"log\", \"pv\", \"sip\"]\n[[case]]\nname = \"one\"\n{MESSAGE}\n\
         verdict = \"reject 403 No\"\n\
         log = [\"INFO refused\", \"ERROR $ru: routes.cfg:4:1: a character that cannot be in a URI\"]\n"
    );
    let complaints = judged(block, &cases);
    assert!(complaints.is_empty(), "{complaints:?}");
}
