//! Blocks of Kamailio's language that no conformance case can hold: other languages have no such
//! thing.

use evroute_cases::{Suite, run_suite};

use crate::judged::compiled;

/// What is reported of the cases of a text, each.
fn reported(routes: &str, cases: &str) -> Vec<Vec<String>> {
    let suite = Suite::parse(cases).unwrap_or_else(|error| panic!("{error}\n{cases}"));
    let judged = run_suite(&compiled(routes), &suite).unwrap();
    let reported = judged.iter().map(|case| {
        let differences = case.differences.iter();
        differences.map(ToString::to_string).collect()
    });
    reported.collect()
}

/// What is reported of cases that pass.
fn nothing(cases: usize) -> Vec<Vec<String>> {
    vec![Vec::new(); cases]
}

#[test]
fn each_block_of_an_event_is_a_run_of_its_own_until_one_fails() {
    let routes = r#"
        event_route[timer] { if ($var(zero) == 0) { route(LEAVE); } xlog("L_INFO", "never\n"); }
        event_route[timer:broken] { $var(x) = 1 / $var(zero); xlog("L_INFO", "never\n"); }
        event_route[timer:nightly] { route(COUNT); xlog("L_INFO", "after $shv(nights)\n"); }
        route[LEAVE] { exit; }
        route[COUNT] { $shv(nights) = $shv(nights) + 1; }
    "#;
    let cases = r#"
        event = "timer"
        grants = ["log", "pv", "shv"]
        [[case]]
        name = "the first leaves, the second is run from its beginning"
        timer = { name = "nightly" }
        verdict = "done"
        log = ["INFO after 1"]
        after.shared = { nights = 1 }
        [[case]]
        name = "a failure is the whole run's"
        timer = { name = "broken" }
        error = "division: routes.cfg:3:"
    "#;
    assert_eq!(reported(routes, cases), nothing(2));
}

#[test]
fn an_answer_with_a_code_that_is_none_is_500() {
    let routes = r#"event_route[core:request] {
        $var(code) = $(fU{s.int});
        sl_send_reply("$var(code)", "No");
        exit;
    }"#;
    let case = |from: &str, end: &str| {
        format!(
            "[[case]]\nname = \"{from}\"\n\
             message = {{ method = \"INVITE\", uri = \"sip:b@example.org\", from = \"<sip:{from}@example.com>;tag=1\" }}\n{end}\n"
        )
    };
    let refused = |from: &str, code: &str| {
        let reported =
            format!("log = [\"WARN {code} is no status code to reject with; 500 is sent\"]");
        case(from, &format!("verdict = \"reject 500 No\"\n{reported}"))
    };
    let cases = [
        case("486", "verdict = \"reject 486 No\""),
        case("699", "verdict = \"reject 699 No\""),
        refused("0", "65535"),
        case(
            "299",
            "verdict = \"reject 500 No\"\nlog = [\"WARN no handler can answer 299 to INVITE, which begins or \
             changes what is kept between requests; 500 is sent\"]",
        ),
        refused("199", "199"),
        refused("700", "700"),
        // What has no place in 16 bits, or none at all, is the largest.
        refused("66022", "65535"),
    ];
    let file = format!(
        "event = \"core:request\"\ngrants = [\"log\", \"pv\", \"sip\"]\n{}",
        cases.concat()
    );
    assert_eq!(reported(routes, &file), nothing(7));
}

