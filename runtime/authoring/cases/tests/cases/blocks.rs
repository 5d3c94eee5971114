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
        refused("299", "299"),
        refused("700", "700"),
        // What has no place in 16 bits, or none at all, is the largest.
        refused("66022", "65535"),
    ];
    let file = format!(
        "event = \"core:request\"\ngrants = [\"log\", \"pv\", \"sip\"]\n{}",
        cases.concat()
    );
    assert_eq!(reported(routes, &file), nothing(6));
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
