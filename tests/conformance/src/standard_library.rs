//! What each language's standard library does in a run: its clock, what it prints, its random
//! numbers. Each is as docs/writing-handlers.md says, or the build refuses it and says what to use.

use std::path::Path;

use evroute_cases::CaseResult;
use evroute_project::{Language, StartingEvent};

use crate::project::{Change, NewProject};
use crate::{Error, Suite, judged};

/// Three runs at one time: two of one seed, one of another.
const CASES: &str = r#"
event = "tm:local-request"
grants = ["log", "pv", "sip"]

[[case]]
name = "one"
seed = 1
at = 1700000000
message = { method = "OPTIONS", uri = "sip:bob@example.org", from = "<sip:alice@example.com>;tag=1" }
verdict = "send"

[[case]]
name = "the same again"
seed = 1
at = 1700000000
message = { method = "OPTIONS", uri = "sip:bob@example.org", from = "<sip:alice@example.com>;tag=1" }
verdict = "send"

[[case]]
name = "another seed"
seed = 2
at = 1700000000
message = { method = "OPTIONS", uri = "sip:bob@example.org", from = "<sip:alice@example.com>;tag=1" }
verdict = "send"
"#;

/// How the line with random numbers begins.
const RANDOM: &str = "INFO random ";

/// What a new handler is made to call, and the lines that have to be in its log.
struct Called {
    language: Language,
    /// Which of the language's libraries, where it has two.
    library: &'static str,
    changes: &'static [Change],
    lines: &'static [(&'static str, &'static str)],
    has_random: bool,
}

/// What the build refuses, and what it says.
struct Refused {
    language: Language,
    function: &'static str,
    changes: &'static [Change],
    says: &'static str,
}

/// What came of a function of a language.
#[derive(Debug)]
pub struct Row {
    /// `clock`, `print`, `random` or `panic`, and of which library where there are two.
    pub function: String,
    /// Whether it does what it should, and what is not so.
    pub found: Result<Kept, String>,
}

/// How the promise is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// The function works.
    Works,
    /// The build refuses it, and says what to use.
    Refused,
}

const CLOCK: (&str, &str) = ("clock", "INFO clock 1700000000");
const PRINT: (&str, &str) = ("print", "INFO printed");

/// A new project in Rust is made one that has std, as docs/writing-handlers.md says it.
const WITH_STD: Change = Change {
    file: "Cargo.toml",
    from: "features = [\"panic-log\"]",
    to: "default-features = false, features = [\"std\"]",
};
const NOT_WITHOUT: Change = Change {
    file: "src/lib.rs",
    from: "#![no_std]\n",
    to: "",
};

