use proptest::prelude::*;

use crate::given::Given;

use super::*;

fn words(text: &str) -> (Vec<String>, Vec<String>) {
    given(text, &Given::default())
}

fn given(text: &str, given: &Given) -> (Vec<String>, Vec<String>) {
    let file = |text: &str| Ok(Some(("more.cfg".to_owned(), text.to_owned())));
    let includes = |name: &str, _: &str| match name {
        "more.cfg" => file("#!define PORT 5080\nmore\n"),
        "comment.cfg" => file("a\n# the last line"),
        "open.cfg" => file("#!ifdef NO\n"),
        "self.cfg" => file("include_file \"self.cfg\"\n"),
        "folder" => Err("it is a folder".to_owned()),
        _ => Ok(None),
    };
    let mut lexer = Lexer::new(&includes, given);
    lexer.file("routes.cfg", text, Span::default());
    let words = lexer.tokens.iter().map(|token| match &token.kind {
        TokenKind::Unread(why) => format!("?{why}"),
        _ => token.shown(),
    });
    let faults = lexer
        .faults
        .iter()
        .map(|fault| format!("{}:{} {}", fault.span.line, fault.span.column, fault.what));
    (words.collect(), faults.collect())
}

fn read(text: &str) -> Vec<String> {
    let (words, faults) = words(text);
    assert!(faults.is_empty(), "{faults:?}");
    words
}

#[test]
fn comments_of_all_three_kinds_are_read_over() {
    assert_eq!(
        read("a # b\nc // d\ne /* f\n g */ h\n#!KAMAILIO\ni"),
        ["a", "c", "e", "h", "i"]
    );
}

