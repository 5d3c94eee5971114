use super::*;

pub(crate) fn compiled(text: &str) -> Result<Compiled, Error> {
    let none = |_: &str, _: &str| Ok(None);
    compile(&Source {
        name: "routes.cfg",
        text,
        includes: &none,
        given: &Given::default(),
        events: &[],
    })
}

/// The faults of one statement in a block of this event.
fn reported(event: &str, statement: &str) -> String {
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
            .module_text()
            .unwrap()
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

/// A statement, where its fault is, what is reported, and which remedy.
const REFUSED: [(&str, &str, &str, &str); 41] = [
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
    (
        "subst(\"/a/b/\");",
        "2:3",
        "subst cannot be called here",
        "there are subst_uri, subst_user and subst_body",
    ),
    (
        "subst_user(\"/a/b\");",
        "2:14",
        "the substitution does not end",
        "write /pattern/replacement/flags",
    ),
    (
        "subst_user($var(x));",
        "2:14",
        "subst_user takes a text",
        "write \"/pattern/replacement/flags\"",
    ),
    (
        "sql_pvquery(\"a\", \"b\", \"c\");",
        "2:3",
        "sql_pvquery",
        "$dbr(r=>[0,0])",
    ),
    (
        "sht_rm_name_re(\"t=>a.*\");",
        "2:3",
        "sht_rm_name_re",
        "= $null",
    ),
    (
        "jsonrpc_exec(\"{}\");",
        "2:3",
        "jsonrpc_exec",
        "$shv(name) = value",
    ),
    (
        "mq_add(\"q\", \"k\", \"v\");",
        "2:3",
        "mq_add",
        "there are no queues",
    ),
    (
        "allow_address(\"1\", \"$si\", \"0\");",
        "2:3",
        "allow_address",
        "src_ip == 10.0.0.0/8",
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
fn what_cannot_be_compiled_is_reported_with_place_and_remedy() {
    let request = |statement: &str| reported("tm:local-request", statement);
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
        reported("htable:mod-init", "xlog(\"$ru\");")
            .contains("$ru is nothing in htable:mod-init; the event is about no message")
    );
    assert!(
        reported("tm:local-response", "append_hf(\"X: y\\r\\n\");")
            .contains("does nothing in tm:local-response")
    );
    assert!(
        reported("core:reply", "$ru = \"sip:x@y\";").contains("cannot be written in core:reply")
    );
    assert!(
        reported("core:request", "sl_send_reply(\"180\", \"Ringing\");")
            .contains("only final answers")
    );
    assert!(
        reported("dialog:start", "exit;")
            .contains("no event dialog:start; dialogs are not tracked yet")
    );
    assert_eq!(
        reported("core:request", "sl_send_reply(\"403\", \"No\");"),
        ""
    );
    assert!(
        reported("xhttp:request", "sl_send_reply(\"403\", \"No\");").contains("use xhttp_reply")
    );
    assert!(
        reported("core:request", "xhttp_reply(\"200\", \"OK\", \"\", \"\");")
            .contains("use it in event_route[xhttp:request]")
    );
    assert!(
        reported("xhttp:request", "xhttp_reply(\"101\", \"Go\", \"\", \"\");")
            .contains("only answers from 200 to 599")
    );
    assert!(reported("xhttp:request", "append_hf(\"A: b\\r\\n\");").contains("does nothing in"));
}

#[test]
fn all_faults_of_a_file_are_reported() {
    let faults = reported(
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
fn what_is_read_over_is_reported() {
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
    let none = |_: &str, _: &str| Ok(None);
    let make = |event: &str| {
        compile(&Source {
            name: "routes.cfg",
            text,
            includes: &none,
            given: &Given::default(),
            events: &[event.to_owned()],
        })
    };
    let compiled = make("htable:mod-init").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(compiled.events, ["htable:mod-init"]);
    let error = make("htable:mod_init").unwrap_err().to_string();
    assert!(
        error.contains(
            "there is no event_route[htable:mod_init] in it; there are: xhttp:request, htable:mod-init"
        ),
        "{error}"
    );
}

/// Every row of the tables makes code that fits its interfaces.
#[test]
fn every_function_variable_and_transformation_compiles() {
    use crate::tables::function::{Code, FUNCTIONS, Parameter, Place};
    use crate::tables::transformation::{Parameter as Step, TRANSFORMATIONS};
    use crate::tables::variable::in_event::{HTTP, UNPARSED};
    use crate::tables::variable::{Argument, Needs, VARIABLES, words};

    for row in FUNCTIONS {
        let event = match row.place {
            Place::Answers => "core:request",
            Place::Http => "xhttp:request",
            Place::Anywhere | Place::Message | Place::Edits | Place::Routing => "tm:local-request",
        };
        let parameters = row
            .parameters
            .iter()
            .map(|parameter| match (parameter, row.code) {
                (_, Code::LogLevel) => "\"L_INFO\"",
                (_, Code::Subst(_)) => "\"/a/b/\"",
                (_, Code::IsAvpSet | Code::Assign | Code::Unset) => "\"$avp(x)\"",
                (_, Code::Answer | Code::HttpReply) => "403",
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
        assert_eq!(reported(event, &call), "", "{call}");
    }
    for row in VARIABLES.iter().chain(UNPARSED).chain(HTTP) {
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
                "sndto" => "(ip)",
                _ => "(hour)",
            },
            (Argument::Needed | Argument::Indexed, _) => "(name)",
            (Argument::Entry, _) => "(table=>key)",
        };
        let read = format!("$var(x) = ${}{argument};", row.name);
        assert_eq!(reported(event, &read), "", "{read}");
    }
    for row in TRANSFORMATIONS {
        let parameters = row.parameters.iter().map(|step| match step {
            Step::Number => ",1",
            Step::Text | Step::Separator => ",a",
        });
        let read = format!(
            "$var(x) = $(ru{{{}{}}});",
            row.name,
            parameters.collect::<String>()
        );
        assert_eq!(reported("tm:local-request", &read), "", "{read}");
    }
}

/// What is reported of a file without the block that is wanted.
fn absent(text: &str) -> String {
    compiled(text).unwrap_err().to_string()
}

#[test]
fn a_block_that_is_not_there_is_reported_with_its_reason() {
    assert_eq!(
        absent("\n#!ifdef WITH_A\nevent_route[tm:local-request] { drop; }\n#!endif\n"),
        "routes.cfg:3:1: event_route[tm:local-request] at line 3 is skipped by #!ifdef WITH_A at line 2; \
         turn it on with -A WITH_A or a #!define WITH_A"
    );
    let otherwise =
        absent("#!define A\n#!ifdef A\n#!else\nevent_route[tm:local-request] { drop; }\n#!endif\n");
    assert!(
        otherwise
            .contains("skipped by #!else of #!ifdef A at line 2; take the definition of A out"),
        "{otherwise}"
    );
    // Blocks in comments are none.
    assert!(
        absent("#!ifdef A\n# event_route[a:b] {\n#!endif\n")
            .contains("there is no event_route in it; write")
    );
    assert!(
        absent("import_file \"none.cfg\"\n")
            .contains("line 1: import_file \"none.cfg\": there is no such file")
    );
    assert!(
        absent("\nrequest_route { exit; }")
            .contains("there is a request_route at line 2: the server routes by itself")
    );
    let named = compile(&Source {
        name: "routes.cfg",
        text: "#!ifdef A\nevent_route[core:request] { exit; }\n#!endif\nevent_route[tm:local-request] { exit; }",
        includes: &|_, _| Ok(None),
        given: &Given::default(),
        events: &["core:request".to_owned()],
    });
    let reported = named.unwrap_err().to_string();
    assert!(
        reported.starts_with("routes.cfg:2:1: event_route[core:request] at line 2 is skipped"),
        "{reported}"
    );
}

#[test]
fn what_is_left_out_and_not_there_is_reported_beside_what_is_compiled() {
    let compiled = compiled(
        "#!foo\nimport_file \"x\"\n#!ifdef A\nevent_route[core:request] { exit; }\n#!endif\nevent_route[tm:local-request] { exit; }",
    );
    let skipped = compiled.unwrap().skipped.join("\n");
    for line in [
        "line 1: #!foo is a comment to Kamailio",
        "line 2: import_file \"x\": there is no such file",
        "line 4: event_route[core:request] is skipped by #!ifdef A at line 3",
    ] {
        assert!(skipped.contains(line), "{skipped}");
    }
}

#[test]
fn more_code_than_may_be_is_reported() {
    let long = "$ru".repeat(crate::limits::INSTRUCTIONS_MAX / 4);
    let fault = reported("tm:local-request", &format!("xlog(\"{long}\");"));
    assert!(fault.starts_with("routes.cfg:1:"), "{}", fault.len());
    assert!(fault.contains("more than 524288 instructions; divide it"));
}

/// What Kamailio 5.6.3 refuses, as `kamailio -c` or its start says.
const REFUSED_BY_KAMAILIO: [(&str, &str, &str); 23] = [
    (
        "is_method(\"INVITE|FOO\");",
        "2:13",
        "FOO in a list of methods",
    ),
    ("is_method(\"INVITE ACK\");", "2:13", "in a list of methods"),
    ("if (1); { exit; }", "2:11", "a { that belongs to nothing"),
    ("{ exit; }", "2:3", "a { that belongs to nothing"),
    ("if (1) { } exit;", "2:12", "a block without a statement"),
    ("", "1:", "a block without a statement"),
    ("exit", "2:3", "a ; is missing"),
    ("if (1) { exit } exit;", "2:12", "a ; is missing"),
    ("$var(x) = 5 % 2;", "2:15", "write mod"),
    (
        "if (is_method(INVITE)) exit;",
        "2:17",
        "put a text in quotes: \"INVITE\"",
    ),
    ("xlog(\"L_INFO\", \"x\",);", "2:22", ") is not expected"),
    ("xlog(\"a\" 'b');", "2:12", "is not expected"),
    ("$var(x) = 08;", "2:13", "08 is not expected"),
    (
        "switch (1) { case 1: exit; case 1: exit; }",
        "2:30",
        "there twice",
    ),
    (
        "switch (1) { default: exit; default: exit; }",
        "2:31",
        "there twice",
    ),
    (
        "switch (1) { case 1: exit; case \"a\": exit; }",
        "2:30",
        "numbers and texts",
    ),
    ("$var(x) == 1;", "2:11", "== is not expected"),
    ("1;", "2:3", "1 is not expected"),
    ("else exit;", "2:3", "else belongs to nothing"),
    ("$si.x = 1;", "2:6", ". is not expected"),
    (
        "#!define A 1\n#!define A 2\nexit;",
        "3:1",
        "A is defined already",
    ),
    (
        "#!substdef \"!A!b!\"\nexit;",
        "2:",
        "a substitution inside of a block",
    ),
    ("$var(x) = 127.0.0.1;", "2:13", "an address without quotes"),
];

#[test]
fn what_kamailio_refuses_is_refused() {
    for (statement, place, what) in REFUSED_BY_KAMAILIO {
        let fault = reported("tm:local-request", statement);
        assert!(
            fault.contains(&format!("routes.cfg:{place}")) && fault.contains(what),
            "{statement}\n{fault}"
        );
    }
    for accepted in [
        ";;exit;",
        "exit();",
        "exit(1);",
        "drop -1;",
        "return();",
        "if (1) {;} exit;",
        "$var(x) = true;",
    ] {
        assert_eq!(reported("tm:local-request", accepted), "", "{accepted}");
    }
    for name in ["foo", "a.b:c", "htable:", ":x"] {
        let fault = compiled(&format!("event_route[{name}] {{ exit; }}"))
            .unwrap_err()
            .to_string();
        assert!(fault.contains("is no name of an event"), "{fault}");
    }
    assert!(
        compiled("event_route[tm:local-request] { exit; }\nroute[log] { exit; }")
            .unwrap_err()
            .to_string()
            .contains("Kamailio's own")
    );
}

#[test]
fn first_values_are_those_of_modparam() {
    let wrong = |value: &str| {
        let text = format!(
            "modparam(\"pv\", \"shvset\", \"{value}\")\nevent_route[tm:local-request] {{ exit; }}"
        );
        compiled(&text).unwrap_err().to_string()
    };
    for value in ["a", "a=5", "a=i:x", "=i:1", " a = i:1", "a=i:0x10"] {
        let fault = wrong(value);
        assert!(
            fault.contains("is no first value; write \"name=i:number\""),
            "{fault}"
        );
    }
    let counted = compiled(
        "modparam(\"htable\", \"htable\", \"t=>size=4;initval=7\")\nevent_route[tm:local-request] { $var(x) = $shtinc(t=>a); }",
    );
    assert!(
        counted
            .unwrap_err()
            .to_string()
            .contains("$shtinc of a table with an initval")
    );
}
