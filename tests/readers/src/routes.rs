//! Kamailio's blocks: any text is refused with its line or compiled, and what is compiled is taken
//! by the sandbox.

use std::sync::{Arc, OnceLock};

use evroute_cases::{Error, Handled, Harness, HarnessSandbox, all_grants};
use evroute_kamailio::{Source, compile};

use crate::Reader;

pub(crate) const READER: Reader = Reader {
    name: "routes",
    examples,
    words: &[
        "event_route[tm:local-request] {",
        "}",
        "if (",
        "while (1) {",
        "$var(x)",
        "$rU",
        "$(hdr(Via)[-1])",
        "xlog(\"",
        "\\n\");",
        "=~ \"^(a|b)*$\"",
        "#!define A B\n",
        "#!ifdef A\n",
        "#!endif\n",
        "drop;",
        "exit;",
        "return -1;",
        "$sht(a=>b)",
        "-2147483648",
        "{s.len}",
        "route(X);",
        "switch($rm) { case \"A\":",
        "/*",
        "*/",
    ],
    read,
    runs: 2_000,
};

fn examples() -> Vec<Vec<u8>> {
    let files: [&[u8]; 3] = [
        include_bytes!("../../../guest-examples/kamailio/local-request/routes.cfg"),
        include_bytes!("../../../guest-examples/kamailio/call-guard/routes.cfg"),
        b"event_route[htable:mod-init] {\n$sht(a=>x) = 1;\n$shv(counter) = 0;\n}\nevent_route[tm:local-request] {\n\
          if ($rU =~ \"^[0-9]+$\" && $fd != \"example.org\") {\n    $var(n) = $(rU{s.len}) + 1;\n    xlog(\"$var(n)\\n\");\n\
          } else { drop; }\n}\n",
    ];
    files.map(<[u8]>::to_vec).into()
}

fn read(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let source = Source::alone("routes.cfg", &text);
    match compile(&source) {
        Err(error) => {
            assert!(!error.to_string().is_empty(), "a refusal has its words");
            false
        }
        Ok(compiled) => {
            let component: Arc<[u8]> = compiled.component.into();
            let handled = handled(component);
            assert!(
                handled.is_ok(),
                "what is compiled is taken: {:?}",
                handled.err()
            );
            true
        }
    }
}

fn handled(component: Arc<[u8]>) -> Result<Handled, Error> {
    static SANDBOX: OnceLock<HarnessSandbox> = OnceLock::new();
    let sandbox = match SANDBOX.get() {
        Some(sandbox) => sandbox,
        None => {
            let made = HarnessSandbox::as_in_a_server(4, None)?;
            SANDBOX.get_or_init(|| made)
        }
    };
    Harness::new(sandbox, component)?.handled(&all_grants())
}
