use proptest::prelude::*;

use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    Automaton::new(&read(pattern, true).unwrap())
        .unwrap()
        .matches(text)
}

#[test]
fn patterns_match_as_posix_says() {
    for (pattern, yes, no) in [
        ("abc", &["abc", "xxABCx"][..], &["ab", ""][..]),
        (
            "^sip:[0-9]+@",
            &["sip:123@x", "SIP:1@"],
            &["sip:a1@", "xsip:1@", "sip:@"],
        ),
        (
            "^(INVITE|ACK)$",
            &["INVITE", "ack"],
            &["INVITES", "xACK", ""],
        ),
        ("^$", &[""], &["a"]),
        ("", &["", "x"], &[]),
        ("a.c", &["abc", "xa\ncx"], &["ac"]),
        ("^a{2,3}$", &["aa", "aaa"], &["a", "aaaa"]),
        ("^a{2}b{1,}$", &["aab", "aabbb"], &["ab", "aa"]),
        ("^(ab?)*c+$", &["c", "abac", "aabcc"], &["abb", "bc"]),
        ("[]x-]", &["]", "-", "X"], &["a", "["]),
        ("[^a-z]", &["1", "a1"], &["abc", "ABC", ""]),
        ("^[[:digit:]_]+$", &["1_2"], &["a", ""]),
        ("127\\.0\\.0", &["127.0.0.1"], &["127a0.0"]),
        ("a|^b$|c$", &["xay", "b", "xc"], &["xb", "cx"]),
        ("\\w\\s\\W", &["a ;"], &["a a"]),
        ("(^a|b)c", &["ac", "xbc"], &["xac"]),
    ] {
        for text in yes {
            assert!(matches(pattern, text), "{pattern} {text:?}");
        }
        for text in no {
            assert!(!matches(pattern, text), "{pattern} {text:?}");
        }
    }
}

#[test]
fn case_counts_where_it_is_not_folded() {
    let exact = |pattern: &str, text: &str| {
        Automaton::new(&read(pattern, false).unwrap())
            .unwrap()
            .matches(text)
    };
    assert!(exact("^[[:upper:]]b", "Ab") && !exact("^[[:upper:]]b", "ab") && !exact("AB", "ab"));
}

#[test]
fn what_is_no_pattern_or_too_large_is_refused() {
    for wrong in [
        "(a",
        "a)",
        "[a",
        "*a",
        "a{",
        "a{2",
        "a{3,2}",
        "a{999}",
        "a\\",
        "\\1",
        "[z-a]",
        "[[:nope:]]",
        "a*+?*+?",
    ] {
        assert!(read(wrong, true).is_err(), "{wrong}");
    }
    assert!(read(&"(".repeat(100), true).is_err());
    for large in ["((a{9}){9}){9}", "(a|b)*a(a|b){12}"] {
        assert!(
            Automaton::new(&read(large, true).unwrap()).is_err(),
            "{large}"
        );
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(pattern in r"[ab01().*+?{},|^$\[\]\\:-]{0,24}", text in "[ab01]{0,8}") {
        if let Ok(node) = read(&pattern, true) && let Ok(automaton) = Automaton::new(&node) {
            automaton.matches(&text);
        }
    }
}
