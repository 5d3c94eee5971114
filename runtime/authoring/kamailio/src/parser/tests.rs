use proptest::prelude::*;

use crate::ast::StatementKind;
use crate::given::Given;
use crate::lexer::Lexer;
use crate::limits::NESTING_MAX;

use super::*;

fn parsed(text: &str) -> (Outline, Vec<Block>, Vec<String>) {
    let none = |_: &str, _: &str| Ok(None);
    let mut lexer = Lexer::new(&none, &Given::default());
    lexer.file("routes.cfg", text, Span::default());
    let mut faults = std::mem::take(&mut lexer.faults);
    let outline = outline(&lexer.tokens, &mut faults);
    let mut bodies = Vec::new();
    for route in outline.events.iter().chain(outline.routes.values()) {
        bodies.push(body(&lexer.tokens, route, &mut faults));
    }
    let reported = faults
        .iter()
        .map(|fault| format!("{}:{} {}", fault.span.line, fault.span.column, fault.what));
    (outline, bodies, reported.collect())
}

fn block(statements: &str) -> Block {
    let (_, mut bodies, faults) = parsed(&format!("event_route[x:y] {{ {statements} }}"));
    assert!(faults.is_empty(), "{faults:?}");
    bodies.remove(0)
}

/// How operators are bound, in parentheses.
fn shape(expression: &str) -> String {
    fn show(expression: &crate::ast::Expression) -> String {
        use crate::ast::ExpressionKind as Kind;
        match &expression.kind {
            Kind::Number(number) => number.to_string(),
            Kind::Text(text) => format!("{text:?}"),
            Kind::Variable(variable) => format!("${}", variable.name),
            Kind::Word(word) => word.clone(),
            Kind::Network(network) => format!("{network:?}"),
            Kind::Call(call) => format!("{}/{}", call.name, call.arguments.len()),
            Kind::Unary(operator, inner) => format!("{operator:?}({})", show(inner)),
            Kind::Binary(operator, left, right) => {
                format!("({} {operator:?} {})", show(left), show(right))
            }
        }
    }
    match &block(&format!("$var(x) = {expression};"))[0].kind {
        StatementKind::Assign(_, value) => show(value),
        other => panic!("{other:?}"),
    }
}

/// The stock parameters and routes of Kamailio configurations, written for this test.
const STOCK: &str = r#"#!KAMAILIO
#!define WITH_TLS
debug=2
log_stderror=no
listen=udp:192.0.2.1:5060 advertise 198.51.100.2:5060
listen=tls:[2001:db8::1]:5061
alias="example.com"
tcp_connection_lifetime=3605
mpath="/usr/lib/modules/"
loadmodule "tm.so"
loadmodule "dispatcher.so"; loadmodule "pv.so"
modparam("tm|usrloc", "xavp_contact", "ulattrs")
modparam("dispatcher", "ds_ping_interval",
    30)
pstn.gw_ip = "" desc "PSTN GW Address"
request_route {
    if (!mf_process_maxfwd_header("10")) { sl_send_reply("483","Too Many Hops"); exit; }
    if (uri == myself) route(LOCATION);
    if ($ru =~ "^sip:[0-9]+@") { t_relay(); }
}
route[LOCATION] { lookup("location"); }
onreply_route[MANAGE_REPLY] { if (status =~ "[12][0-9][0-9]") { xdbg("x\n"); } }
failure_route[MANAGE_FAILURE] { if (t_check_status("487")) exit; }
branch_route[B] { xdbg("branch\n"); }
event_route[tm:local-request] { xinfo("own\n"); }
"#;

#[test]
fn what_stands_outside_of_event_routes_is_read_over() {
    let (outline, bodies, faults) = parsed(STOCK);
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(outline.events.len(), 1);
    assert_eq!(outline.routes.keys().collect::<Vec<_>>(), ["LOCATION"]);
    let others: Vec<_> = outline
        .others
        .iter()
        .map(|(kind, span)| (kind.as_str(), span.line))
        .collect();
    assert_eq!(
        others,
        [
            ("request_route", 16),
            ("onreply_route[MANAGE_REPLY]", 22),
            ("failure_route[MANAGE_FAILURE]", 23),
            ("branch_route[B]", 24)
        ]
    );
    assert_eq!(outline.parameters, 12);
    assert_eq!(bodies[0].len(), 1);
}

#[test]
fn operators_bind_as_in_kamailio() {
    assert_eq!(shape("1 + 2 * 3 - 4"), "((1 Plus (2 Times 3)) Minus 4)");
    assert_eq!(shape("1 | 2 == 2"), "(1 BitOr (2 Equal 2))");
    assert_eq!(
        shape("$rm == \"A\" || $rm == \"B\" && !0"),
        "(($rm Equal \"A\") Or (($rm Equal \"B\") And Not(0)))"
    );
    assert_eq!(
        shape("not is_method(\"A\") and 1"),
        "(Not(is_method/1) And 1)"
    );
    assert_eq!(shape("-5 - -$var(x)"), "(-5 Minus Minus($var))");
    assert_eq!(shape("(int)$avp(x) + 1"), "(ToInt($avp) Plus 1)");
    assert_eq!(shape("(1 + 2) mod 2"), "((1 Plus 2) Modulo 2)");
    assert_eq!(shape("strlen($ru) > 5"), "(Length($ru) Greater 5)");
}

