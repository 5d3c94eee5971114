use super::*;

pub(crate) fn compiled(text: &str) -> Result<Compiled, Error> {
    let none = |name: &str, _: &str| Err(format!("there is no {name}"));
    compile(&Source {
        name: "routes.cfg",
        text,
        includes: &none,
        events: &[],
    })
}

/// The faults of one statement in a block of this event.
fn told(event: &str, statement: &str) -> String {
    match compiled(&format!(
        "event_route[{event}] {{\n  {statement}\n}}\nroute[There] {{ exit; }}\n"
    )) {
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    }
}

#[test]
fn a_block_is_compiled_and_asks_for_what_it_uses() {
    let block = "event_route[tm:local-request] {\n xlog(\"L_INFO\", \"request [$rm] from [$fu] to [$ru]\\n\");\n if ($fU == \"blocked\") drop;\n}\n";
    let compiled = compiled(block).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(compiled.events, ["tm:local-request"]);
    assert!(compiled.skipped.is_empty());
    let imported = |name: &str| {
        compiled
            .module
            .contains(&format!("(import \"evroute:{name}"))
    };
    assert!(imported("log/log") && imported("sip/types"));
    assert!(!imported("pv/") && !imported("sql/") && !imported("htable/"));
    assert!(
        compiled.component.len() < 6000,
        "{} octets",
        compiled.component.len()
    );
}

#[test]
fn the_same_file_makes_the_same_component() {
    let block = "event_route[tm:local-request] { $var(a) = $ru; $avp(b) = $var(a); route(X); } route[X] { append_hf(\"A: $avp(b)\\r\\n\"); }";
    let make = || {
        compiled(block)
            .unwrap_or_else(|error| panic!("{error}"))
            .component
    };
    assert_eq!(make(), make());
}

/// A statement, where its fault is, what is told, and which remedy.
const REFUSED: [(&str, &str, &str, &str); 33] = [
    (
        "if (src_ip == \"localhost\") exit;",
        "2:17",
        "localhost is no IP address",
        "10.0.0.0/8",
    ),
    (
        "if (src_ip == $var(x)) exit;",
        "2:17",
        "known when the file is built",
        "$si == $var(x)",
    ),
    (
        "if (proto == \"SMTP\") exit;",
        "2:16",
        "smtp is no transport protocol",
        "UDP",
    ),
    ("$var(x) = $TV(n);", "2:13", "$TV knows s, u, sn", ""),
    (
        "sql_query(\"main\", \"$var(q)\", \"ra\");",
        "2:21",
        "is the statement",
        "write the statement out",
    ),
    (
        "sql_query(\"select a from t where b in ($var(list))\");",
        "2:13",
        "not as a list",
        "in ($var(x), $var(y))",
    ),
    (
        "xlog(\"\\xff\");",
        "2:8",
        "not UTF-8",
        "take the escape out",
    ),
    (
        "frobnicate();",
        "2:3",
        "frobnicate cannot be called",
        "no capability",
    ),
    (
        "xlog(\"$nope\");",
        "2:8",
        "there is no $nope",
        "list variables",
    ),
    (
        "$fU = \"x\";",
        "2:3",
        "$fU cannot be written",
        "P-Asserted-Identity",
    ),
    (
        "$hdr(X) = \"x\";",
        "2:3",
        "$hdr cannot be written",
        "append_hf",
    ),
    (
        "if ($ru =~ \"^(sip:\") exit;",
        "2:14",
        "regular expression",
        "starts_with",
    ),
    ("route(Nowhere);", "2:3", "no route[Nowhere]", "add it"),
    (
        "route(there);",
        "2:3",
        "no route[there]",
        "there is a route[There]",
    ),
    (
        "route(\"a\" + $ru);",
        "2:9",
        "put together in the run",
        "switch",
    ),
    (
        "xlog(\"L_LOUD\", \"x\");",
        "2:8",
        "L_LOUD is no level",
        "L_INFO",
    ),
    ("$var($ru) = 1;", "2:3", "cannot be a variable", "$sht"),
    (
        "$var(x) = $(ru{re.subst,/a/b});",
        "2:13",
        "the substitution does not end",
        "/pattern/replacement/flags",
    ),
    (
        "$var(x) = $(ru{re.subst,/*a/b/});",
        "2:13",
        "* repeats nothing",
        "s.replace",
    ),
    (
        "$var(x) = $(ru{s.rbefore,c});",
        "2:13",
        "{s.rbefore} is not compiled",
        "nothing like it",
    ),
    (
        "$var(x) = $sel(cfg_get.pstn.gw);",
        "2:13",
        "nothing sets pstn.gw",
        "add a line",
    ),
    ("$var(x) = @tls.peer;", "2:13", "no select tls.peer", "$hdr"),
    (
        "route(\"$var(r)\");",
        "2:9",
        "put together in the run",
        "switch",
    ),
    (
        "$var(x) = $(ru{s.substr,a,1});",
        "2:13",
        "needs a number",
        "write a number",
    ),
    (
        "$var(x) = $(ru{s.substr,1});",
        "2:13",
        "takes 2 parameters, not 1",
        "commas",
    ),
    (
        "$var(x) = $xavp($var(n)=>b);",
        "2:13",
        "no name of an $xavp",
        "$xavp(name[0]=>field)",
    ),
    (
        "$var(x) = $shtrecord(key);",
        "2:13",
        "nothing in tm:local-request",
        "htable:expired",
    ),
    ("remove_hf();", "2:3", "takes 1 parameters, not 0", "commas"),
    (
        "sl_send_reply(\"403\", \"No\");",
        "2:3",
        "does nothing in",
        "core:request",
    ),
    (
        "sql_query(\"main\", \"delete from $var(t)\");",
        "2:21",
        "has a name",
        "write the name out",
    ),
    (
        "sql_query(\"$ru\", \"x\");",
        "2:13",
        "cannot be a variable",
        "write it out",
    ),
    ("xlog(\"5 $ now\");", "2:8", "begins no variable", "$$"),
    (
        "if ($ru == myself) exit;",
        "2:14",
        "myself means nothing",
        "is_myself",
    ),
];