#[test]
fn texts_know_escapes_and_variables_end_where_they_should() {
    assert_eq!(
        read(r#"x("a\"b\n", 'c\n', $(hdr(X)[1]{s.substr,0,5}), $ru==1)"#),
        [
            "x",
            "(",
            r#""a\"b\n""#,
            ",",
            r#""c\\n""#,
            ",",
            "$(hdr(X)[1]{s.substr,0,5})",
            ",",
            "$ru",
            "==",
            "1",
            ")"
        ]
    );
}

#[test]
fn texts_in_double_quotes_beside_each_other_are_one() {
    assert_eq!(read("\"a\" \n\"c\" d"), ["\"ac\"", "d"]);
    assert_eq!(read("\"a\" 'b' 'c'"), ["\"a\"", "\"b\"", "\"c\""]);
}

#[test]
fn escapes_are_kamailios() {
    assert_eq!(
        read(r#""\x41\053\'q\'\q\1 \\""#),
        [r#""A+\\\'q\\\'\\q\\1 \\""#]
    );
    assert_eq!(read("\"a\\\nb\""), ["\"ab\""]);
    assert!(read(r#""\xe9""#)[0].contains("not UTF-8"));
    assert!(read(r#""\000""#)[0].contains("ends a text"));
    assert_eq!(read(r#""\xc3\xa9""#), ["\"é\""]);
}

#[test]
fn numbers_are_decimal_octal_hexadecimal_and_binary() {
    assert_eq!(
        read("16 010 0x10 0 101b true off"),
        ["16", "8", "16", "0", "5", "1", "0"]
    );
    assert_eq!(read("08 0x1G 3com"), ["08", "0x1G", "3com"]);
}

#[test]
fn addresses_are_words_of_their_own() {
    assert_eq!(
        read("a==127.0.0.1 10.0.0.0/8 [2001:db8::1] ::1 fe80:: 1:2:3:4:5:6:7:8"),
        [
            "a",
            "==",
            "127.0.0.1",
            "10.0.0.0",
            "/",
            "8",
            "[",
            "2001:db8::1",
            "]",
            "::1",
            "fe80::",
            "1:2:3:4:5:6:7:8"
        ]
    );
    // What only looks like one.
    assert_eq!(
        read("case 1: default: add:b"),
        ["case", "1", ":", "default", ":", "add", ":", "b"]
    );
    assert_eq!(words("300.0.0.1").1, ["1:1 300.0.0.1 is no address"]);
    assert_eq!(
        words("010.0.0.1").1,
        ["1:1 010.0.0.1 has a number that begins with 0"]
    );
    assert_eq!(
        words("1:2:3:4:5:6:7::1:2").1,
        ["1:1 1:2:3:4:5:6:7::1:2 is no address"]
    );
}

#[test]
fn the_name_of_an_event_is_taken_as_it_stands() {
    assert_eq!(
        read("#!define A_1 B\nevent_route[tm:local-request] route[A_1] route[\"b c\"]"),
        [
            "event_route",
            "[",
            "tm:local-request",
            "]",
            "route",
            "[",
            "B",
            "]",
            "route",
            "[",
            "\"b c\"",
            "]"
        ]
    );
}

#[test]
fn conditions_choose() {
    let text = "#!define WITH_A\n#!ifdef WITH_A\na\n#!ifndef WITH_B\nb\n#!else\nc\n#!endif\n#!else\nd\n#!endif\n";
    assert_eq!(read(text), ["a", "b"]);
    // Whatever follows the name is read over, but #!else and #!endif stand alone.
    for comment in ["# comment", "// comment", "and more"] {
        let text = format!("#!define A\n#!ifdef A {comment}\na\n#!else\nb\n#!endif\n");
        assert_eq!(read(&text), ["a"], "{comment}");
    }
    for line in [
        "#!endif # A",
        "#!endif // A",
        "#!else # not A\n#!endif\n",
        "#!endif",
    ] {
        for condition in ["A", "B"] {
            let text = format!("#!define A\n#!ifdef {condition}\na\n{line}");
            let faults = words(&text).1;
            assert!(
                faults
                    .iter()
                    .any(|fault| fault.contains("a comment to Kamailio")),
                "{faults:?}"
            );
        }
    }
    assert!(words("#!ifdef A-B\n#!endif\n").1[0].contains("A- has a - in it"));
    assert!(words("#!ifdef  \n#!endif\n").1[0].contains("without a name"));
    assert_eq!(
        read("#!ifdef MOD_tm\na\n#!endif\nloadmodule \"x/tm.so\"\n#!ifdef MOD_tm\nb\n#!endif\n")
            .last()
            .unwrap(),
        "b"
    );
    assert_eq!(read("#!ifdef KAMAILIO_5\na\n#!endif\n"), ["a"]);
    assert!(words("#!ifdef KAMAILIO_5_6\na\n#!endif\n").1[0].contains("which Kamailio"));
}

#[test]
fn definitions_are_read_again_where_they_are_used() {
    assert_eq!(read("#!define LONG one \\\n two\nLONG"), ["one", "two"]);
    // A comment in a value takes the rest of the line on which it is used.
    assert_eq!(read("#!define X 5 # five\na X b\nc"), ["a", "5", "c"]);
    // A value need not be whole.
    assert_eq!(
        read("#!define HALF \"x\na HALF y\" b"),
        ["a", "\"x y\"", "b"]
    );
    assert_eq!(read("#!define EMPTY\na EMPTY b"), ["a", "b"]);
    assert_eq!(
        read("#!define EQ =\n#!define B A\n#!define A c\nEQ= B"),
        ["==", "c"]
    );
    assert_eq!(
        read("#!trydef A 1\n#!trydefine A 2\n#!def B 3\n#!redef B 4\n#!redefine C 5\nA B C"),
        ["1", "4", "5"]
    );
    // Kamailio's own words are told apart before names are looked up.
    assert_eq!(
        read("#!define port 5\n#!define on 5\nport on"),
        ["port", "1"]
    );
    assert_eq!(
        words("#!define A 1\n#!define A 2\n").1,
        ["2:1 A is defined already"]
    );
    assert!(words("#!define A B\n#!define B A\nA").1[0].contains("is defined by itself"));
    assert!(words("#!define A \\\n b\n").1[0].contains("begins with \\"));
    assert!(words("#!define A-B 1\n").1[0].contains("has a - in it"));
    assert_eq!(read("a#!undef X\nb"), ["a", "b"]);
}

#[test]
fn expressions_decide() {
    let holds = |expression: &str| {
        let text = format!(
            "#!define N 5\n#!define S \"ab\"\n#!define F\n#!ifexp {expression}\ny\n#!else\nn\n#!endif\n"
        );
        read(&text) == ["y"]
    };
    for expression in [
        "1 < 2",
        "1 + 2 * 3 == 7",
        "2 ** 3 ** 2 == 512",
        "-2 ** 2 == 4",
        "N == 5",
        "N == \"5\"",
        "S == 'ab'",
        "S + 1 == \"ab1\"",
        "F",
        "!NONE",
        "NONE == 0",
        "F && 1 || 0",
        "7 % 4 == 3",
        "(1 + 1) << 3 == 16",
        "^0 == -1",
        "6 & 3 | 8 ^ 1",
        "1.5 * 2 == 3",
        "10 / 4 == 2.5 # a comment",
        "N != 4",
        "S",
        "'a' < 'b'",
    ] {
        assert!(holds(expression), "{expression}");
    }
    for expression in [
        "1 > 2",
        "NONE",
        "N == 6",
        "0",
        "\"\"",
        "N < 10 - 9",
        "F == 0",
    ] {
        assert!(!holds(expression), "{expression}");
    }
    for wrong in [
        "S * 2", "1 +", "(1", "1)", "f(1)", "1 / 0", "S && 1", "a = 1", "1 2", "1 << 99", "\"x",
    ] {
        let faults = words(&format!("#!define S \"ab\"\n#!ifexp {wrong}\na\n#!endif\n")).1;
        assert!(
            faults
                .first()
                .is_some_and(|fault| fault.starts_with("2:1 #!ifexp: ")),
            "{wrong}: {faults:?}"
        );
    }
    assert_eq!(
        read("#!ifdef NO\n#!ifexp 1 +\n#!else\n#!endif\n#!else\na\n#!endif\n"),
        ["a"]
    );
    assert_eq!(
        read("#!define N 5\n#!defexp M N + \"1\"\n#!defexp K 2 * 3\n#!defexps T \"a\" + 1\nM K T"),
        ["51", "6", "\"a1\""]
    );
    assert_eq!(read("#!defexp A 1 - 2\n#!defexp B 1 +\nx")[0], "x");
    assert!(read("#!defexp A 1 - 2\nA")[0].contains("below 0"));
}

#[test]
fn what_a_condition_leaves_out_need_not_be_words() {
    let text =
        "#!ifdef NO\nan open \" and /* too\n  #!ifdef ALSO\n'\n #!endif\n#!else\na\n#!endif\nb";
    assert_eq!(read(text), ["a", "b"]);
    // Directives count wherever they stand there, in comments too.
    assert_eq!(read("#!ifdef NO\n# see ##!endif\na"), ["a"]);
    assert_eq!(read("a #!ifdef NO\nb #!endif\nc"), ["a", "c"]);
}

#[test]
fn files_are_included_anywhere() {
    for line in [
        "include_file \"more.cfg\"",
        "#!include_file \"more.cfg\"",
        "!!import_file \"more.cfg\"",
    ] {
        assert_eq!(
            read(&format!("a {{\n{line} b\n}} PORT")),
            ["a", "{", "more", "b", "}", "5080"]
        );
    }
    assert_eq!(read("import_file \"none.cfg\"\na"), ["a"]);
    assert_eq!(
        read("#!substdef \"!NAME!more!\"\n#!import_file \"NAME.cfg\"\na"),
        ["more", "a"]
    );
    // A comment at the end of a file goes on in the one that includes it.
    assert_eq!(read("include_file \"comment.cfg\" b\nc"), ["a", "c"]);
    assert_eq!(
        read("#!ifdef NO\ninclude_file \"none.cfg\"\n#!endif\nx"),
        ["x"]
    );
    let reported = |text: &str| words(text).1.join("; ");
    assert_eq!(
        reported("\n include_file \"none.cfg\""),
        "2:2 there is no file none.cfg to include"
    );
    assert!(reported("import_file \"folder\"").contains("cannot include folder: it is a folder"));
    assert!(
        reported("include_file \"self.cfg\"").contains("more than 10 files include each other")
    );
    assert!(reported("include_file 'more.cfg'").contains("in double quotes"));
    assert!(reported("include_file \"more.cfg\";").contains("in double quotes"));
    assert!(reported("include_file \"open.cfg\"\n").contains("1:1 #!ifdef NO without #!endif"));
    assert_eq!(read("include_files(1)"), ["include_files", "(", "1", ")"]);
}

#[test]
fn the_environment_is_what_is_given() {
    let text = "#!defenv A\n#!defenvs B=VAR\n#!trydefenv C\nA B\n";
    let all = Given {
        defines: vec![("X".to_owned(), "1".to_owned())],
        environment: vec![
            ("A".to_owned(), "1".to_owned()),
            ("VAR".to_owned(), "two".to_owned()),
        ],
    };
    assert_eq!(
        given(&format!("{text}X"), &all),
        (
            vec!["1".to_owned(), "\"two\"".to_owned(), "1".to_owned()],
            Vec::new()
        )
    );
    // What is not given is wrong only where it is used.
    let none = read("#!defenv A\n#!ifdef A\na\n#!endif\nb A");
    assert_eq!(none[..2], ["a", "b"]);
    assert!(none[2].contains("--env A=VALUE"), "{none:?}");
    assert!(words("#!trydefenv A\n#!ifdef A\n#!endif\n").1[0].contains("whether A is defined"));
    assert_eq!(
        given("#!define X 2\n", &all).1,
        ["1:1 X is defined already"]
    );
}

#[test]
fn what_is_wrong_is_reported_with_its_place() {
    let reported = |text: &str| words(text).1.join("; ");
    assert_eq!(reported("a\n  \"b"), "2:3 this text does not end");
    assert_eq!(reported("/* a"), "1:1 this comment does not end");
    assert_eq!(reported("/* a /* b */"), "1:1 this comment does not end");
    assert_eq!(read("/* a /* b */ */ c"), ["c"]);
    assert_eq!(reported("#!endif\n"), "1:1 #!endif without #!ifdef");
    assert_eq!(
        reported("a\n #!ifdef A\nb\n\n"),
        "2:2 #!ifdef A without #!endif"
    );
    assert_eq!(
        reported("#!ifdef A\n#!else\n#!else\n#!endif\n"),
        "3:1 a second #!else of the same condition"
    );
    assert!(reported("#!SER\n").contains("another meaning"));
}

/// A few lines must not become more than a machine holds.
#[test]
fn replacements_that_multiply_are_stopped() {
    let mut text = String::new();
    let value = "A".repeat(60_000);
    for letter in "ABCDEFGH".chars() {
        text.push_str(&format!("#!subst \"/{letter}/{value}/\"\n"));
    }
    let (all, _) = words(&(text + "x(\"AAAA\")"));
    let bytes: usize = all.iter().map(String::len).sum();
    assert!(bytes <= 2 * SOURCE_BYTES_MAX, "{bytes}");
    let mut text = format!("#!define A0 {}\n", "x ".repeat(1000));
    for level in 1..8 {
        text.push_str(&format!(
            "#!define A{level} {}\n",
            format!("A{} ", level - 1).repeat(1000)
        ));
    }
    let (all, faults) = words(&(text + "A7"));
    assert!(
        all.len() <= TOKENS_MAX && !faults.is_empty(),
        "{}",
        all.len()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn nothing_makes_it_panic(text in "(?s).{0,400}") {
        words(&text);
    }

    #[test]
    fn nothing_of_its_own_signs_makes_it_panic(text in r##"([$(){}\[\]"'#!/*;=a1\n\\,.:-]|#!define |#!ifdef |#!else\n|#!endif\n|route|\$\(|\{s\.len\}){0,200}"##) {
        words(&text);
    }
}
