use proptest::prelude::*;

use super::*;

fn words(text: &str) -> (Vec<String>, Vec<String>) {
    let includes = |name: &str, _: &str| match name {
        "more.cfg" => Ok(("more.cfg".to_owned(), "#!define PORT 5080\n".to_owned())),
        "self.cfg" => Ok((
            "self.cfg".to_owned(),
            "#!include_file \"self.cfg\"\n".to_owned(),
        )),
        _ => Err("not there".to_owned()),
    };
    let mut lexer = Lexer::new(&includes);
    lexer.file("routes.cfg", text, Span::default());
    let words = lexer.tokens.iter().map(Token::shown).collect();
    let faults = lexer
        .faults
        .iter()
        .map(|fault| format!("{}:{} {}", fault.span.line, fault.span.column, fault.what));
    (words, faults.collect())
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
fn texts_beside_each_other_are_one() {
    assert_eq!(read("\"a\" 'b'\n\"c\" d"), ["\"abc\"", "d"]);
}

#[test]
fn numbers_are_decimal_octal_and_hexadecimal() {
    assert_eq!(read("16 010 0x10 0"), ["16", "8", "16", "0"]);
}

#[test]
fn the_name_of_a_route_is_taken_as_it_stands() {
    assert_eq!(
        read("event_route[tm:local-request] {} route[A_1] {} route[\"b c\"] {}"),
        [
            "event_route",
            "[",
            "tm:local-request",
            "]",
            "{",
            "}",
            "route",
            "[",
            "A_1",
            "]",
            "{",
            "}",
            "route",
            "[",
            "b c",
            "]",
            "{",
            "}"
        ]
    );
}

#[test]
fn conditions_choose_and_definitions_replace() {
    let text = "#!define WITH_A\n#!define LONG one \\\n two\n#!ifdef WITH_A\na\n#!ifndef WITH_B\nb\n#!else\nc\n#!endif\n#!else\nd\n#!endif\nLONG\n";
    assert_eq!(read(text), ["a", "b", "one", "two"]);
    assert_eq!(
        read("#!substdef \"!DOMAIN!example.com!g\"\nx(\"sip:DOMAIN\")"),
        ["x", "(", "\"sip:example.com\"", ")"]
    );
    assert_eq!(read("#!include_file \"more.cfg\"\nPORT"), ["5080"]);
    assert_eq!(
        read("#!ifdef NO\n#!include_file \"nowhere.cfg\"\n#!endif\nx"),
        ["x"]
    );
}

#[test]
fn what_a_condition_leaves_out_need_not_be_words() {
    let text =
        "#!ifdef NO\nan open \" and /* too\n  #!ifdef ALSO\n'\n #!endif\n#!else\na\n#!endif\nb";
    assert_eq!(read(text), ["a", "b"]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let told = |text: &str| words(text).1.join("; ");
    assert_eq!(told("a\n  \"b"), "2:3 this text does not end");
    assert_eq!(told("/* a"), "1:1 this comment does not end");
    assert_eq!(told("#!endif"), "1:1 #!endif without #!ifdef");
    assert!(told("#!ifdef A\nb").contains("without #!endif"));
    assert!(
        told("#!include_file \"nowhere.cfg\"").contains("cannot include nowhere.cfg: not there")
    );
    assert!(told("#!include_file \"self.cfg\"").contains("include each other"));
    assert!(told("#!define A B\n#!define B A\nA").contains("is defined by itself"));
    assert!(told("#!subst \"/a.*b/c/\"").contains("no plain name"));
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
    let octets: usize = all.iter().map(String::len).sum();
    assert!(octets <= 2 * SOURCE_BYTES_MAX, "{octets}");
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
