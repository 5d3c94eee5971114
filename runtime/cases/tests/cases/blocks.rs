//! Blocks of Kamailio's language that no conformance case can hold: other languages have no such thing.

use evroute_cases::{Suite, judge};

use crate::judged::compiled;

/// What is told of the cases of a text, each.
fn told(routes: &str, cases: &str) -> Vec<Vec<String>> {
    let suite = Suite::parse(cases).unwrap_or_else(|error| panic!("{error}\n{cases}"));
    let judged = judge(&compiled(routes), &suite).unwrap();
    let told = judged.iter().map(|case| {
        let differences = case.differences.iter();
        differences.map(ToString::to_string).collect()
    });
    told.collect()
}

/// What is told of cases that pass.
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
    assert_eq!(told(routes, cases), nothing(2));
}

#[test]
fn an_answer_with_a_code_that_is_none_is_refused_with_its_place() {
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
    let refused = "error = \"sl_send_reply: routes.cfg:3:\"";
    let cases = [
        case("486", "verdict = \"reject 486 No\""),
        case("699", "verdict = \"reject 699 No\""),
        case("0", refused),
        case("299", refused),
        case("700", refused),
        case("66022", refused),
    ];
    let file = format!(
        "event = \"core:request\"\ngrants = [\"log\", \"pv\", \"sip\"]\n{}",
        cases.concat()
    );
    assert_eq!(told(routes, &file), nothing(6));
}
