//! What is reported of a handler that breaks: in each language what it said, the function and the
//! line, as far as there are any.

use std::path::Path;

use evroute_project::{Language, StartingEvent};

use crate::project::{Change, NewProject};
use crate::{Error, judged};

/// How a new handler of `tm:local-request` is broken, and what has to be reported: in how it ends,
/// its log or the stack.
struct Broken {
    language: Language,
    change: Change,
    reported: &'static [&'static str],
}

const BROKEN: [Broken; 9] = [
    Broken {
        language: Language::Kamailio,
        change: Change {
            file: "routes.cfg",
            from: "drop;",
            to: "$var(x) = 1 / $var(nothing);",
        },
        reported: &["division: ", "routes.cfg:5:", "by 0"],
    },
    Broken {
        language: Language::Rust,
        change: Change {
            file: "src/lib.rs",
            from: "Ok(match",
            to: "assert!(message.method().is_empty(), \"lost\");\n    Ok(match",
        },
        reported: &["lost", "src/lib.rs:13", "filter (src/lib.rs:13)"],
    },
    Broken {
        language: Language::C,
        change: Change {
            file: "src/handler.c",
            from: "return true;",
            to: "__builtin_trap();",
        },
        reported: &["tm_local_request_handle (src/handler.c:"],
    },
    Broken {
        language: Language::Cpp,
        change: Change {
            file: "src/handler.cpp",
            from: "return ::evroute::is",
            to: "__builtin_trap();\n    return ::evroute::is",
        },
        reported: &["Handle", "(src/handler.cpp:"],
    },
    Broken {
        language: Language::Zig,
        change: Change {
            file: "src/handler.zig",
            from: "return if",
            to: "if (message.method().len > 0) @trap();\n    return if",
        },
        reported: &["tm.local_request.handle", "(evroute/evroute.zig"],
    },
    Broken {
        language: Language::Go,
        change: Change {
            file: "handler.go",
            from: "return tm.VerdictSend, nil",
            to: "names := []string{}\n\tlog.Info(names[len(message.Method())])\n\treturn tm.VerdictSend, nil",
        },
        reported: &[
            "panic: runtime error: index out of range [7]",
            "TmLocalRequest (handler.go:",
        ],
    },
    Broken {
        language: Language::JavaScript,
        change: Change {
            file: "src/handler.js",
            from: "return message",
            to: "if (message.method() === 'OPTIONS') throw new Error('lost');\n    \
                 try {\n      message.setHeader('X', JSON.parse('\"text\"'));\n    \
                 } catch (error) {\n      info(String(error));\n    }\n    \
                 if (message.method()) return JSON.parse('\"sned\"');\n    return message",
        },
        reported: &[
            "Error: lost at handle (src/handler.js:9)",
            "TypeError: Message.setHeader: value is \"text\", which is not a Uint8Array",
            "localRequest.handle (src/handler.js:6) returned \"sned\", which is not 'send' or 'drop'",
        ],
    },
    Broken {
        language: Language::TypeScript,
        change: Change {
            file: "src/handler.ts",
            from: "return message",
            to: "if (message.method() === 'OPTIONS') throw new Error('lost');\n    \
                 try {\n      message.setHeader('X', JSON.parse('\"text\"'));\n    \
                 } catch (error) {\n      info(String(error));\n    }\n    \
                 if (message.method()) return JSON.parse('\"sned\"');\n    return message",
        },
        reported: &[
            "Error: lost at handle (src/handler.ts:9)",
            "TypeError: Message.setHeader: value is \"text\", which is not a Uint8Array",
            "localRequest.handle (src/handler.ts:6) returned \"sned\", which is not 'send' or 'drop'",
        ],
    },
    Broken {
        language: Language::Python,
        change: Change {
            file: "src/handler.py",
            from: "return Verdict",
            to: "if message.method() == \"OPTIONS\":\n            message.nothing()\n        try:\n            \
                 message.set_header(\"X\", \"text\")\n        except TypeError as error:\n            log.info(str(error))\n        \
                 return \"sned\"\n        return Verdict",
        },
        reported: &[
            "AttributeError: ",
            "nothing",
            "at LocalRequest.handle (src/handler.py:",
            "Message.set_header: value is 'text', and has to be bytes: write .encode() after it",
            "LocalRequest.handle (src/handler.py:",
            "returned 'sned', which is not Verdict.SEND or Verdict.DROP",
        ],
    },
];

/// Begins a handler in this language, breaks it, and says what is not reported of it.
///
/// # Errors
/// When it cannot be built or judged.
pub fn untold(language: Language, folder: &Path) -> Result<Vec<String>, Error> {
    let mut all = BROKEN.iter();
    let broken = all.find(|broken| broken.language == language);
    let broken = broken.ok_or_else(|| format!("nobody has said how {language} breaks"))?;
    let event = StartingEvent::LocalRequest;
    let project = NewProject::build_changed(
        language,
        event,
        folder,
        std::slice::from_ref(&broken.change),
    )?;
    let judged = judged(&project.component, &project.suite)?;
    let reported: Vec<String> = judged
        .iter()
        .map(|case| format!("{} {} at {}", case.end, case.log.join(" "), case.at))
        .collect();
    let missing = broken.reported.iter();
    let missing = missing.filter(|text| !reported.iter().any(|reported| reported.contains(*text)));
    Ok(missing
        .map(|text| format!("{text:?} is not reported: {reported:#?}"))
        .collect())
}