/// A 0 that was written is no first value, and a table's missing entries are its `initval`.
#[test]
fn first_values_are_there_until_something_is_written() {
    let routes = r#"
        modparam("pv", "shvset", "limit=i:42")
        modparam("pv", "varset", "zone=s:west")
        modparam("htable", "htable", "t=>size=4;initval=7;")
        event_route[core:request] {
            xlog("L_INFO", "$shv(limit) $var(zone) $sht(t=>a)\n");
            $shv(limit) = $shv(limit) - 42;
            $sht(t=>a) = $sht(t=>a) + 1;
            $var(zone) = "east";
            xlog("L_INFO", "$shv(limit) $var(zone) $sht(t=>a)\n");
        }
    "#;
    let message = "message = { method = \"INVITE\", uri = \"sip:b@example.org\", from = \"<sip:a@example.com>;tag=1\" }";
    let cases = format!(
        r#"
        event = "core:request"
        grants = ["log", "pv", "sip", "shv", "htable:t"]
        [[case]]
        name = "nothing is written yet"
        {message}
        tables.t = {{}}
        verdict = "pass"
        log = ["INFO 42 west 7", "INFO 0 east 8"]
        after.shared = {{ limit = 0, "limit.written" = 1 }}
        after.tables.t = {{ a = 8 }}
        [[case]]
        name = "a 0 was written"
        {message}
        tables.t = {{ a = 0 }}
        shared = {{ "limit.written" = 1 }}
        verdict = "pass"
        log = ["INFO 0 west 0", "INFO -42 east 1"]
        after.shared = {{ limit = -42, "limit.written" = 1 }}
        after.tables.t = {{ a = 1 }}
        "#
    );
    assert_eq!(reported(routes, &cases), nothing(2));
}

#[test]
fn an_answer_has_the_fields_and_the_body_that_a_block_adds() {
    let routes = r#"event_route[core:request] {
        append_to_reply("Retry-After: 30\r\nX-Two: a\r\n b\r\n");
        $var(n) = append_to_reply("To: <sip:evil@example.org>\r\n");
        xlog("L_INFO", "added $var(n)\n");
        set_reply_body("later", "text/plain");
        if ($fU == "alice") { sl_send_reply("503", "Busy"); exit; }
        sl_send_reply("202", "Accepted");
        exit;
    }"#;
    let belongs = "it belongs to the server, or this event gives no answer";
    let case = |from: &str, verdict: &str| {
        format!(
            r#"
            [[case]]
            name = "{verdict}"
            message = {{ method = "MESSAGE", uri = "sip:b@example.org", from = "<sip:{from}@example.com>;tag=1" }}
            verdict = "reject {verdict}"
            reply = ["Retry-After: 30", "X-Two: a b", "Content-Type: text/plain"]
            reply_body = "later"
            log = ["WARN append-header to the answer \"To\" was refused: {belongs}", "INFO added -1"]
            "#
        )
    };
    let cases = [case("alice", "503 Busy"), case("bob", "202 Accepted")].concat();
    let cases = format!("event = \"core:request\"\ngrants = [\"log\", \"pv\", \"sip\"]\n{cases}");
    assert_eq!(reported(routes, &cases), nothing(2));
    // What a case does not say is reported.
    let without = cases
        .replace("\"X-Two: a b\", ", "")
        .replace("= \"later\"", "= \"now\"");
    for case in reported(routes, &without) {
        assert_eq!(
            case,
            [
                "reply (- expected, + found)\n    Retry-After: 30\n  + X-Two: a b\n    Content-Type: text/plain",
                "reply_body (- expected, + found)\n  - now\n  + later",
            ]
        );
    }
}

#[test]
fn fields_are_found_and_removed_by_a_pattern() {
    let routes = r#"event_route[core:request] {
        if (is_present_hf_re("^x-(a|b)$")) xlog("L_INFO", "there\n");
        if (!is_present_hf_re("^y")) xlog("L_INFO", "not there\n");
        $var(n) = remove_hf_re("^X-");
        xlog("L_INFO", "removed $var(n)\n");
        $var(n) = remove_hf_re("^X-");
        xlog("L_INFO", "removed $var(n)\n");
        $var(n) = remove_hf_re("^Via$");
        xlog("L_INFO", "removed $var(n)\n");
    }"#;
    let cases = r#"
        event = "core:request"
        grants = ["log", "pv", "sip"]
        [[case]]
        name = "one"
        message = { method = "INVITE", uri = "sip:b@example.org", from = "<sip:a@example.com>;tag=1", headers = ["X-A: 1", "Subject: s", "x-b: 2", "X-A: 3"] }
        verdict = "pass"
        removed = ["X-A: 1", "x-b: 2", "X-A: 3"]
        log = ["INFO there", "INFO not there", "INFO removed 1", "INFO removed -1", "WARN remove-headers \"Via\" was refused: it belongs to the server, or this event is past such edits", "INFO removed -1"]
    "#;
    assert_eq!(reported(routes, cases), nothing(1));
}