#[test]
fn what_cannot_be_compiled_is_told_with_place_and_remedy() {
    let request = |statement: &str| told("tm:local-request", statement);
    for (statement, place, what, remedy) in REFUSED {
        let fault = request(statement);
        assert!(
            fault.starts_with(&format!("routes.cfg:{place}: ")),
            "{statement}\n{fault}"
        );
        assert!(
            fault.contains(what) && fault.contains(remedy),
            "{statement}\n{fault}"
        );
    }
}

#[test]
fn an_event_decides_what_its_block_may_use() {
    assert!(
        told("htable:mod-init", "xlog(\"$ru\");")
            .contains("$ru is nothing in htable:mod-init; the event is about no message")
    );
    assert!(
        told("tm:local-response", "append_hf(\"X: y\\r\\n\");")
            .contains("does nothing in tm:local-response")
    );
    assert!(told("core:reply", "$ru = \"sip:x@y\";").contains("cannot be written in core:reply"));
    assert!(
        told("core:request", "sl_send_reply(\"180\", \"Ringing\");").contains("only final answers")
    );
    assert!(
        told("xhttp:request", "exit;")
            .contains("no event xhttp:request; HTTP requests are no events yet")
    );
    assert_eq!(told("core:request", "sl_send_reply(\"403\", \"No\");"), "");
}

#[test]
fn all_faults_of_a_file_are_told() {
    let faults = told(
        "tm:local-request",
        "frobnicate(\"a\");\n  $nope = 1;\n  if (1) {\n    frob();\n  }\n  ] ;",
    );
    let places: Vec<_> = faults
        .lines()
        .filter_map(|line| line.split(": ").next())
        .collect();
    assert_eq!(
        places,
        [
            "routes.cfg:2:3",
            "routes.cfg:3:3",
            "routes.cfg:5:5",
            "routes.cfg:7:3"
        ],
        "{faults}"
    );
}