#[test]
fn statements_are_read_with_and_without_braces() {
    let read = block(
        "if ($rm == \"A\") drop; else if (1) { exit; } else return -1;\nwhile (0) { break; }; switch (1) { case 1: case -2: exit; default: drop(); }",
    );
    assert_eq!(read.len(), 3);
    let StatementKind::If(_, then, otherwise) = &read[0].kind else {
        panic!()
    };
    assert_eq!((then.len(), otherwise.len()), (1, 1));
    let StatementKind::Switch(_, cases) = &read[2].kind else {
        panic!()
    };
    assert_eq!(
        cases.iter().map(|case| case.body.len()).collect::<Vec<_>>(),
        [0, 1, 1]
    );
}

#[test]
fn all_faults_are_reported_and_not_only_the_first() {
    let (_, bodies, faults) = parsed(
        "event_route[x:y] {\n $var(a) 1;\n xlog(\"a\"\n ;\n if (1) { ] ; exit; }\n $var(b) = ;\n exit;\n}\nroute[y] { @method; }",
    );
    let places: Vec<_> = faults
        .iter()
        .map(|fault| fault.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        places,
        ["2:10", "4:2", "5:11", "6:12", "9:12"],
        "{faults:#?}"
    );
    assert!(
        matches!(bodies[0].last().unwrap().kind, StatementKind::Exit),
        "it goes on behind them"
    );
}

#[test]
fn an_unfinished_block_is_reported_where_it_begins() {
    let (_, _, faults) = parsed("debug=1\nevent_route[x:y] { if (1) { exit; }");
    assert_eq!(faults, ["2:1 this block does not end"]);
}

#[test]
fn what_is_too_deep_is_a_fault() {
    let deep = NESTING_MAX * 40;
    for text in [
        "(".repeat(deep),
        "!".repeat(deep),
        "1 + ".repeat(deep),
        "- ".repeat(deep) + "1",
        "is_method(".repeat(deep),
    ] {
        let (_, _, faults) = parsed(&format!("event_route[x:y] {{ $var(a) = {text}; }}"));
        assert!(!faults.is_empty(), "{text:.20}");
    }
    for text in [
        "{".repeat(deep),
        "if (1) ".repeat(deep),
        "while (1) {".repeat(deep),
        "switch (1) { case 1: ".repeat(deep),
    ] {
        let closed = text.clone() + "exit;" + &"}".repeat(text.matches('{').count());
        let (_, _, faults) = parsed(&format!("event_route[x:y] {{ {closed} }}"));
        assert!(
            faults
                .iter()
                .any(|fault| fault.contains("inside of each other")),
            "{text:.20}: {faults:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn nothing_makes_it_panic(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "if", "else", "while", "switch", "case", "default", "return", "exit", "drop", "break", "route", "(", ")",
                "{", "}", "[", "]", ";", ":", ",", "=", "==", "=~", "!", "-", "+", "&&", "||", "$ru", "$(hdr(X){s.len})",
                "$var(x)", "$", "\"a $ru\"", "'b'", "1", "0x1f", "xlog", "append_hf", "sql_query", "route[A] {",
                "event_route[tm:local-request] {", "event_route[htable:expired:t] {", "#!define A B\n", "#!ifdef A\n",
                "#!endif\n", "/*", "*/", "#\n", "(int)", "defined", "@", "$null", "$avp(x)", "$(avp(x)[1])",
                "src_ip", "proto", "uri", "myself", "10.0.0.0/8", "[::1]", "UDP", "@from.uri", "$sel(ruri.user)", "msg:len",
                "$xavp(a=>b)", "$xavp(a[$var(i)]=>b[0])", "$(avp(x)[$var(i)])", "$(ru{re.subst,/(a|b)*$/\\1/g})", "$Tf",
                "is_myself", "pv_printf", "is_avp_set", "in_list", "sql_xquery", "strip", "prefix", "\"$var(x)\"",
                "\"$avp(x)/s\"", "\"select a from t where b = $var(x)\"", "$rU", "$rc",
            ]),
            0..80,
        )
    ) {
        let text = words.join(" ");
        parsed(&text);
        // Whatever gets through makes a component, or is reported as wrong: it never is our fault.
        let wrapped = format!("event_route[tm:local-request] {{ {text} }}\nroute[A] {{ exit; }}");
        if let Err(error @ crate::Error::Internal(_)) = crate::tests::compiled(&wrapped) {
            panic!("{wrapped}\n{error}");
        }
    }
}
