use super::*;

/// A text after these definitions.
fn after(definitions: &[&str], text: &str) -> Result<String, String> {
    let mut preprocessor = Preprocessor::new(&Given::default());
    let mut left = 1 << 20;
    for definition in definitions {
        let (word, rule) = definition.split_once(' ').unwrap_or(("subst", definition));
        let how = match word {
            "substdef" => Substitute::Define { quoted: false },
            "substdefs" => Substitute::Define { quoted: true },
            "define" => {
                let (name, value) = rule.split_once(' ').unwrap();
                preprocessor
                    .define(Define::Once, name, value, Span::default())
                    .map_err(|fault| fault.what)?;
                continue;
            }
            _ => Substitute::Text,
        };
        let rule = preprocessor.substituted(rule, &mut left)?;
        preprocessor
            .substitute(how, &rule, Span::default())
            .map_err(|fault| fault.what)?;
    }
    preprocessor.substituted(text, &mut left)
}

/// Definitions, a text and what Kamailio 5.6 makes of it.
const SUBSTITUTED: [(&[&str], &str, &str); 22] = [
    (&["substdef !A!b!g"], "A and A", "b and b"),
    (&["substdef !A!b!"], "A and A", "b and A"),
    (&["substdef !Ab!c!ig"], "aB AB", "c c"),
    (
        &["substdef !IP!192.0.2.7!g", "substdef !URI!sip:IP:5060!g"],
        "URI",
        "sip:192.0.2.7:5060",
    ),
    (&["substdef !A!1!g", "substdef !AB!2!g"], "AB A", "2 1"),
    (&["substdef !A!x!", "substdef !A!y!"], "A", "y"),
    (&[r"substdef !A!b\r\n\t\\c!g"], "A|", "b\r\n\t\\c|"),
    (&[r"substdef /A/a\/b/g"], "A", "a/b"),
    (&[r"substdef |A|a\|b|"], "A", "a|b"),
    (&["substdefs !A!west!g"], "A", "west"),
    (
        &[r"subst /site([0-9])x/s\1/g"],
        "site4x siteAx site5x",
        "s4 siteAx s5",
    ),
    (&[r"subst /a(b|bc)d?/<\1>/"], "abcd", "<bc>"),
    (&[r"subst /(a?)(ab)?/[\1\2]/"], "ab", "[ab]"),
    (&[r"subst /(a)(z)?/[\2\1\9\0]/"], "az a", "[zaaz] a"),
    (&[r"subst /b\.c/\//"], "bxc b.c", "bxc /"),
    (&["subst /^t/T/g"], "t\nt xt", "T\nT xt"),
    (&["subst /a.b/c/g"], "a\nb axb", "a\nb c"),
    (&["subst /a.b/c/gs"], "a\nb axb", "c c"),
    (&["subst /a[^x]b/c/g"], "a\nb ayb", "a\nb c"),
    (&["subst /x*/y/g"], "axxb", "axxb"),
    (&["define HOST h", "subst /H/v$def(HOST)$$/"], "H", "vh$"),
    (&["subst /[[:digit:]]{2}$/#/"], "1234", "12#"),
];

#[test]
fn texts_are_substituted_as_in_kamailio() {
    for (definitions, text, wanted) in SUBSTITUTED {
        assert_eq!(
            after(definitions, text).as_deref(),
            Ok(wanted),
            "{definitions:?} {text}"
        );
    }
}

#[test]
fn what_is_no_substitution_is_reported() {
    for (rule, why) in [
        ("substdef !A!b", "delimiter is missing"),
        ("substdef !A", "no substitution"),
        ("substdef !!b!", "the pattern is empty"),
        ("substdef !A!b!x", "x is no flag"),
        (r"substdef \A\b\", "cannot be the delimiter"),
        ("subst /(a/b/", "( is not closed"),
        (r"subst /(a)*/\1/", "inside of a repetition"),
        (r"subst /(a)|b/\1/", "one of several branches"),
        (r"subst /a\1/b/", "not read"),
        (r"substdef !A!x\\!g", "no substitution"),
    ] {
        let reported = after(&[rule], "A").unwrap_err();
        assert!(reported.contains(why), "{rule}: {reported}");
    }
    assert!(
        after(&["substdef !A!1!", "define A 2"], "x")
            .unwrap_err()
            .contains("defined already")
    );
}

/// What Kamailio reads when it starts is wrong only where it is used.
#[test]
fn a_variable_in_a_substitution_is_wrong_where_it_is_used() {
    let rules = ["subst /A/$env(HOST)/"];
    assert_eq!(after(&rules, "b").as_deref(), Ok("b"));
    assert!(after(&rules, "A").unwrap_err().contains("$env(HOST)"));
    assert!(
        after(&[r"subst /A/\u/"], "A")
            .unwrap_err()
            .contains("Request-URI")
    );
    let long = format!("subst /A/{}/", "b".repeat(1100));
    assert!(after(&[&long], "A").unwrap_err().contains("1022"));
}

#[test]
fn looking_for_a_pattern_takes_no_longer_than_it_may() {
    let text = "a".repeat(3000);
    let reported = after(&["subst /(a*)*(a*)*(a*)*b/c/"], &text).unwrap_err();
    assert!(reported.contains("too long"), "{reported}");
}