const CALLED: [Called; 9] = [
    Called {
        language: Language::C,
        library: "",
        changes: &[
            Change {
                file: "src/handler.c",
                from: "#include \"evroute.h\"",
                to: "#include \"evroute.h\"\n#include <stdio.h>\n#include <time.h>\n#include <unistd.h>",
            },
            Change {
                file: "src/handler.c",
                from: "return true;",
                to: "unsigned random[2];\n\tgetentropy(random, sizeof random);\n\
                     \tprintf(\"clock %lld\\n\", (long long)time(NULL));\n\tputs(\"printed\");\n\
                     \tprintf(\"random %u %u\\n\", random[0], random[1]);\n\treturn true;",
            },
        ],
        lines: &[CLOCK, PRINT],
        has_random: true,
    },
    Called {
        language: Language::Cpp,
        library: "",
        changes: &[
            Change {
                file: "src/handler.cpp",
                from: "#include \"evroute/log.hpp\"",
                to: "#include \"evroute/log.hpp\"\n#include <chrono>\n#include <cstdio>\n#include <random>",
            },
            Change {
                file: "src/handler.cpp",
                from: "return ::evroute::is",
                to: "std::random_device random;\n    using namespace std::chrono;\n    \
                     const auto now = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();\n    \
                     std::printf(\"clock %lld\\nprinted\\n\", static_cast<long long>(now));\n    \
                     std::printf(\"random %u %u\\n\", random(), random());\n    return ::evroute::is",
            },
        ],
        lines: &[CLOCK, PRINT],
        has_random: true,
    },
    Called {
        language: Language::Go,
        library: "",
        changes: &[
            Change {
                file: "handler.go",
                from: "import (",
                to: "import (\n\tcrypto \"crypto/rand\"\n\t\"fmt\"\n\told \"math/rand\"\n\t\"math/rand/v2\"\n\t\"os\"\n\t\"time\"\n",
            },
            Change {
                file: "handler.go",
                from: "message := event.Message()",
                to: "message := event.Message()\n\tfmt.Println(\"clock\", time.Now().Unix())\n\t\
                     fmt.Println(\"printed\")\n\tfmt.Fprintln(os.Stderr, \"complained\")\n\t\
                     fmt.Println(\"random\", rand.Uint64(), old.Int63(), crypto.Text())",
            },
        ],
        lines: &[CLOCK, PRINT, ("print", "WARN complained")],
        has_random: true,
    },
    Called {
        language: Language::JavaScript,
        library: "",
        changes: &[Change {
            file: "src/handler.js",
            from: "return message",
            to: "console.log('clock', Math.floor(Date.now() / 1000));\n    \
                 console.log('at', new Date().toISOString());\n    console.log('printed');\n    \
                 console.error('complained', { of: 1 });\n    \
                 console.log('random', Math.random(), crypto.randomUUID());\n    return message",
        }],
        lines: &[
            CLOCK,
            ("clock", "INFO at 2023-11-14T22:13:20.000Z"),
            PRINT,
            ("print", "WARN complained {\"of\":1}"),
        ],
        has_random: true,
    },
    Called {
        language: Language::TypeScript,
        library: "",
        changes: &[Change {
            file: "src/handler.ts",
            from: "return message",
            to: "console.log('clock', Math.floor(Date.now() / 1000));\n    console.log('printed');\n    \
                 const text: string = new TextDecoder().decode(new TextEncoder().encode('\u{e4}\u{20ac}'));\n    \
                 if (text !== '\u{e4}\u{20ac}') throw new Error(text);\n    \
                 console.log('random', Math.random());\n    return message",
        }],
        lines: &[CLOCK, PRINT],
        has_random: true,
    },
    Called {
        language: Language::Python,
        library: "",
        changes: &[
            Change {
                file: "src/handler.py",
                from: "from evroute import log",
                to: "import datetime\nimport logging\nimport random\nimport secrets\nimport time\nimport uuid\n\n\
                     from evroute import log",
            },
            Change {
                file: "src/handler.py",
                from: "return Verdict",
                to: "print(\"clock\", int(time.time()))\n        print(\"at\", datetime.datetime.now(datetime.UTC).isoformat())\n        \
                     print(\"printed\")\n        logging.warning(\"complained\")\n        \
                     print(\"random\", random.random(), secrets.token_hex(4), uuid.uuid4())\n        return Verdict",
            },
        ],
        lines: &[
            CLOCK,
            ("clock", "INFO at 2023-11-14T22:13:20+00:00"),
            PRINT,
            ("print", "WARN WARNING:root:complained"),
        ],
        has_random: true,
    },
    Called {
        language: Language::Kamailio,
        library: "",
        changes: &[Change {
            file: "routes.cfg",
            from: "if (",
            to: "xlog(\"L_INFO\", \"clock $TS\\n\");\n    xlog(\"L_INFO\", \"printed\\n\");\n    if (",
        }],
        lines: &[CLOCK, PRINT],
        has_random: false,
    },
    Called {
        language: Language::Rust,
        library: " (std)",
        changes: &[
            WITH_STD,
            NOT_WITHOUT,
            Change {
                file: "src/lib.rs",
                from: "Ok(match",
                to: "use std::hash::{BuildHasher, RandomState};\n    use std::time::{SystemTime, UNIX_EPOCH};\n    \
                     let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();\n    \
                     println!(\"clock {}\", now.as_secs());\n    \
                     println!(\"{}\", \"printed\");\n    eprintln!(\"complained\");\n    \
                     println!(\"random {}\", RandomState::new().hash_one(1));\n    Ok(match",
            },
        ],
        lines: &[CLOCK, PRINT, ("print", "WARN complained")],
        has_random: true,
    },
    Called {
        language: Language::Rust,
        library: " (std)",
        changes: &[
            WITH_STD,
            NOT_WITHOUT,
            Change {
                file: "src/lib.rs",
                from: "Ok(match",
                to: "println!(\"before\");\n    assert!(message.method().is_empty(), \"lost {}\", 1);\n    Ok(match",
            },
        ],
        lines: &[
            ("panic", "ERROR panicked at src/lib.rs:13:5: lost 1"),
            ("panic", "INFO before"),
        ],
        has_random: false,
    },
];

