//! What is said where a handler and its world do not agree: the line to add to `wit/world.wit`, or
//! what to write.

use std::path::Path;

use evroute_project::{Language, StartingEvent};

use crate::Error;
use crate::project::{Change, NewProject};

/// How a new handler of `tm:local-request` and its world come apart, and what has to be said.
struct Lacking {
    language: Language,
    changes: &'static [Change],
    says: &'static [&'static str],
}

/// A second event that the handler does not have.
const SECOND: Change = Change {
    file: "wit/world.wit",
    from: "  export",
    to: "  export evroute:custom/event@0.1.0;\n  export",
};
const PV: &str = "import evroute:pv/pv@0.1.0;";

const LACKING: [Lacking; 15] = [
    Lacking {
        language: Language::C,
        changes: &[Change {
            file: "src/handler.c",
            from: "return true;",
            to: "text_t agent;\n\trefusal_t why;\n\treturn pv_text(\"$ua\", &agent, &why);",
        }],
        says: &["wit/world.wit", PV],
    },
    Lacking {
        language: Language::C,
        changes: &[SECOND],
        says: &["wit/world.wit", "custom_event"],
    },
    Lacking {
        language: Language::Cpp,
        changes: &[Change {
            file: "src/handler.cpp",
            from: "return ::evroute::is",
            to: "(void)::evroute::pv::pv::Get(\"$ua\");\n    return ::evroute::is",
        }],
        says: &["wit/world.wit", PV],
    },
    Lacking {
        language: Language::Zig,
        changes: &[Change {
            file: "src/handler.zig",
            from: "return if",
            to: "if (try ev.pv.int(\"$TS\") == 0) return .drop;\n    return if",
        }],
        says: &["wit/world.wit", PV],
    },
    Lacking {
        language: Language::Go,
        changes: &[
            Change {
                file: "handler.go",
                from: "import (",
                to: "import (\n\t\"wit_component/evroute/pv\"",
            },
            Change {
                file: "handler.go",
                from: "message := event.Message()",
                to: "message := event.Message()\n\tif _, err := pv.Int(\"$TS\"); err != nil {\n\t\treturn 0, err\n\t}",
            },
        ],
        says: &["wit/world.wit", PV],
    },
    Lacking {
        language: Language::Go,
        changes: &[SECOND],
        says: &["wit/world.wit", "func CustomEvent(", "error"],
    },
    Lacking {
        language: Language::JavaScript,
        changes: &[
            Change {
                file: "src/handler.js",
                from: "import { info }",
                to: "import { info, pv }",
            },
            Change {
                file: "src/handler.js",
                from: "return message",
                to: "info(String(pv.get('$ua')));\n    return message",
            },
        ],
        says: &["src/evroute/pv.js", "wit/world.wit", PV],
    },
    Lacking {
        language: Language::JavaScript,
        changes: &[SECOND],
        says: &["src/handler.js", "export const event =", "wit/world.wit"],
    },
    Lacking {
        language: Language::JavaScript,
        changes: &[Change {
            file: "src/handler.js",
            from: "message.method()",
            to: "message.methode()",
        }],
        says: &["tsc ended"],
    },
    Lacking {
        language: Language::TypeScript,
        changes: &[SECOND],
        says: &["src/handler.ts", "export const event =", "wit/world.wit"],
    },
    Lacking {
        language: Language::Python,
        changes: &[Change {
            file: "src/handler.py",
            from: "from evroute import log",
            to: "from evroute import log, pv",
        }],
        says: &["src/handler.py", "ImportError", "wit/world.wit", PV],
    },
    Lacking {
        language: Language::Python,
        changes: &[SECOND],
        says: &["src/handler.py", "class Event", "wit/world.wit"],
    },
    Lacking {
        language: Language::Python,
        changes: &[Change {
            file: "src/handler.py",
            from: "from evroute import log",
            to: "from evroute import log\nimport requests",
        }],
        says: &["src/handler.py", "ModuleNotFoundError", "requests"],
    },
    Lacking {
        language: Language::Python,
        changes: &[Change {
            file: "src/handler.py",
            from: "    def handle",
            to: "    def handle handle",
        }],
        says: &["src/handler.py", "SyntaxError"],
    },
    Lacking {
        language: Language::Rust,
        changes: &[Change {
            file: "src/lib.rs",
            from: "message.method()",
            to: "message.methode()",
        }],
        says: &["cargo ended"],
    },
];

/// Begins handlers in this language, lets them lack something, and says what is not said of it.
///
/// # Errors
/// When one cannot be begun.
pub fn unsaid(language: Language, folder: &Path) -> Result<Vec<String>, Error> {
    let mut unsaid = Vec::new();
    let all = LACKING.iter().filter(|one| one.language == language);
    for (number, lacking) in all.enumerate() {
        let folder = folder.join(format!("lacking-{number}"));
        std::fs::create_dir_all(&folder)?;
        let event = StartingEvent::LocalRequest;
        match NewProject::build_changed(language, event, &folder, lacking.changes) {
            Ok(_) => unsaid.push(format!("{:?}: it was built", lacking.says)),
            Err(error) => {
                let said = error.to_string();
                let missing = lacking.says.iter().filter(|text| !said.contains(*text));
                unsaid.extend(missing.map(|text| format!("{text:?} is not said: {said}")));
            }
        }
    }
    Ok(unsaid)
}
