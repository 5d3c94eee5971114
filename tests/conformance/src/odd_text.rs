//! Text that is not UTF-8, and that a handler gives the server all the same: a line of the log and
//! the reason of a rejection. Neither ends the run, or whoever chose the bytes would choose what
//! becomes of his call.

use std::path::Path;

use evroute_project::{Language, StartingEvent};

use crate::project::{Change, NewProject};
use crate::{Error, Suite, judged};

/// A request of the user that a new handler rejects; `ODD` is what becomes of the text.
const CASES: &str = r#"
event = "core:request"
grants = ["log", "pv", "sip"]

[[case]]
name = "odd text"
message = { method = "INVITE", uri = "sip:bob@example.org", from = "\"Zoë\" <sip:blocked@example.com>;tag=1" }
verdict = "reject 403 odd ODD"
log = ["INFO odd ODD", "INFO INVITE from sip:blocked@example.com to sip:bob@example.org"]
"#;

/// How a new handler of `core:request` is made to log odd text and to reject with it.
struct Odd {
    language: Language,
    changes: &'static [Change],
    /// What the server gets.
    becomes: &'static str,
}

const REPLACED: &str = "\u{fffd}";

const ODD: [Odd; 9] = [
    Odd {
        language: Language::Kamailio,
        changes: &[
            Change {
                file: "routes.cfg",
                from: "xlog(",
                to: "xlog(\"L_INFO\", \"odd $(fn{s.substr,1,3})\\n\");\n    xlog(",
            },
            Change {
                file: "routes.cfg",
                from: "Blocked",
                to: "odd $(fn{s.substr,1,3})",
            },
        ],
        becomes: "Zo%C3",
    },
    Odd {
        language: Language::Rust,
        changes: &[
            Change {
                file: "src/lib.rs",
                from: "    let message",
                to: "    extern crate alloc;\n    let odd = alloc::string::String::from_utf8_lossy(b\"odd \\xff\");\n    \
                     info!(&*odd);\n    let message",
            },
            Change {
                file: "src/lib.rs",
                from: "\"Blocked\"",
                to: "&odd",
            },
        ],
        becomes: REPLACED,
    },
    Odd {
        language: Language::C,
        changes: &[
            Change {
                file: "src/handler.c",
                from: "(event);\n",
                to: "(event);\n\n\tinfo(\"odd \\xff\");\n",
            },
            Change {
                file: "src/handler.c",
                from: "\"Blocked\"",
                to: "\"odd \\xff\"",
            },
        ],
        becomes: REPLACED,
    },
    Odd {
        language: Language::Cpp,
        changes: &[
            Change {
                file: "src/handler.cpp",
                from: "    ::evroute::info(",
                to: "    ::evroute::info(\"odd \\xff\");\n    ::evroute::info(",
            },
            Change {
                file: "src/handler.cpp",
                from: "\"Blocked\"",
                to: "\"odd \\xff\"",
            },
        ],
        becomes: REPLACED,
    },
    Odd {
        language: Language::Zig,
        changes: &[
            Change {
                file: "src/handler.zig",
                from: "    ev.log.info(",
                to: "    ev.log.info(\"odd {s}\", .{\"\\xff\"});\n    ev.log.info(",
            },
            Change {
                file: "src/handler.zig",
                from: "\"Blocked\"",
                to: "\"odd \\xff\"",
            },
        ],
        becomes: REPLACED,
    },
    Odd {
        language: Language::Go,
        changes: &[
            Change {
                file: "handler.go",
                from: "\tlog.Info(",
                to: "\tlog.Info(\"odd \\xff\")\n\tlog.Info(",
            },
            Change {
                file: "handler.go",
                from: "\"Blocked\"",
                to: "\"odd \\xff\"",
            },
        ],
        becomes: REPLACED,
    },
    Odd {
        language: Language::JavaScript,
        changes: &[
            Change {
                file: "src/handler.js",
                from: "    info(",
                to: "    info('odd \\ud800');\n    info(",
            },
            Change {
                file: "src/handler.js",
                from: "'Blocked'",
                to: "'odd \\ud800'",
            },
        ],
        becomes: REPLACED,
    },
    Odd {
        language: Language::TypeScript,
        changes: &[
            Change {
                file: "src/handler.ts",
                from: "    info(",
                to: "    info('odd \\udfff');\n    info(",
            },
            Change {
                file: "src/handler.ts",
                from: "'Blocked'",
                to: "'odd \\udfff'",
            },
        ],
        becomes: REPLACED,
    },
    Odd {
        language: Language::Python,
        changes: &[
            Change {
                file: "src/handler.py",
                from: "        log.info(",
                to: "        log.info(b\"odd \\xff\".decode(errors=\"surrogateescape\"))\n        log.info(",
            },
            Change {
                file: "src/handler.py",
                from: "\"Blocked\"",
                to: "\"odd \\udcff\"",
            },
        ],
        becomes: REPLACED,
    },
];

/// Begins a handler in this language, lets it use odd text, and says what becomes of that where it
/// is not as it should be.
///
/// # Errors
/// When it cannot be built or judged.
pub fn lost(language: Language, folder: &Path) -> Result<Vec<String>, Error> {
    let mut all = ODD.iter();
    let odd = all.find(|odd| odd.language == language);
    let odd = odd.ok_or_else(|| format!("nobody has said what is odd text in {language}"))?;
    let project = NewProject::build_changed(language, StartingEvent::Request, folder, odd.changes)?;
    let suite = Suite::parse(&CASES.replace("ODD", odd.becomes))?;
    let judged = judged(&project.component, &suite)?;
    let differences = judged.iter().flat_map(|case| {
        let reported = case.differences.iter();
        reported.map(|difference| format!("{difference}; it ended as {} at {}", case.end, case.at))
    });
    Ok(differences.collect())
}