const REFUSED: [Refused; 5] = [
    Refused {
        language: Language::Rust,
        function: "clock",
        changes: &[Change {
            file: "src/lib.rs",
            from: "Ok(match",
            to: "let _ = std::time::SystemTime::now();\n    Ok(match",
        }],
        says: "pv!(\"$TS\" as i64)",
    },
    Refused {
        language: Language::Rust,
        function: "print",
        changes: &[Change {
            file: "src/lib.rs",
            from: "Ok(match",
            to: "println!(\"printed\");\n    Ok(match",
        }],
        says: "evroute_guest::info!",
    },
    Refused {
        language: Language::Zig,
        function: "clock",
        changes: &[Change {
            file: "src/handler.zig",
            from: "return if",
            to: "if (@import(\"std\").time.timestamp() == 0) return .drop;\n    return if",
        }],
        says: "ev.pv.int(\"$TS\")",
    },
    Refused {
        language: Language::Zig,
        function: "print",
        changes: &[Change {
            file: "src/handler.zig",
            from: "return if",
            to: "@import(\"std\").debug.print(\"printed\\n\", .{});\n    return if",
        }],
        says: "ev.log.info",
    },
    Refused {
        language: Language::Kamailio,
        function: "random",
        changes: &[Change {
            file: "routes.cfg",
            from: "if (",
            to: "xlog(\"L_INFO\", \"random $RANDOM\\n\");\n    if (",
        }],
        says: "$RANDOM",
    },
];

/// What the standard library of this language does: a row for each of its functions.
///
/// # Errors
/// When a handler cannot be begun, built or judged.
pub fn standard_library(language: Language, folder: &Path) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    let all = CALLED.iter().filter(|one| one.language == language);
    for (number, called) in all.enumerate() {
        let judged = run(called, &folder.join(format!("called-{number}")))?;
        let mut functions: Vec<_> = called.lines.iter().map(|(of, _)| *of).collect();
        functions.dedup();
        functions.extend(called.has_random.then_some("random"));
        for function in functions {
            let found = missing(called, function, &judged);
            rows.push(Row {
                function: format!("{function}{}", called.library),
                found: found.map_or(Ok(Kept::Works), Err),
            });
        }
    }
    let refused = REFUSED.iter().filter(|one| one.language == language);
    for (number, refused) in refused.enumerate() {
        let folder = folder.join(format!("refused-{number}"));
        let built = build(language, refused.changes, &folder);
        let found = match built {
            Ok(_) => Err("it was built".to_owned()),
            Err(error) if error.to_string().contains(refused.says) => Ok(Kept::Refused),
            Err(error) => Err(format!("{:?} is not said: {error}", refused.says)),
        };
        rows.push(Row {
            function: refused.function.to_owned(),
            found,
        });
    }
    Ok(rows)
}

fn build(
    language: Language,
    changes: &'static [Change],
    folder: &Path,
) -> Result<NewProject, Error> {
    std::fs::create_dir_all(folder)?;
    NewProject::build_changed(language, StartingEvent::LocalRequest, folder, changes)
}

fn run(called: &Called, folder: &Path) -> Result<Vec<CaseResult>, Error> {
    let project = build(called.language, called.changes, folder)?;
    judged(&project.component, &Suite::parse(CASES)?)
}

/// What is not as it should be of a function.
fn missing(called: &Called, function: &str, judged: &[CaseResult]) -> Option<String> {
    if function == "random" {
        let random: Vec<_> = judged
            .iter()
            .map(|case| case.log.iter().find(|line| line.starts_with(RANDOM)))
            .collect();
        let [Some(one), Some(again), Some(other)] = &*random else {
            return Some(format!("no random numbers: {}", reported(judged)));
        };
        let is_kept = one == again && one != other;
        return (!is_kept).then(|| format!("random numbers do not follow the seed: {random:?}"));
    }
    let lines = called.lines.iter().filter(|(of, _)| *of == function);
    let mut missing = lines.filter(|(_, line)| {
        let has = |case: &CaseResult| case.log.iter().any(|logged| logged == line);
        !judged.iter().all(has)
    });
    let (_, line) = missing.next()?;
    Some(format!("{line:?} is not logged: {}", reported(judged)))
}

fn reported(judged: &[CaseResult]) -> String {
    let reported = judged.iter();
    let reported = reported.map(|case| format!("{} {:?} at {}", case.end, case.log, case.at));
    reported.collect::<Vec<_>>().join("; ")
}