#[test]
fn what_is_read_over_is_told() {
    let compiled = compiled(
        "debug=1\nrequest_route { t_relay(); }\nroute[A] { x(); }\nevent_route[htable:mod-init] { exit; }",
    );
    let skipped = compiled
        .unwrap_or_else(|error| panic!("{error}"))
        .skipped
        .join("\n");
    assert!(
        skipped.contains("line 2: request_route: the server routes by itself"),
        "{skipped}"
    );
    assert!(
        skipped.contains("routes that no compiled event calls: A"),
        "{skipped}"
    );
    assert!(skipped.contains("1 parameters"), "{skipped}");
}

#[test]
fn only_the_blocks_that_are_wanted_are_compiled() {
    let text = "event_route[xhttp:request] { xhttp_reply(\"200\"); }\nevent_route[htable:mod-init] { exit; }";
    let none = |_: &str, _: &str| Err(String::new());
    let make = |event: &str| {
        compile(&Source {
            name: "routes.cfg",
            text,
            includes: &none,
            events: &[event.to_owned()],
        })
    };
    let compiled = make("htable:mod-init").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(compiled.events, ["htable:mod-init"]);
    let error = make("htable:mod_init").unwrap_err().to_string();
    assert!(
        error.contains(
            "there is no event_route[htable:mod_init]; there are: xhttp:request, htable:mod-init"
        ),
        "{error}"
    );
}

/// Every row of the tables makes code that fits its interfaces.
#[test]
fn every_function_variable_and_transformation_compiles() {
    use crate::tables::function::{Code, FUNCTIONS, Parameter, Place};
    use crate::tables::transformation::{Parameter as Step, TRANSFORMATIONS};
    use crate::tables::variable::{Argument, Needs, UNPARSED, VARIABLES, words};

    for row in &FUNCTIONS {
        let event = match row.place {
            Place::Answers => "core:request",
            Place::Anywhere | Place::Message | Place::Edits | Place::Routing => "tm:local-request",
        };
        let parameters = row
            .parameters
            .iter()
            .map(|parameter| match (parameter, row.code) {
                (_, Code::LogLevel) => "\"L_INFO\"",
                (_, Code::IsAvpSet | Code::Assign | Code::Unset) => "\"$avp(x)\"",
                (_, Code::Answer) => "403",
                (Parameter::Number, _) => "1",
                (
                    _,
                    Code::Sql | Code::SqlXavp | Code::SqlFree | Code::LogPlain | Code::IsMethod,
                ) => "\"main\"",
                (Parameter::Format | Parameter::Value, _) => "\"$ru\"",
            });
        let call = format!(
            "{}({});",
            row.name,
            parameters.collect::<Vec<_>>().join(", ")
        );
        assert_eq!(told(event, &call), "", "{call}");
    }
    for row in VARIABLES.iter().chain(&UNPARSED) {
        let event = match row.needs {
            Needs::Event(event) => event,
            Needs::Message | Needs::Nothing => "tm:local-request",
        };
        let argument = match (row.argument, row.name) {
            (_, "shtrecord") => "(key)",
            (_, "ulc") => "(exp=>aor)",
            (_, "dbr") => "(ra=>[0,1])",
            (_, "sel") => "(from.uri)",
            (Argument::None, _) => "",
            (Argument::Needed, name) if words(name).is_some() => match name {
                "TV" => "(Sn)",
                _ => "(hour)",
            },
            (Argument::Needed | Argument::Indexed, _) => "(name)",
            (Argument::Entry, _) => "(table=>key)",
        };
        let read = format!("$var(x) = ${}{argument};", row.name);
        assert_eq!(told(event, &read), "", "{read}");
    }
    for row in &TRANSFORMATIONS {
        let parameters = row.parameters.iter().map(|step| match step {
            Step::Number => ",1",
            Step::Text | Step::Separator => ",a",
        });
        let read = format!(
            "$var(x) = $(ru{{{}{}}});",
            row.name,
            parameters.collect::<String>()
        );
        assert_eq!(told("tm:local-request", &read), "", "{read}");
    }
}
